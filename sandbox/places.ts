/** The folders of the sandbox: one place on the machine, outside every checkout. */
import os from "node:os";
import path from "node:path";

/** Downloads and builds, kept from run to run. Safe to delete while the sandbox is down. */
export const cache = path.join(process.env["XDG_CACHE_HOME"] || path.join(os.homedir(), ".cache"), "slipway");

/** The running sandbox: its settings, data, logs and pid files. `npm run sandbox -- reset` deletes it. */
export const state = path.join(cache, "sandbox");

export const inState = (...parts: string[]) => path.join(state, ...parts);
