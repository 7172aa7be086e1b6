// The entry file: the check, and the interfaces of wit/world.wit.
import * as log from "comfycheck:check/log@{{check}}";
import * as workflow from "comfycheck:check/workflow@{{check}}";
import { check } from "./check.js";
import { exportCheck } from "./comfycheck.js";

export const checker = exportCheck(check, { log, workflow });
