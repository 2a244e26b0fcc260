//! The live page in a real browser, against the real service.

use crate::browser::Browser;
use crate::command_line::{Serving, secret, works};
use crate::service::{Service, TOKEN, directory};
use crate::watch::{Answer, Watch};
use reqwest::Method;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::Path;
use wardlight::registry::Command;

/// One patient's line of this vital: value, unit, age, whether it is old.
const HEART_RATE: &str = r#"
    const rows = [...document.querySelectorAll(".wl-tile tr")];
    const row = rows.find((row) => row.querySelector("th").textContent === "Heart rate");
    if (!row) return null;
    const text = (part) => row.querySelector(part)?.textContent ?? "";
    return [text(".wl-was") + text(".wl-value"), text(".wl-unit"), text(".wl-age"),
        row.classList.contains("wl-old")];
"#;

/// What reaches over the right edge, in the page's own font and in a wide one
/// (a machine may have no other), and whether the page scrolls sideways.
const OVERFLOW: &str = r#"
  const fonts = ["", "'DejaVu Sans', Verdana, sans-serif"];
  const found = fonts.map((font) => {
    document.body.style.fontFamily = font;
    const visible = (element) => element.checkVisibility() && !element.matches(".nhsuk-u-visually-hidden, .nhsuk-skip-link");
    const wide = [...document.body.querySelectorAll("*")].filter((element) =>
        visible(element) && element.getBoundingClientRect().right > innerWidth + 0.5);
    const scrolls = document.scrollingElement.scrollWidth > innerWidth;
    return [innerWidth, scrolls, wide.map((element) => element.outerHTML.slice(0, 120))];
  });
  document.body.style.fontFamily = "";
  return found;
"#;

/// Signs in by a link, as `demo` prints it.
async fn sign_in(browser: &Browser, service: &Service) {
    browser
        .open(&service.url(&format!("/sign-in#token={}", TOKEN.replace(' ', "%20"))))
        .await;
    browser
        .until("return document.querySelector('.wl-tile')")
        .await;
}

pub(crate) async fn says(watch: &mut Watch, service: &Service, seq: u64, values: Value) {
    let mut moment = json!({ "session": 1, "seq": seq, "t": service.now() });
    let fields = moment.as_object_mut().expect("an object");
    fields.extend(values.as_object().expect("an object").clone());
    assert_eq!(watch.say(&moment).await, Answer::Puback(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn patients_are_shown_with_their_values_and_ages() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let data = directory();
    let service = Service::start(data.path(), &[]).await;
    service.enter(&["ada", "eve"]).await;
    let mut watch = Watch::connect(&service, "watch-ada").await;
    says(&mut watch, &service, 1, json!({ "hr": 72, "temp": 36.8 })).await;
    service.pass(5).await;
    sign_in(&browser, &service).await;
    let labels = "return [...document.querySelectorAll('.wl-tile h3')].map((h) => h.textContent)";
    assert_eq!(browser.run(labels).await, json!(["ADA", "EVE"]));
    let shown = browser.run(HEART_RATE).await;
    assert_eq!(shown, json!(["72", "/min", "5 min ago", false]));
    // The link's token is not left in the address, where a shoulder could read it.
    let address = browser.run("return location.href").await;
    assert_eq!(address, json!(service.url("/")));
    service.pass(10).await;
    let script = format!(
        "const shown = (() => {{ {HEART_RATE} }})();
         return shown?.[3] && shown;"
    );
    let old = browser.until(&script).await;
    assert_eq!(old, json!(["was 72", "/min", "15 min ago", true]));
    service.stop().await;
}

/// The page would look at everything once a minute: so it hears by events only.
pub(crate) const NO_POLLS: &str = "const real = window.setInterval;
    window.setInterval = (call, ms, ...rest) => (ms >= 5000 ? 0 : real(call, ms, ...rest));";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_appears_by_the_event_stream_and_no_other_host_is_asked() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let data = directory();
    let service = Service::start(data.path(), &[]).await;
    service.enter(&["ada"]).await;
    let mut watch = Watch::connect(&service, "watch-ada").await;
    says(&mut watch, &service, 1, json!({ "hr": 72 })).await;
    let given = json!([{ "given_at": service.now(), "cycle": 3, "kind": "bispecific" }]);
    let record = Some(json!({ "administrations": given }));
    service.ask(Method::PUT, "/v1/patients/ada", record).await;
    browser.before_every_page(NO_POLLS).await;
    sign_in(&browser, &service).await;
    browser
        .until("return document.getElementById('state').textContent.startsWith('Live')")
        .await;
    browser.run("window.neverReloaded = true").await;
    service.pass(5).await;
    says(&mut watch, &service, 2, json!({ "temp": 38.6 })).await;
    let alert = "return document.querySelector('.wl-tile.wl-high')?.textContent";
    let text = browser.until(alert).await;
    let text = text.as_str().expect("a text");
    let course = "Day 1 of cycle 3; within 72 h of an infusion.";
    for part in ["Fever", "ADA", "38.6", course, "not acknowledged"] {
        assert!(text.contains(part), "{part} in: {text}");
    }
    let spoken = browser
        .until("return document.getElementById('announcement').textContent")
        .await;
    let said = spoken.as_str().expect("a text");
    assert!(said.starts_with("New alert: ▲ high: Fever"), "{said}");
    let alerts = service.get("/v1/alerts?handling=open").await;
    let id = alerts["items"][0]["id"].as_str().expect("raised");
    let acknowledge = format!("/v1/alerts/{id}/acknowledge");
    service.post(&acknowledge, json!({})).await;
    browser
        .until("return document.querySelector('.wl-alerts')?.textContent.includes('acknowledged') && !document.querySelector('.wl-alerts').textContent.includes('not acknowledged')")
        .await;
    assert_eq!(browser.run("return neverReloaded").await, json!(true));
    let (asked, own) = (browser.asked_for().await, service.url("/"));
    let foreign: Vec<_> = asked.iter().filter(|url| !url.starts_with(&own)).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
    for path in [
        "assets/ward.js",
        "assets/nhsuk.css",
        "tiles?ids=ada",
        "live",
    ] {
        let own = format!("{own}{path}");
        assert!(
            asked.iter().any(|url| url.starts_with(&own)),
            "{path}: {asked:?}"
        );
    }
    assert!(!asked.iter().any(|url| url.contains("token")), "{asked:?}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_wrong_or_revoked_shows_why_and_no_data() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let data = directory();
    let service = Service::start(data.path(), &[]).await;
    service.enter(&["ada"]).await;
    browser.open(&service.url("/sign-in#token=wrong")).await;
    let refused = "return document.getElementById('fault')?.textContent
        === 'This token is not known here, or it was revoked.'";
    let anything = "return /ada|oncology|fever/i.test(document.documentElement.outerHTML)";
    browser.until(refused).await;
    assert_eq!(browser.run(anything).await, json!(false));
    sign_in(&browser, &service).await;
    assert_eq!(browser.run(anything).await, json!(true));
    let name = "Nurse Joy".to_owned();
    service.order(Command::RevokeToken { name }).await;
    // The page is sent to where one signs in, by itself.
    browser
        .until("return document.getElementById('password')")
        .await;
    assert_eq!(browser.run(anything).await, json!(false));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_overflows_on_a_telephone() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let data = directory();
    let service = Service::start(data.path(), &[]).await;
    let long = "w".repeat(58);
    service.enter(&["ada", &long]).await;
    let mut watch = Watch::connect(&service, "watch-ada").await;
    let all = json!({
        "hr": 188, "rr": 31, "spo2": 85, "temp": 40.1, "skin": 38.4, "rhr": 120,
        "sbp": 204, "dbp": 121, "worn": false, "battery": 3,
    });
    says(&mut watch, &service, 1, all).await;
    browser.resize(390, 1400).await;
    let fits = json!([[390, false, []], [390, false, []]]);
    browser.open(&service.url("/")).await;
    browser
        .until("return document.getElementById('password').checkVisibility()")
        .await;
    assert_eq!(browser.run(OVERFLOW).await, fits, "sign-in");
    sign_in(&browser, &service).await;
    browser
        .until("return document.querySelector('.wl-alert')")
        .await;
    assert_eq!(browser.run(OVERFLOW).await, fits, "fresh values");
    service.pass(2000).await;
    browser
        .until("return document.querySelector('.wl-old') && document.querySelector('.wl-blocked')")
        .await;
    assert_eq!(browser.run(OVERFLOW).await, fits, "old values");
    service.stop().await;
    browser
        .until("return document.getElementById('lost').checkVisibility()")
        .await;
    assert_eq!(browser.run(OVERFLOW).await, fits, "no connection");
}

const PATIENTS: &str = "patient,label,ward,monitoring_start,treatment_start
onc-0001,Bed 1,oncology,2026-11-01T00:00:00Z,2026-11-01T00:00:00Z
";

/// A patient and a token, made while the service does not run.
pub(crate) fn prepare(data: &Path) -> String {
    let file = data.join("patients.csv");
    std::fs::write(&file, PATIENTS).expect("written");
    let file = file.to_str().expect("plain");
    works(data, &["import", "patients", file]);
    let said = works(data, &["token", "create", "Ward", "--role", "nurse"]);
    secret(&said).to_owned()
}

/// Free now: a service that is to come back needs one it knows.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("bound").port()
}

pub(crate) async fn enter_temperature(port: u16, token: &str) {
    let url = format!("http://127.0.0.1:{port}/v1/patients/onc-0001/observations");
    let body = json!({ "values": { "body_temperature": 37.1 } });
    let request = reqwest::Client::new()
        .post(url)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(body.to_string());
    let answer = request.send().await.expect("answers");
    assert!(answer.status().is_success(), "{}", answer.status());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_service_is_shown_loudly_and_its_return_too() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let data = directory();
    let token = prepare(data.path());
    let port = free_port();
    let serving = Serving::at(data.path(), port);
    enter_temperature(port, &token).await;
    browser
        .open(&format!("http://127.0.0.1:{port}/sign-in#token={token}"))
        .await;
    browser
        .until("return document.querySelector('.wl-value')?.textContent === '37.1'")
        .await;
    serving.kill();
    browser
        .until("return document.getElementById('lost').checkVisibility()")
        .await;
    let shown = browser
        .run(
            "const lost = document.getElementById('lost');
             const look = getComputedStyle(lost);
             const box = lost.getBoundingClientRect();
             return [lost.textContent.replace(/[0-9:]{8}/, 'TIME'), lost.getAttribute('role'),
                 look.color, look.backgroundColor, box.top >= 0 && box.bottom <= innerHeight,
                 getComputedStyle(document.querySelector('.wl-tiles')).filter,
                 getComputedStyle(document.querySelector('.wl-value')).textDecorationLine,
                 document.getElementById('state').textContent.startsWith('Last heard ')];",
        )
        .await;
    let loudly = json!([
        "No connection: what stands here is as of TIME GMT. Trying again.",
        "alert",
        "rgb(255, 255, 255)",
        "rgb(33, 43, 50)",
        true,
        "grayscale(1)",
        "line-through",
        true
    ]);
    assert_eq!(shown, loudly);
    let serving = Serving::at(data.path(), port);
    browser
        .until(
            "return !document.getElementById('lost').checkVisibility()
                 && document.querySelector('.wl-value').textContent === '37.1'
                 && document.getElementById('state').textContent.startsWith('Live')",
        )
        .await;
    serving.kill();
}
