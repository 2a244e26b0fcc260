// What a ward does at the pages, in real browsers against the real service.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { Team, card, isLive, launch, open, signIn } from "./lib/browser.mjs";
import { Demo } from "./lib/demo.mjs";
import { Service } from "./lib/service.mjs";
import { Watch } from "./lib/watch.mjs";

// The page looks at everything once a minute: without that it hears by events only.
const NO_POLLS = `const real = window.setInterval;
  window.setInterval = (call, ms, ...rest) => (ms >= 5000 ? 0 : real(call, ms, ...rest));`;

let browser, service, team;

before(async () => {
  browser = await launch();
  service = await Service.start();
  await service.put("/v1/wards/oncology", { label: "Acute oncology" });
  team = new Team(browser, service);
  await team.join("ann.lee", "Ann Lee", "nurse", "oncology");
  await team.join("bob.ray", "Bob Ray", "doctor");
});

after(async () => {
  await browser?.close();
  await service?.end();
});

afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/** A patient with a fever, and the alert that it raised. */
const feverOf = async (id) => {
  await service.patient(id);
  await service.observe(id, { body_temperature: 38.9 });
  return service.alert(`patient=${id}`, (alert) => alert.kind === "fever_on_treatment");
};

const answered = (page) => page.getByRole("status").filter({ hasText: "✓" });

test("somebody signs in with the password of an account, and not with another", async () => {
  const page = await open(browser);
  await page.goto(service.url);
  await page.getByLabel("Name").fill("ann.lee");
  await page.getByLabel("Password").fill("three wrong words");
  await page.keyboard.press("Enter");
  const fault = page.getByRole("alert");
  await fault.waitFor();
  assert.equal(await fault.textContent(), "This name and password do not go together.");
  await page.getByLabel("Password").fill(team.password("ann.lee"));
  await page.keyboard.press("Enter");
  await page.waitForURL(`${service.url}/`);
  assert.equal(await page.locator("h1").textContent(), "Who needs help");
  assert.match(await page.locator("header").textContent(), /Ann Lee/);
});

test("a simulated fever becomes an alert on the ward's page without a reload", async () => {
  // Slow enough that nobody has a fever before somebody looks.
  const demo = await Demo.start("--speed", "30");
  try {
    const page = await open(browser);
    await page.addInitScript(NO_POLLS);
    await signIn(page, demo, "ann.lee", await demo.account("ann.lee", "Ann Lee", "nurse"));
    await isLive(page);
    await page.evaluate("window.neverReloaded = true");
    const fever = page.locator(".wl-tile.wl-high a.wl-alert", { hasText: "Fever" });
    assert.equal(await fever.count(), 0);
    await fever.first().waitFor();
    assert.match(await fever.first().textContent(), /▲\s+high: Fever/);
    assert.equal(await page.evaluate("window.neverReloaded"), true);
    await page.locator("#announcement", { hasText: /New alert: .*Fever/ }).waitFor({ state: "attached" });
  } finally {
    await demo.end();
  }
});

test("a value that a watch sends stands on the page at once, with its age", async () => {
  await service.patient("val");
  const watch = await Watch.of(service, "watch-val", "val");
  try {
    const page = await team.page("ann.lee");
    await page.addInitScript(NO_POLLS);
    await page.reload();
    await isLive(page);
    await watch.say({ session: 1, seq: 1, t: Date.now(), hr: 71 });
    const line = card(page, "val").locator("tr", { hasText: "Heart rate" });
    await line.locator(".wl-value", { hasText: "71" }).waitFor();
    assert.match(await line.locator(".wl-age").textContent(), /^\d+ s ago$/);
  } finally {
    watch.end();
  }
});

test("what one acknowledges another sees without a reload", async () => {
  const alert = await feverOf("ack");
  const other = await team.page("bob.ray");
  await isLive(other);
  await other.evaluate("window.neverReloaded = true");
  const line = card(other, "ack").locator(".wl-alerts li", { hasText: "Fever" });
  await line.filter({ hasText: "not acknowledged" }).waitFor();
  const page = await team.page("ann.lee", `/alerts/${alert.id}`);
  await page.getByLabel("Note, if you want").first().fill("rang her");
  await page.getByRole("button", { name: "Acknowledge" }).click();
  await answered(page).waitFor();
  await line.filter({ hasNotText: "not acknowledged" }).filter({ hasText: "acknowledged" }).waitFor();
  assert.equal(await other.evaluate("window.neverReloaded"), true);
  await other.goto(`${service.url}/alerts/${alert.id}`);
  const course = await other.locator(".wl-course").textContent();
  assert.match(course, /Ann Lee/);
  assert.match(course, /rang her/);
});

test("a snooze is seen by the ward, and until when", async () => {
  const alert = await feverOf("nap");
  const other = await team.page("bob.ray");
  await isLive(other);
  const page = await team.page("ann.lee", `/alerts/${alert.id}`);
  await page.getByText("Snooze: quiet for a while").click();
  await page.getByLabel("30 minutes").check();
  await page.getByLabel("Why, if you want").fill("fluids running");
  await page.getByRole("button", { name: "Snooze", exact: true }).click();
  await answered(page).waitFor();
  await card(other, "nap").locator(".wl-alerts li", { hasText: "snoozed" }).waitFor();
  const stands = await page.getByRole("region", { name: "How it stands" }).textContent();
  assert.match(stands, /\d\d:\d\d/);
  assert.match(stands, /fluids running/);
});

test("a killed server is said unmistakably, and its return too", async () => {
  await service.patient("lost");
  await service.observe("lost", { body_temperature: 37.1 });
  const page = await team.page("ann.lee");
  await isLive(page);
  const value = card(page, "lost").locator(".wl-value");
  await value.filter({ hasText: "37.1" }).waitFor();
  await service.kill();
  const lost = page.locator("#lost");
  await lost.waitFor();
  assert.match(await lost.textContent(), /^No connection: what stands here is as of \d\d:\d\d:\d\d/);
  const box = await lost.boundingBox();
  assert.ok(box.y >= 0 && box.y + box.height <= 900, "it is in sight");
  const style = (of) => value.evaluate((node, of) => getComputedStyle(node)[of], of);
  assert.equal(await style("textDecorationLine"), "line-through");
  assert.match(await page.locator("#state").textContent(), /^Last heard /);
  await service.run();
  await lost.waitFor({ state: "hidden" });
  await isLive(page);
  await service.observe("lost", { body_temperature: 37.2 });
  await value.filter({ hasText: "37.2" }).waitFor();
  assert.equal(await style("textDecorationLine"), "none");
});

test("without JavaScript one reads the ward, a patient and an alert, and answers it", async () => {
  const alert = await feverOf("plain");
  const page = await team.page("ann.lee", "/", { javaScriptEnabled: false });
  const tile = card(page, "plain");
  assert.match(await tile.textContent(), /38\.9/);
  assert.match(await page.locator("#state").textContent(), /^As of .*Look again/s);
  await tile.getByRole("link", { name: "PLAIN" }).click();
  await page.waitForURL(`${service.url}/patients/plain`);
  assert.match(await page.locator(".wl-numbers tbody").textContent(), /38\.9/);
  await page.getByRole("link", { name: /Fever/ }).first().click();
  await page.waitForURL(`${service.url}/alerts/${alert.id}`);
  assert.match(await page.getByRole("region", { name: "Why" }).textContent(), /38\.9/);
  await page.getByRole("button", { name: "Acknowledge" }).click();
  await answered(page).waitFor();
  await page.goto(service.url);
  const line = card(page, "plain").locator(".wl-alerts li", { hasText: "Fever" });
  assert.doesNotMatch(await line.textContent(), /not acknowledged/);
});

test("who signs out is asked to sign in, in every page of that browser", async () => {
  const page = await open(browser);
  await signIn(page, service, "bob.ray", team.password("bob.ray"));
  await isLive(page);
  const second = await page.context().newPage();
  await second.goto(service.url);
  await isLive(second);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in/);
  await page.goto(`${service.url}/handover`);
  await page.waitForURL(`${service.url}/sign-in?next=%2Fhandover`);
  // The other page notices by itself.
  await second.waitForURL(/\/sign-in/);
});
