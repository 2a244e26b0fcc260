//! A patient's charts in a real browser: one cross-hair, zoom, moving, and the way back.

use crate::browser::Browser;
use crate::service::{Service, TOKEN, directory};
use crate::watch::{Answer, Watch};
use serde_json::{Value, json};

/// What the charts say that they show.
const TOLD: &str = "return document.querySelector('#charts > [role=status]')?.textContent";

/// Left edge, width and middle of a chart on the screen.
const PLACE: &str = r##"
    const chart = [...document.querySelectorAll("#charts .uplot")].at(1);
    chart.scrollIntoView({ block: "center" });
    const box = chart.querySelector(".u-over").getBoundingClientRect();
    return [box.left, box.width, box.top + box.height / 2];
"##;

/// Where each chart's cross-hair stands.
const HAIRS: &str = r##"
    return [...document.querySelectorAll("#charts .u-cursor-x")].map((line) => line.style.transform);
"##;

async fn mouse(browser: &Browser, kind: &str, (x, y): (f64, f64), modifiers: u8) {
    let is_held = kind != "mouseMoved" || modifiers & 128 != 0;
    let event = json!({
        "type": kind, "x": x, "y": y, "modifiers": modifiers & 15, "clickCount": 1,
        "button": if is_held { "left" } else { "none" }, "buttons": u8::from(is_held),
    });
    browser.chromium("Input.dispatchMouseEvent", event).await;
}

/// Presses, moves and lets go; 8 is the shift key.
async fn drag(browser: &Browser, from: (f64, f64), to: (f64, f64), keys: u8) {
    mouse(browser, "mouseMoved", from, keys).await;
    mouse(browser, "mousePressed", from, keys).await;
    for step in 1..=4 {
        let share = f64::from(step) / 4.0;
        let at = (from.0 + (to.0 - from.0) * share, to.1);
        mouse(browser, "mouseMoved", at, keys | 128).await;
    }
    mouse(browser, "mouseReleased", to, keys).await;
}

async fn place(browser: &Browser) -> (f64, f64, f64) {
    let place = browser.run(PLACE).await;
    let number = |at: usize| place.get(at).and_then(Value::as_f64).expect("a number");
    (number(0), number(1), number(2))
}

/// Waits until the charts say something else than `before`.
async fn changed(browser: &Browser, before: &Value) -> Value {
    let other = format!("const told = (() => {{ {TOLD} }})(); return told !== {before} && told");
    browser.until(&other).await
}

async fn opened(browser: &Browser, service: &Service, path: &str) -> Value {
    let token = TOKEN.replace(' ', "%20");
    let sign_in = service.url(&format!("/sign-in#token={token}"));
    browser.open(&sign_in).await;
    browser
        .until("return document.querySelector('.wl-tile')")
        .await;
    browser.open(&service.url(path)).await;
    browser
        .until("return document.querySelectorAll('#charts .uplot').length > 2")
        .await;
    browser.run(TOLD).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn charts_share_a_cross_hair_zoom_move_and_come_back() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let data = directory();
    let service = Service::start(data.path(), &[]).await;
    service.enter(&["ada"]).await;
    let mut watch = Watch::connect(&service, "watch-ada").await;
    for minute in 0..90 {
        service.pass(1).await;
        let moment = json!({ "session": 1, "seq": minute + 1, "t": service.now(),
            "hr": 60 + minute % 30, "temp": 36.5 });
        assert_eq!(watch.say(&moment).await, Answer::Puback(0));
    }
    browser.resize(1280, 900).await;
    let whole = opened(&browser, &service, "/patients/ada?span=1h").await;
    let (left, width, y) = place(&browser).await;
    let at = |share: f64| (left + width * share, y);
    assert!(whole.to_string().contains("single values"), "{whole}");

    mouse(&browser, "mouseMoved", at(0.5), 0).await;
    let under = "return document.querySelector('.wl-hair').textContent";
    browser.until(under).await;
    let hairs = browser.run(HAIRS).await;
    let hairs = hairs.as_array().expect("a list");
    assert!(hairs.len() > 2 && hairs[0] != "", "{hairs:?}");
    assert!(hairs.iter().all(|hair| *hair == hairs[1]), "{hairs:?}");

    browser.asked_for().await;
    drag(&browser, at(0.25), at(0.5), 0).await;
    let zoomed = changed(&browser, &whole).await;
    let asked = browser.asked_for().await;
    assert!(
        asked.iter().any(|url| url.contains("/series?from=")),
        "{asked:?}"
    );
    let more = "return document.querySelector('#charts > [role=status] a').href";
    let link = browser.run(more).await;
    assert!(link.as_str().expect("a link").contains("?from="), "{link}");

    place(&browser).await;
    drag(&browser, at(0.3), at(0.6), 8).await;
    let moved = changed(&browser, &zoomed).await;
    assert_ne!(moved, whole);
    browser
        .run("document.getElementById('charts').focus()")
        .await;
    let key = json!({ "type": "keyDown", "key": "ArrowLeft", "windowsVirtualKeyCode": 37 });
    browser.chromium("Input.dispatchKeyEvent", key).await;
    let further = changed(&browser, &moved).await;
    let reset = "[...document.querySelectorAll('#moves button')].at(-1).click()";
    browser.run(reset).await;
    let back = changed(&browser, &further).await;
    assert_eq!(back, whole);
    service.stop().await;
}
