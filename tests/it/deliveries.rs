//! Thousands of alerts through the whole service to a real receiver.

use crate::receiver::Receiver;
use crate::service::{Service, directory, eventually};
use crate::watch::{Answer, Watch};
use futures::stream::{self, StreamExt as _};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use wardlight::domain::AlertId;
use wardlight::registry::Command;

const PATIENTS: usize = 20;
const ALERTS: usize = 10_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_alerts_reach_a_receiver_once_each_signed_and_in_each_patients_order() {
    let (data, receiver) = (directory(), Receiver::start().await);
    let allowed = format!("[\"127.0.0.1:{}\"]", receiver.port);
    let more = [
        (
            "WARDLIGHT_WEBHOOKS__DANGEROUS_ALLOW_PRIVATE_HOSTS",
            allowed.as_str(),
        ),
        ("WARDLIGHT_WEBHOOKS__IN_FLIGHT_MAX", "16"),
    ];
    let service = Service::start(data.path(), &more).await;
    let names: Vec<String> = (0..PATIENTS).map(|n| format!("p{n}")).collect();
    service
        .enter(&names.iter().map(String::as_str).collect::<Vec<_>>())
        .await;
    let url = format!("http://127.0.0.1:{}/hook", receiver.port);
    let hook = service
        .post("/v1/webhooks", json!({ "url": url, "label": "Pager" }))
        .await;
    let secret = hook["secret"].as_str().expect("shown once").to_owned();
    service.pass(5).await;
    for name in &names {
        let mut watch = Watch::connect(&service, &format!("watch-{name}")).await;
        let fever = json!({ "session": 1, "seq": 1, "t": service.now(), "temp": 38.8, "hr": 80 });
        assert_eq!(watch.say(&fever).await, Answer::Puback(0));
    }
    let alerts = service.get("/v1/alerts?limit=1000").await;
    let alerts = alerts["items"].as_array().expect("a list");
    let ids: Vec<_> = alerts
        .iter()
        .map(|alert| AlertId::new(alert["id"].as_str().expect("named")).expect("valid"))
        .collect();
    let raised = ids.len();
    assert!(raised >= PATIENTS, "{raised}");

    // Everything else that happens to an alert is told like its raising.
    let remark = |turn: usize| {
        let alert = ids[turn % raised].clone();
        let text = format!("remark {turn}");
        service.order(Command::Comment { alert, text })
    };
    let remarks = stream::iter(0..ALERTS - raised).map(remark).buffered(64);
    assert_eq!(remarks.count().await, ALERTS - raised);
    let deadline = Instant::now() + Duration::from_secs(300);
    while receiver.got().len() < ALERTS {
        let got = receiver.got().len();
        assert!(Instant::now() < deadline, "only {got} came");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let now = service.clock.wall();
    service.stop().await;

    let got = receiver.got();
    let distinct: BTreeSet<_> = got.iter().map(|got| got.id.as_str()).collect();
    assert_eq!((got.len(), distinct.len()), (ALERTS, ALERTS), "each once");
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    for got in &got {
        got.verify(&secret, now).expect("signed");
        let patient = got.json()["data"]["patient"]
            .as_str()
            .expect("named")
            .to_owned();
        let number: u64 = got
            .id
            .rsplit('_')
            .next()
            .expect("numbered")
            .parse()
            .expect("a number");
        let before = last.insert(patient, number).unwrap_or(0);
        assert!(before < number, "{number} after {before}");
    }
    assert_eq!(last.len(), PATIENTS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_message_links_to_a_picture_that_needs_no_token_until_it_expires() {
    let (data, receiver) = (directory(), Receiver::start().await);
    let allowed = format!("[\"127.0.0.1:{}\"]", receiver.port);
    let more = [
        (
            "WARDLIGHT_WEBHOOKS__DANGEROUS_ALLOW_PRIVATE_HOSTS",
            allowed.as_str(),
        ),
        (
            "WARDLIGHT_WEBHOOKS__PUBLIC_URL",
            "https://wardlight.example.org/",
        ),
    ];
    let service = Service::start(data.path(), &more).await;
    service.enter(&["ada"]).await;
    let url = format!("http://127.0.0.1:{}/hook", receiver.port);
    let hook = json!({ "url": url, "label": "Pager", "format": "standard_full" });
    service.post("/v1/webhooks", hook).await;
    let mut watch = Watch::connect(&service, "watch-ada").await;
    for (seq, temp) in [(1, 36.8), (2, 38.7)] {
        service.pass(30).await;
        let moment = json!({ "session": 1, "seq": seq, "t": service.now(), "temp": temp });
        assert_eq!(watch.say(&moment).await, Answer::Puback(0));
    }
    let got = eventually("a webhook", async || receiver.got().first().cloned()).await;
    let body = got.json();
    assert_eq!(body["data"]["evidence"]["values"][0]["value"], 38.7);
    let link = body["data"]["chart"].as_str().expect("a link");
    let path = link
        .strip_prefix("https://wardlight.example.org")
        .expect("ours");
    assert!(!path.contains("ada"), "thin: {path}");
    let fetch = async |path: String| reqwest::get(service.url(&path)).await.expect("answers");
    let picture = fetch(path.to_owned()).await;
    assert_eq!(picture.status(), 200);
    assert_eq!(picture.headers()["content-type"], "image/png");
    let bytes = picture.bytes().await.expect("a body");
    assert!(bytes.starts_with(b"\x89PNG\r\n"), "{} bytes", bytes.len());
    let forged = path.replace(".png", "A.png");
    assert_eq!(fetch(forged).await.status(), 404);
    service.pass(24 * 60).await;
    assert_eq!(fetch(path.to_owned()).await.status(), 404, "expired");
    service.stop().await;
}
