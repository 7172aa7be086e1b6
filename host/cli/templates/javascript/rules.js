// The rules: pure functions of what the host answered.
import { subject } from "./comfycheck.js";

export function longPrompts(nodes, maxWords) {
  const findings = [];
  for (const { id, class: name, inputs } of nodes) {
    if (name !== "CLIPTextEncode" || typeof inputs.text !== "string") continue;
    const words = inputs.text.split(/\s+/).filter(Boolean).length;
    if (words > maxWords) {
      findings.push({
        rule: "long-prompt",
        message: `the prompt has ${words} words (limit: ${maxWords})`,
        subjects: [subject.node(id, "text")],
        help: "shorten it, or raise `max-words`",
      });
    }
  }
  return findings;
}
