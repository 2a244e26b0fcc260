//! From an alert to a message, its link, and the answer that comes back by it.

use crate::receiver::Receiver;
use crate::service::{Service, directory, eventually};
use crate::watch::{Answer, Watch};
use reqwest::StatusCode;
use serde_json::{Value, json};
use wardlight::domain::{ChannelFormat, ChannelOptions, EndpointId};
use wardlight::notify::{Headers, Secret, sign};
use wardlight::registry::Command;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PUBLIC: &str = "https://wardlight.example.org";

async fn register(service: &Service, id: &str, format: ChannelFormat, port: u16) {
    let signs = format == ChannelFormat::Standard;
    let command = Command::PutEndpoint {
        id: EndpointId::new(id).expect("valid"),
        url: format!("http://127.0.0.1:{port}/hook"),
        label: format!("The {id}"),
        secrets: signs.then(|| SECRET.to_owned()).into_iter().collect(),
        event_types: Vec::new(),
        wards: Vec::new(),
        channel: ChannelOptions {
            format,
            actions: true,
            ..ChannelOptions::default()
        },
    };
    service.order(command).await;
}

/// A page by its link, without a token: looked at, or with its form sent.
async fn page(service: &Service, link: &str, form: Option<&str>) -> (StatusCode, String) {
    let path = link.strip_prefix(PUBLIC).expect("a public link");
    let client = reqwest::Client::new();
    let request = match form {
        None => client.get(service.url(path)),
        Some(form) => client
            .post(service.url(path))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned()),
    };
    let answer = request.send().await.expect("answers");
    let status = answer.status();
    (status, answer.text().await.expect("a body"))
}

/// A machine's answer to an alert, signed now under `id`.
async fn act(service: &Service, signed: &Headers, body: &Value) -> (StatusCode, Value) {
    let request = reqwest::Client::new()
        .post(service.url("/v1/webhooks/bridge/actions"))
        .header("content-type", "application/json")
        .header("webhook-id", &signed.id)
        .header("webhook-timestamp", &signed.timestamp)
        .header("webhook-signature", &signed.signature)
        .body(body.to_string());
    let answer = request.send().await.expect("answers");
    let status = answer.status();
    let text = answer.text().await.expect("a body");
    (status, serde_json::from_str(&text).expect("JSON"))
}

fn signed(service: &Service, id: &str, body: &Value) -> Headers {
    let secret = Secret::parse(SECRET).expect("a secret");
    let body = body.to_string();
    sign(&[secret], id, service.clock.wall(), body.as_bytes()).expect("signed")
}

/// The events of an alert that are of this type.
async fn told(service: &Service, alert: &str, event: &str) -> usize {
    let events = service.get(&format!("/v1/alerts/{alert}/events")).await;
    let items = events["items"].as_array().expect("a list");
    items.iter().filter(|item| item["type"] == event).count()
}

/// The links of a Slack message, by their words.
fn links(message: &Value) -> Vec<(String, String)> {
    let blocks = message["blocks"].as_array().expect("blocks");
    let buttons = blocks.iter().find(|block| block["type"] == "actions");
    let buttons = buttons.expect("buttons")["elements"].as_array();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let pair = |button: &Value| (text(&button["text"]["text"]), text(&button["url"]));
    buttons.expect("a list").iter().map(pair).collect()
}

fn settings(ports: [u16; 2]) -> (&'static str, String) {
    let allowed = format!("[\"127.0.0.1:{}\", \"127.0.0.1:{}\"]", ports[0], ports[1]);
    ("WARDLIGHT_WEBHOOKS__DANGEROUS_ALLOW_PRIVATE_HOSTS", allowed)
}

/// A fever of which a desk (Slack) and a bridge (machine) are told.
async fn feverish(service: &Service, desk: &Receiver, bridge: &Receiver) -> (Value, Value) {
    service.enter(&["ada"]).await;
    register(service, "desk", ChannelFormat::Slack, desk.port).await;
    register(service, "bridge", ChannelFormat::Standard, bridge.port).await;
    let mut watch = Watch::connect(service, "watch-ada").await;
    let fever = json!({ "session": 1, "seq": 1, "t": service.now(), "temp": 38.9 });
    assert_eq!(watch.say(&fever).await, Answer::Puback(0));
    let first = async |receiver: &Receiver| {
        let got = async || receiver.got().first().map(|got| got.json());
        eventually("a message", got).await
    };
    (first(desk).await, first(bridge).await)
}

/// Looks at a link's page several times, as scanners of mail do.
async fn looking_asks_first(service: &Service, acknowledge: &str) {
    for _ in 0..3 {
        let (status, shown) = page(service, acknowledge, None).await;
        assert_eq!(status, StatusCode::OK);
        assert!(shown.contains("Acknowledge this alert?"), "{shown}");
        assert!(!shown.contains("ADA"), "no name: {shown}");
    }
}

/// Tries the link with each of its letters changed.
async fn no_letter_can_be_changed(service: &Service, acknowledge: &str) {
    let token = acknowledge.rsplit('/').next().expect("a token");
    for place in 0..token.len() {
        let other = if token[place..].starts_with('A') {
            "B"
        } else {
            "A"
        };
        let mut forged = acknowledge.to_owned();
        let start = acknowledge.len() - token.len() + place;
        forged.replace_range(start..=start, other);
        let (status, _) = page(service, &forged, Some("name=Eve")).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "letter {place}");
    }
}

/// Sends the request with each signed part changed, and a message of our own.
async fn nothing_forged_is_believed(
    service: &Service,
    bridge: &Receiver,
    headers: &Headers,
    body: &Value,
) {
    for (part, forged) in [
        (
            "id",
            Headers {
                id: "msg_2".to_owned(),
                ..headers.clone()
            },
        ),
        (
            "timestamp",
            Headers {
                timestamp: "1795305601".to_owned(),
                ..headers.clone()
            },
        ),
        (
            "signature",
            Headers {
                signature: "v1,AAAA".to_owned(),
                ..headers.clone()
            },
        ),
    ] {
        let (status, _) = act(service, &forged, body).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{part}");
    }
    let mut other = body.clone();
    other["minutes"] = 25.into();
    assert_eq!(
        act(service, headers, &other).await.0,
        StatusCode::UNAUTHORIZED
    );
    let own = bridge.got().remove(0);
    let own_headers = own.headers();
    let text = |name: &str| own_headers[name].as_str().expect("a header").to_owned();
    let echoed = Headers {
        id: text("webhook-id"),
        timestamp: text("webhook-timestamp"),
        signature: text("webhook-signature"),
    };
    let (status, _) = act(service, &echoed, &own.json()).await;
    assert!(
        status.is_client_error(),
        "our own message sent back is no order"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_in_a_message_answers_its_alert_once_also_over_a_restart() {
    let data = directory();
    let (desk, bridge) = (Receiver::start().await, Receiver::start().await);
    let (key, allowed) = settings([desk.port, bridge.port]);
    let more = [
        (key, allowed.as_str()),
        ("WARDLIGHT_WEBHOOKS__PUBLIC_URL", PUBLIC),
        // Each letter of a link is tried.
        ("WARDLIGHT_API__REFUSALS_PER_MINUTE", "10000"),
    ];
    let service = Service::start(data.path(), &more).await;
    let (slack, thin) = feverish(&service, &desk, &bridge).await;
    assert!(
        !thin.to_string().contains("/actions/"),
        "no link for machines"
    );
    let alert = thin["data"]["alert"].as_str().expect("named").to_owned();
    let links = links(&slack);
    let words: Vec<_> = links.iter().map(|(words, _)| words.as_str()).collect();
    assert_eq!(
        words,
        [
            "Open in Wardlight",
            "Acknowledge",
            "Snooze 30 min",
            "Resolve"
        ]
    );
    let (_, acknowledge) = &links[1];

    looking_asks_first(&service, acknowledge).await;
    let shown = service.get(&format!("/v1/alerts/{alert}")).await;
    assert_eq!(shown["handling"], "open", "GET changes nothing");

    no_letter_can_be_changed(&service, acknowledge).await;
    assert_eq!(told(&service, &alert, "alert.acknowledged").await, 0);

    let (status, done) = page(&service, acknowledge, Some("name=Ann+Lee")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(done.contains("Done") && done.contains("acknowledged by Ann Lee (link in The desk)"));
    let (status, again) = page(&service, acknowledge, Some("name=Bob")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        again.contains("Nothing was changed") && again.contains("by Ann Lee"),
        "{again}"
    );
    let at = service.now();
    service.stop().await;

    let service = Service::start_at(data.path(), &more, at).await;
    let (status, again) = page(&service, acknowledge, Some("name=Bob")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        again.contains("Nothing was changed") && again.contains("by Ann Lee"),
        "{again}"
    );
    assert_eq!(told(&service, &alert, "alert.acknowledged").await, 1);
    for _ in 0..25 {
        service.pass(60).await;
    }
    let (status, _) = page(&service, acknowledge, Some("name=Bob")).await;
    assert_eq!(status, StatusCode::GONE);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_answers_with_the_secret_it_was_told_with_once_also_over_a_restart() {
    let data = directory();
    let (desk, bridge) = (Receiver::start().await, Receiver::start().await);
    let (key, allowed) = settings([desk.port, bridge.port]);
    let more = [(key, allowed.as_str())];
    let service = Service::start(data.path(), &more).await;
    let (slack, thin) = feverish(&service, &desk, &bridge).await;
    assert!(
        !slack.to_string().contains("/actions/"),
        "no public address, no link"
    );
    let alert = thin["data"]["alert"].as_str().expect("named").to_owned();
    let body = json!({ "alert": alert, "action": "snooze", "minutes": 20, "by": "Pager" });
    let headers = signed(&service, "msg_1", &body);

    nothing_forged_is_believed(&service, &bridge, &headers, &body).await;
    assert_eq!(told(&service, &alert, "alert.snoozed").await, 0);

    let (status, first) = act(&service, &headers, &body).await;
    assert_eq!(
        (status, &first["changed"]),
        (StatusCode::OK, &json!(true)),
        "{first}"
    );
    service.pass(1).await;
    let (status, again) = act(&service, &headers, &body).await;
    assert_eq!((status, &again["changed"]), (StatusCode::OK, &json!(false)));
    assert_eq!(again["snoozed_until"], first["snoozed_until"]);
    let at = service.now();
    service.stop().await;

    let service = Service::start_at(data.path(), &more, at).await;
    let (status, again) = act(&service, &headers, &body).await;
    assert_eq!((status, &again["changed"]), (StatusCode::OK, &json!(false)));
    assert_eq!(again["snoozed_until"], first["snoozed_until"]);
    assert_eq!(told(&service, &alert, "alert.snoozed").await, 1);
    let resolve = json!({ "alert": alert, "action": "resolve", "by": "Pager", "outcome": "seen" });
    let reused = signed(&service, "msg_1", &resolve);
    assert_eq!(
        act(&service, &reused, &resolve).await.0,
        StatusCode::CONFLICT
    );
    service.pass(5).await;
    let (status, late) = act(&service, &headers, &body).await;
    assert_eq!(
        status,
        StatusCode::UNAUTHORIZED,
        "an old one said again: {late}"
    );
    let fresh = signed(&service, "msg_3", &resolve);
    let (status, done) = act(&service, &fresh, &resolve).await;
    assert_eq!(
        (status, &done["handling"]),
        (StatusCode::OK, &json!("resolved"))
    );
    service.stop().await;
}
