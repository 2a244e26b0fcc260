//! Reports through the whole service: what was told of a moment is told of it
//! for ever.

use crate::service::{Service, directory, eventually};
use crate::watch::{Answer, Watch};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// What is asked for: a ward's handover at a moment and the burden until then.
async fn reports(service: &Service, ward: &str, at: i64) -> [Value; 2] {
    let from = at - 24 * 3_600_000;
    let handover = format!("/v1/reports/handover?ward={ward}&at={at}");
    let burden = format!("/v1/reports/alarm-burden?ward={ward}&from={from}&until={at}");
    [service.get(&handover).await, service.get(&burden).await]
}

async fn put(service: &Service, path: &str, body: Value) {
    let (status, answer) = service.ask(Method::PUT, path, Some(body)).await;
    assert!(status.is_success(), "{path}: {answer}");
}

/// Sends a feverish temperature with a heart rate; the alert it raises.
async fn fever(service: &Service) -> String {
    let mut watch = Watch::connect(service, "watch-ada").await;
    let told = json!({ "session": 1, "seq": 1, "t": service.now(), "temp": 38.9, "hr": 96 });
    assert_eq!(watch.say(&told).await, Answer::Puback(0));
    eventually("an alert", async || {
        let alerts = service.get("/v1/alerts").await;
        Some(alerts["items"][0]["id"].as_str()?.to_owned())
    })
    .await
}

/// The snooze in the table, so that no spreadsheet runs its reason.
async fn table(service: &Service) {
    let table = service.request(Method::GET, "/v1/reports/handover?ward=surgery");
    let table = table
        .header("accept", "text/csv")
        .send()
        .await
        .expect("answers");
    assert_eq!(table.status(), StatusCode::OK);
    let text = table.text().await.expect("text");
    assert!(text.contains(",Nurse Joy,'=1+1,"), "{text}");
}

/// The nurse answers and snoozes; one patient moves, the other pauses.
async fn answer_and_move(service: &Service, alert: &str) {
    let path = format!("/v1/alerts/{alert}/acknowledge");
    service.post(&path, json!({})).await;
    let until = service.now() + 20 * 60_000;
    let quiet = json!({ "until": until, "reason": "=1+1" });
    service
        .post(&format!("/v1/alerts/{alert}/snooze"), quiet)
        .await;
    put(service, "/v1/patients/ada", json!({ "ward": "surgery" })).await;
    let pause = json!({ "end": until, "reason": "a scan" });
    service
        .post("/v1/patients/bea/monitoring/pause", pause)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_shift_was_told_stays_true_of_its_moment_whatever_comes_later() {
    let data = directory();
    let service = Service::start(data.path(), &[]).await;
    service.enter(&["ada", "bea"]).await;
    put(&service, "/v1/wards/surgery", json!({ "label": "Surgery" })).await;
    service.pass(5).await;
    let alert = fever(&service).await;
    service.pass(7).await;
    let early = service.now();
    let before = reports(&service, "oncology", early).await;
    let [handover, burden] = &before;
    assert_eq!(handover["open"][0]["alert"], json!(alert));
    assert_eq!(handover["open"][0]["open_minutes"], 7);
    assert_eq!(handover["without_data"], json!(["bea"]));
    assert_eq!(handover["wear"][0]["basis"], "heart_rate");
    // Two patients for twelve minutes.
    assert_eq!(burden["total"]["patient_days"], 0.0167);
    assert_eq!(burden["total"]["raised"], 1);
    let none = json!({ "count": 0, "of": 1, "share": 0.0 });
    assert_eq!(burden["total"]["acknowledged"], none);

    answer_and_move(&service, &alert).await;
    service.pass(10).await;

    let now = service.now();
    let [oncology, of_oncology] = reports(&service, "oncology", now).await;
    assert_eq!(
        (&oncology["open"], &oncology["snoozed"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(oncology["patients"]["paused"], 1);
    // The twelve minutes of both, before the move and the pause.
    assert_eq!(of_oncology["total"]["patient_days"], 0.0167);
    let [surgery, of_surgery] = reports(&service, "surgery", now).await;
    let snoozed = &surgery["snoozed"][0];
    assert_eq!(snoozed["snoozed_by"], "Nurse Joy");
    assert_eq!(snoozed["acknowledged_minutes"], 10);
    assert_eq!(
        of_surgery["total"]["raised"], 0,
        "it was raised on the other ward"
    );
    let seven = json!({ "of": 1, "median": 7.0, "p90": 7.0 });
    assert_eq!(of_oncology["total"]["minutes_to_acknowledgement"], seven);

    assert_eq!(reports(&service, "oncology", early).await, before);
    let service = {
        service.stop().await;
        Service::start_at(data.path(), &[], now).await
    };
    assert_eq!(reports(&service, "oncology", early).await, before);

    table(&service).await;
    service.stop().await;
}

/// The identifier of the only unresolved alert, when there is one.
async fn open_alert(service: &Service) -> String {
    eventually("an alert", async || {
        let alerts = service.get("/v1/alerts?handling=open").await;
        Some(alerts["items"][0]["id"].as_str()?.to_owned())
    })
    .await
}

async fn silent(service: &Service, at: i64) -> Value {
    let [handover, _] = reports(service, "oncology", at).await;
    let lines = handover["silent"].as_array().expect("a list").iter();
    lines
        .map(|line| json!([line["kind"], line["closed_by"]]))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silence_that_was_closed_stays_in_the_handover_until_the_watch_is_heard() {
    let data = directory();
    let service = Service::start(data.path(), &[]).await;
    service.enter(&["ada"]).await;
    let mut watch = Watch::connect(&service, "watch-ada").await;
    // For an hour every minute: from then on fifteen minutes are a silence.
    service.pass(60).await;
    let now = service.now();
    let samples = (0..60)
        .rev()
        .map(|ago| json!({ "t": now - ago * 60_000, "hr": 72 }));
    let samples: Vec<_> = samples.collect();
    let told = json!({ "session": 1, "seq": 1, "samples": samples });
    assert_eq!(watch.say(&told).await, Answer::Puback(0));
    service.pass(60).await;
    let alert = open_alert(&service).await;
    let path = format!("/v1/alerts/{alert}/resolve");
    service.post(&path, json!({ "outcome": "charging" })).await;
    service.pass(10).await;
    let closed = service.now();
    let quiet = silent(&service, closed).await;
    assert_eq!(quiet.as_array().map(Vec::len), Some(1), "{quiet}");
    assert_eq!(quiet[0][1], "Nurse Joy", "{quiet}");
    let mut watch = Watch::connect(&service, "watch-ada").await;
    let told = json!({ "session": 1, "seq": 2, "t": service.now(), "hr": 72 });
    assert_eq!(watch.say(&told).await, Answer::Puback(0));
    service.pass(1).await;
    assert_eq!(silent(&service, service.now()).await, json!([]));
    // And of the moment before, what was known then.
    assert_eq!(silent(&service, closed).await, quiet);
    service.stop().await;
}
