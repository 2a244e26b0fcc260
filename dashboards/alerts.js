// The list of alerts that nobody has closed.

import { ageOf, clock, kindText, make, ofTheBody, sentence } from "./words.js";

const RANK = { high: 0, medium: 1, low: 2 };
const SYMBOL = { high: "▲", medium: "◆", low: "●" };
const rank = (alert) => RANK[alert.priority] ?? 3;

export const inOrder = (alerts) =>
  [...alerts].sort((one, other) => {
    const answered = Number(one.handling !== "open") - Number(other.handling !== "open");
    return rank(one) - rank(other) || answered || Date.parse(other.raised_at) - Date.parse(one.raised_at);
  });

export const priorityTag = (priority) =>
  make("span", `tag ${priority}`, `${SYMBOL[priority] ?? "■"} ${sentence(priority)} priority`);

const moment = (word, text, nowMs) => {
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : make("span", "", `${word} ${clock(at, nowMs)}, `, ageOf(at));
};

// The sentence speaks of the moment it was written ("a minute ago"): say which.
const why = (alert, nowMs) => {
  const summary = alert.evidence?.summary;
  if (!summary) return null;
  const concluded = (alert.evidence.values ?? []).map((value) => Date.parse(value.measured) + value.age_ms);
  const told = Date.parse(alert.condition === "ended" ? alert.updated_at : alert.raised_at);
  const at = concluded.length ? Math.max(...concluded) : told;
  return make("p", "why", Number.isNaN(at) ? summary : `As of ${clock(at, nowMs)}: ${summary}`);
};

// Where in the treatment it stands; without a record of it there is nothing to say.
const course = (alert) => {
  const treatment = alert.evidence?.treatment;
  const known = treatment && (treatment.cycle != null || treatment.windows?.length);
  return known ? make("p", "why", treatment.summary) : null;
};

const handlingTag = (alert) => {
  if (alert.handling === "open") return make("span", "tag unanswered", "Not acknowledged");
  const by = alert.acknowledged?.by ? ` by ${alert.acknowledged.by}` : "";
  return make("span", "tag plain", `${sentence(alert.handling)}${by}`);
};

const careTags = (alert, nowMs) => {
  const { snoozed, assigned } = alert;
  const until = snoozed ? clock(Date.parse(snoozed.until), nowMs) : "";
  return [
    snoozed ? make("span", "tag plain", `Snoozed until ${until} by ${snoozed.by}`) : null,
    assigned ? make("span", "tag plain", `With ${assigned.to}`) : null,
  ];
};

const show = (alert, labels, nowMs) => {
  const measurable = ofTheBody(alert);
  const ended = alert.condition === "ended";
  const tags = make(
    "p", "tags",
    priorityTag(alert.priority),
    measurable ? null : make("span", "tag cannot", "⊘ Cannot measure"),
    handlingTag(alert),
    ended ? make("span", "tag plain", "Condition ended") : null,
    ...careTags(alert, nowMs),
  );
  const times = [moment("Began", alert.began_at, nowMs), moment("raised", alert.raised_at, nowMs)];
  const shown = times.filter(Boolean).flatMap((part, index) => (index ? [" · ", part] : [part]));
  const item = make(
    "li", `alert ${alert.priority} ${measurable ? "" : "cannot"}`,
    tags,
    make("h2", "", kindText(alert)),
    make("p", "who", labels.get(alert.patient) ?? alert.patient),
    why(alert, nowMs),
    course(alert),
    make("p", "times", ...shown),
  );
  // Messages link here.
  item.id = alert.id;
  return item;
};

export const showAlerts = (list, summary, alerts, labels, nowMs) => {
  const ordered = inOrder(alerts);
  list.replaceChildren(...ordered.map((alert) => show(alert, labels, nowMs)));
  const open = alerts.filter((alert) => alert.handling === "open").length;
  const high = alerts.filter((alert) => alert.priority === "high").length;
  summary.textContent = alerts.length
    ? `${alerts.length} not closed, ${open} not acknowledged, ${high} of high priority`
    : "None. This says nothing about patients who cannot be measured or are not monitored.";
};
