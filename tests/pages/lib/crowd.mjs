// As many patients as a large ward has, each with a watch that has sent everything.

import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { SIMULATE } from "./places.mjs";
import { ago } from "./service.mjs";

const run = promisify(execFile);

/** Settings of a service that such a load may speak to: few connections for many watches. */
export const FOR_A_CROWD = { WARDLIGHT_MQTT__LISTENER__DANGEROUS_ANONYMOUS: "true" };

const number = (index) => String(index).padStart(3, "0");

/** Patients `p-000` and on, each wearing `load-0` and on; the newest values of each. */
export const crowd = async (service, count) => {
  const head = "patient,label,ward,ward_label,treatment_start,monitoring_start,device,device_start\n";
  const row = (index) =>
    `p-${number(index)},Bed ${index + 1},oncology,Acute oncology,` +
    `${ago(9e5)},${ago(3600)},load-${index},${ago(3600)}\n`;
  const rows = Array.from({ length: count }, (_, index) => row(index));
  const file = join(service.folder, "crowd.csv");
  await writeFile(file, head + rows.join(""));
  await service.command("import", "patients", file);
  await load(service, count, { messages: 2 * count });
};

/** Watches that send, six vitals a message; done when everything is acknowledged. */
export const load = (service, count, { messages, rate = 0, session = 1, step = 5000, start }) => {
  const words = ["load", "--port", service.mqtt, "--devices", count, "--messages", messages];
  words.push("--rate", rate, "--session", session, "--step-ms", step);
  if (start) words.push("--start", start);
  return run(SIMULATE, words.map(String), { cwd: service.folder });
};
