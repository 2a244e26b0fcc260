// One card a patient: newest values with their age, and what cannot be measured.

import { inOrder, priorityTag } from "./alerts.js";
import { ageOf, clock, counted, kindText, listed, make, ofTheBody, unitOf, valueText, vitalName } from "./words.js";

const SHOWN = [
  "heart_rate", "respiratory_rate", "oxygen_saturation", "body_temperature", "blood_pressure",
  "consciousness", "supplemental_oxygen", "skin_temperature", "resting_heart_rate", "worn",
  "battery_level",
];
const RANK = { high: 0, medium: 1, low: 2 };

// Systolic and diastolic pressure of one moment are one line.
const lines = (patient) => {
  const newest = new Map(patient.latest.map((value) => [value.vital, value]));
  const [upper, lower] = [newest.get("systolic_pressure"), newest.get("diastolic_pressure")];
  const text = (value) => valueText(value.vital, value.value);
  const found = [];
  for (const name of SHOWN) {
    const value = name === "blood_pressure" ? upper : newest.get(name);
    if (value) {
      const paired = name === "blood_pressure" && lower?.measured_at === upper.measured_at;
      found.push({ name, value, text: paired ? `${text(upper)}/${text(lower)}` : text(value) });
    } else if (patient.expected.includes(name)) {
      found.push({ name });
    }
  }
  return found;
};

const row = ({ name, value, text }) => {
  const heading = make("th", "", vitalName(name));
  heading.scope = "row";
  if (!value) {
    const never = make("td", "", make("span", "value", "Never received"));
    never.colSpan = 2;
    return make("tr", "never", heading, never);
  }
  const at = Date.parse(value.measured_at);
  const number = make("span", "value", text);
  const shown = make("td", "", number, " ", make("span", "unit", unitOf(name, value.unit)));
  const element = make("tr", "", heading, shown, make("td", "age-cell", make("span", "old-word"), ageOf(at)));
  element.dataset.at = at;
  element.dataset.freshMs = value.fresh_for_seconds * 1000;
  element.dataset.text = text;
  return element;
};

// A value turns old while the page is open; without a connection none is current.
export const mark = (element, nowMs, lost) => {
  const old = lost || nowMs - Number(element.dataset.at) > Number(element.dataset.freshMs);
  if (element.classList.contains("old") === old && element.dataset.marked) return;
  element.dataset.marked = "yes";
  element.classList.toggle("old", old);
  element.querySelector(".value").textContent = (old ? "was " : "") + element.dataset.text;
  element.querySelector(".old-word").textContent = old ? "Old, " : "";
};

// Without a connection a score is no longer that of now.
export const markScore = (element, lost) => {
  const text = (lost ? "was " : "") + element.dataset.text;
  if (element.textContent !== text) element.textContent = text;
};

const watchText = (patient, nowMs) => {
  if (patient.watch === "monitored") return null;
  if (patient.watch === "paused") {
    const until = patient.paused_until ? ` until ${clock(Date.parse(patient.paused_until), nowMs)}` : "";
    return make("span", "tag plain", `‖ Monitoring paused${until}`);
  }
  return make("span", "tag plain", "○ Not monitored");
};

// A score never stands without the age of its oldest input.
const newsText = (patient, nowMs) => {
  const news = patient.scores?.news2 ?? patient.scores;
  const [least, most] = [news?.score_min ?? news?.lower, news?.score_max ?? news?.upper];
  if (least === undefined || most === undefined) return null;
  const missing = news.missing?.length ? `, without ${listed(news.missing)}` : ", inputs missing";
  const partial = least === most ? null : missing;
  const range = make("span", "news", partial ? `${least} to ${most}` : `${least}`);
  range.dataset.text = range.textContent;
  const oldest = news.oldest_age_seconds === undefined || news.oldest_age_seconds === null
    ? ", no input has a time" : make("span", "", ", oldest input ", ageOf(nowMs - news.oldest_age_seconds * 1000));
  return make("p", "", "NEWS2 ", range, partial, oldest);
};

const show = (patient, alerts, nowMs) => {
  const ordered = inOrder(alerts);
  const body = ordered.filter(ofTheBody);
  const blocked = ordered.filter((alert) => !ofTheBody(alert) && alert.condition !== "ended");
  const worn = patient.latest.find((value) => value.vital === "worn");
  const offWrist = worn?.value === 0 && !blocked.some((alert) => alert.kind === "not_worn");
  const reasons = blocked.map(kindText).concat(offWrist ? ["Watch is not worn"] : []);
  const tags = [
    watchText(patient, nowMs),
    body.length ? priorityTag(body[0].priority) : null,
    ...reasons.map((reason) => make("span", "tag cannot", `⊘ ${reason}`)),
  ].filter(Boolean);
  const head = make(
    "div", "head",
    make("h2", "", patient.label),
    make("p", "quiet", `${patient.id} · ${patient.ward}`),
    tags.length ? make("p", "tags", ...tags) : null,
    newsText(patient, nowMs),
  );
  const found = lines(patient);
  const table = make("table", "vitals", make("tbody", "", ...found.map(row)));
  table.setAttribute("aria-label", `Newest values of ${patient.label}`);
  const nothing = make("p", "head quiet", "Nothing was received yet.");
  const state = reasons.length ? "cannot" : patient.watch === "monitored" ? "" : "unwatched";
  const classes = `patient ${state} ${body[0]?.priority ?? ""}`;
  return make("li", classes, head, found.length ? table : nothing);
};

export const showPatients = (list, summary, board, alerts, nowMs) => {
  const of = new Map();
  for (const alert of alerts) of.set(alert.patient, [...(of.get(alert.patient) ?? []), alert]);
  const urgency = (patient) =>
    Math.min(3, ...(of.get(patient.id) ?? []).map((alert) => RANK[alert.priority] ?? 3));
  const ordered = [...board.items].sort((one, other) =>
    urgency(one) - urgency(other) || one.label.localeCompare(other.label, "en-GB", { numeric: true }));
  list.replaceChildren(...ordered.map((patient) => show(patient, of.get(patient.id) ?? [], nowMs)));
  const more = board.more ? ", and more that do not fit here" : "";
  summary.textContent = `${counted(ordered.length, "patient")}, the most urgent first${more}`;
};
