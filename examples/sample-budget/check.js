// What the check is, and what it asks the host.
import { overBudget } from "./rules.js";

export const check = {
  name: "sample-budget",
  version: "0.1.0",
  summary: "all samples together stay within a budget",
  scopes: ["run"],
  rules: [
    {
      id: "over-budget",
      severity: "error",
      summary: "The samples cost more than the budget.",
      explanation: `### What it finds

The cost of all samples together, if it is above \`max-dollars\`. Of a range, the lower end counts.

### Why it matters

A workflow that became slower costs more on every request.

### What to do

Use a cheaper GPU, or fewer steps.`,
    },
    {
      id: "unknown-cost",
      severity: "note",
      summary: "The cost of a sample is unknown.",
      explanation: `### What it finds

Samples without a cost, such as with a GPU that has no known price.

### What to do

Set \`price-per-second\` in \`[deployment]\`.`,
    },
  ],
  settingsSchema: {
    type: "object",
    properties: { "max-dollars": { type: "number", exclusiveMinimum: 0, default: 0.1, examples: [0.5] } },
    additionalProperties: false,
  },

  run(scope, settings, host) {
    return overBudget(host.samples.samples(), settings["max-dollars"] ?? 0.1);
  },
};
