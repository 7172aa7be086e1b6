// The rules: pure functions of what the host answered.
import { subject } from "./comfycheck.js";

export function overBudget(samples, maxDollars) {
  const run = samples.filter(({ ending }) => ending !== "not-submitted");
  const unknown = run.filter(({ cost }) => cost == null);
  const low = run.reduce((sum, { cost }) => sum + (cost?.low ?? 0), 0);
  const results = [];
  if (low > maxDollars) {
    results.push({
      rule: "over-budget",
      message: "the samples cost more than the budget",
      measurement: { value: low, unit: "[USD]", limit: { tag: "at-most", val: maxDollars } },
      help: "use a cheaper GPU, or raise `max-dollars`",
    });
  } else if (unknown.length > 0) {
    results.push({ rule: "over-budget", reason: "the cost of some samples is unknown" });
  }
  if (unknown.length > 0) {
    const subjects = unknown.map(({ index }) => subject.sample(index));
    results.push({ rule: "unknown-cost", message: "the cost is unknown", subjects });
  }
  return results;
}
