//! The pages of the handover and the alarm burden.

use super::by_ward::{FOREIGN, two_wards};
use super::handover::{ago, server, standing, stands, text as moment};
use super::on_pages::text;
use super::readings::point;
use super::reports::two_days;
use super::world::NOW;
use crate::domain::{PatientNumber, Pause, Vital};
use crate::store::StandingView;
use serde_json::json;

const MARKUP: &str = "<script>alert(1)</script>";

#[tokio::test]
async fn the_handover_says_what_stands_open_and_in_whose_hands_the_rest_is() {
    let server = server().await;
    stands(&server, &standing("alr_1", "news2", json!({})), None);
    let seen = json!({ "type": "alert.acknowledged", "at": moment(ago(30)),
        "author": "Nurse Joy", "handling": "acknowledged", "priority": "high" });
    let seen = standing("alr_2", "fever_on_treatment", seen);
    stands(&server, &seen, Some(&seen));
    let until = moment(NOW.plus_ms(600_000));
    let quiet = json!({ "snoozed": { "until": until, "by": "Nurse Joy", "at": moment(ago(5)),
        "reason": MARKUP }, "vital": "heart_rate" });
    stands(&server, &standing("alr_3", "silent", quiet), None);
    for seconds in [3600, 7200] {
        let worn = point(Vital::Worn, seconds, 1.0);
        server.world.data().points.push(worn);
    }
    let page = text(&server.get("/handover?ward=oncology", "nurse").await);
    for part in [
        "As it stood at 4 Mar 2026, 09:16:02 GMT",
        "Patients on the ward: 1; monitored 1, paused 0",
        "Open: nobody has answered (1)",
        "<td class=\"wl-long\">nobody has answered</td>",
        "NEWS2 is at least at its threshold",
        "Snoozed (1)",
        "snoozed until 4 Mar 09:26 GMT by Nurse Joy: &#60;script&#62;",
        "Acknowledged, not resolved (1)",
        "acknowledged by Nurse Joy, 30 min ago",
        "<span aria-hidden=\"true\">▲</span> high",
        "Silent: watches and vitals that are not heard (1)",
        "Heart rate no longer arrives",
        "<a href=\"/patients/p-001\">Bed 1</a>",
        "for 1 h 35 min",
        "0.5 of 12.0 h",
        "the watch says so",
        "/v1/reports/handover?ward=oncology&#38;at=2026-03-04T09%3A16%3A02Z&#38;format=csv",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("<script>alert"), "{page}");
    assert_eq!(server.reads(), ["nurse: read handover oncology"]);
}

#[tokio::test]
async fn the_handover_of_a_ward_at_peace_says_so_and_names_who_is_not_heard() {
    let server = server().await;
    let page = text(&server.get("/handover", "nurse").await);
    assert!(page.contains("Handover: all wards"), "{page}");
    for part in [
        "Open: nobody has answered (0)</h2>\n<p>None.</p>",
        "Nothing heard in 24 hours (1)",
        "not known, of 24.0 h",
        "nothing came",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let pause = Pause {
        start: ago(10),
        end: NOW.plus_ms(3_600_000),
        reason: String::from("a scan"),
    };
    server.world.data().patients[0].context.pauses.push(pause);
    let page = text(&server.get("/handover", "nurse").await);
    assert!(page.contains("not watched until 4 Mar 10:16 GMT"), "{page}");
}

#[tokio::test]
async fn a_moment_is_taken_in_the_pages_zone_and_must_have_passed() {
    let server = server().await;
    let page = text(&server.get("/handover?at=2026-03-04T08%3A00", "nurse").await);
    assert!(
        page.contains("As it stood at 4 Mar 2026, 08:00:00 GMT"),
        "{page}"
    );
    assert!(page.contains("value=\"2026-03-04T08:00\""), "{page}");
    for (at, fault) in [
        ("2026-03-04T09%3A17", "This moment is still to come"),
        ("%3Cb%3Enow", "This is no moment"),
    ] {
        let page = text(&server.get(&format!("/handover?at={at}"), "nurse").await);
        assert!(page.contains(fault) && !page.contains("Wear ("), "{page}");
        assert!(!page.contains("<b>now"), "{page}");
    }
}

#[tokio::test]
async fn the_handover_is_of_the_own_wards_and_for_who_sees_patients() {
    let server = two_wards().await;
    for number in [1, 2] {
        let newest = standing(&format!("alr_{number}"), "news2", json!({}));
        let view = StandingView {
            newest: newest.to_string(),
            acknowledged: None,
            closed: None,
        };
        let standing = (PatientNumber(number), ago(90), view);
        server.world.data().standing.push(standing);
    }
    let page = text(&server.get("/handover", "nurse").await);
    assert!(
        page.contains("Handover: oncology") && page.contains("alr_1"),
        "{page}"
    );
    for foreign in FOREIGN {
        assert!(!page.contains(foreign), "{foreign}: {page}");
    }
    let other = server.get("/handover?ward=haematology", "nurse").await;
    assert_eq!(other.status, 400);
    assert_eq!(server.get("/handover", "auditor").await.status, 403);
    assert_eq!(server.get("/handover", "").await.status, 303);
}

#[tokio::test]
async fn the_burden_shows_each_share_with_its_count_and_of_what() {
    let server = two_days().await;
    let reply = server
        .get("/burden?from=2025-10-25&until=2025-10-26", "viewer")
        .await;
    let page = text(&reply);
    for part in [
        "25 Oct 00:00 BST to 27 Oct 00:00 GMT",
        "3, for 5.1 patient-days",
        "6; a patient-day: 1.18",
        "2 of 3 (67 %) monitored",
        "3 of 5 (60 %) whose target has passed or was met (high 10 min, medium 60 min, low 480 min)",
        "half within 10, nine of ten within 90; of 4 answered",
        "1 of 3 (33 %) judged",
        "1: over before they became known, told to nobody",
        "Fever or low temperature on cancer treatment, high, a",
        "<th scope=\"row\">medium</th><td>4</td>",
        "<th scope=\"row\">ada</th><td>3</td>",
        "format=csv",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert_eq!(server.reads(), ["viewer: read alarm burden *"]);
    let ward = "/burden?ward=b&from=2025-10-25&until=2025-10-26";
    let page = text(&server.get(ward, "viewer").await);
    assert!(
        page.contains("Alarm burden: b") && !page.contains(", high, a"),
        "{page}"
    );
}

#[tokio::test]
async fn a_span_that_cannot_be_is_refused_in_words() {
    let server = two_days().await;
    for (days, fault) in [
        (
            "from=2026-03-04&until=2026-03-01",
            "must not lie after the last",
        ),
        ("from=2026-03-05&until=2026-03-06", "nor in the future"),
        ("from=2025-01-01&until=2026-01-01", "92 days at most"),
        ("from=%3Cb%3E&until=2026-01-01", "These are no days"),
    ] {
        let page = text(&server.get(&format!("/burden?{days}"), "viewer").await);
        assert!(
            page.contains(fault) && !page.contains("<b>"),
            "{fault}: {page}"
        );
    }
    let page = text(&server.get("/burden", "viewer").await);
    assert!(
        page.contains("26 Feb 00:00 GMT to 4 Mar 09:16 GMT"),
        "{page}"
    );
    assert!(page.contains("0 of 0"), "nothing was raised: {page}");
    assert_eq!(server.get("/burden", "integrator").await.status, 403);
}
