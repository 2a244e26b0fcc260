//! Hours of a fever that come late, from the watch to the list and the webhook.

use crate::receiver::Receiver;
use crate::service::{Service, directory, eventually};
use crate::watch::{Answer, Watch};
use serde_json::{Value, json};
use std::path::Path;
use wardlight::domain::AlertId;
use wardlight::engine::{Verdict, explain};

const MINUTE: i64 = 60_000;

/// Two hours of values that the watch kept while it was out of reach, one every
/// five minutes; the last is of now.
async fn forward(service: &Service, value: impl Fn(i64) -> f64) {
    service.pass(180).await;
    let mut watch = Watch::connect(service, "watch-p").await;
    for (seq, ago) in (0..=24).map(|step| 120 - 5 * step).enumerate() {
        let t = service.now() - ago * MINUTE;
        let moment = json!({ "session": 1, "seq": seq + 1, "t": t, "temp": value(ago) });
        assert_eq!(watch.say(&moment).await, Answer::Puback(0));
    }
    service.settle().await;
}

async fn fevers(service: &Service) -> Vec<Value> {
    let alerts = service.get("/v1/alerts?kind=fever_on_treatment").await;
    alerts["items"].as_array().expect("a list").clone()
}

async fn with_pager(data: &Path, receiver: &Receiver) -> Service {
    let allowed = format!("[\"127.0.0.1:{}\"]", receiver.port);
    let name = "WARDLIGHT_WEBHOOKS__DANGEROUS_ALLOW_PRIVATE_HOSTS";
    let service = Service::start(data, &[(name, &allowed)]).await;
    service.enter(&["p"]).await;
    let url = format!("http://127.0.0.1:{}/hook", receiver.port);
    let pager = json!({ "url": url, "label": "Pager" });
    service.post("/v1/webhooks", pager).await;
    service
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fever_that_ended_before_it_came_pages_nobody_and_is_listed() {
    let (data, receiver) = (directory(), Receiver::start().await);
    let service = with_pager(data.path(), &receiver).await;
    forward(&service, |ago| if ago >= 30 { 38.7 } else { 36.8 }).await;
    let listed = fevers(&service).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    let alert = &listed[0];
    assert_eq!(
        (&alert["condition"], &alert["handling"]),
        (&json!("ended"), &json!("resolved"))
    );
    let summary = alert["evidence"]["summary"].as_str().expect("words");
    assert!(summary.contains("reached 38.7 °C"), "{summary}");
    assert!(summary.contains("nobody was paged"), "{summary}");
    // The pager works: the next fever is the first thing it hears.
    let mut watch = Watch::connect(&service, "watch-p").await;
    for seq in 1..=2 {
        service.pass(5).await;
        let moment = json!({ "session": 2, "seq": seq, "t": service.now(), "temp": 38.9 });
        assert_eq!(watch.say(&moment).await, Answer::Puback(0));
    }
    let got = eventually("a page", async || {
        let got = receiver.got();
        (!got.is_empty()).then_some(got)
    })
    .await;
    assert_eq!(got.len(), 1);
    assert_ne!(got[0].json()["data"]["alert"], alert["id"]);
    let id = AlertId::new(alert["id"].as_str().expect("an id")).expect("valid");
    let explained = explain(&service.running.reader, &id, 365).expect("explained");
    assert_eq!(explained.verdict, Verdict::Confirmed);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fever_that_still_holds_pages_once_and_says_when_it_began() {
    let (data, receiver) = (directory(), Receiver::start().await);
    let service = with_pager(data.path(), &receiver).await;
    forward(&service, |ago| if ago > 90 { 36.8 } else { 38.7 }).await;
    let listed = fevers(&service).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["began_at"], "2026-11-22T01:30:00.000Z");
    assert_eq!(listed[0]["condition"], "active");
    let got = eventually("a page", async || {
        let got = receiver.got();
        (!got.is_empty()).then_some(got)
    })
    .await;
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].json()["type"], "alert.raised");
    service.stop().await;
}
