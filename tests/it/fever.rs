//! From watch to webhook and back: one fever, its alert, and what people do.

use crate::receiver::Receiver;
use crate::service::{Service, directory, eventually};
use crate::watch::{Answer, Watch};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use wardlight::domain::AlertId;
use wardlight::engine::{Verdict, explain};

/// A temperature every five minutes.
async fn temperatures(service: &Service, watch: &mut Watch, seq: &mut u64, values: &[f64]) {
    for value in values {
        service.pass(5).await;
        *seq += 1;
        let moment = json!({ "session": 1, "seq": seq, "t": service.now(), "temp": value, "hr": 70 + *seq % 9 });
        assert_eq!(watch.say(&moment).await, Answer::Puback(0));
    }
}

/// Reads the event stream until `events` have come; their ids and types.
async fn stream(service: &Service, after: &str, events: usize) -> Vec<(String, String)> {
    let request = service.request(Method::GET, "/v1/events");
    let request = request.header("last-event-id", after);
    let mut answer = request.send().await.expect("streams");
    assert_eq!(answer.status(), StatusCode::OK);
    let mut text = String::new();
    let reading = async {
        loop {
            let seen = parse(&text);
            if seen.len() >= events {
                return seen;
            }
            let more = answer.chunk().await.expect("goes on").expect("goes on");
            text.push_str(&String::from_utf8_lossy(&more));
        }
    };
    let patience = std::time::Duration::from_secs(20);
    tokio::time::timeout(patience, reading)
        .await
        .expect("events in time")
}

fn parse(text: &str) -> Vec<(String, String)> {
    let field = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name));
        line.map(|value| value.trim_start_matches(':').trim().to_owned())
    };
    let whole = text.rsplit_once("\n\n").map_or("", |(whole, _)| whole);
    whole
        .split("\n\n")
        .filter_map(|block| Some((field(block, "id")?, field(block, "event")?)))
        .filter(|(_, kind)| kind.starts_with("alert."))
        .collect()
}

async fn alert(service: &Service, id: &str) -> Value {
    service.get(&format!("/v1/alerts/{id}")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fever_goes_from_the_watch_to_a_signed_webhook_and_waits_until_a_person_answers() {
    let (data, receiver) = (directory(), Receiver::start().await);
    let allowed = format!("[\"127.0.0.1:{}\"]", receiver.port);
    let more = [(
        "WARDLIGHT_WEBHOOKS__DANGEROUS_ALLOW_PRIVATE_HOSTS",
        allowed.as_str(),
    )];
    let service = Service::start(data.path(), &more).await;
    service.enter(&["ada"]).await;
    let url = format!("http://127.0.0.1:{}/hook", receiver.port);
    let hook = service
        .post("/v1/webhooks", json!({ "url": url, "label": "Pager" }))
        .await;
    let secret = hook["secret"].as_str().expect("shown once").to_owned();
    let mut watch = Watch::connect(&service, "watch-ada").await;
    let mut seq = 0;
    temperatures(&service, &mut watch, &mut seq, &[36.7, 36.8, 38.6, 38.7]).await;

    // The webhook: believed by its signature, and without a single value.
    let got = eventually("a webhook", async || receiver.got().first().cloned()).await;
    got.verify(&secret, service.clock.wall()).expect("signed");
    let body = got.json();
    assert_eq!(
        (&body["type"], &body["data"]["kind"]),
        (&json!("alert.raised"), &json!("fever_on_treatment"))
    );
    assert_eq!(body["data"]["simulated"], true);
    let text = String::from_utf8_lossy(&got.body).into_owned();
    assert!(
        !text.contains("38.") && !text.contains("evidence"),
        "thin: {text}"
    );
    let id = body["data"]["alert"].as_str().expect("named").to_owned();

    // The alert and its capsule.
    let shown = alert(&service, &id).await;
    assert_eq!(
        (&shown["handling"], &shown["condition"]),
        (&json!("open"), &json!("active"))
    );
    assert_eq!(shown["patient"], "ada");
    let id_of_alert = AlertId::new(&id).expect("valid");
    let explained = explain(&service.running.reader, &id_of_alert, 365).expect("explained");
    assert_eq!(explained.verdict, Verdict::Confirmed, "{explained:?}");
    assert_eq!(explained.decided_from, "a message of the watch");

    // It latches: over for hours, and still open until a person has seen it.
    temperatures(&service, &mut watch, &mut seq, &[36.9; 16]).await;
    service.pass(300).await;
    let shown = alert(&service, &id).await;
    assert_eq!(
        (&shown["handling"], &shown["condition"]),
        (&json!("open"), &json!("ended"))
    );
    let seen = stream(&service, "0", 1).await;
    let (first, kind) = seen.first().expect("one").clone();
    assert_eq!(kind, "alert.raised");
    service
        .post(
            &format!("/v1/alerts/{id}/acknowledge"),
            json!({ "comment": "calling her" }),
        )
        .await;
    service
        .post(
            &format!("/v1/alerts/{id}/comments"),
            json!({ "text": "paracetamol given" }),
        )
        .await;
    let resumed = stream(&service, &first, 3).await;
    let types: Vec<&str> = resumed.iter().map(|(_, kind)| kind.as_str()).collect();
    assert_eq!(
        types,
        [
            "alert.condition_ended",
            "alert.acknowledged",
            "alert.commented"
        ]
    );
    let shown = alert(&service, &id).await;
    assert_eq!(shown["acknowledged"]["by"], "Nurse Joy");
    service.pass(40).await;
    assert_eq!(
        alert(&service, &id).await["handling"],
        "resolved",
        "quiet after the answer"
    );

    // Back within the hour: the same episode, open again.
    temperatures(&service, &mut watch, &mut seq, &[38.8, 38.9, 39.0]).await;
    let shown = alert(&service, &id).await;
    assert_eq!(
        (&shown["handling"], &shown["condition"]),
        (&json!("open"), &json!("active"))
    );
    assert_eq!(
        shown["acknowledged"],
        Value::Null,
        "people must answer anew"
    );
    service
        .post(
            &format!("/v1/alerts/{id}/resolve"),
            json!({ "outcome": "admitted" }),
        )
        .await;
    assert_eq!(alert(&service, &id).await["resolved"]["by"], "Nurse Joy");
    let (status, _) = service
        .ask(
            Method::POST,
            &format!("/v1/alerts/{id}/resolve"),
            Some(json!({ "outcome": "again" })),
        )
        .await;
    assert_eq!(status, StatusCode::CONFLICT);
    let events = service.get(&format!("/v1/alerts/{id}/events")).await;
    let raised = events["items"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|e| e["type"] == "alert.raised");
    assert_eq!(raised.count(), 1, "raised once, whatever happened since");

    // Every event became one webhook, each with an id of its own. The service
    // has ended, so that none can come after the look.
    let events = events["items"].as_array().expect("a list").len();
    eventually("all webhooks", async || {
        (receiver.got().len() >= events).then_some(())
    })
    .await;
    service.stop().await;
    let got = receiver.got();
    let ids: std::collections::BTreeSet<&str> = got.iter().map(|got| got.id.as_str()).collect();
    assert_eq!((ids.len(), got.len()), (events, events), "each once");
}
