//! What the live page says of its connection, and how soon.

use crate::browser::Browser;
use crate::cable::Cable;
use crate::page::NO_POLLS;
use crate::service::{Service, TOKEN, directory};
use crate::watch::Watch;
use serde_json::json;

/// The page's monotone clock stands still until the test moves it.
const STILL_CLOCK: &str = "window.clockMs = 0; performance.now = () => clockMs;";
/// From here on it runs as it always does.
const RUNNING_CLOCK: &str = "const [from, at] = [Date.now(), clockMs];
    performance.now = () => at + Date.now() - from;";
const LOST: &str = "const lost = document.getElementById('lost');
    return lost.checkVisibility() && lost.textContent.replace(/[0-9:]{8}/, 'TIME');";
const STATE: &str = "return document.getElementById('state').textContent";

/// A page that is live, over a cable.
async fn live_page(browser: &Browser, service: &Service) -> Cable {
    let address = service.running.api_address.expect("the API is on");
    let cable = Cable::to(address).await;
    browser.before_every_page(STILL_CLOCK).await;
    // Else an answer to a poll would do for a stream that is dead.
    browser.before_every_page(NO_POLLS).await;
    let token = TOKEN.replace(' ', "%20");
    let port = cable.port;
    browser
        .open(&format!("http://127.0.0.1:{port}/sign-in#token={token}"))
        .await;
    let live = "return document.getElementById('state').textContent.startsWith('Live')
        && document.querySelector('.wl-tile')";
    browser.until(live).await;
    cable
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pulled_cable_is_said_after_five_seconds_of_silence_and_its_return_too() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let data = directory();
    let service = Service::start(data.path(), &[]).await;
    service.enter(&["ada"]).await;
    let cable = live_page(&browser, &service).await;
    cable.pull();
    let before = browser.run(STATE).await;
    browser.run("clockMs += 4900").await;
    // The page has looked at its clock: its own time has moved on.
    let looked = format!("const text = (() => {{ {STATE} }})(); return text !== {before} && text");
    let state = browser.until(&looked).await;
    assert!(state.as_str().expect("a text").starts_with("Live, "));
    assert_eq!(
        browser.run(LOST).await,
        json!(false),
        "one sign may be late"
    );
    // What was on its way when the cable was pulled was heard at 4.9 s at the latest.
    browser.run("clockMs += 5001").await;
    let said = browser.until(LOST).await;
    let loudly = "No connection: what stands here is as of TIME GMT. Trying again.";
    assert_eq!(said, json!(loudly));
    let state = browser.run(STATE).await;
    assert!(state.as_str().expect("a text").starts_with("Last heard "));
    cable.plug_in();
    browser.run(RUNNING_CLOCK).await;
    let back = format!(
        "return !document.getElementById('lost').checkVisibility()
            && (() => {{ {STATE} }})().startsWith('Live')"
    );
    browser.until(&back).await;
    // The service would wait for what hangs on it.
    drop(cable);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_that_cannot_be_read_over_a_good_connection_are_not_called_fresh() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let data = directory();
    let service = Service::start(data.path(), &[]).await;
    service.enter(&["ada"]).await;
    let _cable = live_page(&browser, &service).await;
    let no_tiles = "const real = window.fetch;
        window.fetch = (path, ...rest) => {
            if (!path.startsWith('/tiles')) return real(path, ...rest);
            window.asked = true;
            return Promise.reject(new Error('no'));
        };";
    browser.run(no_tiles).await;
    let mut watch = Watch::connect(&service, "watch-ada").await;
    let moment = json!({ "session": 1, "seq": 1, "t": service.now(), "hr": 72 });
    watch.say(&moment).await;
    browser.until("return window.asked").await;
    browser.run("clockMs += 15001").await;
    // The stream's next sign of life shows that the connection is there.
    let said = format!(
        "const said = (() => {{ {LOST} }})();
         return said && said.startsWith('No fresh') && said"
    );
    let said = browser.until(&said).await;
    let plainly = "No fresh values: what stands here is older than what is stored. Trying again.";
    assert_eq!(said, json!(plainly));
    let greyed = "return document.body.classList.contains('wl-disconnected')";
    assert_eq!(browser.run(greyed).await, json!(true));
    service.stop().await;
}
