// The live page: reads the board, listens for events, and says how old everything is.

import { showAlerts } from "./alerts.js";
import {
  Refused, follow, forgetToken, isLost, keepToken, read, readAll, silence, takeTokenFromAddress, token,
} from "./connection.js";
import { mark, markScore, showPatients } from "./patients.js";
import { age, kindText } from "./words.js";

const POLL_MS = 5000;
// Two polls may fail before the page says that its values are not fresh.
const STALE_AFTER_MS = 3 * POLL_MS;
const PAGES_MAX = 5;

const by = (id) => document.getElementById(id);
const page = { about: null, board: null, alerts: [], readAt: null, streaming: false, lost: false, known: null, busy: false, again: false, linked: false, out: true };

// The service's clinical clock, carried on by this machine's monotone one.
const now = () => {
  const elapsed = performance.now() - page.readAt;
  return Date.parse(page.board.now) + elapsed * (page.about?.time_scale ?? 1);
};

// Nothing of a patient may stay behind, seen or unseen.
const signIn = (fault) => {
  forgetToken();
  Object.assign(page, { about: null, board: null, alerts: [], known: null, out: true });
  for (const id of ["patients", "alerts", "patients-summary", "alerts-summary", "announcement", "site"]) {
    by(id).replaceChildren();
  }
  by("about").textContent = "Wardlight";
  document.title = "Wardlight";
  document.body.classList.remove("disconnected");
  by("board").hidden = true;
  by("lost").hidden = true;
  showFaults([]);
  by("sign-in").hidden = false;
  by("sign-in-fault").hidden = !fault;
  by("sign-in-fault").textContent = fault ?? "";
  by("state").textContent = "Not signed in";
};

const announce = (alerts) => {
  const ids = new Set(alerts.map((alert) => alert.id));
  const fresh = alerts.filter((alert) => page.known && !page.known.has(alert.id));
  page.known = ids;
  const labels = new Map(page.board.items.map((patient) => [patient.id, patient.label]));
  const words = fresh.map((alert) => `New ${alert.priority} priority alert: ${kindText(alert)}, ${labels.get(alert.patient) ?? alert.patient}.`);
  if (words.length) by("announcement").textContent = words.join(" ");
};

// What of the service itself does not work, above all channels that take no
// alerts: those who rely on them do not see this page. The board shows all the
// same when this cannot be read.
const readFaults = async () => {
  try {
    const response = await fetch("/health/ready", { cache: "no-store", signal: AbortSignal.timeout(POLL_MS) });
    const { components } = await response.json();
    const faults = components.filter((part) => part.state !== "working");
    if (!page.out) showFaults(faults.map((part) => part.reason ?? part.name));
  } catch {
    // The banner of the lost connection says it.
  }
};

const showFaults = (faults) => {
  const text = faults.length ? `Not everything works: ${faults.join("; ")}.` : "";
  if (by("faulty").textContent !== text) by("faulty").textContent = text;
  by("faulty").hidden = !text;
};

// A message links to its alert; the list comes later than the page.
const goToLinked = () => {
  if (page.linked) return;
  page.linked = true;
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
};

const show = () => {
  const labels = new Map(page.board.items.map((patient) => [patient.id, patient.label]));
  showAlerts(by("alerts"), by("alerts-summary"), page.alerts, labels, now());
  showPatients(by("patients"), by("patients-summary"), page.board, page.alerts, now());
  announce(page.alerts);
  by("sign-in").hidden = true;
  by("board").hidden = false;
  by("site").textContent = page.about.site === "Wardlight" ? "" : page.about.site;
  by("simulated").hidden = !page.about.simulated;
  by("about").textContent = `Wardlight ${page.about.version}, signed in as ${page.about.caller}`;
  const open = page.alerts.filter((alert) => alert.handling === "open").length;
  document.title = open ? `(${open}) ${page.about.site}` : page.about.site;
  tick();
};

const refresh = async () => {
  if (page.busy) {
    page.again = true;
    return;
  }
  page.busy = true;
  const asking = token();
  try {
    page.about ??= await read("/v1/about");
    const alerts = await readAll("/v1/alerts?handling=open,acknowledged&limit=1000", PAGES_MAX);
    const asked = performance.now();
    const board = await readAll("/v1/board", PAGES_MAX);
    Object.assign(page, { board, alerts: alerts.items, readAt: asked });
    show();
    readFaults();
    goToLinked();
  } catch (error) {
    // A late refusal of an earlier token says nothing of the present one.
    if (!(error instanceof Refused)) tick();
    else if (token() === asking) signIn(error.message);
  } finally {
    page.busy = false;
  }
  if (page.again) {
    page.again = false;
    if (!page.out) await refresh();
  }
};

const tick = () => {
  page.lost = isLost();
  if (page.out) return;
  if (!page.board) {
    by("lost").hidden = page.busy;
    by("lost").textContent = "No connection: nothing could be read yet. Trying again.";
    return;
  }
  const at = now();
  const lost = page.lost || performance.now() - page.readAt > STALE_AFTER_MS;
  document.body.classList.toggle("disconnected", lost);
  for (const element of document.querySelectorAll("time.age")) {
    element.textContent = age((at - Number(element.dataset.at)) / 1000);
  }
  for (const element of document.querySelectorAll("tr[data-at]")) mark(element, at, lost);
  for (const element of document.querySelectorAll(".news")) markScore(element, lost);
  const asOf = new Date(page.board.now).toLocaleTimeString("en-GB");
  const fault = page.lost ? "No connection: values" : "No fresh values: those";
  const text = lost ? `${fault} below are as of ${asOf}. Trying again.` : "";
  // Set only when it changes: a screen reader speaks it each time.
  if (by("lost").textContent !== text) by("lost").textContent = text;
  by("lost").hidden = !lost;
  const live = page.streaming ? "Live" : "Checking every 5 seconds";
  by("state").textContent = page.lost ? `Last answer ${age(silence() / 1000)}` : `${live}, ${new Date(at).toLocaleTimeString("en-GB")}`;
};

const begin = () => {
  page.out = false;
  refresh();
  follow(refresh, (open) => {
    page.streaming = open;
  });
};

by("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  keepToken(by("token").value);
  by("token").value = "";
  begin();
});
takeTokenFromAddress();
// A link opened where the page stands already does not load it again.
addEventListener("hashchange", () => takeTokenFromAddress() && begin());
setInterval(tick, 1000);
// The moment of the loss, and of the return, is not left to the next tick.
setInterval(() => isLost() !== page.lost && tick(), 250);
setInterval(() => page.out || refresh(), POLL_MS);
begin();
