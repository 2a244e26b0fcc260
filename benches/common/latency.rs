//! From publish to webhook: how long a team waits for an alert.

use super::rig::{Size, load};
use super::service::Service;
use super::{number, percentile, say};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use wardlight::notify::{NewSecret, SecretKind};
use wardlight_simulators::publish::{BrokerOptions, Publication, Publisher};

type Arrivals = Arc<Mutex<HashMap<String, Instant>>>;

/// Publishes one fever each of some further patients while all others load the
/// service at `rate`; prints what passed until each one's webhook came.
pub(crate) fn measure(service: &mut Service, size: Size, rate: f64) {
    let alarms = number("BENCH_ALARMS", size.patients / 4);
    let seconds = number("BENCH_ALARM_SECONDS", alarms.div_ceil(25));
    service.pace(size, rate);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let arrivals = Arrivals::default();
    let receiver = runtime.block_on(receive(Arc::clone(&arrivals)));
    let given = [
        ("alarms", alarms.to_string()),
        ("receiver", receiver.to_string()),
        (
            "secret",
            NewSecret::generate(SecretKind::Symmetric).unwrap().secret,
        ),
    ];
    let allowed = format!("[\"127.0.0.1:{receiver}\"]");
    let environment = [("WEBHOOKS__DANGEROUS_ALLOW_PRIVATE_HOSTS", allowed)];
    let started = service.start(size, &given, &environment);
    // Some seconds more than needed, so that the last alarm is under load too.
    let size = Size {
        messages: (rate * (seconds + 3) as f64) as u64,
        ..size
    };
    let mut publisher = load(started.port, size, size.pairs + 2, rate);
    publisher.say(&started.measured_ms().to_string());
    let every = Duration::from_secs_f64(seconds as f64 / alarms as f64);
    let sent = runtime.block_on(async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let options = BrokerOptions::new("127.0.0.1", started.port, "bench-alarms");
        let watches = Publisher::start(options, |_| {});
        let mut sent = HashMap::new();
        let mut beat = tokio::time::interval(every);
        for id in 0..alarms {
            beat.tick().await;
            let payload = format!(
                r#"{{"session":1,"seq":1,"t":{},"hr":96,"temp":38.6}}"#,
                started.measured_ms()
            );
            sent.insert(format!("p-alarm-{id}"), Instant::now());
            let publication = Publication {
                id,
                topic: format!("wardlight/v1/alarm-{id}/vitals"),
                payload: Bytes::from(payload),
                qos: 1,
                retain: false,
            };
            watches.publish(publication).await.unwrap();
        }
        watches.finish().await.unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while arrivals.lock().unwrap().len() < sent.len() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        sent
    });
    let arrived = arrivals.lock().unwrap().clone();
    assert_eq!(publisher.hear(), "done");
    service.stop(started);
    show(&sent, &arrived, rate);
}

fn show(sent: &HashMap<String, Instant>, arrived: &HashMap<String, Instant>, rate: f64) {
    let waited = |(patient, begin): (&String, &Instant)| {
        let end = arrived.get(patient)?;
        Some(end.duration_since(*begin).as_secs_f64() * 1000.0)
    };
    let waits: Vec<f64> = sent.iter().filter_map(waited).collect();
    assert_eq!(waits.len(), sent.len(), "every alarm must arrive");
    let p99 = percentile(&waits, 0.99);
    say(format_args!(
        "publish to webhook at {rate:.0} messages/s: {} alerts, median {:.1} ms, p90 {:.1}, p99 {p99:.1}, slowest {:.1} ({})",
        waits.len(),
        percentile(&waits, 0.5),
        percentile(&waits, 0.9),
        percentile(&waits, 1.0),
        if p99 <= 50.0 {
            "within 50 ms"
        } else {
            "MISSED: 50 ms"
        },
    ));
}

/// A webhook receiver on a free port: notes when each patient's alert came.
async fn receive(arrivals: Arrivals) -> u16 {
    let bound = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = bound.local_addr().unwrap().port();
    let router = Router::new().route("/", post(note)).with_state(arrivals);
    tokio::spawn(async move { axum::serve(bound, router).await });
    port
}

async fn note(State(arrivals): State<Arrivals>, body: Bytes) -> StatusCode {
    let now = Instant::now();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let patient = body.pointer("/data/patient").and_then(Value::as_str);
    let kind = body.pointer("/data/kind").and_then(Value::as_str);
    if let (Some(patient), Some("fever_on_treatment")) = (patient, kind) {
        let mut arrivals = arrivals.lock().unwrap();
        arrivals.entry(patient.to_owned()).or_insert(now);
    }
    StatusCode::NO_CONTENT
}
