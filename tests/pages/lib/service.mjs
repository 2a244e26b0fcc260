// A real service of its own: the program that cargo built, with a data directory and
// ports of its own.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { WARDLIGHT } from "./places.mjs";
import { until } from "./wait.mjs";

const run = promisify(execFile);

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** Ended and removed by `end`, whatever became of the test. */
export class Service {
  #process = null;
  #log = "";

  /** Free ports and an empty data directory; nothing runs yet. */
  static async prepare(settings = {}) {
    const [port, mqtt] = [await freePort(), await freePort()];
    const folder = await mkdtemp(join(tmpdir(), "wardlight-pages-"));
    return new Service(port, mqtt, folder, settings);
  }

  /** A service that runs, and may be asked as an administrator. */
  static async start(settings = {}) {
    const service = await Service.prepare(settings);
    service.token = await service.command("token", "create", "Whoever tests", "--role", "administrator");
    await service.run();
    return service;
  }

  constructor(port, mqtt, folder, settings) {
    this.port = port;
    this.mqtt = mqtt;
    this.folder = folder;
    this.url = `http://127.0.0.1:${port}`;
    this.environment = {
      PATH: process.env.PATH,
      HOME: folder,
      WARDLIGHT_DATA_DIR: join(folder, "data"),
      WARDLIGHT_API__LISTEN: `127.0.0.1:${port}`,
      WARDLIGHT_MQTT__LISTENER__ADDRESS: `127.0.0.1:${mqtt}`,
      WARDLIGHT_MQTT__LISTENER__STOP_SECONDS: "1",
      WARDLIGHT_TELEMETRY__LOG_FILTER: "warn",
      ...settings,
    };
  }

  /** A subcommand; what it prints. */
  async command(...words) {
    const { stdout } = await run(WARDLIGHT, words, { env: this.environment, cwd: this.folder });
    return stdout.trim();
  }

  async run() {
    const child = spawn(WARDLIGHT, ["serve"], {
      env: this.environment,
      cwd: this.folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    endWithUs(child);
    child.stderr.on("data", (part) => (this.#log = (this.#log + part).slice(-4000)));
    this.#process = child;
    const isReady = async () => {
      if (child.exitCode !== null) throw new Error(`the service ended: ${this.#log}`);
      const answer = await fetch(`${this.url}/health/live`).catch(() => null);
      return answer?.ok;
    };
    await until("the service runs", isReady);
  }

  /** kill -9: no word to anybody. */
  async kill() {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    await killed(child);
  }

  async end() {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** An answer of the API, asked as an administrator; anything but success is a fault. */
  async ask(method, path, body) {
    const answer = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  get = (path) => this.ask("GET", path);
  post = (path, body = {}) => this.ask("POST", path, body);
  put = (path, body) => this.ask("PUT", path, body);

  /** An account for a person, as the README makes them; its password. */
  account(name, label, role, ...wards) {
    const where = wards.flatMap((ward) => ["--ward", ward]);
    return this.command("account", "create", name, "--label", label, "--role", role, ...where);
  }

  /** A patient on treatment who is monitored since yesterday. */
  async patient(id, { label = id.toUpperCase(), ward = "oncology", isMonitored = true, ...more } = {}) {
    const record = { label, ward, treatment: [{ start: ago(48 * 3600) }], ...more };
    await this.put(`/v1/patients/${id}`, record);
    if (isMonitored) await this.post(`/v1/patients/${id}/monitoring/start`, { start: ago(24 * 3600) });
  }

  observe = (id, values, measured_at) => this.post(`/v1/patients/${id}/observations`, { values, measured_at });

  /** The first alert that fits, once there is one. */
  alert(path, fits = () => true) {
    const look = async () => (await this.get(`/v1/alerts?limit=500&${path}`)).items.find(fits);
    return until(`an alert: ${path}`, look);
  }
}

// Told to end, we end as usual: with what we have started.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/** A child of ours neither keeps the tests from ending nor outlives them. */
export const endWithUs = (child) => {
  child.unref();
  child.stdout?.unref();
  child.stderr?.unref();
  process.once("exit", () => child.kill("SIGKILL"));
};

/** kill -9, and gone. */
export const killed = (child) => {
  child.ref();
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  return ended;
};

/** A moment so many seconds ago, as the API takes it. */
export const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
