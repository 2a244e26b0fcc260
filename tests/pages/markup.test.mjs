// What people and devices write stays text: on every page that shows it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Team, card, isLive, launch, open } from "./lib/browser.mjs";
import { Service, ago } from "./lib/service.mjs";
import { until } from "./lib/wait.mjs";
import { Watch } from "./lib/watch.mjs";

/** Runs where it becomes an element, leaves an attribute or a link; a spreadsheet would run its end. */
const evil = (where) => `${where}"'><img src=x onerror="ran=1"><script>ran=1</script>&lt;=cmd|' /C calc'!A0`;

const LABEL = evil("patient");
const WARD = evil("ward");
// A watch's own words are cut off at some length.
const MODEL = evil("model").slice(0, 60);
const FIRMWARE = evil("firmware").slice(0, 60);
const CHANNEL = evil("channel");
const PERSON = evil("person");
const REMARK = evil("remark");
const OUTCOME = evil("outcome");
const TEAM = evil("team");
const REASON = evil("reason");
const NOTE = evil("note");

let browser, service, team, alert, resolved, hook, watch;

before(async () => {
  browser = await launch();
  service = await Service.start({ WARDLIGHT_API__SITE: evil("site") });
  await service.put("/v1/wards/oncology", { label: WARD });
  await service.patient("ada", { label: LABEL });
  await service.patient("eve", { label: LABEL });
  watch = await Watch.of(service, "watch-1", "ada", ago(3600));
  await watch.say({ online: true, session: 1, model: MODEL, firmware: FIRMWARE, vitals: { hr: 5 } }, "status");
  await watch.say({ session: 1, seq: 1, t: Date.now(), hr: 71 });
  await watch.say(REMARK);
  await service.post("/v1/patients/ada/limits", {
    rule: "fever_on_treatment.raise_at", value: 37.9, reason: REASON, expires: ago(-86_400),
  });
  await service.post("/v1/patients/ada/notes", { text: NOTE });
  await service.post("/v1/patients/eve/notes", { text: NOTE });
  const { items } = await service.get("/v1/patients/eve/notes");
  await service.post("/v1/patients/eve/notes/withdraw", { note: items[0].id, reason: REASON });
  for (const id of ["ada", "eve"]) await service.observe(id, { body_temperature: 38.9 });
  alert = await service.alert("patient=ada", (one) => one.kind === "fever_on_treatment");
  const path = `/v1/alerts/${alert.id}`;
  await service.post(`${path}/comments`, { text: REMARK });
  await service.post(`${path}/assign`, { to: TEAM });
  await service.post(`${path}/snooze`, { until: ago(-900), reason: REASON });
  resolved = await service.alert("patient=eve");
  await service.post(`/v1/alerts/${resolved.id}/resolve`, { outcome: OUTCOME });
  await service.post("/v1/patients/eve/monitoring/pause", { end: ago(-3600), reason: REASON });
  hook = await service.post("/v1/webhooks", { url: "https://hook.invalid/", label: CHANNEL });
  await service.post(`/v1/webhooks/${hook.id}/disable`, { reason: REASON });
  team = new Team(browser, service);
  await team.join("chief", PERSON, "administrator");
});

after(async () => {
  watch?.end();
  await browser?.close();
  await service?.end();
});

/** A page on which nothing ran, nothing was made an element and no dialog opened. */
const stays = async (page, ...texts) => {
  const made = await page.evaluate(() => ({
    ran: typeof window.ran,
    elements: [...document.querySelectorAll("img[src=x], script:not([src]), [onerror]")].map((node) => node.outerHTML),
  }));
  assert.deepEqual(made, { ran: "undefined", elements: [] });
  const shown = await page.evaluate(() => {
    const values = [...document.querySelectorAll("input, textarea")].map((field) => field.value);
    return [document.body.innerText, document.title, ...values].join("\n").replace(/\s+/g, " ");
  });
  for (const text of texts) assert.ok(shown.includes(text), `${text} stands literally in: ${shown}`);
};

test("text that became markup would be noticed", async () => {
  const page = await open(browser);
  await page.setContent(`<p>${LABEL}</p>`);
  await assert.rejects(stays(page), /onerror/);
  await page.context().close();
});

const looked = async (path, ...texts) => {
  const dialogs = [];
  const page = await team.page("chief", "/password");
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    return dialog.dismiss();
  });
  try {
    await page.goto(service.url + path);
    await stays(page, evil("site"), PERSON, ...texts);
    assert.deepEqual(dialogs, []);
  } finally {
    await page.context().close();
  }
};

const PAGES = [
  ["the ward", () => "/", LABEL, WARD],
  ["the ward in rows", () => "/?view=rows", LABEL],
  ["a patient", () => "/patients/ada", LABEL, REASON, NOTE],
  ["a paused patient", () => "/patients/eve", LABEL, REASON, NOTE],
  ["an alert", () => `/alerts/${alert.id}`, LABEL, REMARK, TEAM, REASON],
  ["an alert judged again", () => `/alerts/${alert.id}/explanation`],
  ["a resolved alert", () => `/alerts/${resolved.id}`, LABEL, OUTCOME],
  ["the handover", () => "/handover", LABEL, WARD, TEAM, REASON],
  ["the burden", () => "/burden", WARD],
  ["the devices", () => "/devices", LABEL, MODEL, FIRMWARE],
  ["one device", () => "/devices?device=watch-1", LABEL, MODEL],
  ["the quarantine", () => "/quarantine?device=watch-1"],
  ["the channels", () => "/channels", CHANNEL, REASON],
  ["one channel", () => `/channels/${hook.id}`, CHANNEL],
  ["the audit", () => `/audit?author=${encodeURIComponent(PERSON)}`, PERSON],
  ["the accounts", () => "/accounts", PERSON, WARD],
  ["one account", () => "/accounts/chief", PERSON, WARD],
  ["a search for it", () => `/audit?subject=${encodeURIComponent(REMARK)}`, REMARK],
  ["a device that is asked for", () => `/devices?device=${encodeURIComponent(MODEL)}`],
  ["a filter", () => `/?team=${encodeURIComponent(TEAM)}&state=${encodeURIComponent(TEAM)}`],
];

for (const [name, path, ...texts] of PAGES) {
  test(`text stays text on ${name}`, () => looked(path(), ...texts));
}

test("text stays text where one signs in", async () => {
  const page = await open(browser);
  await page.goto(`${service.url}/sign-in?next=${encodeURIComponent(`/${evil("next")}`)}`);
  await page.getByLabel("Name").fill(PERSON.slice(0, 60).toLowerCase());
  await page.getByLabel("Password").fill(REMARK);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("alert").waitFor();
  await stays(page, PERSON.slice(0, 60).toLowerCase());
});

test("text stays text in what a live page says aloud", async () => {
  const page = await team.page("chief", "/");
  await isLive(page);
  await service.patient("zoe", { label: LABEL });
  await service.observe("zoe", { body_temperature: 39.1 });
  await card(page, "zoe").waitFor();
  const spoken = await until("it is said", () => page.locator("#announcement").textContent());
  assert.ok(spoken.includes(LABEL), spoken);
  await stays(page, LABEL);
});

test("a table for a spreadsheet holds text and no formula", async () => {
  const formula = `=HYPERLINK("https://evil.invalid","x")`;
  await service.put("/v1/wards/formula", { label: formula });
  await service.patient("formula", { label: formula, ward: "formula" });
  await service.observe("formula", { body_temperature: 39.1 });
  const { id } = await service.alert("patient=formula");
  await service.post(`/v1/alerts/${id}/snooze`, { until: ago(-900), reason: formula });
  const page = await team.page("chief", "/handover");
  for (const path of ["/handover", "/burden"]) {
    await page.goto(service.url + path);
    const link = await page.getByRole("link", { name: "(CSV)" }).getAttribute("href");
    const answer = await page.request.get(service.url + link);
    const table = await answer.text();
    assert.match(answer.headers()["content-type"], /^text\/csv/);
    assert.doesNotMatch(table, /(^|,|\n)"?[=+@]/, table);
    if (path === "/handover") assert.ok(table.includes(`"'=HYPERLINK(""https://evil.invalid"",""x"")"`), table);
  }
});
