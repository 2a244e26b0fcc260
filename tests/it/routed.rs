//! From watch to the first person, the next one, and an answer that stops it.

use crate::receiver::{Got, Receiver};
use crate::service::{Service, directory, eventually};
use crate::watch::{Answer, Watch};
use reqwest::Method;
use serde_json::{Value, json};
use wardlight::domain::EndpointId;
use wardlight::registry::Command;

const ROUTES: &str = r#"[{ name = "all", chain = "ward" }]"#;
const STEPS: &str = r#"[
    { notify = ["endpoint:nobody", "endpoint:nurse"] },
    { after_seconds = 240, notify = ["endpoint:doctor"] },
]"#;

async fn register(service: &Service, id: &str, receiver: &Receiver) {
    let command = Command::PutEndpoint {
        id: EndpointId::new(id).expect("valid"),
        url: format!("http://127.0.0.1:{}/hook", receiver.port),
        label: id.to_owned(),
        secrets: vec!["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()],
        event_types: Vec::new(),
        wards: Vec::new(),
        channel: Default::default(),
    };
    service.order(command).await;
}

fn types(got: &[Got]) -> Vec<Value> {
    got.iter().map(|one| one.json()["type"].clone()).collect()
}

/// Waits until a receiver got so many messages; their types.
async fn until(receiver: &Receiver, count: usize) -> Vec<Value> {
    let what = format!("message {count}");
    let got = async || Some(receiver.got()).filter(|got| got.len() >= count);
    types(&eventually(&what, got).await)
}

/// Waits until the alert's history says so often what became of its notifications.
async fn happened(service: &Service, alert: &str, count: usize) -> Vec<Value> {
    let path = format!("/v1/alerts/{alert}/route");
    eventually("a line of the history", async || {
        let plan = service.get(&path).await;
        let lines = plan["happened"].as_array().expect("a list").clone();
        (lines.len() >= count).then_some(lines)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_goes_from_one_person_to_the_next_until_somebody_answers() {
    let data = directory();
    let (nurse, doctor) = (Receiver::start().await, Receiver::start().await);
    let allowed = format!(
        "[\"127.0.0.1:{}\", \"127.0.0.1:{}\"]",
        nurse.port, doctor.port
    );
    let more = [
        (
            "WARDLIGHT_WEBHOOKS__DANGEROUS_ALLOW_PRIVATE_HOSTS",
            allowed.as_str(),
        ),
        ("WARDLIGHT_ROUTING__ROUTES", ROUTES),
        ("WARDLIGHT_ROUTING__CHAINS__WARD__STEPS", STEPS),
    ];
    let service = Service::start(data.path(), &more).await;
    service.enter(&["ada"]).await;
    register(&service, "nurse", &nurse).await;
    register(&service, "doctor", &doctor).await;
    let mut watch = Watch::connect(&service, "watch-ada").await;
    let fever = json!({ "session": 1, "seq": 1, "t": service.now(), "temp": 38.9 });
    assert_eq!(watch.say(&fever).await, Answer::Puback(0));

    assert_eq!(until(&nurse, 1).await, ["alert.raised"]);
    assert!(doctor.got().is_empty(), "not yet");
    let body = nurse.got().remove(0).json();
    let id = body["data"]["alert"].as_str().expect("named").to_owned();
    let lines = happened(&service, &id, 2).await;
    assert_eq!(lines[0]["state"], "unable");
    assert_eq!(lines[1]["endpoint"], "nurse");
    service.pass(5).await;
    assert_eq!(until(&doctor, 1).await, ["alert.raised"]);

    let path = format!("/v1/alerts/{id}/acknowledge");
    service.post(&path, json!({ "comment": "on my way" })).await;
    assert_eq!(until(&nurse, 2).await[1], "alert.acknowledged");
    assert_eq!(until(&doctor, 2).await[1], "alert.acknowledged");

    let routing = service.get("/v1/routing").await;
    assert_eq!(routing["endpoints_missing"], json!(["nobody"]));
    let silence = json!({ "ward": "oncology", "until": service.now() + 60_000, "reason": "test" });
    let silence = service.post("/v1/silences", silence).await;
    let shown = service.get("/v1/silences").await;
    assert_eq!(shown["items"][0]["id"], silence["id"]);
    assert_eq!(shown["items"][0]["author"], "Nurse Joy");
    let path = format!("/v1/silences/{}", silence["id"].as_str().expect("a text"));
    let (status, _) = service.ask(Method::DELETE, &path, None).await;
    assert!(status.is_success());
    service.stop().await;
}
