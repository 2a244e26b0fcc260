// Debian's Chromium without a window.

import { chromium } from "playwright-core";
import { CHROMIUM } from "./places.mjs";

// No sandbox (tests also run as root), nothing asked of anybody.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--no-first-run",
  "--no-proxy-server",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--lang=en-GB",
];

export const launch = (...more) =>
  chromium.launch({ executablePath: CHROMIUM, headless: true, args: [...FLAGS, ...more] });

/** A page in a browser of its own, as far as cookies go. */
export const open = async (browser, options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  return page;
};

/** Signs in at the page as a person does. */
export const signIn = async (page, service, name, password, next = "/") => {
  await page.goto(`${service.url}/sign-in?next=${encodeURIComponent(next)}`);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL(service.url + next);
};

/** The ward's page follows what is stored. */
export const isLive = (page) => page.locator("#state", { hasText: /^Live/ }).waitFor();

/** A patient's card on the ward's page. */
export const card = (page, id) => page.locator(`[id="patient-${id}"]`);

/** People with accounts, each with one session in one browser. */
export class Team {
  #browser;
  #service;
  #passwords = new Map();
  #sessions = new Map();

  constructor(browser, service) {
    this.#browser = browser;
    this.#service = service;
  }

  async join(name, label, role, ...wards) {
    this.#passwords.set(name, await this.#service.account(name, label, role, ...wards));
  }

  password(name) {
    return this.#passwords.get(name);
  }

  /** A page of somebody who signed in; once is enough. */
  async page(name, path = "/", options = {}) {
    if (!this.#sessions.has(name)) {
      const page = await open(this.#browser);
      await signIn(page, this.#service, name, this.password(name), "/password");
      this.#sessions.set(name, await page.context().storageState());
      await page.context().close();
    }
    const page = await open(this.#browser, { storageState: this.#sessions.get(name), ...options });
    await page.goto(this.#service.url + path);
    return page;
  }
}
