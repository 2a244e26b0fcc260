// From the sign-in to an answered alert with the keyboard alone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isLive, launch, open } from "./lib/browser.mjs";
import { Service } from "./lib/service.mjs";

const STOPS_MAX = 60;
// What a focus may draw around its element.
const AROUND = 8;

let browser, service;

before(async () => {
  browser = await launch();
  service = await Service.start();
  await service.put("/v1/wards/oncology", { label: "Acute oncology" });
  await service.patient("ada");
  await service.observe("ada", { body_temperature: 38.9 });
  await service.alert("patient=ada");
});

after(async () => {
  await browser?.close();
  await service?.end();
});

const held = (page) => page.evaluateHandle("document.activeElement");

/** What is drawn where the element stands, and whether all of it is in sight. */
const drawn = async (page, element) => {
  const box = await element.boundingBox();
  const { width, height } = page.viewportSize();
  assert.ok(box, "what has the focus is drawn");
  assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width, `it is in sight: ${JSON.stringify(box)}`);
  const [left, top] = [Math.max(0, box.x - AROUND), Math.max(0, box.y - AROUND)];
  const clip = {
    x: left,
    y: top,
    width: Math.min(width, box.x + box.width + AROUND) - left,
    height: Math.min(height, box.y + box.height + AROUND) - top,
  };
  const picture = await page.screenshot({ clip, animations: "disabled", caret: "hide" });
  return picture.toString("base64");
};

/** The focus changes how what it is on looks. */
const isShown = async (page) => {
  const element = await held(page);
  const words = await element.evaluate((node) => node.outerHTML.slice(0, 120));
  if (await element.evaluate((node) => node === document.body)) return;
  const focused = await drawn(page, element);
  await element.evaluate((node) => node.blur());
  const plain = await drawn(page, element);
  await element.evaluate((node) => node.focus());
  assert.notEqual(focused, plain, `one cannot see that the focus is on ${words}`);
};

/** Goes on with Tab until the element has the focus, and looks at each stop. */
const tabTo = async (page, wanted) => {
  for (let stop = 0; stop < STOPS_MAX; stop++) {
    await page.keyboard.press("Tab");
    await isShown(page);
    if (await wanted.evaluate((node) => node === document.activeElement)) return;
  }
  assert.fail(`Tab never came to ${wanted}`);
};

test("one signs in, opens an alert, acknowledges and resolves it with Tab, Enter and Space", async () => {
  const page = await open(browser);
  const password = await service.account("ann.lee", "Ann Lee", "nurse", "oncology");
  await page.goto(service.url);
  await tabTo(page, page.getByLabel("Name"));
  await page.keyboard.type("ann.lee");
  await tabTo(page, page.getByLabel("Password"));
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${service.url}/`);
  await isLive(page);
  await tabTo(page, page.locator("a.wl-alert").first());
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/alerts\//);
  await tabTo(page, page.getByRole("button", { name: "Acknowledge" }));
  await page.keyboard.press("Space");
  const done = page.getByRole("status").filter({ hasText: "✓" });
  await done.waitFor();
  await tabTo(page, page.locator("summary", { hasText: "Resolve" }));
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByLabel("What was found or done"));
  await page.keyboard.type("antibiotics given");
  await tabTo(page, page.getByLabel("Yes, useful"));
  await page.keyboard.press("Space");
  await tabTo(page, page.getByRole("button", { name: "Resolve", exact: true }));
  await page.keyboard.press("Space");
  await done.filter({ hasText: /closed|resolved/i }).waitFor();
});

test("the first stop leads past the header to the content", async () => {
  const page = await open(browser);
  await page.goto(`${service.url}/sign-in`);
  await page.keyboard.press("Tab");
  const words = await (await held(page)).evaluate((node) => node.textContent);
  assert.equal(words, "Skip to main content");
  await isShown(page);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  assert.equal(await (await held(page)).evaluate((node) => node.id), "name");
});
