// Words, ages and elements. Text of others only ever becomes text nodes.

const VITALS = {
  heart_rate: ["Heart rate", "/min", 0], respiratory_rate: ["Breathing rate", "/min", 0],
  oxygen_saturation: ["Oxygen (SpO₂)", "%", 0], body_temperature: ["Temperature", "°C", 1],
  blood_pressure: ["Blood pressure", "mmHg", 0], systolic_pressure: ["Systolic pressure", "mmHg", 0],
  diastolic_pressure: ["Diastolic pressure", "mmHg", 0], consciousness: ["Consciousness", "", 0],
  supplemental_oxygen: ["Extra oxygen", "", 0], skin_temperature: ["Wrist skin", "°C", 1],
  resting_heart_rate: ["Resting heart rate", "/min", 0], step_count: ["Steps", "", 0],
  heart_rate_variability_rmssd: ["Variability RMSSD", "ms", 0],
  heart_rate_variability_sdnn: ["Variability SDNN", "ms", 0],
  beat_intervals: ["Beat interval", "ms", 0], worn: ["Watch worn", "", 0],
  battery_level: ["Battery", "%", 0],
};
const STATES = {
  consciousness: ["Alert", "New confusion", "Responds to voice", "Responds to pain", "Unresponsive"],
  supplemental_oxygen: ["No", "Yes"], worn: ["No", "Yes"],
};
const KINDS = {
  fever_on_treatment: () => "Fever or low temperature on cancer treatment",
  news2: () => "NEWS2 is at least at its threshold",
  deterioration: () => "Getting worse, compared with own normal",
  baseline_deviation: (vital) => `${vital} away from own normal`,
  sustained_change: () => "Lasting change against own course",
  irregular_pulse: () => "Irregular pulse, possible atrial fibrillation",
  activity_decline: () => "Fewer steps than usual",
  overnight_heart_rate: () => "Heart rate at night above own normal",
  silent: (vital) => `${vital} no longer arrives`,
  device_silent: () => "Watch sends nothing",
  never_heard: (vital) => `${vital} was never received`,
  not_worn: () => "Watch is not worn",
  frozen: (vital) => `${vital} repeats one value`,
  device_clock: () => "Clock of the watch is wrong",
  battery_low: () => "Battery of the watch is nearly empty",
  device_offline: () => "Watch went offline",
  messages_missing: () => "Messages of the watch are missing",
  internal_error: () => "Wardlight could not judge a message",
  rule: (vital, alert) => `Clinical rule: ${sentence(alert.rule ?? "unknown")}`,
};
const OF_THE_BODY = ["fever_on_treatment", "news2", "deterioration", "baseline_deviation",
  "sustained_change", "irregular_pulse", "activity_decline", "overnight_heart_rate", "rule"];

export const sentence = (name) => {
  const words = String(name).replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};
export const vitalName = (name) => VITALS[name]?.[0] ?? sentence(name);
export const unitOf = (name, fallback) => VITALS[name]?.[1] ?? fallback ?? "";
export const valueText = (name, value) =>
  STATES[name]?.[value] ?? Number(value).toFixed(VITALS[name]?.[2] ?? 1);

// `kind` is a name, or an object of kind and vital.
export const kindOf = (alert) => (typeof alert.kind === "object" ? alert.kind.kind : alert.kind);
export const vitalOf = (alert) =>
  alert.vital ?? (typeof alert.kind === "object" ? alert.kind.vital : undefined);
export const kindText = (alert) => {
  const vital = vitalOf(alert);
  const name = vital ? vitalName(vital) : "A vital sign";
  return (KINDS[kindOf(alert)] ?? (() => sentence(kindOf(alert))))(name, alert);
};
export const ofTheBody = (alert) => OF_THE_BODY.includes(kindOf(alert));

export const age = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s ago`;
  if (whole < 7200) return `${Math.floor(whole / 60)} min ago`;
  if (whole < 172800) return `${Math.floor(whole / 3600)} h ago`;
  return `${Math.floor(whole / 86400)} days ago`;
};
export const clock = (ms, nowMs) => {
  const at = new Date(ms);
  const time = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const sameDay = new Date(nowMs).toDateString() === at.toDateString();
  return sameDay ? time : `${at.toLocaleDateString("en-GB", { day: "numeric", month: "short" })} ${time}`;
};

export const counted = (number, thing) => `${number} ${thing}${number === 1 ? "" : "s"}`;
// "a", "a and b", "a, b and c".
export const listed = (names) =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

export const make = (tag, classes, ...children) => {
  const element = document.createElement(tag);
  if (classes) element.className = classes;
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};
export const ageOf = (ms) => {
  const element = make("time", "age");
  element.dataset.at = ms;
  element.dateTime = new Date(ms).toISOString();
  return element;
};
