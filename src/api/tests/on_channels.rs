//! The pages of the channels: measured health, and what can be done about it.

use super::by_ward::{FOREIGN, two_wards};
use super::channels::{SLACK, server_with};
use super::harness::Server;
use super::on_pages::{send_form, text};
use super::pages::delivery;
use super::world::NOW;
use crate::domain::{ChannelFormat, WallTime};
use crate::registry::CommandError;
use crate::store::ChannelMeasured;
use serde_json::json;

const WHO: &str = "ward_administrator";

/// A channel that fails since a minute, with two deliveries.
pub(super) async fn failing() -> Server {
    let server = server_with(ChannelFormat::Slack).await;
    {
        let mut data = server.world.data();
        data.endpoints[0].label = String::from("<b>Ward</b>");
        let wall = |ms: i64| Some(WallTime::from_epoch_ms(NOW.epoch_ms() + ms));
        data.measured = ChannelMeasured {
            took_ms: (1..=100).collect(),
            succeeded: 75,
            last_success: wall(-120_000),
            failing_since: wall(-60_000),
            last_error: Some(String::from("timeout")),
            waiting: 3,
            dead_letters: 2,
        };
        for number in [1, 3] {
            let mut one = delivery(number);
            one.endpoint = String::from("ward");
            one.last_error = Some(String::from("http_status"));
            data.deliveries.push(one);
        }
        data.deliveries[0].failed_because = Some(String::from("schedule_used_up"));
    }
    server
}

#[tokio::test]
async fn channels_are_shown_with_their_measured_health_and_no_secret() {
    let server = failing().await;
    for path in ["/channels", "/channels/ward"] {
        let page = text(&server.get(path, WHO).await);
        for part in [
            "&#60;b&#62;Ward&#60;/b&#62;",
            "nhsuk-tag--red\"><span aria-hidden=\"true\">▲</span> Failing",
            "75 % of the last 100",
            "51 ms; 96 ms",
            "4 Mar 09:14 GMT, 2 min ago",
            "failing since 4 Mar 09:15 GMT, 1 min ago; no answer in time",
        ] {
            assert!(page.contains(part), "{path} {part}: {page}");
        }
        for secret in ["verysecret", SLACK, "key-1", "<b>Ward"] {
            assert!(!page.contains(secret), "{path} {secret}: {page}");
        }
    }
}

#[tokio::test]
async fn a_channel_shows_its_last_deliveries_with_reasons_in_words() {
    let server = failing().await;
    let page = text(&server.get("/channels/ward", WHO).await);
    for part in [
        "https://hooks.slack.example/…",
        "<td>alert raised</td>",
        "<span aria-hidden=\"true\">◷</span> waiting",
        "<td class=\"wl-when\">4 Mar 09:16 GMT</td></tr>",
        "given up after all attempts; the receiver answered with an error; HTTP status 503",
        "Send again what failed (2)",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("Older deliveries"), "{page}");
    let older = text(&server.get("/channels/ward?before=3", WHO).await);
    assert!(!older.contains("waiting</td>"), "{older}");
}

#[tokio::test]
async fn buttons_become_commands_in_the_callers_name_and_come_back() {
    let server = failing().await;
    let span = json!({"from": NOW.epoch_ms(), "until": NOW.epoch_ms() + 1, "delivered_too": false});
    for (body, done, command) in [
        (
            "action=test",
            "test",
            json!({"command": "test_endpoint", "id": "ward"}),
        ),
        (
            "action=off&reason=+moved+",
            "off",
            json!({"command": "disable_endpoint", "id": "ward", "reason": "moved"}),
        ),
        (
            "action=on",
            "on",
            json!({"command": "disable_endpoint", "id": "ward", "reason": null}),
        ),
        (
            "action=replay",
            "replay",
            json!({"command": "replay_deliveries", "endpoint": "ward", "deliveries": [],
                "span": span}),
        ),
    ] {
        let reply = send_form(&server, "/channels/ward", WHO, body).await;
        let back = format!("/channels/ward?done={done}&count=2");
        assert_eq!(
            (reply.status, reply.header("location")),
            (303, back.as_str())
        );
        assert_eq!(
            server.last_command(),
            json!({"author": WHO, "command": command})
        );
    }
    let page = text(&server.get("/channels/ward?done=replay&count=2", WHO).await);
    assert!(page.contains("2 deliveries are sent again."), "{page}");
}

#[tokio::test]
async fn what_is_refused_is_said_on_the_page_with_what_was_typed() {
    let server = failing().await;
    let sent = || server.engine.lock().expect("not poisoned").commands.len();
    for (body, fault) in [
        (
            "action=off&reason=+",
            "must be 1 to 2000 printable characters",
        ),
        ("action=erase", "choose one of the buttons"),
    ] {
        let reply = send_form(&server, "/channels/ward", WHO, body).await;
        assert_eq!(reply.status, 422);
        let page = text(&reply);
        assert!(
            page.contains(fault) && page.contains("Switch off"),
            "{page}"
        );
    }
    assert_eq!(sent(), 0);
    server.refuse(CommandError::Conflict {
        problem: String::from("it is <busy>"),
    });
    let body = "action=off&reason=%22night";
    let reply = send_form(&server, "/channels/ward", WHO, body).await;
    assert_eq!(reply.status, 409);
    let page = text(&reply);
    assert!(page.contains("Not done: it is &#60;busy&#62;."), "{page}");
    assert!(page.contains("value=\"&#34;night\""), "{page}");
}

#[tokio::test]
async fn channels_are_of_the_own_wards_and_for_who_manages_them() {
    let server = two_wards().await;
    let page = text(&server.get("/channels", WHO).await);
    assert!(page.contains("/channels/end_1"), "{page}");
    for foreign in FOREIGN {
        assert!(!page.contains(foreign), "{foreign}: {page}");
    }
    assert_eq!(server.get("/channels/end_2", WHO).await.status, 404);
    let reply = send_form(&server, "/channels/end_2", WHO, "action=test").await;
    assert_eq!(reply.status, 404);
    let reply = send_form(&server, "/channels/end_1", "nurse", "action=test").await;
    assert_eq!(reply.status, 403);
    assert_eq!(server.get("/channels", "nurse").await.status, 403);
    assert_eq!(server.get("/channels/end_1", "").await.status, 303);
    assert!(
        server
            .engine
            .lock()
            .expect("not poisoned")
            .commands
            .is_empty()
    );
}

#[tokio::test]
async fn a_site_without_channels_is_told_that_nobody_is_told() {
    let server = Server::start().await;
    let page = text(&server.get("/channels", WHO).await);
    assert!(page.contains("nobody is told of an alert"), "{page}");
}
