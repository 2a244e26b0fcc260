// How every page looks in every state: axe-core finds no violation of WCAG 2.2 A and AA,
// nothing is cut off or scrolls sideways, and pictures are kept for people to look at.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Team, launch, open } from "./lib/browser.mjs";
import { Demo } from "./lib/demo.mjs";
import { PICTURES } from "./lib/places.mjs";
import { DEMO_SCENES, EMPTY_SCENES, SCENES } from "./lib/scenes.mjs";
import { World, emptyService } from "./lib/world.mjs";

/** A phone, a laptop, a wall. */
const SIZES = [
  { width: 390, height: 844 },
  { width: 1280, height: 900 },
  { width: 3840, height: 2160 },
];
const PICTURE_HEIGHT_MAX = 12_000;
const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];
// Only some: to look at one page again and again.
const ONLY = process.env.SCENES && new RegExp(process.env.SCENES);

const { source: axe } = createRequire(import.meta.url)("axe-core");

/** Violations in a line each: rule, where, what is wrong. */
const violations = async (page) => {
  await page.evaluate(axe);
  const { passes, violations } = await page.evaluate(
    (values) => window.axe.run(document, { runOnly: { type: "tag", values } }),
    WCAG,
  );
  assert.ok(passes.length > 5, "axe-core looked at the page");
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`));
};

/** What reaches over an edge of the page, or is cut off by what it is in. */
const cutOff = () => {
  const isHidden = (node) =>
    !node.checkVisibility() || node.closest(".nhsuk-u-visually-hidden, .nhsuk-skip-link, svg, canvas, .u-legend, select");
  // What scrolls by itself may be wider than it shows.
  const scrolls = (node) => /auto|scroll/.test(getComputedStyle(node).overflowX);
  const isInScroller = (node) => {
    for (let around = node.parentElement; around; around = around.parentElement) if (scrolls(around)) return true;
    return false;
  };
  const told = [];
  const { scrollWidth } = document.scrollingElement;
  if (scrollWidth > innerWidth) told.push(`the page is ${scrollWidth} wide`);
  for (const node of document.body.querySelectorAll("*")) {
    if (isHidden(node) || isInScroller(node)) continue;
    const { left, right } = node.getBoundingClientRect();
    const holds = getComputedStyle(node).overflowX === "hidden" || node.matches(".wl-card, .wl-tile, .wl-figures, figure");
    const isCut = holds && node.scrollWidth > node.clientWidth + 1;
    if (right > innerWidth + 0.5 || left < -0.5 || isCut) told.push(node.outerHTML.slice(0, 160));
  }
  return told;
};

const resize = async (page, size) => {
  await page.setViewportSize(size);
  // The page has drawn itself at this size.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
};

const faultsAt = async (page, size) => {
  await resize(page, size);
  const faults = [...(await page.evaluate(cutOff)), ...(await violations(page))];
  return faults.map((fault) => `${size.width}: ${fault}`);
};

const look = async (page, name) => {
  const told = [];
  for (const size of SIZES) {
    told.push(...(await faultsAt(page, size)));
    // All of it in sight: what is out of sight may not be drawn yet.
    const height = await page.evaluate(() => document.scrollingElement.scrollHeight);
    await resize(page, { ...size, height: Math.max(size.height, Math.min(height, PICTURE_HEIGHT_MAX)) });
    await page.screenshot({ path: join(PICTURES, `${name}-${size.width}.png`) });
  }
  assert.deepEqual(told, [], name);
};

let browser;

before(async () => {
  await mkdir(PICTURES, { recursive: true });
  browser = await launch();
});

after(() => browser?.close());

test("a page with faults is seen to have them", async () => {
  const page = await open(browser);
  const wide = '<div style="width: 500px; background: #fff; color: #ccc">too wide and too pale</div>';
  await page.setContent(`<html lang="en"><title>Faults</title><h1>Faults</h1><img src="x">${wide}${"<p>text</p>".repeat(5)}`);
  const told = (await faultsAt(page, SIZES[0])).join("\n");
  for (const fault of ["390: the page is 5", "390: <div", "image-alt", "color-contrast"]) assert.ok(told.includes(fault), `${fault}: ${told}`);
  await page.context().close();
});

const stage = (title, scenes, build) => {
  const chosen = scenes.filter(([name]) => !ONLY || ONLY.test(name));
  test(title, { skip: chosen.length === 0 && "none is asked for" }, async (context) => {
    const { world, team } = await build();
    context.after(() => world.end());
    for (const [name, where, act, who = "chief"] of chosen) {
      await context.test(name, async () => {
        const path = typeof where === "function" ? where(world) : where;
        const page = who ? await team.page(who, path) : await open(browser);
        if (!who) await page.goto(world.service.url + path);
        try {
          await act?.(page, world);
          await look(page, name);
        } finally {
          await page.context().close();
        }
      });
    }
  });
};

stage("pages of a service with everything", SCENES, async () => {
  const world = await World.start();
  const team = new Team(browser, world.service);
  await team.join("chief", "Charge Nurse Chief", "administrator");
  await team.join("ann.lee", "Ann Lee", "nurse", "high");
  await team.join("wall", "The wall", "viewer");
  await team.join("aud.it", "Audra Itson", "auditor");
  await team.join("spare", "Spare Account", "doctor", "well", "stale");
  return { world, team };
});

stage("pages of a service with nothing", EMPTY_SCENES, async () => {
  const service = await emptyService();
  const team = new Team(browser, service);
  await team.join("chief", "Charge Nurse Chief", "administrator");
  return { world: { service, end: () => service.end() }, team };
});

stage("pages of a demonstration", DEMO_SCENES, async () => {
  const service = await Demo.start();
  const team = new Team(browser, service);
  await team.join("chief", "Charge Nurse Chief", "administrator");
  return { world: { service, end: () => service.end() }, team };
});
