// Keeps the page of an alert or of a patient alive: when something changed the same page
// is fetched again, and its parts marked data-live are replaced. A part in which somebody
// is at work stays; charts, which are zoomed, are no such part.

import { ask, follow, isRead, setClock, tick } from "/assets/connection.js";

// What is told by age alone changes with time, too.
const CHECK_MS = 60_000;

const page = document.querySelector("[data-of]");
const state = document.getElementById("state");
// On paper a time without its day is none: it is as of when the page was made last.
const madeAt = (of) => { state.dataset.made = of.firstChild.textContent.trim(); };
madeAt(state);
const announcement = document.getElementById("announcement");
// Readings come often, and a page is much to ask for: so often at most for them.
const every = Number(page.dataset.every);

// Whoever has begun to write, or has opened what stays closed by itself, is at work.
addEventListener("input", ({ target }) => target.closest("[data-live]")?.setAttribute("data-held", ""));
const isHeld = (part) => part.hasAttribute("data-held")
  || part.querySelector("details[open], input:focus, textarea:focus, select:focus, button:focus, summary:focus")
  || [...part.querySelectorAll("input, textarea")].some((field) => field.value !== field.defaultValue);

const replace = (part, fresh) => {
  if (isHeld(part) || part.outerHTML === fresh.outerHTML) return;
  const link = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const wide = [...part.querySelectorAll(".wl-wide")].map((one) => one.scrollLeft);
  part.replaceWith(fresh);
  [...fresh.querySelectorAll(".wl-wide")].forEach((one, place) => { one.scrollLeft = wide[place] ?? 0; });
  if (link) fresh.querySelector(`a[href="${CSS.escape(link)}"]`)?.focus();
};

const show = (html) => {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const same = fresh.getElementById(part.id);
    if (same) replace(part, document.adoptNode(same));
  }
  madeAt(fresh.getElementById("state"));
  const { said, now } = fresh.querySelector("[data-of]").dataset;
  // Said once: a screen reader speaks it when it changes.
  if (said !== page.dataset.said) announcement.textContent = page.dataset.said = said;
  setClock(now);
};

let asked = -Infinity;
let waiting = null;
let busy = false;
let onceMore = false;
const look = async () => {
  clearTimeout(waiting);
  waiting = null;
  if (busy) {
    onceMore = true;
    return;
  }
  busy = true;
  asked = performance.now();
  try {
    const answer = await ask(location.pathname + location.search);
    if (answer.redirected) location.reload();
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    show(await answer.text());
    isRead(true);
    tick();
  } catch {
    isRead(false);
    waiting ??= setTimeout(look, 1000);
  }
  busy = false;
  if (onceMore) {
    onceMore = false;
    look();
  }
};
const lookSoon = () => {
  waiting ??= setTimeout(look, Math.max(0, asked + every - performance.now()));
};

follow(`/live?patient=${encodeURIComponent(page.dataset.of)}`, {
  // Between the page and the stream something may have come.
  ready: look,
  changed: lookSoon,
  alert: look,
}, () => {});
setInterval(look, CHECK_MS);
