//! The pages of an alert and of a patient, as they stay alive in a real browser.

use crate::browser::Browser;
use crate::command_line::Serving;
use crate::page::{NO_POLLS, enter_temperature, free_port, prepare, says};
use crate::service::{Service, TOKEN, directory};
use crate::watch::Watch;
use serde_json::json;

const LIVE: &str = "return document.getElementById('state')?.textContent.startsWith('Live')";

/// What somebody types into a field, as a keyboard does.
fn typed(field: &str, text: &str) -> String {
    format!(
        "const field = document.getElementById('{field}');
         const shut = field.closest('details');
         if (shut) shut.open = true;
         field.focus();
         field.value = '{text}';
         field.dispatchEvent(new Event('input', {{ bubbles: true }}));
         field.blur();"
    )
}

fn stands(field: &str) -> String {
    format!("return document.getElementById('{field}').value")
}

/// A page of which it is known whether it was loaded anew.
async fn open(browser: &Browser, service: &Service, path: &str) {
    browser.before_every_page(NO_POLLS).await;
    let token = TOKEN.replace(' ', "%20");
    let path = path.replace('/', "%2F");
    browser
        .open(&service.url(&format!("/sign-in?next={path}#token={token}")))
        .await;
    browser.until(LIVE).await;
    browser.run("window.neverReloaded = true").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_alert_page_shows_what_others_answer_while_what_is_typed_stays() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let data = directory();
    let service = Service::start(data.path(), &[]).await;
    service.enter(&["ada", "eve"]).await;
    let mut watch = Watch::connect(&service, "watch-ada").await;
    says(&mut watch, &service, 1, json!({ "hr": 72, "temp": 38.6 })).await;
    service.settle().await;
    let alerts = service.get("/v1/alerts?patient=ada").await;
    let id = alerts["items"][0]["id"].as_str().expect("raised");
    open(&browser, &service, &format!("/alerts/{id}")).await;
    let said = "return document.getElementById('announcement').textContent";
    assert_eq!(browser.run(said).await, json!(""), "nothing is new yet");
    browser.run(&typed("comment-text", "I call her")).await;
    let acknowledge = format!("/v1/alerts/{id}/acknowledge");
    service
        .post(&acknowledge, json!({ "comment": "seen <b>" }))
        .await;
    let answered = "return document.getElementById('part-standing').textContent
            .includes('Acknowledged by Nurse Joy')
        && document.getElementById('part-course').textContent.includes('seen <b>')";
    browser.until(answered).await;
    assert_eq!(
        browser.run(said).await,
        json!("This alert is now: acknowledged, high priority, its condition still holds.")
    );
    assert_eq!(
        browser.run(&stands("comment-text")).await,
        json!("I call her")
    );
    // What another answers once more comes too, though the form is held.
    let remark = format!("/v1/alerts/{id}/comments");
    service.post(&remark, json!({ "text": "on her way" })).await;
    browser
        .until("return document.getElementById('part-course').textContent.includes('on her way')")
        .await;
    assert_eq!(
        browser.run(&stands("comment-text")).await,
        json!("I call her")
    );
    assert_eq!(browser.run("return neverReloaded").await, json!(true));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_patient_page_shows_new_values_and_alerts_and_keeps_charts_and_a_note() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let data = directory();
    let service = Service::start(data.path(), &[]).await;
    service.enter(&["ada", "eve"]).await;
    let mut watch = Watch::connect(&service, "watch-ada").await;
    says(&mut watch, &service, 1, json!({ "hr": 72 })).await;
    service.settle().await;
    open(&browser, &service, "/patients/ada").await;
    browser.run(&typed("note-text", "slept badly")).await;
    browser
        .until("return document.querySelector('#charts canvas')")
        .await;
    browser
        .run("document.querySelector('#charts canvas').dataset.drawn = 'before'")
        .await;
    service.pass(5).await;
    says(&mut watch, &service, 2, json!({ "hr": 91, "temp": 38.6 })).await;
    let fresh = "const text = (id) => document.getElementById(id).textContent;
        return text('part-newest').includes('91') && text('part-open').includes('Fever')
            && text('part-values').includes('91')
            && text('announcement').startsWith('Open alerts now: Fever')";
    browser.until(fresh).await;
    assert_eq!(
        browser.run(&stands("note-text")).await,
        json!("slept badly")
    );
    let made = "return document.getElementById('state').dataset.made";
    assert_eq!(
        browser.run(made).await,
        json!("As of 22 Nov 2026, 00:05:00 GMT."),
        "for paper"
    );
    let drawn = "return document.querySelector('#charts canvas').dataset.drawn";
    assert_eq!(browser.run(drawn).await, json!("before"));
    assert_eq!(browser.run("return neverReloaded").await, json!(true));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_patient_page_says_that_the_service_is_gone_and_goes_on_when_it_is_back() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let data = directory();
    let token = prepare(data.path());
    let port = free_port();
    let serving = Serving::at(data.path(), port);
    enter_temperature(port, &token).await;
    browser
        .open(&format!(
            "http://127.0.0.1:{port}/sign-in?next=%2Fpatients%2Fonc-0001#token={token}"
        ))
        .await;
    browser.until(LIVE).await;
    serving.kill();
    let lost = browser
        .until(
            "const lost = document.getElementById('lost');
             return lost.checkVisibility() && getComputedStyle(document.querySelector('.wl-value'))
                 .textDecorationLine === 'line-through' && lost.textContent",
        )
        .await;
    let said = lost.as_str().expect("a text");
    assert!(
        said.starts_with("No connection: what stands here is as of "),
        "{said}"
    );
    let serving = Serving::at(data.path(), port);
    browser
        .until(
            "return !document.getElementById('lost').checkVisibility()
                 && document.getElementById('state').textContent.startsWith('Live')
                 && document.querySelector('.wl-value').textContent === '37.1'",
        )
        .await;
    serving.kill();
}
