//! Endpoints of every format: registered, changed, tested, measured.

use super::harness::Server;
use super::world::NOW;
use crate::domain::{ChannelFormat, ChannelTrouble, EndpointId, WallTime};
use crate::registry::Endpoint;
use crate::store::ChannelMeasured;
use serde_json::{Value, json};

pub(super) const SLACK: &str = "https://hooks.slack.example/services/T1/B2/verysecret";

pub(super) async fn server_with(format: ChannelFormat) -> Server {
    let server = Server::start().await;
    let mut endpoint = Endpoint {
        id: EndpointId::new("ward").expect("valid"),
        url: SLACK.to_owned(),
        label: String::from("Ward"),
        secrets: vec![String::from("key-1")],
        event_types: Vec::new(),
        wards: Vec::new(),
        disabled: None,
        author: String::from("ward_administrator"),
        created: NOW,
        channel: Default::default(),
        trouble: None,
    };
    endpoint.channel.format = format;
    server.world.data().endpoints.push(endpoint);
    server
}

#[tokio::test]
async fn each_format_is_registered_with_what_it_needs() {
    let server = Server::start().await;
    for (body, secrets) in [
        (json!({"format": "slack", "url": SLACK}), json!([])),
        (
            json!({"format": "teams", "url": "https://teams.example/x"}),
            json!([]),
        ),
        (
            json!({"format": "pagerduty", "secret": "key"}),
            json!(["key"]),
        ),
        (
            json!({"format": "ntfy", "url": "https://ntfy.example/ward"}),
            json!([]),
        ),
        (
            json!({"format": "ntfy", "url": "https://ntfy.example/ward", "secret": "tk_1"}),
            json!(["tk_1"]),
        ),
        (
            json!({"format": "email", "recipients": ["a@b.example"]}),
            json!([]),
        ),
    ] {
        let mut body = body;
        body["label"] = "Ward".into();
        let reply = server
            .call("POST", "/v1/webhooks", "ward_administrator", body.clone())
            .await;
        assert_eq!(reply.status, 201, "{body}: {}", reply.json());
        assert!(
            reply.json().get("secret").is_none(),
            "nothing was made here"
        );
        let command = server.last_command()["command"].clone();
        assert_eq!(command["secrets"], secrets);
        assert_eq!(command["format"], body["format"]);
        assert_eq!(command["system_events"], true);
    }
    let command = server.last_command()["command"].clone();
    assert_eq!(command["recipients"], json!(["a@b.example"]));
}

#[tokio::test]
async fn what_does_not_fit_the_format_is_refused_with_its_field() {
    let server = Server::start().await;
    for (body, pointer) in [
        (
            json!({"format": "carrier_pigeon", "url": SLACK}),
            "#/format",
        ),
        (json!({"format": "slack"}), "#/url"),
        (
            json!({"format": "slack", "url": SLACK, "secret": "x"}),
            "#/secret",
        ),
        (json!({"format": "pagerduty"}), "#/secret"),
        (
            json!({"format": "ntfy", "url": "https://ntfy.example/"}),
            "#/url",
        ),
        (json!({"format": "email"}), "#/recipients"),
        (
            json!({"format": "email", "url": SLACK, "recipients": ["a@b.example"]}),
            "#/url",
        ),
        (
            json!({"format": "email", "recipients": ["a@b.example\r\nBcc: c@d.example"]}),
            "#/recipients/0",
        ),
        (
            json!({"url": SLACK, "recipients": ["a@b.example"]}),
            "#/recipients",
        ),
    ] {
        let mut body = body;
        body["label"] = "Ward".into();
        let reply = server
            .call("POST", "/v1/webhooks", "ward_administrator", body.clone())
            .await;
        assert_eq!(reply.json()["errors"][0]["pointer"], pointer, "{body}");
    }
}

#[tokio::test]
async fn an_address_that_is_a_secret_is_not_shown_again() {
    let server = server_with(ChannelFormat::Slack).await;
    let shown = server
        .get("/v1/webhooks/ward", "ward_administrator")
        .await
        .json();
    assert_eq!(shown["url"], "https://hooks.slack.example/…");
    assert_eq!(shown["format"], "slack");
}

#[tokio::test]
async fn a_change_keeps_the_secrets_unless_the_format_needs_others() {
    let server = server_with(ChannelFormat::Pagerduty).await;
    let put = |body: Value| server.call("PUT", "/v1/webhooks/ward", "ward_administrator", body);
    let same = json!({"label": "Night", "format": "pagerduty", "include_patient_label": true});
    assert_eq!(put(same).await.status, 200);
    let command = server.last_command()["command"].clone();
    assert_eq!(command["secrets"], json!(["key-1"]));
    assert_eq!(command["include_patient_label"], true);
    assert_eq!(command["url"], "https://events.pagerduty.com/v2/enqueue");
    let with_secret = json!({"label": "Night", "format": "pagerduty", "secret": "key-2"});
    assert_eq!(
        put(with_secret).await.json()["errors"][0]["pointer"],
        "#/secret"
    );
    let other = json!({"label": "Night", "format": "standard_full", "url": "https://a.example/"});
    let reply = put(other).await.json();
    assert!(
        reply["secret"]
            .as_str()
            .expect("made")
            .starts_with("whsec_")
    );
    let made = server.call(
        "PUT",
        "/v1/webhooks/pager",
        "ward_administrator",
        json!({"label": "P", "format": "pagerduty", "secret": "key"}),
    );
    let made = made.await;
    assert_eq!(
        (made.status, made.header("location")),
        (201, "/v1/webhooks/pager")
    );
}

#[tokio::test]
async fn a_key_is_rotated_only_to_one_that_is_given_and_what_has_none_is_not() {
    let server = server_with(ChannelFormat::Pagerduty).await;
    let rotate = |body: Value| {
        server.call(
            "POST",
            "/v1/webhooks/ward/rotate",
            "ward_administrator",
            body,
        )
    };
    assert_eq!(
        rotate(json!({})).await.json()["errors"][0]["pointer"],
        "#/secret"
    );
    assert_eq!(rotate(json!({"secret": "key-2"})).await.status, 200);
    let command = server.last_command()["command"].clone();
    assert_eq!(command["secrets"], json!(["key-2"]), "one key at a time");
    assert_eq!(command["format"], "pagerduty");
    let slack = server_with(ChannelFormat::Slack).await;
    let refused = slack.call(
        "POST",
        "/v1/webhooks/ward/rotate",
        "ward_administrator",
        json!({}),
    );
    assert_eq!(refused.await.json()["errors"][0]["pointer"], "#/secret");
}

#[tokio::test]
async fn who_answers_alerts_by_signing_keeps_a_secret_that_both_sides_have() {
    let server = server_with(ChannelFormat::Standard).await;
    server.world.data().endpoints[0].channel.actions = true;
    let call = |method: &'static str, way: &str, body: Value| {
        let uri = format!("/v1/webhooks/ward{way}");
        let server = &server;
        async move { server.call(method, &uri, "ward_administrator", body).await }
    };
    let seed = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
    for private in [json!({"signature": "v1a"}), json!({"secret": seed})] {
        let refused = call("POST", "/rotate", private).await;
        assert_eq!(refused.status, 422);
        let fault = refused.json()["errors"][0].clone();
        assert_eq!(fault["pointer"], "#/signature");
        let said = fault["detail"].as_str().expect("said");
        assert!(
            said.contains("`actions`") && said.contains("`whsec_`"),
            "{said}"
        );
    }
    assert_eq!(call("POST", "/rotate", json!({})).await.status, 200);
    // One that signs with a key pair is not given `actions` by a change.
    server.world.data().endpoints[0].channel.actions = false;
    server.world.data().endpoints[0].secrets = vec![seed.to_owned()];
    let pair = call("POST", "/rotate", json!({"signature": "v1a"})).await;
    assert_eq!(pair.status, 200);
    let mut body = json!({"label": "W", "url": "https://a.example/", "actions": true});
    let refused = call("PUT", "", body.clone()).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "#/actions");
    body["actions"] = false.into();
    assert_eq!(call("PUT", "", body).await.status, 200);
}

#[tokio::test]
async fn a_test_and_a_replay_of_a_span_become_commands() {
    let server = server_with(ChannelFormat::Slack).await;
    let test = server.call(
        "POST",
        "/v1/webhooks/ward/test",
        "ward_administrator",
        json!(null),
    );
    assert_eq!(test.await.status, 200);
    assert_eq!(
        server.last_command()["command"],
        json!({"command": "test_endpoint", "id": "ward"})
    );
    let uri = "/v1/webhooks/ward/deliveries/replay";
    let replay = |body: Value| server.call("POST", uri, "ward_administrator", body);
    let span = json!({"from": "2026-03-04T00:00:00Z", "until": "2026-03-05T00:00:00Z"});
    assert_eq!(replay(span).await.status, 200);
    let command = server.last_command()["command"].clone();
    assert_eq!(command["span"]["until"], 1_772_668_800_000_i64);
    assert_eq!(command["span"]["delivered_too"], false);
    for (body, pointer) in [
        (json!({}), "#/deliveries"),
        (json!({"from": "2026-03-04T00:00:00Z"}), "#/from"),
        (json!({"from": 5, "until": 5}), "#/until"),
    ] {
        assert_eq!(replay(body).await.json()["errors"][0]["pointer"], pointer);
    }
}

#[tokio::test]
async fn health_is_measured_on_the_last_attempts_and_says_since_when_it_fails() {
    let server = server_with(ChannelFormat::Slack).await;
    let uri = "/v1/webhooks/ward/health";
    let untried = server.get(uri, "ward_administrator").await.json();
    assert_eq!(untried["state"], "untried");
    let since = WallTime::from_epoch_ms(NOW.epoch_ms() + 60_000);
    {
        let mut data = server.world.data();
        data.measured = ChannelMeasured {
            took_ms: (1..=100).rev().collect(),
            succeeded: 75,
            last_success: Some(WallTime::from_epoch_ms(NOW.epoch_ms())),
            failing_since: Some(since),
            last_error: Some(String::from("timeout")),
            waiting: 3,
            dead_letters: 1,
        };
        let error = String::from("timeout");
        data.endpoints[0].trouble = Some(ChannelTrouble {
            since,
            error,
            told: None,
        });
    }
    let failing = server.get(uri, "ward_administrator").await.json();
    insta::assert_compact_json_snapshot!(failing, @r#"
    {
      "attempts": 100,
      "dead_letters": 1,
      "failing_since": "2026-03-04T09:17:02Z",
      "last_error": "timeout",
      "last_success_at": "2026-03-04T09:16:02Z",
      "p50_ms": 51,
      "p95_ms": 96,
      "state": "failing",
      "success_share": 0.75,
      "waiting": 3
    }
    "#);
    let listed = server
        .get("/v1/webhooks", "ward_administrator")
        .await
        .json();
    assert_eq!(
        listed["items"][0]["failing_since"],
        failing["failing_since"]
    );
    server.world.data().endpoints[0].disabled = Some(Endpoint::GONE.to_owned());
    assert_eq!(
        server.get(uri, "ward_administrator").await.json()["state"],
        "off"
    );
}
