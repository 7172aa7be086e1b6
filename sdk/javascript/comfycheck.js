/**
 * Write checks for comfycheck in JavaScript.
 *
 * Export a check from the entry file, and pass it the interfaces that it imports:
 *
 *     import * as log from "comfycheck:check/log@…";
 *     import * as workflow from "comfycheck:check/workflow@…";
 *     export const checker = exportCheck(check, { log, workflow });
 *
 * An exception becomes an error that names its file and line. `console` goes to the log. A call for a clock or for
 * randomness throws an error that says what to do instead.
 *
 * @typedef {"deployment" | "sample" | "run"} Scope
 * @typedef {"note" | "warning" | "error"} Severity
 * @typedef {{ id: string, severity: Severity, summary: string, explanation: string }} Rule
 * @typedef {{ tag: string, val: unknown }} Subject
 * @typedef {{ value: number, unit: string, limit?: { tag: "below" | "at-most" | "at-least" | "above", val: number } }} Measurement
 * @typedef {{ rule: string, message: string, subjects?: Subject[], measurement?: Measurement, help?: string, data?: unknown }} Finding
 * @typedef {{ rule: string, reason: string, help?: string }} OpenQuestion
 * @typedef {{
 *   name: string, version: string, summary: string, scopes: Scope[], gates?: boolean, rules: Rule[],
 *   settingsSchema?: object,
 *   run(scope: Scope, settings: any, host: any): Iterable<Finding | OpenQuestion>,
 * }} Check
 */

/** The subjects of findings. */
export const subject = {
  /** A node of the workflow, or one of its inputs. */
  node: (id, input) => ({ tag: "node", val: { id, input } }),
  /** A model file. The folder is empty if it is unknown. */
  model: (folder, name) => ({ tag: "model", val: { folder, name } }),
  /** A sample, by its index from 0. */
  sample: (index) => ({ tag: "sample", val: index }),
  /** An image, by the index of its sample and its index in there. Both count from 0. */
  image: (sample, index) => ({ tag: "image", val: [sample, index] }),
  /** A node pack, by the name of its folder. */
  pack: (folder) => ({ tag: "pack", val: folder }),
  /** A worker, by RunPod's id. */
  worker: (id) => ({ tag: "worker", val: id }),
  /** Anything else, in words. */
  other: (text) => ({ tag: "other", val: text }),
};

class Answerless extends Error {
  constructor(tag, message) {
    super(message);
    this.tag = tag;
  }
}

/** The settings make no sense, although the schema allows them. The user sees an error of the suite. */
export class InvalidSettings extends Answerless {
  constructor(message) {
    super("invalid-settings", message);
  }
}

/** The check does not apply to this deployment. It is skipped, and the run can still pass. */
export class NotApplicable extends Answerless {
  constructor(message) {
    super("not-applicable", message);
  }
}

/** The check could not answer anything. The run is inconclusive. */
export class Inconclusive extends Answerless {
  constructor(message) {
    super("inconclusive", message);
  }
}

/** The host has no answer. `kind` is the contract's word, such as `not-offered`. */
export class HostError extends Error {
  constructor(kind, message) {
    super(message ? `${kind}: ${message}` : kind);
    this.name = "HostError";
    this.kind = kind;
  }
}

/**
 * Calls functions of the host. Throws a `HostError` where the contract returns an error.
 *
 * @param {() => any} call Such as `() => host.http.get("/queue")`.
 */
export function ask(call) {
  try {
    return call();
  } catch (error) {
    const { tag, val } = error?.payload ?? error ?? {};
    throw typeof tag === "string" ? new HostError(tag, val) : error;
  }
}

/**
 * The nodes of the suite's workflow, in the order of the file.
 *
 * @returns {{ id: string, class: string, title?: string, inputs: Record<string, unknown> }[]}
 */
export function workflowNodes(host) {
  const text = host.workflow.apiJson();
  if (text === undefined || text === null) throw new NotApplicable("the workflow is not in API format");
  // Keys that are numbers would be sorted by an object, so their order comes from the text.
  const nodes = JSON.parse(text);
  const ids = Object.keys(nodes).sort((a, b) => place(text, a) - place(text, b));
  return ids.map((id) => {
    const { class_type: name = "", inputs = {}, _meta: meta } = nodes[id];
    return { id, class: name, title: meta?.title, inputs };
  });
}

function place(text, key) {
  return text.search(new RegExp(`${JSON.stringify(key).replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\s*:\\s*\\{`));
}

/**
 * Makes a check the export that comfycheck calls.
 *
 * @param {Check} check
 * @param {object} host The interfaces that `wit/world.wit` imports, by name. `log` is required.
 */
export function exportCheck(check, host) {
  const guard = (call) => {
    enterSandbox(host.log.log);
    try {
      return call();
    } catch (error) {
      if (error instanceof Answerless) throw { tag: error.tag, val: error.message };
      // comfycheck prints the last error of the log when a check aborts, which this ends in.
      host.log.log("error", `raised ${inWords(error)}`);
      throw error;
    }
  };
  const imported = new Proxy(host, { get: interfaceOf });
  return {
    describe: () => guard(() => manifest(check)),
    run: (scope, settings) => guard(() => answer(check.run(scope, JSON.parse(settings), imported))),
  };
}

function interfaceOf(host, name) {
  if (name in host || typeof name !== "string") return host[name];
  throw new TypeError(`\`host.${name}\` is not here: import the interface in wit/world.wit and in component.js`);
}

function manifest({ name, version, summary, scopes, gates = false, rules, settingsSchema, run }) {
  if (typeof run !== "function") throw new TypeError("the check has no function `run`");
  const schema = settingsSchema ?? { type: "object", additionalProperties: false };
  return {
    name: text(name, "`name` of the check"),
    version: text(version, "`version` of the check"),
    summary: text(summary, "`summary` of the check"),
    scopes: scopes.map((scope) => oneOf(scope, ["deployment", "sample", "run"], "scope")),
    gates,
    rules: rules.map(({ id, severity, summary, explanation }) => ({
      id: text(id, "`id` of a rule"),
      defaultSeverity: oneOf(severity, ["note", "warning", "error"], `severity of the rule \`${id}\``),
      summary: text(summary, `summary of the rule \`${id}\``),
      explanation: text(explanation, `explanation of the rule \`${id}\``),
    })),
    settingsSchema: JSON.stringify(schema),
  };
}

function answer(items) {
  if (typeof items?.then === "function") throw new TypeError("`run` returned a promise: a check is synchronous");
  if (items !== undefined && typeof items?.[Symbol.iterator] !== "function") {
    throw new TypeError("`run` must return a list of findings");
  }
  const findings = [];
  const open = [];
  for (const item of items ?? []) {
    const { rule, message, reason, subjects = [], measurement, help, data, ...rest } = item;
    const [unknown] = Object.keys(rest);
    if (unknown !== undefined) throw new TypeError(`a finding of \`${rule}\` has the unknown key \`${unknown}\``);
    text(rule, "`rule` of a finding");
    if (reason !== undefined) {
      open.push({ rule, reason: text(reason, `reason of \`${rule}\``), help });
    } else {
      const json = data === undefined ? undefined : JSON.stringify(data);
      text(message, `message of \`${rule}\``);
      subjects.forEach((given) => oneOf(given?.tag, Object.keys(subject), `tag of a subject of \`${rule}\``));
      if (measurement !== undefined && typeof measurement.value !== "number") {
        throw new TypeError(`the measurement of \`${rule}\` has no number as its value`);
      }
      findings.push({ rule, message, subjects, measurement, help, data: json });
    }
  }
  return { findings, open };
}

function text(value, what) {
  if (typeof value !== "string") throw new TypeError(`the ${what} is ${value === undefined ? "missing" : "not a text"}`);
  return value;
}

function oneOf(value, known, what) {
  if (!known.includes(value)) throw new TypeError(`the ${what} is \`${value}\`: write one of ${known.join(", ")}`);
  return value;
}

/** An error with the innermost places in the author's files. */
function inWords(error) {
  if (!(error instanceof Error)) return typeof error === "string" ? error : JSON.stringify(error);
  const places = String(error.stack ?? "").split("\n").map((line) => line.trim().replace(/^at /, ""));
  const own = places.filter((line) => line.includes(":") && !/comfycheck\.js|\(native\)/.test(line)).slice(0, 3);
  const shown = own.map((line) => line.replace(/^(.*) \(\/?(.*?)(:\d+)?\)$/, "$2 in $1").replace(/^\/(.*?)(:\d+)$/, "$1"));
  return `${error.name}: ${error.message}${shown.length > 0 ? ` (${shown.join(", called by ")})` : ""}`;
}

/** Replaces what would end the check without a reason. */
function enterSandbox(log) {
  const line = (level) => (...values) => log(level, values.map(shown).join(" "));
  globalThis.console = {
    trace: line("trace"), debug: line("debug"), log: line("info"), info: line("info"), warn: line("warn"), error: line("error"),
  };
  const refusing = (what, instead) => () => {
    throw new Error(`${what}: ${instead}`);
  };
  const clock = "a check has no clock: use the times of samples";
  const refuseDate = refusing("Date()", clock);
  if (!globalThis.Date.ofComfycheck) {
    const Original = globalThis.Date;
    const Fixed = function (...values) {
      return new.target === undefined || values.length === 0 ? refuseDate() : new Original(...values);
    };
    Object.setPrototypeOf(Fixed, Original);
    Fixed.prototype = Original.prototype;
    Fixed.now = refusing("Date.now()", clock);
    Fixed.ofComfycheck = true;
    globalThis.Date = Fixed;
  }
  Math.random = refusing("Math.random()", "a check gives the same answer every time: compute numbers from a seed");
  globalThis.performance = { now: refusing("performance.now()", clock) };
  for (const name of ["setTimeout", "setInterval"]) globalThis[name] = refusing(`${name}()`, clock);
  globalThis.fetch = refusing("fetch()", "a check has no network: use the interfaces of the host");
}

function shown(value) {
  if (typeof value === "string") return value;
  if (value instanceof Error) return inWords(value);
  return JSON.stringify(value) ?? String(value);
}
