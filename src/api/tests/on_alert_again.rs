//! The page of an alert judged again, and the same over the API.

use super::on_alert::{holds, server, text};
use serde_json::{Value, json};

const PAGE: &str = "/alerts/alr_1/explanation";

fn explanation(verdict: &str, problems: Value) -> Value {
    json!({
        "alert": "alr_1", "verdict": verdict, "version": "9", "journal_row": 77,
        "decided_at": "2026-03-04T09:00:00.000Z", "decided_from": "a message of the watch",
        "decision": {
            "kind": "fever_on_treatment", "priority": "high",
            "evidence": {
                "rule": "fever_on_treatment", "rule_version": 3, "summary": "38.6 <b>now</b>",
                "values": [{ "vital": "body_temperature", "value": 38.6, "limit": 38.0,
                    "age_ms": 120_000, "measured": 1_772_614_800_000_i64 }],
                "missing": [], "figures": [],
            },
        },
        "problems": problems, "notes": ["12 stored readings are those that were judged"],
    })
}

#[tokio::test]
async fn an_alert_judged_again_says_from_what_and_whether_it_is_the_same() {
    let server = server("open").await;
    server.world.data().explanation = explanation("confirmed", json!([]));
    let page = text(&server.get(PAGE, "nurse").await);
    holds(
        &page,
        &[
            "✓</span> Judged again, it comes out the same",
            "class=\"wl-done\"",
            "4 Mar 09:00 GMT (16 min ago), from a message of the watch",
            "38.6 &#60;b&#62;now",
            "version 9, journal row 77",
            "<strong>38.6 °C</strong>",
            "12 stored readings are those that were judged",
            "does not show that the alert was clinically right",
        ],
    );
    assert_eq!(server.reads(), ["nurse: read alert alr_1"]);
}

#[tokio::test]
async fn what_differs_and_what_cannot_be_judged_is_said() {
    let server = server("open").await;
    let problems = json!(["the stored event is not what was decided: evidence"]);
    server.world.data().explanation = explanation("mismatch", problems);
    let page = text(&server.get(PAGE, "viewer").await);
    holds(
        &page,
        &[
            "class=\"wl-fault\"",
            "▲</span> What is stored is not what was judged.",
            "<li lang=\"en-GB\">The stored event is not what was decided: evidence</li>",
        ],
    );
    let cannot =
        json!({ "alert": "alr_1", "verdict": "cannot", "problems": ["the capsule is damaged"] });
    server.world.data().explanation = cannot;
    let page = text(&server.get(PAGE, "viewer").await);
    holds(
        &page,
        &["It cannot be judged again.", "The capsule is damaged"],
    );
    assert!(!page.contains("What it was judged from"), "{page}");
}

#[tokio::test]
async fn the_api_gives_the_same_with_its_times_in_words() {
    let server = server("open").await;
    server.world.data().explanation = explanation("confirmed", json!([]));
    let reply = server.get("/v1/alerts/alr_1/explanation", "viewer").await;
    let body: Value = serde_json::from_slice(&reply.bytes).expect("JSON");
    assert_eq!(body["verdict"], "confirmed");
    let measured = &body["decision"]["evidence"]["values"][0]["measured"];
    assert_eq!(measured, "2026-03-04T09:00:00Z");
    let unknown = server.get("/v1/alerts/alr_9/explanation", "viewer").await;
    assert_eq!(unknown.status, 404);
}
