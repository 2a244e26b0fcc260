// Figures of the ward's page with 500 live patients, by hand: times depend on the machine
// and on what else it does, so they are no tests.
//
//     node tests/pages/measure.mjs [seconds of load, 60]

import { writeFile } from "node:fs/promises";
import { isLive, launch, open, signIn } from "./lib/browser.mjs";
import { FOR_A_CROWD, crowd, load } from "./lib/crowd.mjs";
import { Service } from "./lib/service.mjs";

const PATIENTS = 500;
const VISITS = 7;
const CHANGES = 300;
const SECONDS = Number(process.argv[2] ?? 60);
const SIZE = { width: 1920, height: 1080 };

/** Notes when the page says that it is live, what it drew first, and every long task. */
const NOTES = () => {
  window.notes = { tasks: [] };
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) window.notes.tasks.push({ startTime, duration });
  }).observe({ type: "longtask", buffered: true });
  const look = () => {
    const isLive = document.getElementById("state")?.textContent.startsWith("Live");
    if (isLive) window.notes.liveAt = performance.now();
    else requestAnimationFrame(look);
  };
  look();
};

/** When a value stands on the screen: the first frame after the page changed. */
const WATCH = ([id, text]) =>
  new Promise((resolve) => {
    const tile = () => document.getElementById(`patient-${id}`);
    const isThere = () => [...(tile()?.querySelectorAll(".wl-value") ?? [])].some((value) => value.textContent === text);
    const seen = () => requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()));
    const observer = new MutationObserver(() => {
      if (!isThere()) return;
      observer.disconnect();
      seen();
    });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  });

const sorted = (numbers) => [...numbers].sort((one, other) => one - other);
const share = (numbers, part) => sorted(numbers)[Math.min(numbers.length - 1, Math.floor(numbers.length * part))];
const ms = (number) => `${number.toFixed(0)} ms`;
const now = () => performance.timeOrigin + performance.now();
const say = (...words) => console.log(...words);

/** First visits with an empty cache: until the page is drawn, and until it follows. */
const visits = async (browser, state, service) => {
  const [answered, drawn, live, longest] = [[], [], [], []];
  for (let visit = 0; visit < VISITS; visit++) {
    const page = await open(browser, { viewport: SIZE, storageState: state });
    await page.addInitScript(NOTES);
    await page.goto(service.url);
    await isLive(page);
    const notes = await page.evaluate(() => ({
      ...window.notes,
      drawn: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN,
      answered: performance.getEntriesByType("navigation")[0].responseStart,
    }));
    answered.push(notes.answered);
    drawn.push(notes.drawn);
    live.push(notes.liveAt);
    longest.push(Math.max(0, ...notes.tasks.map(({ duration }) => duration)));
    await page.context().close();
  }
  say(`first visit, ${VISITS} times: answered after ${ms(share(answered, 0.5))}, drawn after ${ms(share(drawn, 0.5))}, interactive after ` +
    `${ms(share(live, 0.5))} (median; slowest ${ms(Math.max(...live))}), longest task ${ms(share(longest, 0.5))}`);
};

/** CPU seconds of the browser's processes, by what they do. */
const cpu = async (session) => {
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const sums = {};
  for (const { type, cpuTime } of processInfo) sums[type] = (sums[type] ?? 0) + cpuTime;
  return sums;
};

/** From the answer that says it is committed to the frame that shows it. */
const changes = async (page, service, id, count) => {
  const times = [];
  for (let change = 0; change < count; change++) {
    const value = 60 + (change % 40);
    const shown = page.evaluate(WATCH, [id, String(value)]);
    await service.observe(id, { heart_rate: value });
    const committed = now();
    times.push((await shown) - committed);
  }
  return times;
};

const tell = (what, times) =>
  say(`${what}: from commit to screen p50 ${ms(share(times, 0.5))}, p95 ${ms(share(times, 0.95))}, ` +
    `p99 ${ms(share(times, 0.99))}, slowest ${ms(Math.max(...times))} (${times.length} changes)`);

const underLoad = async (browser, page, service) => {
  const session = await browser.newBrowserCDPSession();
  await page.evaluate(() => (window.notes.tasks = []));
  const before = await cpu(session);
  const began = now();
  const sending = load(service, PATIENTS, { messages: PATIENTS * SECONDS, rate: PATIENTS, session: 2, step: 1000, start: Date.now() });
  await sending;
  const seconds = (now() - began) / 1000;
  const after = await cpu(session);
  const tasks = await page.evaluate(() => window.notes.tasks.map(({ duration }) => duration));
  const parts = Object.keys(after).map((type) => `${type} ${((100 * (after[type] - (before[type] ?? 0))) / seconds).toFixed(1)} %`);
  say(`${PATIENTS} patients, a message a second each, ${seconds.toFixed(0)} s: CPU of one core: ${parts.join(", ")}; ` +
    `tasks over 50 ms: ${tasks.length}, longest ${ms(Math.max(0, ...tasks))}`);
};

const browser = await launch();
const service = await Service.start(FOR_A_CROWD);
try {
  const password = await service.account("ann.lee", "Ann Lee", "nurse");
  await crowd(service, PATIENTS);
  await service.patient("in-sight");
  await service.observe("in-sight", { body_temperature: 38.9 });
  await service.alert("patient=in-sight");
  const first = await open(browser);
  await signIn(first, service, "ann.lee", password, "/password");
  const state = await first.context().storageState();
  await first.context().close();
  await visits(browser, state, service);
  const page = await open(browser, { viewport: SIZE, storageState: state });
  await page.addInitScript(NOTES);
  await page.goto(service.url);
  await isLive(page);
  tell("nothing else happens", await changes(page, service, "in-sight", CHANGES));
  await underLoad(browser, page, service);
  const sending = load(service, PATIENTS, { messages: PATIENTS * 40, rate: PATIENTS, session: 3, step: 1000, start: Date.now() });
  tell("beside that load", await changes(page, service, "in-sight", CHANGES / 3));
  if (process.env.TRACE) await writeFile(process.env.TRACE, JSON.stringify(await page.evaluate(() => window.notes)));
  await sending;
} finally {
  await browser.close();
  await service.end();
}
