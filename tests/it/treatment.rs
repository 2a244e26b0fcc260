//! What was given to a patient, from the record to whoever is told.

use crate::receiver::Receiver;
use crate::service::{Service, directory, eventually};
use crate::watch::{Answer, Watch};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const DAY_MS: i64 = 86_400_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_tells_the_day_of_the_cycle_wherever_it_is_told_and_never_the_regimen() {
    let (data, receiver) = (directory(), Receiver::start().await);
    let allowed = format!("[\"127.0.0.1:{}\"]", receiver.port);
    let more = [(
        "WARDLIGHT_WEBHOOKS__DANGEROUS_ALLOW_PRIVATE_HOSTS",
        allowed.as_str(),
    )];
    let service = Service::start(data.path(), &more).await;
    service.enter(&["ada"]).await;
    let url = format!("http://127.0.0.1:{}/hook", receiver.port);
    let hook = json!({ "url": url, "label": "Pager" });
    service.post("/v1/webhooks", hook).await;
    let given = json!([{ "given_at": service.now() - 8 * DAY_MS, "cycle": 3,
        "kind": "systemic_anticancer", "regimen": "SECRET-7" }]);
    let body = json!({ "administrations": given });
    let (status, answer) = service
        .ask(Method::PUT, "/v1/patients/ada", Some(body))
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let shown = service.get("/v1/patients/ada").await;
    assert_eq!(
        shown["administrations"],
        json!([{ "given_at": "2026-11-14T00:00:00Z", "cycle": 3,
            "kind": "systemic_anticancer", "regimen": "SECRET-7" }])
    );

    let mut watch = Watch::connect(&service, "watch-ada").await;
    service.pass(5).await;
    let moment = json!({ "session": 1, "seq": 1, "t": service.now(), "temp": 38.6 });
    assert_eq!(watch.say(&moment).await, Answer::Puback(0));
    let got = eventually("a webhook", async || receiver.got().first().cloned()).await;
    let told = &got.json()["data"]["treatment"];
    let summary = "Day 9 of cycle 3; inside the expected nadir, days 7 to 14.";
    let expected = json!({ "summary": summary, "cycle": 3, "day": 9,
        "windows": ["expected_nadir"], "priority_without": "high" });
    assert_eq!(*told, expected);
    let alerts = service.get("/v1/alerts").await;
    let told = &alerts["items"][0]["evidence"]["treatment"];
    assert_eq!(
        (&told["summary"], &told["day"]),
        (&json!(summary), &json!(9))
    );
    assert_eq!(told["at"], "2026-11-22T00:05:00Z");
    let everything: [Value; 2] = [got.json(), alerts];
    for text in everything.map(|told| told.to_string()) {
        assert!(!text.contains("SECRET-7"), "{text}");
    }
    service.stop().await;
}
