#!/usr/bin/env node
// Runs the comfycheck of this machine with the same arguments, and ends as it ends.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const platform = `${process.platform}-${process.arch}`;
const name = process.platform === "win32" ? "comfycheck.exe" : "comfycheck";
const BUG = 70;

let binary;
try {
  binary = require.resolve(`@comfycheck/${platform}/${name}`);
} catch {
  console.error(`error: comfycheck has no npm package for ${platform}`);
  console.error("help: install it in another way, or install again with optional dependencies");
  process.exit(BUG);
}

const child = spawn(binary, process.argv.slice(2), { stdio: "inherit" });
child.on("error", (error) => {
  console.error(`error: cannot run ${binary}: ${error.message}`);
  process.exit(BUG);
});
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
// A terminal sends Ctrl-C to both processes: comfycheck cancels its jobs, and this one waits. Other signals reach this one only.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
