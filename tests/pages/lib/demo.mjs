// `wardlight demo`: twelve simulated patients, one of whom gets a fever.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { WARDLIGHT } from "./places.mjs";
import { endWithUs, killed } from "./service.mjs";

const run = promisify(execFile);

/** Ended and removed by `end`. */
export class Demo {
  static async start(...more) {
    const folder = await mkdtemp(join(tmpdir(), "wardlight-pages-"));
    // Its data lie in the system's temporary directory: here one of its own.
    const environment = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder };
    const child = spawn(WARDLIGHT, ["demo", "--port", "0", ...more], {
      env: environment,
      cwd: folder,
      stdio: ["ignore", "pipe", "ignore"],
    });
    endWithUs(child);
    const demo = new Demo(child, folder, environment);
    demo.url = await demo.#address();
    // It goes on talking, and nobody listens.
    child.stdout.resume();
    return demo;
  }

  constructor(child, folder, environment) {
    this.child = child;
    this.folder = folder;
    this.environment = environment;
  }

  async #address() {
    const lines = createInterface({ input: this.child.stdout });
    for await (const line of lines) {
      const link = /(http:\/\/\S+)\/sign-in#token=(\S+)/.exec(line);
      if (!link) continue;
      this.token = link[2];
      return link[1];
    }
    throw new Error("the demonstration did not begin");
  }

  /** An account for a person; its password. */
  async account(name, label, role) {
    const data = join(this.folder, `wardlight-demo-${this.child.pid}`);
    const words = ["account", "create", name, "--label", label, "--role", role];
    const env = { ...this.environment, WARDLIGHT_DATA_DIR: data };
    const { stdout } = await run(WARDLIGHT, words, { env, cwd: this.folder });
    return stdout.trim();
  }

  async end() {
    if (this.child.exitCode === null) await killed(this.child);
    await rm(this.folder, { recursive: true, force: true });
  }
}
