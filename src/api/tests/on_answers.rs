//! The forms of an alert's page: what is offered to whom, and what becomes of it.

use super::harness::{Reply, Server, request};
use super::on_alert::{AT, PATH, document, event, holds, page, server, text, view};
use super::world::NOW;
use crate::registry::CommandError;
use http_body_util::Full;
use serde_json::{Value, json};

async fn send(server: &Server, token: &str, form: &str, headers: &[(&str, &str)]) -> Reply {
    let request =
        request("POST", PATH, token).header("content-type", "application/x-www-form-urlencoded");
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    let body = Full::from(form.to_owned());
    server.send(request.body(body).expect("valid")).await
}

#[tokio::test]
async fn only_what_is_possible_is_offered_and_only_to_who_may_answer() {
    let offered = |page: &str| {
        let all = [
            "acknowledge",
            "snooze",
            "unsnooze",
            "resolve",
            "reopen",
            "assign",
            "comment",
        ];
        let has = |one: &&str| page.contains(&format!("name=\"answer\" value=\"{one}\""));
        all.into_iter().filter(has).collect::<Vec<_>>()
    };
    let server = server("open").await;
    let put = |change: &dyn Fn(&mut Value)| {
        let mut document = document("open");
        change(&mut document);
        server.world.data().alerts[0].0 = view(&document);
    };
    let open = page(&server, "nurse").await;
    assert_eq!(
        offered(&open),
        ["acknowledge", "snooze", "resolve", "assign", "comment"]
    );
    holds(&open, &["at most 2 h", "value=\"30\"", "value=\"60\""]);
    assert!(
        !open.contains("value=\"240\""),
        "longer than its priority allows"
    );
    let viewed = page(&server, "viewer").await;
    assert!(
        !viewed.contains("<form method=\"post\" action=\"/alerts"),
        "{viewed}"
    );
    holds(&viewed, &["can read this alert and not answer it"]);
    put(&|alert| {
        alert["handling"] = "acknowledged".into();
        alert["condition"] = "ended".into();
        alert["snoozed"] = json!({ "until": AT, "by": "Zoe", "at": AT, "reason": "<u>scan" });
    });
    let page_then = page(&server, "nurse").await;
    assert_eq!(
        offered(&page_then),
        ["unsnooze", "resolve", "assign", "comment"]
    );
    holds(
        &page_then,
        &["Quiet until 4 Mar 09:00 GMT, by Zoe", "&#60;u&#62;scan"],
    );
    put(&|alert| alert["handling"] = "resolved".into());
    assert_eq!(
        offered(&page(&server, "nurse").await),
        ["reopen", "comment"]
    );
}

#[tokio::test]
async fn forms_become_commands_in_the_callers_name_and_lead_back() {
    let server = server("open").await;
    let cases = [
        (
            "answer=acknowledge&comment=on+my+way",
            json!({"command": "acknowledge", "alert": "alr_1", "comment": "on my way"}),
        ),
        (
            "answer=acknowledge&comment=+",
            json!({"command": "acknowledge", "alert": "alr_1", "comment": null}),
        ),
        (
            "answer=snooze&for=30&reason=",
            json!({"command": "snooze", "alert": "alr_1", "reason": null, "until": NOW.epoch_ms() + 1_800_000}),
        ),
        (
            "answer=snooze&for=custom&until=2026-03-04T10%3A00&reason=scan",
            json!({"command": "snooze", "alert": "alr_1", "reason": "scan", "until": 1_772_618_400_000_i64}),
        ),
        (
            "answer=unsnooze&comment=",
            json!({"command": "unsnooze", "alert": "alr_1", "comment": null}),
        ),
        (
            "answer=resolve&outcome=one%0D%0Atwo&usefulness=not_useful",
            json!({"command": "resolve", "alert": "alr_1", "outcome": "one\ntwo", "usefulness": "not_useful"}),
        ),
        (
            "answer=resolve&outcome=seen",
            json!({"command": "resolve", "alert": "alr_1", "outcome": "seen", "usefulness": null}),
        ),
        (
            "answer=reopen&comment=back",
            json!({"command": "reopen", "alert": "alr_1", "comment": "back"}),
        ),
        (
            "answer=assign&to=team+east&comment=",
            json!({"command": "assign_alert", "alert": "alr_1", "to": "team east", "comment": null}),
        ),
        (
            "answer=comment&text=rang",
            json!({"command": "comment", "alert": "alr_1", "text": "rang"}),
        ),
    ];
    for (form, command) in cases {
        let reply = send(&server, "nurse", form, &[]).await;
        assert_eq!(reply.status, 303, "{form}");
        assert!(reply.header("location").starts_with("/alerts/alr_1?done="));
        assert_eq!(
            server.last_command(),
            json!({"author": "nurse", "command": command})
        );
    }
}

#[tokio::test]
async fn what_was_done_is_said_where_the_history_says_it_too() {
    let server = server("acknowledged").await;
    let done = "/alerts/alr_1?done=acknowledge";
    let words = "You have acknowledged this alert.";
    let before = text(&server.get(done, "nurse").await);
    assert!(
        !before.contains(words),
        "a link alone says nothing: {before}"
    );
    let by = json!({ "author": "nurse", "comment": "on my way" });
    server
        .world
        .data()
        .events
        .push(event(5, "alert.acknowledged", by));
    holds(
        &text(&server.get(done, "nurse").await),
        &[
            words,
            "Acknowledged by nurse, 4 Mar 09:00 GMT (16 min ago): “on my way”",
        ],
    );
    assert!(!text(&server.get(done, "doctor").await).contains(words));
}

#[tokio::test]
async fn a_refusal_says_why_and_keeps_what_was_typed() {
    let server = server("open").await;
    let wrong = [
        (
            "answer=resolve&outcome=+&usefulness=unsure",
            "say what was found or done",
        ),
        ("answer=snooze&reason=scan", "choose for how long"),
        (
            "answer=snooze&for=custom&until=soon&reason=scan",
            "give the day and the time",
        ),
        ("answer=assign&to=", "say who takes care of it"),
        ("answer=comment", "write a remark"),
        ("answer=dance", "no such form"),
        ("", "no such form"),
    ];
    for (form, words) in wrong {
        let reply = send(&server, "nurse", form, &[]).await;
        assert_eq!(reply.status, 422, "{form}");
        holds(&text(&reply), &["Nothing was changed", words]);
    }
    assert!(
        server
            .engine
            .lock()
            .expect("not poisoned")
            .commands
            .is_empty()
    );
    let problem = String::from("must lie after now and at most 120 minutes ahead");
    server.refuse(CommandError::Invalid {
        field: "until",
        problem,
    });
    let form = "answer=snooze&for=custom&until=2026-03-05T10%3A00&reason=%22%3Escan";
    let reply = send(&server, "nurse", form, &[]).await;
    assert_eq!(reply.status, 422);
    holds(
        &text(&reply),
        &[
            "Nothing was changed. Snooze: must lie after now and at most 120 minutes ahead.",
            "value=\"2026-03-05T10:00\"",
            "value=\"&#34;&#62;scan\"",
            "value=\"custom\" required checked",
        ],
    );
    let problem = String::from("the alert was already acknowledged by Zoe");
    server.refuse(CommandError::Conflict { problem });
    server.world.data().alerts[0].0 = view(&document("acknowledged"));
    let reply = send(&server, "nurse", "answer=acknowledge&comment=coming", &[]).await;
    assert_eq!(reply.status, 409);
    holds(
        &text(&reply),
        &["already acknowledged by Zoe", "You had written: “coming”"],
    );
}

#[tokio::test]
async fn strangers_viewers_and_other_sites_answer_nothing() {
    let server = server("open").await;
    let form = "answer=acknowledge";
    assert_eq!(
        send(&server, "", form, &[]).await.status,
        403,
        "asked to sign in"
    );
    for token in ["viewer", "auditor", "integrator"] {
        assert_eq!(send(&server, token, form, &[]).await.status, 403, "{token}");
    }
    for header in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let reply = send(&server, "nurse", form, &[header]).await;
        assert_eq!(reply.problem(), "/problems/forbidden");
    }
    assert!(
        server
            .engine
            .lock()
            .expect("not poisoned")
            .commands
            .is_empty()
    );
    for (token, status) in [("", 303), ("auditor", 403), ("integrator", 403)] {
        assert_eq!(server.get(PATH, token).await.status, status, "{token}");
    }
}
