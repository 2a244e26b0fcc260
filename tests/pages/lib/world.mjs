// Services with everything that a page can show: one with every state, one with nothing.

import { Receiver } from "./receiver.mjs";
import { Service, ago } from "./service.mjs";
import { until } from "./wait.mjs";
import { Watch } from "./watch.mjs";

const ALL_VITALS = { hr: 74, rr: 15, spo2: 97, temp: 36.8, skin: 33.9, sbp: 124, dbp: 78, acvpu: "A", o2: false };
/** Each has one kind of patient, so that the ward's page shows one state. */
const WARDS = {
  well: "Haematology day unit",
  stale: "Radiotherapy",
  high: "Acute oncology",
  medium: "Medical oncology",
  low: "Palliative care",
  blocked: "Bone marrow transplant",
  unwatched: "Outpatients",
  answers: "Oncology, answers",
  nobody: "A ward without patients",
};

/** A ward of its own for each state; ended by `end`. */
export class World {
  #watches = [];
  /** Ids of alerts by what they are an example of. */
  alerts = {};
  channels = {};

  static async start() {
    const world = new World();
    try {
      await world.#build();
      return world;
    } catch (fault) {
      // A service that nobody ends would keep the tests from ending.
      await world.end();
      throw fault;
    }
  }

  async #build() {
    this.receiver = await Receiver.start();
    const settings = { ...this.receiver.settings(), WARDLIGHT_API__SITE: "St Elsewhere" };
    this.service = await Service.prepare(settings);
    // Links in messages lead to it.
    this.service.environment.WARDLIGHT_WEBHOOKS__PUBLIC_URL = this.service.url;
    this.service.token = await this.service.command("token", "create", "Whoever tests", "--role", "administrator");
    await this.service.run();
    for (const [id, label] of Object.entries(WARDS)) await this.service.put(`/v1/wards/${id}`, { label });
    await this.#channels();
    await this.#wards();
    await this.#answers();
    await this.#devices();
    await this.#settled();
  }

  async end() {
    for (const watch of this.#watches) watch.end();
    await this.service?.end();
    this.receiver?.end();
  }

  async #watch(device, patient) {
    const watch = await Watch.of(this.service, device, patient, ago(7200));
    this.#watches.push(watch);
    return watch;
  }

  async #channels() {
    const channel = async (name, fields) => {
      const made = await this.service.post("/v1/webhooks", fields);
      this.channels[name] = made.id;
    };
    const { host } = this.receiver;
    await channel("works", { url: `http://${host}/desk`, label: "Ward desk" });
    await channel("fails", { url: `http://${host}/broken`, label: "Pager gateway of the night shift" });
    await channel("off", { url: `http://${host}/old`, label: "Old system" });
    await channel("phone", { url: `http://${host}/phone`, label: "Phones", format: "ntfy", actions: true });
    await this.service.post(`/v1/webhooks/${this.channels.off}/disable`, { reason: "replaced in October" });
  }

  async #wards() {
    const { service } = this;
    for (const [id, label] of [["well-1", "Bed 1"], ["well-2", "Bed 2"]]) {
      await service.patient(id, { ward: "well", label, team: "blue", spo2_scale: 1, oxygen: false });
      const watch = await this.#watch(`watch-${id}`, id);
      let seq = 0;
      for (let minutes = 55; minutes >= 0; minutes -= 5) {
        const drift = { ...ALL_VITALS, hr: 74 + (55 - minutes) / 5, worn: true, battery: 81 };
        await watch.say({ session: 1, seq: ++seq, t: Date.now() - minutes * 60_000, ...drift });
      }
    }
    await service.patient("stale-1", { ward: "stale", label: "Bed 3" });
    const stale = await this.#watch("watch-stale", "stale-1");
    await stale.say({ session: 1, seq: 1, t: Date.now() - 40 * 60_000, ...ALL_VITALS, worn: true, battery: 12 });
    await this.#alarms();
    await service.patient("paused", { ward: "unwatched", label: "Bed 8" });
    const pause = { end: ago(-3 * 3600), reason: "CT scan" };
    await service.post("/v1/patients/paused/monitoring/pause", pause);
    await service.patient("unmonitored", { ward: "unwatched", label: "Bed 9", isMonitored: false });
    await this.#record();
  }

  async #alarms() {
    const { service } = this;
    for (const number of [1, 2]) await service.patient(`high-${number}`, { ward: "high", label: `Bed ${number + 3}` });
    await service.observe("high-1", { body_temperature: 38.6, heart_rate: 112 });
    await service.observe("high-2", { body_temperature: 39.2, systolic_pressure: 104, diastolic_pressure: 62 });
    await service.patient("medium-1", { ward: "medium", label: "Bed 6" });
    await service.observe("medium-1", { respiratory_rate: 23, systolic_pressure: 99, diastolic_pressure: 60 });
    await service.patient("low-1", { ward: "low", label: "Bed 7" });
    await service.observe("low-1", { heart_rate: 96, systolic_pressure: 105, diastolic_pressure: 66 });
    const expected = [{ vital: "heart_rate", every_seconds: 60 }, { vital: "body_temperature", every_seconds: 900 }];
    await service.patient("blocked-1", { ward: "blocked", label: "Bed 10", expected });
    const blocked = await this.#watch("watch-blocked", "blocked-1");
    await blocked.say({ session: 1, seq: 1, t: Date.now(), spo2: 96, battery: 3 });
    this.alerts.open = (await service.alert("patient=high-1", (one) => one.kind === "fever_on_treatment")).id;
    this.alerts.medium = (await service.alert("patient=medium-1", (one) => one.priority === "medium")).id;
    this.alerts.low = (await service.alert("patient=low-1", (one) => one.priority === "low")).id;
    this.alerts.technical = (await service.alert("patient=blocked-1", (one) => one.kind === "battery_low")).id;
  }

  /** A patient of whom everything is recorded. */
  async #record() {
    const { service } = this;
    const record = {
      neutropenia: [{ start: ago(3600), end: ago(-5 * 86_400) }],
      administrations: [
        { given_at: ago(22 * 86_400), cycle: 1, kind: "systemic_anticancer", regimen: "FOLFOX" },
        { given_at: ago(86_400), cycle: 2, kind: "bispecific", post_infusion_hours: 48 },
      ],
    };
    await service.put("/v1/patients/well-1", record);
    await service.post("/v1/patients/well-1/notes", { text: "Daughter has the key.\nRing twice." });
    await service.post("/v1/patients/well-1/notes", { text: "Allergic to penicillin." });
    const { items } = await service.get("/v1/patients/well-1/notes");
    const withdrawn = { note: items[0].id, reason: "another patient was meant" };
    await service.post("/v1/patients/well-1/notes/withdraw", withdrawn);
    await service.post("/v1/patients/well-1/limits", {
      rule: "fever_on_treatment.raise_at",
      value: 37.8,
      reason: "neutrophils 0.3, and she called twice last night because she felt cold",
      expires: ago(-14 * 86_400),
    });
  }

  async #fever(id) {
    await this.service.patient(id, { ward: "answers", label: `Patient ${id}` });
    await this.service.observe(id, { body_temperature: 38.4 });
    const alert = await this.service.alert(`patient=${id}`, (one) => one.kind === "fever_on_treatment");
    this.alerts[id] = alert.id;
    return `/v1/alerts/${alert.id}`;
  }

  async #answers() {
    const { service } = this;
    await service.post(`${await this.#fever("acknowledged")}/acknowledge`, { comment: "rang her, coming in" });
    const snoozed = await this.#fever("snoozed");
    await service.post(`${snoozed}/snooze`, { until: ago(-20 * 60), reason: "fluids running" });
    await service.post(`${await this.#fever("assigned")}/assign`, { to: "team east" });
    const resolved = await this.#fever("resolved");
    await service.post(`${resolved}/resolve`, { outcome: "admitted, antibiotics after 55 minutes", usefulness: "useful" });
    const reopened = await this.#fever("reopened");
    await service.post(`${reopened}/resolve`, { outcome: "measured again: 36.9" });
    await service.post(`${reopened}/reopen`, { comment: "closed too early" });
    const remarked = await this.#fever("remarked");
    const long = "bloods taken, ".repeat(60);
    await service.post(`${remarked}/comments`, { text: `${long}\n${"a-very-long-word-".repeat(12)}` });
    await service.patient("ended", { ward: "answers", label: "Patient ended" });
    const watch = await this.#watch("watch-ended", "ended");
    await watch.say({ session: 1, seq: 1, t: Date.now(), battery: 3 });
    this.alerts.ended = (await service.alert("patient=ended")).id;
    await watch.say({ session: 1, seq: 2, t: Date.now(), battery: 90 });
    await service.alert("patient=ended", (one) => one.condition !== "active");
  }

  async #devices() {
    const { service } = this;
    const model = "Example 3 Pro with a strap of the longest name that a maker could think of";
    await service.put("/v1/devices/watch-well-1", { model });
    const stranger = await this.#watch("watch-of-nobody");
    await stranger.say({ session: 1, seq: 1, t: Date.now(), hr: 71 });
    await stranger.say("this is not JSON {");
    await stranger.say({ session: 1, seq: 2, t: Date.now() + 3_600_000, hr: 71 });
    // Seconds where milliseconds are meant.
    await stranger.say({ session: 1, seq: 3, t: Math.floor(Date.now() / 1000), hr: 70 });
  }

  /** What takes its time: a channel that fails, messages that were sent. */
  async #settled() {
    const isFailing = async () => {
      const health = await this.service.get(`/v1/webhooks/${this.channels.fails}/health`);
      return health.attempts >= 3 || health.failing_since || health.failures > 2;
    };
    await until("a channel fails", isFailing);
    const links = () => this.receiver.taken.filter(({ path }) => path === "/phone" || path === "/");
    const link = () => links().map((one) => /\/actions\/[\w.~-]+/.exec(JSON.stringify(one))).find(Boolean);
    this.actionPath = (await until("a message with a link", link))[0];
  }
}

/** Nobody and nothing but one ward. */
export const emptyService = async () => {
  const service = await Service.start();
  await service.put("/v1/wards/oncology", { label: "Acute oncology" });
  return service;
};
