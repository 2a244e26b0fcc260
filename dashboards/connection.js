// Token, requests, and the event stream. The token lives in this tab only.

const KEY = "wardlight-token";
const PATIENCE_MS = 10_000;

export class Refused extends Error {}

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
  const headers = { authorization: `Bearer ${token()}`, ...options.headers };
  const response = await fetch(path, { ...options, headers, cache: "no-store" });
  if (response.status === 401) throw new Refused("This token is not known here, or it was revoked.");
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

// Reads one stream to its end; `heard` gets (event, data) of each block.
const readStream = async (last, heard) => {
  const headers = last.id === undefined ? {} : { "last-event-id": last.id };
  const response = await request("/v1/events", { headers });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
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
      if (fields.has("event")) heard(fields.get("event"), JSON.parse(fields.get("data") ?? "null"));
    }
  }
};

// Follows the stream until the next call; `state` hears whether it is open.
let turn = 0;
export const follow = async (heard, state) => {
  turn += 1;
  const mine = turn;
  const last = {};
  for (let wait = 1000; mine === turn; wait = Math.min(wait * 2, 15_000)) {
    try {
      await readStream(last, (event, data) => {
        wait = 1000;
        state(true);
        heard(event, data);
      });
    } catch (error) {
      if (error instanceof Refused) return;
    }
    state(false);
    await new Promise((resume) => setTimeout(resume, wait));
  }
};
