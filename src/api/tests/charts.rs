//! The picture that messages link to.

use super::harness::Server;
use super::readings::{patient, point};
use super::world::NOW;
use crate::domain::{AlertId, PatientId, Vital};
use crate::store::AlertView;
use hyper::body::Bytes;
use serde_json::{Value, json};

fn alert(limit: Option<f64>) -> AlertView {
    let values = json!([
        { "vital": "oxygen_saturation", "value": 91.0, "limit": 92.0 },
        { "vital": "heart_rate", "value": 131.0, "limit": limit },
    ]);
    AlertView {
        id: AlertId::new("alr_1").expect("valid"),
        patient: PatientId::new("p-001").expect("valid"),
        newest_event: 10,
        document: json!({ "kind": "news2", "evidence": { "values": values } }).to_string(),
    }
}

fn baseline(vital: &str) -> Value {
    json!({ "baselines": [{ "vital": vital, "level": 72.0, "spread": 3.0 }] })
}

async fn server() -> Server {
    let server = Server::start().await;
    {
        let mut data = server.world.data();
        data.patients.push(patient(1, "p-001"));
        data.alerts.push((alert(None), "open", "high"));
        data.points = vec![
            point(Vital::HeartRate, 7_200, 71.0),
            point(Vital::HeartRate, 0, 131.0),
        ];
    }
    server
}

/// A link to a vital's picture at the sample world's now.
fn link(alert: &str, vital: &str) -> String {
    let at = NOW.epoch_ms() / 1000;
    format!("/charts/{alert}~{vital}~{at}.png")
}

async fn picture(server: &Server, vital: &str) -> Bytes {
    let reply = server.get(&link("alr_1", vital), "").await;
    assert_eq!(reply.status, 200, "{vital}");
    assert_eq!(reply.header("content-type"), "image/png");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert!(reply.bytes.starts_with(b"\x89PNG\r\n"));
    reply.bytes
}

#[tokio::test]
async fn a_picture_shows_the_vital_of_its_link_with_its_usual_range_and_its_limit() {
    let server = server().await;
    let bare = picture(&server, "heart_rate").await;
    assert_ne!(picture(&server, "oxygen_saturation").await, bare);
    server.world.data().scores = Some(baseline("respiratory_rate"));
    assert_eq!(
        picture(&server, "heart_rate").await,
        bare,
        "another's range"
    );
    server.world.data().scores = Some(baseline("heart_rate"));
    let with_range = picture(&server, "heart_rate").await;
    assert_ne!(with_range, bare);
    server.world.data().usual_then = Some((Vital::HeartRate, Some((72.0, 3.0))));
    let as_it_was = picture(&server, "heart_rate").await;
    assert_ne!(as_it_was, with_range, "the present one is hatched");
    server.world.data().scores = Some(baseline("respiratory_rate"));
    assert_eq!(
        picture(&server, "heart_rate").await,
        as_it_was,
        "what became usual since does not matter"
    );
    server.world.data().usual_then = Some((Vital::HeartRate, None));
    server.world.data().scores = Some(baseline("heart_rate"));
    assert_eq!(picture(&server, "heart_rate").await, bare, "not yet learnt");
    server.world.data().usual_then = None;
    server.world.data().alerts[0].0 = alert(Some(110.0));
    let with_limit = picture(&server, "heart_rate").await;
    assert_ne!(with_limit, with_range);
    // The value that was measured in the very moment of the message.
    server.world.data().points.pop();
    assert_ne!(picture(&server, "heart_rate").await, with_limit);
}

#[tokio::test]
async fn the_newest_value_is_shown_as_it_was_measured() {
    let server = server().await;
    let last = async |values: [f64; 2]| {
        let points = [60, 0].into_iter().zip(values);
        let points = points.map(|(ago, value)| point(Vital::HeartRate, ago, value));
        server.world.data().points = points.collect();
        picture(&server, "heart_rate").await
    };
    // Smallest, largest and mean are the same.
    assert_ne!(last([71.0, 131.0]).await, last([131.0, 71.0]).await);
}

#[tokio::test]
async fn a_picture_needs_its_link_and_no_token_and_is_noted_once_without_the_patients_name() {
    let server = server().await;
    for _ in 0..3 {
        picture(&server, "heart_rate").await;
    }
    assert_eq!(server.reads(), ["signed link: read chart alr_1"]);
    for wrong in [
        link("alr_2", "heart_rate"),
        link("alr_1", "mood"),
        link("alr_1", "heart_rate").replace(".png", ""),
        link("alr_1", "heart_rate").replace('~', "."),
    ] {
        let reply = server.get(&wrong, "administrator").await;
        assert_eq!(reply.status, 404, "{wrong}");
    }
    assert_eq!(server.reads().len(), 1, "what is not shown is not noted");
}
