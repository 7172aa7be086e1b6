import assert from "node:assert/strict";
import { test } from "node:test";
import { overBudget } from "../rules.js";

const sample = (index, low) => ({ index, ending: "succeeded", cost: low === undefined ? undefined : { low, high: 1 } });
const rules = (samples, limit) => overBudget(samples, limit).map(({ rule, reason }) => (reason ? `${rule}?` : rule));

test("the lower ends of all samples are added", () => {
  assert.deepEqual(rules([sample(0, 0.25), sample(1, 0.25)], 0.5), []);
  assert.deepEqual(rules([sample(0, 0.25), sample(1, 0.5)], 0.5), ["over-budget"]);
});

test("without a cost, only what is proven is an error", () => {
  assert.deepEqual(rules([sample(0), sample(1, 0.25)], 0.5), ["over-budget?", "unknown-cost"]);
  assert.deepEqual(rules([sample(0), sample(1, 0.75)], 0.5), ["over-budget", "unknown-cost"]);
});
