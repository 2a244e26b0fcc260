//! The pages of a moment that has passed.

use super::handover::{ago, standing, stands, text as moment};
use super::harness::{Reply, Server, access_of};
use super::on_alert::{self, document, event};
use super::readings::{patient, point};
use super::reports::ward;
use crate::domain::{ClinicalTime, Vital, WardId};
use crate::registry::{Command, Role, WardScope};
use crate::store::OrderView;
use serde_json::json;
use std::sync::Arc;

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.bytes.to_vec()).expect("UTF-8")
}

/// The path of a page of so many minutes ago.
fn then(path: &str, minutes: i64) -> String {
    let sign = if path.contains('?') { '&' } else { '?' };
    format!("{path}{sign}at={}", moment(ago(minutes)))
}

/// One patient with a value of long ago, one that came late, and an alert.
async fn server() -> Server {
    let server = Server::start().await;
    {
        let mut data = server.world.data();
        data.known_since = Some(ago(60 * 24 * 30));
        data.wards = vec![ward("haematology"), ward("oncology")];
        data.patients = vec![patient(1, "p-001")];
        let late = point(Vital::HeartRate, 3_000, 120.0);
        data.points = vec![
            point(Vital::HeartRate, 4_000, 71.0),
            crate::store::PointView {
                arrived: ago(10),
                ..late
            },
        ];
    }
    stands(&server, &standing("alr_1", "news2", json!({})), None);
    server
}

fn order(server: &Server, minutes: i64, document: &serde_json::Value) {
    let id = server.world.data().patients[0].id.clone();
    let view = OrderView {
        at: ago(minutes),
        document: document.to_string(),
    };
    server.world.data().orders.push((id, view));
}

/// As the audit holds it.
fn put(label: &str, ward: &str) -> serde_json::Value {
    let command: Command = serde_json::from_value(json!({ "command": "put_patient",
        "id": "p-001", "label": label, "ward": ward }))
    .expect("a command");
    serde_json::to_value(command).expect("JSON")
}

#[tokio::test]
async fn a_value_that_came_later_is_not_on_the_page_of_the_moment() {
    let server = server().await;
    for path in ["/", "/?view=rows", "/patients/p-001"] {
        let before = text(&server.get(&then(path, 20), "viewer").await);
        assert!(
            before.contains(">71</span>") && !before.contains(">120</span>"),
            "{before}"
        );
        assert!(
            before.contains("46 min ago"),
            "its age is that of then: {before}"
        );
        let after = text(&server.get(&then(path, 10), "viewer").await);
        assert!(after.contains(">120</span>"), "{after}");
    }
    let path = format!("/v1/patients/p-001/latest?known_at={}", moment(ago(20)));
    let answer = server.get(&path, "viewer").await.json();
    assert_eq!(answer["items"][0]["value"], 71.0);
    assert_eq!(answer["now"], moment(ago(20)));
    let path = path.replace("latest", "scores");
    let answer = server.get(&path, "viewer").await.json();
    assert_eq!(answer["news2"]["parts"][4]["value"], 71.0);
}

#[tokio::test]
async fn a_page_of_the_past_cannot_be_taken_for_one_of_now_and_answers_nothing() {
    let server = server().await;
    server.world.data().alerts = vec![(on_alert::view(&document("open")), "open", "medium")];
    server.world.data().events = vec![event(1, "alert.raised", document("open"))];
    for path in ["/", "/?view=rows", "/patients/p-001", on_alert::PATH] {
        let page = text(&server.get(&then(path, 10), "viewer").await);
        for words in [
            "<body class=\"wl-past\">",
            "role=\"status\"><span aria-hidden=\"true\">◀◀ </span><strong>The past: what was known at 4 Mar 2026, 09:06:02 GMT",
            "Back to now</a>",
            "1 hour earlier</a>",
            "Wardlight knows of nothing before",
        ] {
            assert!(page.contains(words), "{path} {words}: {page}");
        }
        let posts = page.matches("method=\"post\"").count();
        assert_eq!(
            posts,
            page.matches("action=\"/sign-out\"").count(),
            "{path}"
        );
        assert!(
            !page.contains("ward.js") && !page.contains("chart.js"),
            "{path}"
        );
        assert!(!page.contains("1 hour later"), "it would lie in the future");
    }
    let read = format!("viewer: read patient p-001 as known at {}", moment(ago(10)));
    assert!(server.reads().contains(&read), "{:?}", server.reads());
    let read = format!("viewer: read board * as known at {}", moment(ago(10)));
    assert!(server.reads().contains(&read), "{:?}", server.reads());
    let now = text(&server.get("/", "viewer").await);
    assert!(!now.contains("wl-past") && now.contains("ward.js"), "{now}");
}

#[tokio::test]
async fn the_future_and_what_lies_before_everything_are_refused_in_words() {
    let server = server().await;
    let far = 60 * 24 * 40;
    for (path, words) in [
        (then("/", -1), "lies in the future"),
        (
            then("/", far),
            "lies before the oldest data that are kept. Data are kept since",
        ),
        (
            "/?at=soon".to_owned(),
            "The moment is not a day with a time",
        ),
        (then("/patients/p-001", far), "lies before the oldest data"),
    ] {
        let reply = server.get(&path, "viewer").await;
        assert_eq!(reply.status, 400, "{path}");
        let page = text(&reply);
        assert!(page.contains(words), "{path}: {page}");
    }
    // Retention ends what is kept, whatever was known once.
    server.world.data().known_since = Some(ago(60 * 24 * 1_000));
    let refused = server.get(&then("/", 60 * 24 * 401), "viewer").await;
    assert_eq!(refused.status, 400);
    let page = text(&server.get(&then("/", 60 * 24 * 399), "viewer").await);
    assert!(page.contains("is no longer kept"), "{page}");
    let path = format!("/v1/patients/p-001/latest?known_at={}", moment(ago(-1)));
    assert_eq!(server.get(&path, "viewer").await.status, 400);
}

#[tokio::test]
async fn an_hour_that_comes_twice_is_asked_for_by_the_first_and_the_second_is_offered() {
    let server = server().await;
    let autumn = ClinicalTime::from_epoch_ms(1_761_438_600_000); // 26 Oct 2025, 00:30 UTC
    server.world.data().known_since = Some(autumn.plus_ms(-86_400_000));
    let page = text(
        &server
            .get("/?at=2025-10-26T01:30&view=rows", "viewer")
            .await,
    );
    for words in [
        "what was known at 26 Oct 2025, 01:30:00 BST",
        "The clock shows this time twice in that night. Meant is 26 Oct 2025, 01:30:00 BST",
        "<a href=\"?view=rows&#38;at=2025-10-26T01%3A30%3A00Z\">26 Oct 2025, 01:30:00 GMT</a>",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let page = text(&server.get("/?at=2025-10-26T01:30:00Z", "viewer").await);
    assert!(
        page.contains("what was known at 26 Oct 2025, 01:30:00 GMT"),
        "{page}"
    );
}

#[tokio::test]
async fn who_was_on_the_ward_then_stands_there_under_the_label_of_then() {
    let server = server().await;
    order(&server, 90, &put("<b>Old</b> label", "haematology"));
    order(&server, 30, &put("New label", "oncology"));
    let page = |path: String| {
        let server = &server;
        async move { text(&server.get(&path, "viewer").await) }
    };
    let before = page(then("/?ward=haematology", 40)).await;
    assert!(
        before.contains("&#60;b&#62;Old&#60;/b&#62; label"),
        "{before}"
    );
    let moved = page(then("/?ward=haematology", 30)).await;
    assert!(!moved.contains("patient-p-001"), "{moved}");
    let there = page(then("/?ward=oncology", 30)).await;
    assert!(there.contains("New label"), "{there}");
    let nobody = page(then("/", 91)).await;
    assert!(!nobody.contains("patient-p-001"), "{nobody}");
    let none = server.get(&then("/patients/p-001", 91), "viewer").await;
    assert_eq!(none.status, 404);
    let mut access = (*access_of(&[("viewer", Role::Viewer)])).clone();
    for token in access.tokens.values_mut() {
        token.wards = WardScope::Only([WardId::new("haematology").expect("valid")].into());
    }
    server.access.send_replace(Arc::new(access));
    let own = page(then("/", 40)).await;
    assert!(own.contains("label</h3>"), "shown without a link: {own}");
    assert!(
        !own.contains("/patients/p-001") && !own.contains("/alerts/"),
        "{own}"
    );
    let moved = page(then("/", 20)).await;
    assert!(!moved.contains("p-001"), "{moved}");
}

#[tokio::test]
async fn an_alert_stands_as_it_stood_and_what_came_later_is_not_told() {
    let server = server().await;
    let mut later = document("resolved");
    later["at"] = json!(moment(ago(5)));
    later["author"] = json!("Nurse Joy");
    {
        let mut data = server.world.data();
        data.alerts = vec![(on_alert::view(&document("resolved")), "resolved", "medium")];
        data.events = vec![
            event(1, "alert.raised", document("open")),
            event(2, "alert.resolved", later),
        ];
    }
    let page = text(&server.get(&then(on_alert::PATH, 6), "viewer").await);
    assert!(page.contains("Nobody has acknowledged it"), "{page}");
    assert!(
        !page.contains("Nurse Joy") && !page.contains("What you can do"),
        "{page}"
    );
    let page = text(&server.get(&then(on_alert::PATH, 5), "viewer").await);
    assert!(page.contains("Resolved by Nurse Joy"), "{page}");
    let none = server.get(&then(on_alert::PATH, 60), "viewer").await;
    assert_eq!(none.status, 404);
}
