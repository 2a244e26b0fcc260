// Keeps the ward's page alive: values as they are stored, ages as they pass, and
// what is unmistakable when nothing comes any more. The server renders everything;
// only what is in sight is asked for anew, so that 500 patients cost no more than
// a screen.

// The server gives a sign of life every 2 s: one may be lost or late, two are not.
const SILENCE_MS = 5000;
// Values come in bursts; one screen is asked for at a time.
const AT_ONCE = 100;
const CHECK_MS = 60_000;
// An answer that takes longer is none: the network may have gone with it.
const PATIENCE_MS = 10_000;

const ward = document.getElementById("ward");
const list = document.getElementById("tiles");
const state = document.getElementById("state");
const lost = document.getElementById("lost");
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

const clock = { at: Number(ward.dataset.now), read: performance.now(), scale: Number(ward.dataset.scale) };
const now = () => clock.at + (performance.now() - clock.read) * clock.scale;
const heard = { at: performance.now() };
// Since when what changed could not be read.
let failing = null;
const FAILING_MS = 15_000;

const words = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s ago`;
  if (whole < 7200) return `${Math.floor(whole / 60)} min ago`;
  if (whole < 172_800) return `${Math.floor(whole / 3600)} h ago`;
  return `${Math.floor(whole / 86_400)} days ago`;
};

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
    const answer = await fetch(`/tiles?ids=${encodeURIComponent(ids.join(","))}&view=${ward.dataset.view}`, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.redirected || !answer.ok) throw new Error(`answered ${answer.status}`);
    for (const tile of [...parse(await answer.text()).getElementById("tiles").children]) replace(document.adoptNode(tile));
    failing = null;
    tick();
  } catch {
    for (const id of ids) changed.add(id);
    failing ??= performance.now();
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
    const answer = await fetch(`/?${query}`, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
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
    clock.at = Number(page.getElementById("ward").dataset.now);
    clock.read = performance.now();
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

// Said once when it begins: a screen reader speaks it each time it changes.
let said = "";
const say = (what) => {
  if (what === said) return;
  said = what;
  const asOf = new Date(clock.at).toLocaleTimeString("en-GB");
  lost.textContent = {
    "": "",
    gone: `No connection: what stands here is as of ${asOf}. Trying again.`,
    stale: "No fresh values: what stands here is older than what is stored. Trying again.",
  }[what];
  lost.hidden = !what;
  document.body.classList.toggle("wl-disconnected", Boolean(what));
};

const tick = () => {
  const at = now();
  for (const tile of seen) {
    for (const time of tile.querySelectorAll("time[data-at]")) {
      const text = words((at - Number(time.dataset.at)) / 1000);
      if (time.textContent !== text) time.textContent = text;
    }
    for (const value of tile.querySelectorAll("[data-fresh]")) mark(value, at);
  }
  const silence = performance.now() - heard.at;
  const gone = silence > SILENCE_MS;
  const stale = failing !== null && performance.now() - failing > FAILING_MS;
  say(gone ? "gone" : stale ? "stale" : "");
  const time = new Date(at).toLocaleTimeString("en-GB");
  state.textContent = gone ? `Last heard ${words(silence / 1000)}` : `Live, ${time}`;
};

// A network that goes away closes nothing: a stream that is silent for too long is
// given up, and another one begun.
let stream = null;
let begun = 0;
const follow = () => {
  stream?.close();
  begun = performance.now();
  const mine = new EventSource(`/live?${query}`);
  stream = mine;
  const hear = (name, act) => mine.addEventListener(name, (event) => {
    if (mine !== stream) return;
    heard.at = performance.now();
    act(event.data);
  });
  hear("sign", (at) => {
    clock.at = Number(at);
    clock.read = performance.now();
  });
  // Between the page and the stream something may have come.
  hear("ready", () => reorder());
  hear("changed", (ids) => {
    for (const id of JSON.parse(ids)) changed.add(id);
    flush();
  });
  hear("alert", () => reorder());
  mine.onerror = async () => {
    if (mine !== stream || mine.readyState !== EventSource.CLOSED) return;
    // Refused, not lost: whoever is no longer signed in is asked to be.
    const answer = await fetch("/tiles?ids=", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => null);
    if (answer?.redirected) location.reload();
  };
};
const followAgain = () => {
  const since = (at) => performance.now() - at > SILENCE_MS;
  if (since(heard.at) && since(begun)) follow();
};

follow();
tick();
setInterval(tick, 1000);
setInterval(followAgain, 1000);
// Scores, and what works, change with time alone, too.
setInterval(reorder, CHECK_MS);
