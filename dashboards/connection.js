// Who asks, requests, and the event stream. A token lives in this tab only; without
// one the browser's session is asked with, which no script can see.

const KEY = "wardlight-token";
const PATIENCE_MS = 10_000;
// The service gives a sign of life every 2 s: one may be lost or late, two are not.
const SIGN_MS = 2000;
const SILENCE_MS = 5000;

export class Refused extends Error {}

// When the service last said anything at all, and anything on the stream, by this
// machine's monotone clock.
const heard = { anything: performance.now(), stream: performance.now() };
const since = (at) => performance.now() - at;
export const silence = () => since(heard.anything);
export const isLost = () => silence() > SILENCE_MS;

// Whether there was one.
export const takeTokenFromAddress = () => {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!given) return false;
  sessionStorage.setItem(KEY, given);
  history.replaceState(null, "", location.pathname + location.search);
  return true;
};
export const token = () => sessionStorage.getItem(KEY);
export const keepToken = (given) => sessionStorage.setItem(KEY, given.trim());
export const forgetToken = () => sessionStorage.removeItem(KEY);

const request = async (path, options) => {
  const given = token();
  const headers = { ...(given && { authorization: `Bearer ${given}` }), ...options.headers };
  const response = await fetch(path, { ...options, headers, cache: "no-store" });
  heard.anything = performance.now();
  if (response.status === 401) throw new Refused(given ? "This token is not known here, or it was revoked." : "");
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response;
};

export const read = async (path) => {
  const response = await request(path, { signal: AbortSignal.timeout(PATIENCE_MS) });
  return response.json();
};

// All pages of a list, at most `pages` of them.
export const readAll = async (path, pages) => {
  const items = [];
  let cursor = "";
  let first;
  for (let page = 0; page < pages; page += 1) {
    const answer = await read(path + cursor);
    first ??= answer;
    items.push(...answer.items);
    if (!answer.next) return { ...first, items, more: false };
    cursor = `${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(answer.next)}`;
  }
  return { ...first, items, more: true };
};

// Reads one stream to its end; `tell` gets (event, data) of each block.
const readStream = async (last, tell, signal) => {
  const headers = last.id === undefined ? {} : { "last-event-id": last.id };
  const response = await request("/v1/events", { headers, signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard.anything = heard.stream = performance.now();
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const fields = new Map();
      for (const line of block.split("\n")) {
        const colon = line.indexOf(":");
        if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trimStart());
      }
      if (fields.has("id")) last.id = fields.get("id");
      if (fields.has("event")) tell(fields.get("event"), JSON.parse(fields.get("data") ?? "null"));
    }
  }
};

// Without a stream there are no signs of life on it: ask for one.
const ask = async () => {
  try {
    await fetch("/health/live", { cache: "no-store", signal: AbortSignal.timeout(SILENCE_MS) });
    heard.anything = performance.now();
  } catch {
    // The silence is what tells.
  }
};

// Follows the stream until the next call; `state` hears whether it is open. A network that
// goes away closes nothing: a stream that is silent for too long is given up.
let turn = 0;
export const follow = async (tell, state) => {
  turn += 1;
  const mine = turn;
  const last = {};
  const stream = { open: false, began: performance.now(), given: new AbortController() };
  const watch = setInterval(() => {
    const dead = since(stream.open ? heard.stream : stream.began) > SILENCE_MS;
    if (dead || mine !== turn) stream.given.abort();
    if (!stream.open) ask();
  }, SIGN_MS);
  for (let wait = 1000; mine === turn; wait = Math.min(wait * 2, 15_000)) {
    Object.assign(stream, { began: performance.now(), given: new AbortController() });
    try {
      await readStream(last, (event, data) => {
        wait = 1000;
        stream.open = true;
        state(true);
        tell(event, data);
      }, stream.given.signal);
    } catch (error) {
      if (error instanceof Refused) break;
    }
    stream.open = false;
    state(false);
    await new Promise((resume) => setTimeout(resume, wait));
  }
  clearInterval(watch);
};
