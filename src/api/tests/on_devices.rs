//! The pages of the devices and of the quarantine.

use super::by_ward::two_wards;
use super::harness::Server;
use super::on_pages::{send_form, text};
use super::pages::quarantined;
use super::world::NOW;
use crate::domain::{DeviceId, MeasuredTime};
use crate::registry::CommandError;
use serde_json::json;

const WHO: &str = "ward_administrator";

#[tokio::test]
async fn devices_are_shown_with_who_of_the_own_wards_wears_them() {
    let server = two_wards().await;
    server.world.data().devices[0].model = String::from("<i>Watch</i>");
    let page = text(&server.get("/devices", WHO).await);
    for part in [
        "&#60;i&#62;Watch&#60;/i&#62;",
        "<a href=\"/patients/p-001\">Bed 1</a> p-001, since 4 Mar 09:16 GMT",
        "said by somebody",
        "<a href=\"/devices?device=watch-2\">watch-2</a>",
        "○ nobody of your wards",
        "<option value=\"p-001\">Bed 1</option>",
        "End for p-001",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(
        !page.contains("p-002") && !page.contains("<i>Watch"),
        "{page}"
    );
    let reads = server.reads();
    assert_eq!(
        reads,
        [
            "ward_administrator: list assignments *",
            "ward_administrator: list patients *"
        ]
    );
}

#[tokio::test]
async fn one_device_shows_everybody_who_wore_it_and_who_may_not_assign_has_no_form() {
    let server = two_wards().await;
    let ended = MeasuredTime::from_epoch_ms(NOW.epoch_ms());
    server.world.data().assignments[0].end = Some(ended);
    let all = text(&server.get("/devices", "nurse").await);
    assert!(!all.contains("p-001"), "{all}");
    let one = text(&server.get("/devices?device=watch-1", "nurse").await);
    assert!(
        one.contains("since 4 Mar 09:16 GMT until 4 Mar 09:16 GMT"),
        "{one}"
    );
    assert!(
        !one.contains("action=\"/devices\" id=\"assign\"") && !one.contains("Take off"),
        "{one}"
    );
    let none = text(&server.get("/devices?device=%3Cb%3E", "nurse").await);
    assert!(none.contains("There is no device of this id."), "{none}");
    // Who looks after devices and not after patients is shown no names.
    server.world.data().assignments[0].end = None;
    let page = text(&server.get("/devices", "integrator").await);
    assert!(
        page.contains("p-001, since") && !page.contains("Bed 1"),
        "{page}"
    );
}

#[tokio::test]
async fn assigning_and_taking_off_become_commands_in_the_callers_name() {
    let server = two_wards().await;
    let body = "action=assign&device=watch-9&patient=p-001&start=2026-03-04T08:00";
    let reply = send_form(&server, "/devices", WHO, body).await;
    let back = "/devices?device=watch-9&done=assigned&count=2";
    assert_eq!((reply.status, reply.header("location")), (303, back));
    let start = NOW.epoch_ms() - 76 * 60_000 - 2000;
    let command = json!({"command": "assign", "device": "watch-9", "patient": "p-001",
        "start": start, "end": null});
    assert_eq!(
        server.last_command(),
        json!({"author": WHO, "command": command})
    );
    let body = "action=end&device=watch-1&assignment=1&end=";
    let reply = send_form(&server, "/devices", WHO, body).await;
    assert_eq!(
        reply.header("location"),
        "/devices?device=watch-1&done=ended&count=2"
    );
    let command = json!({"command": "end_assignment", "assignment": 1, "end": NOW.epoch_ms()});
    assert_eq!(server.last_command()["command"], command);
    let page = text(&server.get("/devices?done=assigned&count=2", WHO).await);
    assert!(page.contains("2 readings that had come before"), "{page}");
}

#[tokio::test]
async fn what_cannot_be_assigned_is_refused_in_words_with_what_was_typed() {
    let server = two_wards().await;
    for (body, status, fault) in [
        (
            "action=assign&device=%3Cb%3E&patient=p-001",
            422,
            "Device: ",
        ),
        ("action=assign&device=w&patient=", 422, "Patient: "),
        (
            "action=assign&device=w&patient=p-001&start=soon",
            422,
            "a day and a time",
        ),
        (
            "action=assign&device=w&patient=p-002",
            404,
            "there is no patient of this id",
        ),
        (
            "action=assign&device=watch-2&patient=p-001",
            403,
            "a ward that is not yours",
        ),
        (
            "action=end&assignment=2",
            404,
            "there is no assignment of this id",
        ),
        (
            "action=end&assignment=x",
            404,
            "there is no assignment of this id",
        ),
    ] {
        let reply = send_form(&server, "/devices", WHO, body).await;
        assert_eq!(reply.status, status, "{body}");
        let page = text(&reply);
        assert!(
            page.contains(fault) && page.contains("Not done:"),
            "{body}: {page}"
        );
        assert!(!page.contains("<b>"), "{page}");
    }
    assert!(
        server
            .engine
            .lock()
            .expect("not poisoned")
            .commands
            .is_empty()
    );
    server.refuse(CommandError::NotFound { what: "patient" });
    let body = "action=assign&device=w%221&patient=p-001";
    let page = text(&send_form(&server, "/devices", WHO, body).await);
    assert!(
        page.contains("value=\"w&#34;1\"") && page.contains("value=\"p-001\""),
        "{page}"
    );
    let reply = send_form(&server, "/devices", "nurse", "action=end&assignment=1").await;
    assert_eq!(reply.status, 403);
    assert_eq!(server.get("/devices", "auditor").await.status, 403);
    assert_eq!(server.get("/devices", "").await.status, 303);
}

/// What of a watch that nobody knows, one more, and something without a device.
pub(super) async fn with_quarantine() -> Server {
    let server = Server::start().await;
    let named = |id: i64, reason: &str, device: Option<&str>| {
        let mut one = quarantined(id);
        one.reason = reason.to_owned();
        one.device = device.map(|id| DeviceId::new(id).expect("valid"));
        one.stamp = NOW.plus_ms((id - 10) * 60_000);
        one.topic = format!("v1/devices/{id}/<u>vitals</u>");
        one
    };
    server.world.data().quarantine = vec![
        named(1, "unknown_device", Some("watch-7")),
        named(2, "unknown_device", Some("watch-7")),
        named(3, "malformed", Some("watch-1")),
        named(4, "wrong_topic", None),
    ];
    server
}

#[tokio::test]
async fn the_quarantine_shows_the_newest_first_with_the_reason_in_words() {
    let server = with_quarantine().await;
    let page = text(&server.get("/quarantine", WHO).await);
    for part in [
        "The topic is not one of Wardlight&#39;s",
        "Not JSON, or not of its format",
        "The device is not known. <a href=\"/quarantine?device=watch-7#assign\">Say who wears it",
        "4 Mar 2026, 09:10:02 GMT<br><span class=\"wl-quiet\">6 min ago",
        "&#60;u&#62;vitals",
        "href=\"/v1/quarantine/4/payload\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(
        !page.contains("<u>") && !page.contains("id=\"assign\""),
        "{page}"
    );
    let newest = page.find("09:10:02").expect("shown");
    assert!(newest < page.find("09:07:02").expect("shown"), "{page}");
    let plain = text(&server.get("/quarantine", "nurse").await);
    assert!(!plain.contains("/payload"), "{plain}");
}

#[tokio::test]
async fn an_unknown_device_is_assigned_from_the_oldest_that_lies_here() {
    let server = with_quarantine().await;
    let page = text(&server.get("/quarantine?device=watch-7", WHO).await);
    for part in [
        "id=\"assign\"",
        "name=\"device\" value=\"watch-7\" required",
        "name=\"start\" type=\"datetime-local\" value=\"2026-03-04T09:07\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("Not JSON"), "{page}");
    let plain = text(&server.get("/quarantine?device=watch-7", "nurse").await);
    assert!(!plain.contains("id=\"assign\""), "{plain}");
    let known = text(&server.get("/quarantine?device=watch-1", WHO).await);
    assert!(!known.contains("id=\"assign\""), "{known}");
    let none = text(&server.get("/quarantine?device=watch-8", WHO).await);
    assert!(none.contains("Nothing lies here of this device."), "{none}");
    let wrong = server.get("/quarantine?device=%3Cb%3E", WHO).await;
    assert_eq!(wrong.status, 404);
}

#[tokio::test]
async fn what_lies_in_quarantine_of_other_wards_is_not_shown() {
    let server = two_wards().await;
    let page = text(&server.get("/quarantine", WHO).await);
    assert!(
        page.contains("watch-1") && !page.contains("watch-2"),
        "{page}"
    );
    assert_eq!(server.get("/quarantine", "auditor").await.status, 403);
    assert_eq!(server.get("/quarantine", "").await.status, 303);
}
