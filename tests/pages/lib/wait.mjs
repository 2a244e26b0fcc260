// Tests wait for conditions.

import { setTimeout as pause } from "node:timers/promises";

const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 50;

/** What `look` returns once that is true; it says what was waited for when it never is. */
export const until = async (what, look, patienceMs = PATIENCE_MS) => {
  const end = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > end) throw new Error(`never: ${what}`);
    await pause(LOOK_EVERY_MS);
  }
};
