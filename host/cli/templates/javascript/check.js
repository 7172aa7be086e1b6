// What the check is, and what it asks the host.
import { workflowNodes } from "./comfycheck.js";
import { longPrompts } from "./rules.js";

export const check = {
  name: "{{name}}",
  version: "0.1.0",
  summary: "prompts are short",
  scopes: ["deployment"],
  rules: [
    {
      id: "long-prompt",
      severity: "warning",
      summary: "A prompt has more words than the team allows.",
      explanation: `### What it finds

Texts of \`CLIPTextEncode\` nodes with more words than \`max-words\`.

### Why it matters

Text encoders cut long prompts without a message.

### What to do

Shorten the prompt, or raise \`max-words\`.`,
    },
  ],
  settingsSchema: {
    type: "object",
    properties: { "max-words": { type: "integer", minimum: 1, default: 60, examples: [8] } },
    additionalProperties: false,
  },

  run(scope, settings, host) {
    console.log("checking the prompts");
    return longPrompts(workflowNodes(host), settings["max-words"] ?? 60);
  },
};
