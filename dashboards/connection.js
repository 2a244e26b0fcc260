// What keeps an open page in touch with the service: the stream that tells what changed,
// the clinical clock, and what is unmistakable when nothing comes any more. A page that
// lives has #state, #lost, and an element with data-now and data-scale.

// The server gives a sign of life every 2 s: one may be lost or late, two are not.
const SILENCE_MS = 5000;
// An answer that takes longer is none: the network may have gone with it.
const PATIENCE_MS = 10_000;
// For so long what changed may stay unread before the page says so.
const FAILING_MS = 15_000;

const state = document.getElementById("state");
const lost = document.getElementById("lost");
const said = document.getElementById("said").dataset;
const began = document.querySelector("[data-scale]").dataset;
const clock = { at: Number(began.now), read: performance.now(), scale: Number(began.scale) };
const heard = { at: performance.now() };
// Since when what changed could not be read.
let failing = null;

// Clinical time, as far as the page knows it.
export const now = () => clock.at + (performance.now() - clock.read) * clock.scale;
export const setClock = (at) => {
  clock.at = Number(at);
  clock.read = performance.now();
};

// What the page gave along, in its language, with values in place of their names.
export const text = (name, values = {}) => {
  const key = `say${name[0].toUpperCase()}${name.slice(1)}`;
  const form = values.count === 1 ? said[`${key}One`] : said[key];
  return form.replace(/\{(\w+)\}/g, (whole, place) => values[place] ?? whole);
};

export const words = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return text("seconds", { count: whole });
  if (whole < 7200) return text("minutes", { count: Math.floor(whole / 60) });
  if (whole < 172_800) return text("hours", { count: Math.floor(whole / 3600) });
  return text("days", { count: Math.floor(whole / 86_400) });
};

// In the zone of the page, which it names. A browser that does not know the zone says
// its own.
const face = (timeZone) => new Intl.DateTimeFormat(document.documentElement.lang, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short", timeZone,
});
const clockFace = (() => {
  try {
    return face(began.zone);
  } catch {
    return face(undefined);
  }
})();
const clockTime = (at) => clockFace.format(new Date(at));

// Asks the service for something fresh.
export const ask = (path) => fetch(path, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });

// Whether what changed could be read.
export const isRead = (yes) => {
  failing = yes ? null : failing ?? performance.now();
};

// Said once when it begins: a screen reader speaks it each time it changes.
let told = "";
const say = (what) => {
  if (what === told) return;
  told = what;
  const asOf = clockTime(clock.at);
  lost.textContent = {
    "": "",
    gone: text("gone", { at: asOf }),
    stale: text("stale"),
  }[what];
  lost.hidden = !what;
  document.body.classList.toggle("wl-disconnected", Boolean(what));
};

let age = () => {};
export const tick = () => {
  const at = now();
  age(at);
  const silence = performance.now() - heard.at;
  const gone = silence > SILENCE_MS;
  const stale = failing !== null && performance.now() - failing > FAILING_MS;
  say(gone ? "gone" : stale ? "stale" : "");
  const time = clockTime(at);
  state.textContent = gone ? text("heard", { ago: words(silence / 1000) }) : text("live", { time });
};

// A network that goes away closes nothing: a stream that is silent for too long is
// given up, and another one begun.
let stream = null;
let begun = 0;
const begin = (path, events) => {
  stream?.close();
  begun = performance.now();
  const mine = new EventSource(path);
  stream = mine;
  const hear = (name, act) => mine.addEventListener(name, (event) => {
    if (mine !== stream) return;
    heard.at = performance.now();
    act(event.data);
  });
  hear("sign", (sign) => {
    const { at, scale } = JSON.parse(sign);
    setClock(at);
    clock.scale = scale;
  });
  for (const [name, act] of Object.entries(events)) hear(name, act);
  mine.onerror = async () => {
    if (mine !== stream || mine.readyState !== EventSource.CLOSED) return;
    // Refused, not lost: whoever is no longer signed in is asked to be.
    const answer = await ask("/tiles?ids=").catch(() => null);
    if (answer?.redirected) location.reload();
  };
};

// Follows the stream at a path: `events` say what is done at each, `ages` is called
// with the time each second.
export const follow = (path, events, ages) => {
  age = ages;
  begin(path, events);
  tick();
  setInterval(tick, 1000);
  setInterval(() => {
    const since = (at) => performance.now() - at > SILENCE_MS;
    if (since(heard.at) && since(begun)) begin(path, events);
  }, 1000);
};
