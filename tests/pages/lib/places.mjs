// Where programs and results are. Nothing is taken from the environment of the
// caller but these places: the service would read settings from it.

import { accessSync, constants } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");

/** The service, as cargo built it. */
export const WARDLIGHT = process.env.WARDLIGHT_PROGRAM ?? join(target, "debug", "wardlight");
/** The simulated watches. */
export const SIMULATE = process.env.WARDLIGHT_SIMULATE_PROGRAM ?? join(target, "debug", "wardlight-simulate");
/** Pictures of every page and state. */
export const PICTURES = join(target, "page-pictures");

const isProgram = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Debian's browser; undefined where there is none. */
export const CHROMIUM = (process.env.PATH ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "chromium"))
  .find(isProgram);
