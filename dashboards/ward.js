// Keeps the ward's page alive: values as they are stored, ages as they pass, and
// what is unmistakable when nothing comes any more. The server renders everything;
// only what is in sight is asked for anew, so that 500 patients cost no more than
// a screen.

import { ask, follow, isRead, setClock, tick, words } from "/assets/connection.js";

// Values come in bursts; one screen is asked for at a time.
const AT_ONCE = 100;
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
    const answer = await ask(`/tiles?ids=${encodeURIComponent(ids.join(","))}&view=${ward.dataset.view}`);
    if (answer.redirected || !answer.ok) throw new Error(`answered ${answer.status}`);
    for (const tile of [...parse(await answer.text()).getElementById("tiles").children]) replace(document.adoptNode(tile));
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
const linksTo = (root) => [...root.querySelectorAll('a[href^="/alerts/"]')];
const known = new Set(linksTo(list).map((link) => link.getAttribute("href")));
const announce = (page) => {
  const fresh = linksTo(page).filter((link) => !known.has(link.getAttribute("href")));
  for (const link of fresh) known.add(link.getAttribute("href"));
  const said = fresh.map((link) => `${link.textContent.trim()}, ${link.closest("[data-label]").dataset.label}.`);
  if (said.length) announcement.textContent = `New alert: ${said.join(" ")}`;
};

// An alert changes who comes first: the order is read anew, and what moved is moved.
let again = null;
const reorder = async () => {
  if (again) {
    again = "once more";
    return;
  }
  again = "now";
  try {
    const answer = await ask(`/?${query}`);
    if (answer.redirected) location.reload();
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    const page = parse(await answer.text());
    document.getElementById("counts").replaceWith(document.adoptNode(page.getElementById("counts")));
    const fresh = [...page.getElementById("tiles").children];
    announce(page);
    const wanted = new Set(fresh.map((tile) => tile.id));
    for (const tile of [...list.children]) {
      if (wanted.has(tile.id)) continue;
      seen.delete(tile);
      tile.remove();
    }
    let place = list.firstElementChild;
    for (const tile of fresh) {
      const old = document.getElementById(tile.id);
      const shown = old ?? document.adoptNode(tile);
      if (!old) watch(shown);
      else changed.add(idOf(old));
      if (shown === place) place = place.nextElementSibling;
      else list.insertBefore(shown, place);
    }
    setClock(page.getElementById("ward").dataset.now);
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
  row.querySelector(".wl-was").textContent = old ? "was " : "";
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
