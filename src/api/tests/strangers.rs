//! Who comes without a token, and is wrong again and again.

use super::harness::{Reply, Server, request};
use super::readings::patient;
use super::world::NOW;
use crate::api::Settings;
use crate::domain::{AlertId, ChannelFormat, EndpointId, PatientId};
use crate::registry::Endpoint;
use crate::store::AlertView;
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::json;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Bears three refusals a minute; of four places strangers have one.
fn settings() -> Settings {
    Settings {
        refusals_per_minute: 3,
        requests_at_once: 4,
        ..Settings::default()
    }
}

async fn server(settings: Settings) -> Server {
    let server = Server::with(settings).await;
    let mut endpoint = Endpoint {
        id: EndpointId::new("ward").expect("valid"),
        url: "https://a.example/".to_owned(),
        label: "Ward".to_owned(),
        secrets: vec![SECRET.to_owned()],
        event_types: Vec::new(),
        wards: Vec::new(),
        disabled: None,
        author: "ward_administrator".to_owned(),
        created: NOW,
        channel: Default::default(),
        trouble: None,
    };
    endpoint.channel.format = ChannelFormat::Standard;
    endpoint.channel.actions = true;
    let document = json!({"kind": "fever_on_treatment", "handling": "open", "priority": "high"});
    let alert = AlertView {
        id: AlertId::new("alr_1").expect("valid"),
        patient: PatientId::new("p-001").expect("valid"),
        newest_event: 10,
        document: document.to_string(),
    };
    {
        let mut data = server.world.data();
        data.endpoints.push(endpoint);
        data.patients.push(patient(1, "p-001"));
        data.alerts.push((alert, "open", "high"));
    }
    server
}

/// A link that the harness believes.
fn link() -> String {
    let now = NOW.epoch_ms() / 1000;
    format!("/actions/alr_1~acknowledge~ward~{now}~{}", now + 60)
}

async fn signed(server: &Server, signature: &str) -> Reply {
    let body = json!({"alert": "alr_1", "action": "acknowledge", "by": "B"});
    let request = request("POST", "/v1/webhooks/ward/actions", "")
        .header("content-type", "application/json")
        .header("webhook-id", "msg_1")
        .header("webhook-timestamp", "1772615762")
        .header("webhook-signature", signature);
    let body = Full::from(body.to_string());
    server.send(request.body(body).expect("valid")).await
}

/// A wrong link that a proxy hands on for `client`.
async fn wrong_from(server: &Server, client: &str) -> u16 {
    let request = request("GET", "/actions/nonsense", "").header("x-forwarded-for", client);
    let body = Full::<Bytes>::default();
    server.send(request.body(body).expect("valid")).await.status
}

#[tokio::test]
async fn who_is_refused_again_and_again_waits_before_anything_is_read() {
    let server = server(settings()).await;
    for _ in 0..3 {
        assert_eq!(signed(&server, "v1,AAAA").await.status, 401);
    }
    server.world.data().broken = true;
    let waits = signed(&server, "v1,AAAA").await;
    assert_eq!(
        (waits.status, waits.problem().as_str()),
        (429, "/problems/slow-down")
    );
    let seconds: u64 = waits.header("retry-after").parse().expect("seconds");
    assert!((1..=21).contains(&seconds), "{seconds}");
    server.world.data().broken = false;
    assert_eq!(
        server.get("/v1/patients", "viewer").await.status,
        200,
        "who has a token is not concerned"
    );
}

#[tokio::test]
async fn a_genuine_link_always_passes_and_wrong_links_keep_no_machine_from_answering() {
    let server = server(settings()).await;
    for (uri, status) in [
        ("/actions/nonsense", 403),
        ("/charts/nonsense.png", 404),
        ("/actions/nonsense", 403),
        ("/charts/nonsense.png", 429),
        ("/actions/nonsense", 429),
    ] {
        assert_eq!(server.get(uri, "").await.status, status, "{uri}");
    }
    assert_eq!(server.get(&link(), "").await.status, 200);
    let chart = format!("/charts/alr_1~heart_rate~{}.png", NOW.epoch_ms() / 1000);
    assert_eq!(server.get(&chart, "").await.status, 200);
    assert_eq!(signed(&server, SECRET).await.status, 200);
}

#[tokio::test]
async fn behind_a_proxy_of_ours_each_client_is_told_apart_by_what_the_proxy_saw() {
    let behind = Settings {
        trusted_proxies: vec![
            "127.0.0.1".parse().expect("valid"),
            "10.0.0.9".parse().expect("valid"),
        ],
        ..settings()
    };
    let server = server(behind).await;
    for claimed in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
        let client = format!("{claimed}, 198.51.100.7:4711, 10.0.0.9");
        assert_eq!(wrong_from(&server, &client).await, 403);
    }
    let claimed = "192.0.2.4, 198.51.100.7, 10.0.0.9";
    assert_eq!(
        wrong_from(&server, claimed).await,
        429,
        "whatever it claims"
    );
    assert_eq!(wrong_from(&server, "198.51.100.8").await, 403);
    let alone = self::server(settings()).await;
    for client in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
        assert_eq!(wrong_from(&alone, client).await, 403);
    }
    let said = wrong_from(&alone, "192.0.2.4").await;
    assert_eq!(said, 429, "nobody else's word counts");
}

#[tokio::test]
async fn strangers_together_leave_places_for_those_who_have_a_token() {
    let server = server(settings()).await;
    server.engine.lock().expect("not poisoned").hold = true;
    let held = signed(&server, SECRET);
    let others = async {
        while server.engine.lock().expect("not poisoned").held.is_empty() {
            tokio::task::yield_now().await;
        }
        let second = server.get(&link(), "").await;
        assert_eq!(second.problem(), "/problems/overloaded");
        assert_eq!(server.get("/v1/patients", "viewer").await.status, 200);
        // Its answer is lost with the engine that forgets it.
        server.engine.lock().expect("not poisoned").held.clear();
    };
    let (held, ()) = tokio::join!(held, others);
    assert_eq!(held.problem(), "/problems/stopping");
    assert_eq!(
        server.get(&link(), "").await.status,
        200,
        "the place is free again"
    );
}

#[tokio::test]
async fn one_client_that_takes_its_time_leaves_places_for_the_others() {
    let behind = Settings {
        requests_at_once: 8,
        trusted_proxies: vec!["127.0.0.1".parse().expect("valid")],
        ..settings()
    };
    let server = server(behind).await;
    // Its body never comes.
    let mut slow = TcpStream::connect(server.address).await.expect("listens");
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: test\r\nx-forwarded-for: 192.0.2.1\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: 9\r\n\r\n",
        link()
    );
    slow.write_all(head.as_bytes()).await.expect("written");
    let looks = async |client: &str| {
        let request = request("GET", &link(), "").header("x-forwarded-for", client);
        let body = Full::<Bytes>::default();
        server.send(request.body(body).expect("valid")).await.status
    };
    // From when its request is there.
    let refused = async {
        while looks("192.0.2.1").await != 503 {
            tokio::task::yield_now().await;
        }
    };
    let refused = tokio::time::timeout(Duration::from_secs(20), refused);
    refused.await.expect("it has its share");
    assert_eq!(looks("192.0.2.2").await, 200);
    drop(slow);
    let free = async {
        while looks("192.0.2.1").await != 200 {
            tokio::task::yield_now().await;
        }
    };
    let free = tokio::time::timeout(Duration::from_secs(20), free);
    free.await.expect("its place is free again");
}
