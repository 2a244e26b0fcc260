// Every page in every state that it can have. Whoever adds a page or a state adds a
// line: it is looked at by axe-core, held against its width and kept as a picture.
//
// [name, where to go, what to do there (none: only look), who looks (an administrator)]

const press = (name) => (page) => page.getByRole("button", { name, exact: true }).click();
const both = (...acts) => async (page, world) => {
  for (const act of acts) await act(page, world);
};
const unfold = async (page) => {
  for (const summary of await page.locator("summary").all()) await summary.click();
};
const fill = (fields) => async (page) => {
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text);
};
// The browser would not send it so.
const unchecked = (page) => page.evaluate(() => document.querySelectorAll("form").forEach((form) => (form.noValidate = true)));
const shows = (selector) => (page) => page.locator(selector).first().waitFor();
const live = (page) => page.locator("#state", { hasText: /^Live/ }).waitFor();
const fault = shows(".wl-fault");
const done = shows(".wl-done");
const drawn = shows("#charts canvas");
const alert = (name) => ({ alerts }) => `/alerts/${alerts[name]}`;
// What was known a moment ago.
const then = (path) => () => `${path}${path.includes("?") ? "&" : "?"}at=${encodeURIComponent(new Date().toISOString())}`;
const channel = (name) => ({ channels }) => `/channels/${channels[name]}`;

/** Of the service that has everything. */
export const SCENES = [
  ["sign-in", "/sign-in", null, null],
  ["sign-in-fault", "/sign-in", both(fill({ Name: "nobody", Password: "a wrong one" }), press("Sign in"), fault), null],
  ["sign-in-token", "/sign-in", unfold, null],

  ["ward-all", "/", live],
  ["ward-fresh", "/?ward=well", live],
  ["ward-old", "/?ward=stale", live],
  ["ward-high", "/?ward=high", live],
  ["ward-medium", "/?ward=medium", live],
  ["ward-low", "/?ward=low", live],
  ["ward-cannot-measure", "/?ward=blocked", live],
  ["ward-not-monitored", "/?ward=unwatched", live],
  ["ward-answers", "/?ward=answers", live],
  ["ward-nobody", "/?ward=nobody", live],
  ["ward-one-ward", "/", live, "ann.lee"],
  ["ward-rows", "/?view=rows", live],

  ["ward-past", then("/"), null],
  ["ward-past-rows", then("/?view=rows"), null],
  ["ward-past-too-old", "/?at=2001-01-01T00:00:00Z", null],
  ["patient-past", then("/patients/high-1"), null],

  ["patient-values", "/patients/well-1", drawn],
  ["patient-week", "/patients/well-1?span=7d", drawn],
  ["patient-old-values", "/patients/stale-1", null],
  ["patient-alert", "/patients/high-1", null],
  ["patient-no-values", "/patients/unmonitored", null],
  ["patient-paused", "/patients/paused", null],
  ["patient-note-written", "/patients/paused", both(fill({ "New note": "Back from the scan at four." }), press("Write the note"), done)],
  ["patient-note-fault", "/patients/paused", both(unchecked, press("Write the note"), fault)],
  ["patient-unfolded", "/patients/well-1", both(drawn, unfold)],
  ["patient-not-found", "/patients/nobody", null],

  ["alert-open", alert("open"), null],
  ["alert-open-unfolded", alert("open"), unfold],
  ["alert-fault", alert("open"), both(unfold, unchecked, press("Resolve"), fault)],
  ["alert-medium", alert("medium"), null],
  ["alert-low", alert("low"), null],
  ["alert-technical", alert("technical"), null],
  ["alert-acknowledged", alert("acknowledged"), null],
  ["alert-snoozed", alert("snoozed"), null],
  ["alert-assigned", alert("assigned"), null],
  ["alert-resolved", alert("resolved"), null],
  ["alert-reopened", alert("reopened"), null],
  ["alert-remarked", alert("remarked"), null],
  ["alert-ended", alert("ended"), null],
  ["alert-done", alert("medium"), both(press("Acknowledge"), done)],
  ["alert-to-read-only", alert("open"), null, "wall"],
  ["alert-explained", ({ alerts }) => `/alerts/${alerts.open}/explanation`, null],
  ["alert-past", ({ alerts }) => then(`/alerts/${alerts.acknowledged}`)(), null],
  ["alert-not-found", "/alerts/alr_0_0_0", null],
  ["alert-answered-by-link", ({ actionPath }) => actionPath, null, null],

  ["handover", "/handover", null],
  ["handover-nobody", "/handover?ward=nobody", null],
  ["handover-fault", "/handover?at=yesterday", fault],
  ["burden", "/burden", null],
  ["burden-fault", "/burden?from=2026-12-01&until=2026-01-01", fault],

  ["channels", "/channels", null],
  ["channel-works", channel("works"), null],
  ["channel-fails", channel("fails"), null],
  ["channel-off", channel("off"), null],
  ["channel-tested", channel("works"), both(press("Send a test"), done)],
  ["channel-fault", channel("works"), both(unchecked, press("Switch off"), fault)],

  ["devices", "/devices", null],
  ["devices-unfolded", "/devices", unfold],
  ["devices-one", "/devices?device=watch-well-1", null],
  ["devices-not-found", "/devices?device=no-such", null],
  ["devices-fault", "/devices", both((page) => page.locator("#assign-device").fill("watch-1"), fill({ Patient: "nobody" }), press("Assign"), fault)],
  ["quarantine", "/quarantine", null],
  ["quarantine-one", "/quarantine?device=watch-of-nobody", null],
  ["quarantine-to-read-only", "/quarantine", null, "wall"],

  ["rules", "/rules", null],
  ["rules-unfolded", "/rules", unfold],
  ["audit", "/audit", null],
  ["audit-nothing", "/audit?author=nobody+of+that+name", null],

  ["accounts", "/accounts", null],
  ["accounts-fault", "/accounts", both(unchecked, press("Make it and show its password"), fault)],
  [
    "accounts-made",
    "/accounts",
    both(
      fill({ "Name to sign in with": "new.one", "Name of the person, as alerts show it": "New One" }),
      (page) => page.getByLabel("All wards").check(),
      press("Make it and show its password"),
      shows(".wl-password"),
    ),
  ],
  ["account", "/accounts/ann.lee", null],
  ["account-fault", "/accounts/ann.lee", both(fill({ "Name of the person, as alerts show it": "" }), unchecked, press("Change"), fault)],
  ["account-new-password", "/accounts/spare", both(press("Make a new password"), shows(".wl-password"))],
  ["password", "/password", null],
  ["password-fault", "/password", both(fill({ "Old password": "wrong", "New password": "three random words", "New password again": "three other words" }), press("Change password"), fault)],

  ["not-for-this-account", "/", null, "aud.it"],
  ["lost", "/?ward=high", both(live, (page, world) => world.service.kill(), shows("#lost:not([hidden])"))],
];

/** Of a service that has nothing but one ward. */
export const EMPTY_SCENES = [
  ["ward-empty", "/", live],
  ["handover-empty", "/handover", null],
  ["burden-empty", "/burden", null],
  ["devices-empty", "/devices", null],
  ["quarantine-empty", "/quarantine", null],
  ["channels-empty", "/channels", null],
  ["accounts-one", "/accounts", null],
  ["audit-little", "/audit", null],
];

/** Of a demonstration: its patients are simulated, and it says so. */
export const DEMO_SCENES = [
  ["demo", "/demo?patient=sim-03", shows(".wl-simulated")],
  ["demo-done", "/demo", both(press("Watch goes silent"), done)],
  ["demo-fault", "/demo?patient=sim-12", both(press("Watch is put on"), fault)],
  ["demo-speed", "/demo", both(press("10 times"), done)],
  ["ward-simulated", "/", live],
];
