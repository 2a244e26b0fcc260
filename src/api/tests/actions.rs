//! Links in messages, and signed requests, that answer an alert.

use super::harness::{Reply, Server, request};
use super::world::NOW;
use crate::domain::{AlertId, ChannelFormat, EndpointId, PatientId};
use crate::registry::{CommandError, Endpoint};
use crate::store::AlertView;
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::{Value, json};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn alert(handling: &str) -> AlertView {
    let document = json!({
        "kind": "fever_on_treatment", "vital": null, "priority": "high", "condition": "active",
        "handling": handling, "raised_at": "2026-03-04T09:00:00Z", "snoozed": null,
        "simulated": true,
        "acknowledged": { "by": "<b>Zoe</b> (link in Ward)", "at": "2026-03-04T09:10:00Z" },
    });
    AlertView {
        id: AlertId::new("alr_1").expect("valid"),
        patient: PatientId::new("p-001").expect("valid"),
        newest_event: 10,
        document: document.to_string(),
    }
}

pub(super) async fn server(format: ChannelFormat, handling: &'static str) -> Server {
    let server = Server::start().await;
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
    endpoint.channel.format = format;
    endpoint.channel.actions = true;
    {
        let mut data = server.world.data();
        data.endpoints.push(endpoint);
        data.alerts.push((alert(handling), handling, "high"));
    }
    server
}

/// A link as the harness believes it, good for a minute.
pub(super) fn link(action: &str) -> String {
    let now = NOW.epoch_ms() / 1000;
    format!("/actions/alr_1~{action}~ward~{now}~{}", now + 60)
}

fn html(reply: &Reply) -> String {
    assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
    String::from_utf8(reply.bytes.to_vec()).expect("UTF-8")
}

pub(super) async fn post(server: &Server, uri: &str, form: &str) -> Reply {
    let media_type = "application/x-www-form-urlencoded";
    let request = request("POST", uri, "").header("content-type", media_type);
    let body = Full::from(Bytes::from(form.to_owned()));
    server.send(request.body(body).expect("valid")).await
}

fn commands(server: &Server) -> usize {
    server.engine.lock().expect("not poisoned").commands.len()
}

#[tokio::test]
async fn a_link_asks_first_and_looking_changes_nothing() {
    let server = server(ChannelFormat::Slack, "open").await;
    for (action, title) in [
        ("acknowledge", "Acknowledge this alert?"),
        ("snooze:30", "Snooze this alert for 30 minutes?"),
        ("resolve", "Resolve this alert?"),
    ] {
        let reply = server.get(&link(action), "").await;
        assert_eq!(reply.status, 200);
        let page = html(&reply);
        for part in [
            title,
            "Fever or low temperature on cancer treatment",
            "priority high",
            "not acknowledged",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(page.contains("SIMULATED") && page.contains("4 Mar 2026, 09:00:00 UTC"));
        assert!(page.contains("method=\"post\"") && page.contains("name=\"name\" required"));
        assert_eq!(
            page.contains("name=\"outcome\" required"),
            action == "resolve"
        );
        assert!(
            !page.contains("<script") && !page.contains("p-001"),
            "{page}"
        );
        let policy = reply.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self'"));
        assert!(!policy.contains("script-src"), "{policy}");
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(reply.header("referrer-policy"), "no-referrer");
    }
    assert_eq!(commands(&server), 0, "GET changes nothing");
    assert_eq!(server.reads(), ["signed link: read alert alr_1"]);
}

#[tokio::test]
async fn the_form_carries_the_order_in_the_name_that_was_entered() {
    let server = server(ChannelFormat::Slack, "open").await;
    let reply = post(&server, &link("snooze:30"), "name=+Ann+Lee%2B+").await;
    assert_eq!(reply.status, 200);
    assert!(html(&reply).contains("Done"));
    let command = server.last_command();
    let now = NOW.epoch_ms() / 1000;
    assert_eq!(
        command,
        json!({"author": "Ann Lee+", "command": {
            "command": "order", "endpoint": "ward", "way": "link",
            "key": format!("link alr_1 snooze:30 {now}"), "alert": "alr_1",
            "action": "snooze:30", "text": null,
        }})
    );
    let form = "name=Ann&outcome=seen%2C+well";
    assert_eq!(post(&server, &link("resolve"), form).await.status, 200);
    assert_eq!(server.last_command()["command"]["text"], "seen, well");
}

#[tokio::test]
async fn a_form_without_a_name_or_outcome_is_asked_again() {
    let server = server(ChannelFormat::Slack, "open").await;
    let long = format!("name={}", "x".repeat(81));
    for (action, form) in [
        ("acknowledge", ""),
        ("acknowledge", "name=++"),
        ("acknowledge", "name=a%0Ab"),
        ("acknowledge", &long),
        ("resolve", "name=Ann"),
        ("resolve", "name=Ann&outcome="),
    ] {
        let reply = post(&server, &link(action), form).await;
        assert_eq!(reply.status, 422, "{form}");
        assert!(html(&reply).contains("class=\"wl-fault\""));
    }
    let reply = post(&server, &link("resolve"), "name=%22Ann%22&outcome=").await;
    let page = html(&reply);
    assert!(page.contains("value=\"&#34;Ann&#34;\""), "kept: {page}");
    let uri = link("acknowledge");
    let json = server.call("POST", &uri, "", json!({"name": "Ann"}));
    assert_eq!(json.await.status, 415);
    let much = format!("name=Ann&x={}", "y".repeat(40_000));
    assert_eq!(post(&server, &uri, &much).await.status, 415);
    assert_eq!(commands(&server), 0);
}

#[tokio::test]
async fn a_link_that_is_not_genuine_expired_or_not_allowed_says_what_to_do() {
    let server = server(ChannelFormat::Slack, "open").await;
    let now = NOW.epoch_ms() / 1000;
    let expired = format!("/actions/alr_1~acknowledge~ward~{now}~{now}");
    let foreign = format!("/actions/alr_1~acknowledge~other~{now}~{}", now + 60);
    let gone = format!("/actions/alr_2~acknowledge~ward~{now}~{}", now + 60);
    let assert_refused = async |uri: &str, status: u16| {
        for reply in [
            server.get(uri, "").await,
            post(&server, uri, "name=Ann").await,
        ] {
            assert_eq!(reply.status, status, "{uri}");
            assert!(html(&reply).contains("newest message"), "{uri}");
        }
    };
    assert_refused("/actions/nonsense", 403).await;
    assert_refused(&expired, 410).await;
    assert_refused(&foreign, 403).await;
    assert_refused(&gone, 404).await;
    server.world.data().endpoints[0].disabled = Some("off".to_owned());
    assert_refused(&link("acknowledge"), 403).await;
    {
        let endpoint = &mut server.world.data().endpoints[0];
        endpoint.disabled = None;
        endpoint.channel.actions = false;
    }
    assert_refused(&link("acknowledge"), 403).await;
}

#[tokio::test]
async fn what_is_done_already_is_said_and_a_refusal_is_in_clear_words() {
    let done = server(ChannelFormat::Slack, "acknowledged").await;
    let page = html(&done.get(&link("acknowledge"), "").await);
    assert!(
        page.contains("Nothing is left to do") && !page.contains("<form"),
        "{page}"
    );
    assert!(
        page.contains("acknowledged by &#60;b&#62;Zoe&#60;/b&#62;"),
        "escaped: {page}"
    );
    let open = server(ChannelFormat::Slack, "open").await;
    let problem = "the alert is already resolved".to_owned();
    open.refuse(CommandError::Conflict { problem });
    let reply = post(&open, &link("acknowledge"), "name=Ann").await;
    assert_eq!(reply.status, 409);
    assert!(html(&reply).contains("Why: the alert is already resolved."));
    let problem = "must lie after now and at most 20 minutes ahead".to_owned();
    let field = "until";
    open.refuse(CommandError::Invalid { field, problem });
    let reply = post(&open, &link("snooze:30"), "name=Ann").await;
    assert_eq!(reply.status, 409);
    assert!(html(&reply).contains("at most 20 minutes ahead"));
}

async fn act(server: &Server, signature: &str, body: Value) -> Reply {
    let request = request("POST", "/v1/webhooks/ward/actions", "")
        .header("content-type", "application/json")
        .header("webhook-id", "msg_1")
        .header("webhook-timestamp", "1772615762")
        .header("webhook-signature", signature);
    let body = Full::from(body.to_string());
    server.send(request.body(body).expect("valid")).await
}

#[tokio::test]
async fn a_signed_request_becomes_an_order_and_says_how_the_alert_stands() {
    let server = server(ChannelFormat::Standard, "open").await;
    let body = json!({"alert": "alr_1", "action": "snooze", "minutes": 20, "by": "Pager bridge",
        "comment": "on call is driving"});
    let reply = act(&server, SECRET, body).await;
    assert_eq!(reply.status, 200, "{}", reply.json());
    assert_eq!(
        reply.json(),
        json!({"alert": "alr_1", "changed": true, "handling": "open", "condition": "active",
            "snoozed_until": null})
    );
    let command = server.last_command();
    assert_eq!(command["author"], "Pager bridge");
    assert_eq!(command["command"]["key"], "webhook msg_1");
    assert_eq!(command["command"]["action"], "snooze:20");
    assert_eq!(command["command"]["way"], "webhook");
    assert_eq!(command["command"]["text"], "on call is driving");
}

#[tokio::test]
async fn a_request_that_nobody_signed_or_that_says_nonsense_is_refused() {
    let server = server(ChannelFormat::Standard, "open").await;
    let fine = json!({"alert": "alr_1", "action": "acknowledge", "by": "B"});
    let unsigned = act(&server, "v1,AAAA", fine.clone()).await;
    assert_eq!(
        (unsigned.status, unsigned.problem().as_str()),
        (401, "/problems/unauthenticated")
    );
    let plain = server.call(
        "POST",
        "/v1/webhooks/nobody/actions",
        "administrator",
        fine.clone(),
    );
    assert_eq!(
        plain.await.status,
        401,
        "a token does not help, and nothing is told of ids"
    );
    for (field, value, pointer) in [
        ("by", json!(""), "#/by"),
        ("by", json!("a\nb"), "#/by"),
        ("by", json!("x".repeat(81)), "#/by"),
        ("minutes", json!(5), "#/minutes"),
        ("outcome", json!("well"), "#/outcome"),
        ("action", json!("escalate"), "#/action"),
        ("type", json!("alert.raised"), "#/type"),
        ("action", json!("snooze"), "#/minutes"),
        ("action", json!("resolve"), "#/outcome"),
    ] {
        let mut body = fine.clone();
        body[field] = value;
        let reply = act(&server, SECRET, body).await;
        assert_eq!(reply.status, 422, "{field}");
        assert_eq!(reply.json()["errors"][0]["pointer"], pointer, "{field}");
    }
    server.world.data().endpoints[0].channel.actions = false;
    assert_eq!(
        act(&server, SECRET, fine.clone()).await.problem(),
        "/problems/forbidden"
    );
    server.world.data().endpoints[0].channel.format = ChannelFormat::Pagerduty;
    assert_eq!(
        act(&server, SECRET, fine).await.status,
        401,
        "its key signs nothing"
    );
    assert_eq!(commands(&server), 0);
}

#[tokio::test]
async fn answering_is_off_unless_said_and_only_where_somebody_could() {
    let server = Server::start().await;
    let register = |body: Value| server.call("POST", "/v1/webhooks", "ward_administrator", body);
    let mut body = json!({"label": "W", "url": "https://a.example/"});
    assert_eq!(register(body.clone()).await.status, 201);
    assert_eq!(server.last_command()["command"]["actions"], false);
    body["actions"] = true.into();
    assert_eq!(register(body).await.status, 201);
    assert_eq!(server.last_command()["command"]["actions"], true);
    let pager = json!({"label": "P", "format": "pagerduty", "secret": "k", "actions": true});
    let refused = register(pager).await.json();
    assert_eq!(refused["errors"][0]["pointer"], "#/actions");
    let asymmetric = json!({"label": "W", "url": "https://a.example/", "signature": "v1a",
        "actions": true});
    let refused = register(asymmetric).await.json();
    assert_eq!(refused["errors"][0]["pointer"], "#/actions");
}
