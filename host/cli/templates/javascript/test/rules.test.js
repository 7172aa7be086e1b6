import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "../check.js";
import { longPrompts } from "../rules.js";

const WORKFLOW = '{"2": {"class_type": "CLIPTextEncode", "inputs": {"text": "one two three"}}}';

test("a prompt can be as long as the limit", () => {
  const nodes = [{ id: "2", class: "CLIPTextEncode", inputs: { text: "one two three" } }];
  assert.equal(longPrompts(nodes, 3).length, 0);
  assert.equal(longPrompts(nodes, 2).length, 1);
});

// The whole check, with a host that answers from memory.
test("a long prompt is a finding at its input", () => {
  const host = { workflow: { apiJson: () => WORKFLOW } };
  const [finding] = check.run("deployment", { "max-words": 2 }, host);
  assert.deepEqual(finding.subjects, [{ tag: "node", val: { id: "2", input: "text" } }]);
});
