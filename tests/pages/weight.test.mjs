// What a first visit costs over the wire. Sizes are no times: they can be tested.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Team, isLive, launch, open } from "./lib/browser.mjs";
import { FOR_A_CROWD, crowd } from "./lib/crowd.mjs";
import { Service, ago } from "./lib/service.mjs";

const BUDGET_BYTES = 150_000;
const PATIENTS = 500;

let browser, service, team, alert;

before(async () => {
  browser = await launch();
  service = await Service.start(FOR_A_CROWD);
  team = new Team(browser, service);
  await team.join("ann.lee", "Ann Lee", "nurse");
  await crowd(service, PATIENTS);
  // Hours of readings, so that charts have something to show.
  for (let minutes = 720; minutes > 0; minutes -= 30) {
    await service.observe("p-000", { heart_rate: 70 + (minutes % 7), body_temperature: 36.8 }, ago(60 * minutes));
  }
  await service.observe("p-000", { body_temperature: 38.9 });
  alert = await service.alert("patient=p-000");
});

after(async () => {
  await browser?.close();
  await service?.end();
});

/** Bytes of everything that a page with an empty cache asks for, headers included. */
const weigh = async (page, path, isThere) => {
  const protocol = await page.context().newCDPSession(page);
  await protocol.send("Network.enable");
  await protocol.send("Network.setCacheDisabled", { cacheDisabled: true });
  const [urls, weights] = [new Map(), []];
  protocol.on("Network.requestWillBeSent", ({ requestId, request }) => urls.set(requestId, request.url));
  protocol.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    weights.push([encodedDataLength, urls.get(requestId)]);
  });
  const there = isThere(page);
  await page.goto(service.url + path);
  await there;
  await page.waitForFunction(() => document.readyState === "complete");
  const bytes = weights.reduce((sum, [one]) => sum + one, 0);
  return { bytes, told: weights.map(([one, url]) => `${one} ${url}`).join("\n") };
};

const fits = async (page, path, isThere) => {
  const { bytes, told } = await weigh(page, path, isThere);
  assert.ok(bytes > 5_000, `it was weighed: ${told}`);
  assert.ok(bytes <= BUDGET_BYTES, `${bytes} bytes:\n${told}`);
};

const shows = (words) => (page) => page.getByRole("heading", { level: 1, name: words }).waitFor();

test(`the ward's page with ${PATIENTS} patients fits into ${BUDGET_BYTES} bytes`, async (context) => {
  const page = await team.page("ann.lee", "/password");
  // What the page asks for by itself, once it hears the event stream, belongs to it.
  const isFollowing = (page) => Promise.all([isLive(page), page.waitForResponse(/\/order/), page.waitForResponse(/\/tiles/)]);
  const { bytes, told } = await weigh(page, "/", isFollowing);
  context.diagnostic(`${bytes} bytes`);
  assert.equal(await page.locator(".wl-tile").count(), PATIENTS);
  assert.ok(bytes <= BUDGET_BYTES, `${bytes} bytes:\n${told}`);
});

test("the page to sign in fits", async () => fits(await open(browser), "/sign-in", shows("Sign in")));

test("a patient's page with charts fits", async () => {
  const drawn = (page) => page.locator("#charts canvas").first().waitFor();
  await fits(await team.page("ann.lee", "/password"), "/patients/p-000?span=1d", drawn);
});

test("an alert's page with its pictures fits", async () => {
  const drawn = (page) => page.waitForFunction(() => document.querySelector("figure img")?.complete);
  await fits(await team.page("ann.lee", "/password"), `/alerts/${alert.id}`, drawn);
});
