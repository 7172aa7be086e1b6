// What the SDK makes of a check: run `node --test sdk/javascript`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HostError, NotApplicable, ask, exportCheck, subject } from "./comfycheck.js";

const check = (changes) => ({
  name: "prompts",
  version: "0.1.0",
  summary: "prompts are short",
  scopes: ["deployment"],
  rules: [{ id: "long", severity: "warning", summary: "A prompt is long.", explanation: "Shorten it." }],
  run: () => [],
  ...changes,
});

/** The answer of a check, or the error that it ends with, and its log. */
function run(changes, settings = "{}") {
  const log = [];
  const exported = exportCheck(check(changes), { log: { log: (level, text) => log.push(`${level}: ${text}`) } });
  try {
    return { manifest: exported.describe(), answer: exported.run("deployment", settings), log };
  } catch (error) {
    return { error, log };
  }
}

test("a check gets its settings, and its findings and open questions are kept apart", () => {
  const { manifest, answer, log } = run(
    {
      run(scope, settings) {
        console.log("limit", settings.limit);
        return [
          { rule: "long", message: "too long", subjects: [subject.node("2", "text")], data: { words: 9 } },
          { rule: "long", reason: "no text" },
        ];
      },
    },
    '{"limit": 8}',
  );
  assert.equal(manifest.rules[0].defaultSeverity, "warning");
  assert.deepEqual(answer.findings.map(({ rule, data }) => [rule, data]), [["long", '{"words":9}']]);
  assert.deepEqual(answer.open.map(({ reason }) => reason), ["no text"]);
  assert.deepEqual(log, ["info: limit 8"]);
});

const mistakes = {
  "no run": { run: undefined },
  "a scope that does not exist": { scopes: ["deploymnet"] },
  "a rule without a summary": { rules: [{ id: "long", severity: "error" }] },
  "a promise": { run: async () => [] },
  "no list": { run: () => ({ rule: "long" }) },
  "a key with a slip": { run: () => [{ rule: "long", mesage: "x" }] },
  "no message": { run: () => [{ rule: "long" }] },
  "a subject of no kind": { run: () => [{ rule: "long", message: "x", subjects: ["2"] }] },
  "a measurement without a value": { run: () => [{ rule: "long", message: "x", measurement: { unit: "s" } }] },
  "an interface that is not imported": { run: (_scope, _settings, host) => host.samples.samples() },
  "an exception": { run: () => undefined.text },
  "the time": { run: () => [Date.now()] },
  "a date": { run: () => [new Date()] },
  "a timer": { run: () => [setTimeout(() => {}, 1)] },
  "randomness": { run: () => [Math.random()] },
  "the network": { run: () => [fetch("https://example.com")] },
};

for (const [name, changes] of Object.entries(mistakes)) {
  test(`${name} ends the check with an error in its log`, () => {
    const { error, log } = run(changes);
    assert.ok(error instanceof Error, String(error));
    assert.equal(log.length, 1);
    assert.match(log[0], /^error: raised (Type)?Error: ./);
    if (name === "an interface that is not imported") assert.match(log[0], /`host\.samples`/);
  });
}

test("an answer that does not apply is the contract's error and not in the log", () => {
  const { error, log } = run({ run() { throw new NotApplicable("no nodes"); } });
  assert.deepEqual([error, log], [{ tag: "not-applicable", val: "no nodes" }, []]);
});

test("an error of the host has its kind", () => {
  const failing = () => { throw { payload: { tag: "not-offered", val: "no server" } }; };
  assert.throws(() => ask(failing), (error) => error instanceof HostError && error.kind === "not-offered");
  const broken = () => { throw new RangeError("x"); };
  assert.throws(() => ask(broken), RangeError);
});

test("a time that is given is a date", () => {
  const { answer } = run({ run: () => [{ rule: "long", message: new Date(0).toISOString() }] });
  assert.equal(answer.findings[0].message, "1970-01-01T00:00:00.000Z");
});
