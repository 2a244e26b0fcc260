// Keeps the ward's page alive: values as they are stored, ages as they pass, and
// what is unmistakable when nothing comes any more. The server renders everything;
// only what is in sight is asked for anew, so that 500 patients cost no more than
// a screen.

import { ask, follow, isRead, setClock, text, tick, words } from "/assets/connection.js";

// Values come in bursts; one screen is asked for at a time.
const AT_ONCE = 100;
// Tiles that are put in place without a break.
const AT_A_STROKE = 10;
const CHECK_MS = 60_000;

const ward = document.getElementById("ward");
const list = document.getElementById("tiles");
const announcement = document.getElementById("announcement");
const query = ward.dataset.query;

// Tiles or rows: the choice is kept in the browser, and a link that says it goes first.
const asked = new URLSearchParams(location.search);
try {
  if (asked.has("view")) localStorage.setItem("wardlight-view", asked.get("view"));
  else if (localStorage.getItem("wardlight-view") === "rows") location.replace(`/?${asked.size ? `${asked}&` : ""}view=rows`);
} catch {
  // A browser that keeps nothing shows what the link says.
}

// What is in sight.
const seen = new Set();
const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) seen.add(target);
    else seen.delete(target);
  }
  flush();
}, { rootMargin: "200px" });
const watch = (tile) => sight.observe(tile);
for (const tile of list.children) watch(tile);

// Patients of whom something new is stored and not yet shown.
const changed = new Set();
let busy = false;
const idOf = (tile) => tile.id.slice("patient-".length);

const parse = (html) => new DOMParser().parseFromString(html, "text/html");

// Whoever is no longer signed in is asked to be.
const read = async (path) => {
  const answer = await ask(path);
  if (answer.redirected) location.reload();
  if (answer.redirected || !answer.ok) throw new Error(`answered ${answer.status}`);
  return answer;
};

// Tiles, or rows, as they stand now.
const tilesOf = async (ids) => {
  const answer = await read(`/tiles?ids=${encodeURIComponent(ids.join(","))}&view=${ward.dataset.view}`);
  const { children } = parse(await answer.text()).getElementById("tiles");
  return [...children].map((tile) => document.adoptNode(tile));
};

const replace = (fresh) => {
  const old = document.getElementById(fresh.id);
  if (!old) return;
  const held = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  sight.unobserve(old);
  seen.delete(old);
  old.replaceWith(fresh);
  watch(fresh);
  seen.add(fresh);
  if (held) fresh.querySelector(`a[href="${CSS.escape(held)}"]`)?.focus();
};

const flush = async () => {
  if (busy || !changed.size) return;
  const ids = [...seen].map(idOf).filter((id) => changed.has(id)).slice(0, AT_ONCE);
  if (!ids.length) return;
  busy = true;
  for (const id of ids) changed.delete(id);
  try {
    const fresh = await tilesOf(ids);
    while (fresh.length) {
      for (const tile of fresh.splice(0, AT_A_STROKE)) replace(tile);
      // In between the page answers to whoever uses it.
      await new Promise((resume) => setTimeout(resume));
    }
    isRead(true);
    tick();
  } catch {
    for (const id of ids) changed.add(id);
    isRead(false);
    await new Promise((resume) => setTimeout(resume, 1000));
  }
  busy = false;
  flush();
};

// A new alert is said aloud, each once.
const idOfAlert = (link) => decodeURIComponent(link.getAttribute("href").slice("/alerts/".length));
const known = new Set([...list.querySelectorAll('a[href^="/alerts/"]')].map(idOfAlert));
const announce = (patients) => {
  const said = [];
  for (const { label, alerts } of patients) {
    for (const { id, words } of alerts) {
      if (known.has(id)) continue;
      known.add(id);
      said.push(`${words}, ${label}.`);
    }
  }
  if (said.length) announcement.textContent = text("new", { alerts: said.join(" ") });
};

// Tiles of patients who were not on the page, by their id.
const arrived = async (ids) => {
  const tiles = new Map();
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    for (const tile of await tilesOf(ids.slice(from, from + AT_ONCE))) tiles.set(idOf(tile), tile);
  }
  return tiles;
};

// Puts the tiles into this order, and moves no more than what has moved.
const arrange = (patients, fresh) => {
  const wanted = new Set(patients.map(({ id }) => id));
  for (const tile of [...list.children]) {
    if (wanted.has(idOf(tile))) continue;
    sight.unobserve(tile);
    seen.delete(tile);
    tile.remove();
  }
  let place = list.firstElementChild;
  for (const { id } of patients) {
    const old = document.getElementById(`patient-${id}`);
    const shown = old ?? fresh.get(id);
    if (!shown) continue;
    if (old) changed.add(id);
    else watch(shown);
    if (shown === place) place = place.nextElementSibling;
    else list.insertBefore(shown, place);
  }
};

// An alert changes who comes first: the order is read anew, without the tiles.
let again = null;
const reorder = async () => {
  if (again) {
    again = "once more";
    return;
  }
  again = "now";
  try {
    const order = await (await read(`/order?${query}`)).json();
    const isNew = ({ id }) => !document.getElementById(`patient-${id}`);
    const fresh = await arrived(order.patients.filter(isNew).map(({ id }) => id));
    document.getElementById("counts").replaceWith(document.adoptNode(parse(order.counts).body.firstElementChild));
    announce(order.patients);
    arrange(order.patients, fresh);
    setClock(order.now_ms);
    flush();
  } catch {
    // The silence is what tells; what comes next asks again.
  }
  const more = again === "once more";
  again = null;
  if (more) reorder();
};

const mark = (row, at) => {
  const old = at - Number(row.dataset.at) > Number(row.dataset.fresh);
  if (row.classList.contains("wl-old") === old) return;
  row.classList.toggle("wl-old", old);
  row.querySelector(".wl-was").textContent = old ? `${text("was")} ` : "";
};

const ages = (at) => {
  for (const tile of seen) {
    for (const time of tile.querySelectorAll("time[data-at]")) {
      const text = words((at - Number(time.dataset.at)) / 1000);
      if (time.textContent !== text) time.textContent = text;
    }
    for (const value of tile.querySelectorAll("[data-fresh]")) mark(value, at);
  }
};

follow(`/live?${query}`, {
  // Between the page and the stream something may have come.
  ready: () => reorder(),
  changed: (ids) => {
    for (const id of JSON.parse(ids)) changed.add(id);
    flush();
  },
  alert: () => reorder(),
}, ages);
// Scores, and what works, change with time alone, too.
setInterval(reorder, CHECK_MS);
