// The entry file: the check, and the interfaces of wit/world.wit.
import * as log from "comfycheck:check/log@0.1.2";
import * as samples from "comfycheck:runpod/samples@0.1.5";
import { check } from "./check.js";
import { exportCheck } from "./comfycheck.js";

export const checker = exportCheck(check, { log, samples });
