//! Thousands of alerts through the whole service to a real receiver.

use crate::receiver::Receiver;
use crate::service::{Service, directory, eventually};
use crate::watch::{Answer, Watch};
use futures::stream::{self, StreamExt as _};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use wardlight::domain::{MeasuredTime, PatientId, Vital, WardId};
use wardlight::registry::{Command, ObservedValue};

const PATIENTS: usize = 2_500;
const ALERTS: usize = 10_000;
/// Patients that are entered at once.
const AT_ONCE: usize = 32;

/// A patient on treatment, of whom a nurse measures what raises alerts of
/// several kinds.
async fn falls_ill(service: &Service, number: usize) {
    let id = PatientId::new(&format!("p{number}")).expect("valid");
    let ward = WardId::new("oncology").expect("valid");
    service.enter_wearing_nothing(&id, &ward).await;
    let at = MeasuredTime::from_epoch_ms(service.now());
    let measured = |vital, value| ObservedValue { at, vital, value };
    let readings = vec![
        measured(Vital::BodyTemperature, 39.2),
        measured(Vital::HeartRate, 141.0),
        measured(Vital::RespiratoryRate, 31.0),
        measured(Vital::SystolicPressure, 78.0),
    ];
    let source = "bedside".to_owned();
    let patient = id;
    service
        .order(Command::Observe {
            patient,
            readings,
            source,
        })
        .await;
}

/// The identifiers of all alerts, page by page.
async fn all_alerts(service: &Service) -> BTreeSet<String> {
    let (mut ids, mut next) = (BTreeSet::new(), String::new());
    loop {
        let page = service.get(&format!("/v1/alerts?limit=1000{next}")).await;
        let items = page["items"].as_array().expect("a list");
        ids.extend(
            items
                .iter()
                .map(|alert| alert["id"].as_str().expect("named").to_owned()),
        );
        match page["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => return ids,
        }
    }
}

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
    service.enter(&[]).await;
    let url = format!("http://127.0.0.1:{}/hook", receiver.port);
    let only = json!(["alert.raised"]);
    let hook = json!({ "url": url, "label": "Pager", "event_types": only });
    let hook = service.post("/v1/webhooks", hook).await;
    let secret = hook["secret"].as_str().expect("shown once").to_owned();
    let ill = stream::iter(0..PATIENTS).map(|number| falls_ill(&service, number));
    ill.buffer_unordered(AT_ONCE).collect::<()>().await;
    let raised = all_alerts(&service).await;
    assert!(raised.len() >= ALERTS, "only {}", raised.len());

    let deadline = Instant::now() + Duration::from_secs(300);
    while receiver.got().len() < raised.len() {
        let got = receiver.got().len();
        assert!(Instant::now() < deadline, "only {got} came");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let now = service.clock.wall();
    service.stop().await;

    let got = receiver.got();
    let distinct: BTreeSet<_> = got.iter().map(|got| got.id.as_str()).collect();
    assert_eq!((got.len(), distinct.len()), (raised.len(), raised.len()));
    let mut told = BTreeSet::new();
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    for got in &got {
        got.verify(&secret, now).expect("signed");
        let data = got.json()["data"].clone();
        told.insert(data["alert"].as_str().expect("named").to_owned());
        let patient = data["patient"].as_str().expect("named").to_owned();
        let number = got.id.rsplit('_').next().expect("numbered");
        let number: u64 = number.parse().expect("a number");
        let before = last.insert(patient, number).unwrap_or(0);
        assert!(before < number, "{number} after {before}");
    }
    assert_eq!(told, raised, "each alert");
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
    // Good for a day after it was sent, and until the hour is full.
    service.pass(24 * 60 - 10).await;
    assert_eq!(fetch(path.to_owned()).await.status(), 200);
    service.pass(70).await;
    assert_eq!(fetch(path.to_owned()).await.status(), 404, "expired");
    service.stop().await;
}
