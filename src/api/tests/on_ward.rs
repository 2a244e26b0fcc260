//! The ward's page, and what tells it of changes.

use super::harness::{Reply, Server, access_of, request};
use super::readings::{patient, point};
use super::reports::ward;
use super::world::NOW;
use crate::domain::{AlertId, PatientId, PatientNumber, TeamId, Vital, WardId};
use crate::engine::Outcome;
use crate::registry::{Role, WardScope};
use crate::store::{AlertEventView, AlertView};
use http_body_util::{BodyExt, Full};
use serde_json::json;
use std::sync::Arc;

fn text(reply: &Reply) -> String {
    assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
    String::from_utf8(reply.bytes.to_vec()).expect("UTF-8")
}

fn alert(number: u32, of: &str, document: serde_json::Value) -> AlertView {
    AlertView {
        id: AlertId::new(&format!("alr_{number}")).expect("valid"),
        patient: PatientId::new(of).expect("valid"),
        newest_event: u64::from(number),
        document: document.to_string(),
    }
}

/// Three patients: one well, one with a watch that is silent, one with a fever.
pub(super) async fn server_with_ward() -> Server {
    let server = Server::start().await;
    {
        let mut data = server.world.data();
        data.wards = vec![ward("haematology"), ward("oncology")];
        data.patients = vec![
            patient(1, "p-001"),
            patient(2, "p-002"),
            patient(3, "p-003"),
        ];
        data.patients[0].team = Some(TeamId::new("blue").expect("valid"));
        data.patients[2].label = "<b>Zoe</b>".to_owned();
        data.patients[2].ward = WardId::new("haematology").expect("valid");
        let raised = NOW.epoch_ms() - 180_000;
        let silent = json!({"kind": "device_silent", "priority": "medium", "handling": "open",
            "raised_at": raised});
        data.alerts
            .push((alert(2, "p-002", silent), "open", "medium"));
        let fever = json!({"kind": "fever_on_treatment", "priority": "high",
            "handling": "acknowledged", "raised_at": raised});
        data.alerts
            .push((alert(3, "p-003", fever), "acknowledged", "high"));
        data.points = vec![
            point(Vital::HeartRate, 60, 72.0),
            point(Vital::BodyTemperature, 3600, 36.84),
        ];
    }
    server
}

fn places(page: &str, words: &[&str]) -> Vec<usize> {
    let find = |word: &&str| page.find(*word).unwrap_or_else(|| panic!("{word}: {page}"));
    words.iter().map(find).collect()
}

#[tokio::test]
async fn who_needs_help_most_comes_first_and_text_stays_text() {
    let server = server_with_ward().await;
    let page = text(&server.get("/", "viewer").await);
    let order = places(&page, &["patient-p-003", "patient-p-002", "patient-p-001"]);
    assert!(order.is_sorted(), "{page}");
    assert!(
        page.contains("&#60;b&#62;Zoe") && !page.contains("<b>Zoe"),
        "{page}"
    );
    for words in [
        "<strong>high</strong>: Fever",
        "acknowledged, <time",
        "cannot measure</strong>: Watch sends nothing",
        "3 min ago",
        "3 patients: 1 with a high alert",
        "1 alert that nobody acknowledged",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(server.reads(), ["viewer: read board *"]);
}

#[tokio::test]
async fn a_value_stands_with_its_age_and_an_old_one_says_so() {
    let server = server_with_ward().await;
    let page = text(&server.get("/tiles?ids=p-001", "viewer").await);
    let flat = page.replace('\n', "");
    assert!(
        flat.contains(">72</span> <span class=\"wl-unit\">/min"),
        "{page}"
    );
    assert!(flat.contains(">1 min ago</time>"), "{page}");
    let old = places(&page, &["class=\"wl-old\"", "Temperature", "was ", "36.8"]);
    assert!(old.is_sorted(), "{page}");
    assert!(
        page.contains("never received"),
        "oxygen should come: {page}"
    );
}

#[tokio::test]
async fn one_looks_by_ward_by_team_and_by_state() {
    let server = server_with_ward().await;
    for (query, ids) in [
        ("ward=oncology", vec!["p-001", "p-002"]),
        ("team=blue", vec!["p-001"]),
        ("state=alert", vec!["p-003"]),
        ("state=cannot", vec!["p-002"]),
        ("state=unanswered", vec!["p-002"]),
        ("ward=oncology&state=alert", vec![]),
    ] {
        let page = text(&server.get(&format!("/?{query}"), "viewer").await);
        for id in ["p-001", "p-002", "p-003"] {
            let is_shown = page.contains(&format!("id=\"patient-{id}\""));
            assert_eq!(is_shown, ids.contains(&id), "{query} {id}");
        }
        assert_eq!(page.contains("Nobody fits."), ids.is_empty(), "{query}");
    }
}

#[tokio::test]
async fn another_ward_is_neither_on_the_page_nor_among_the_tiles() {
    let server = server_with_ward().await;
    let mut access = (*access_of(&[("viewer", Role::Viewer)])).clone();
    for token in access.tokens.values_mut() {
        token.wards = WardScope::Only([WardId::new("oncology").expect("valid")].into());
    }
    server.access.send_replace(Arc::new(access));
    let page = text(&server.get("/", "viewer").await);
    assert!(page.contains("p-001") && !page.contains("p-003"), "{page}");
    assert!(!page.contains("haematology"), "{page}");
    let tiles = text(&server.get("/tiles?ids=p-001,p-003", "viewer").await);
    assert!(
        tiles.contains("p-001") && !tiles.contains("p-003"),
        "{tiles}"
    );
}

#[tokio::test]
async fn what_of_the_service_does_not_work_is_said_on_the_ward() {
    let server = server_with_ward().await;
    let working = text(&server.get("/", "viewer").await);
    assert!(!working.contains("Not everything works"));
    server.world.data().health = Some(crate::api::ComponentHealth {
        name: "channels",
        state: crate::api::HealthState::Degraded,
        reason: Some("a channel takes nothing".to_owned()),
    });
    let page = text(&server.get("/", "viewer").await);
    assert!(
        page.contains("Not everything works: a channel takes nothing"),
        "{page}"
    );
}

/// What an open page hears.
pub(super) struct Line {
    stream: hyper::body::Incoming,
    pub(super) heard: String,
}

impl Line {
    pub(super) async fn open(server: &Server, path: &str) -> Self {
        let asked = request("GET", path, "viewer").body(Full::default());
        let answer = server.open(asked.expect("valid")).await;
        assert_eq!(answer.status(), 200, "{path}");
        Self {
            stream: answer.into_body(),
            heard: String::new(),
        }
    }

    pub(super) async fn until(&mut self, wanted: &str) {
        while !self.heard.contains(wanted) {
            let frame = self.stream.frame().await.expect("open").expect("whole");
            self.heard += &String::from_utf8_lossy(frame.data_ref().expect("data"));
        }
    }

    /// All that was heard, once it has ended.
    async fn rest(mut self) -> String {
        while let Some(frame) = self.stream.frame().await {
            let frame = frame.expect("whole");
            self.heard += &String::from_utf8_lossy(frame.data_ref().expect("data"));
        }
        self.heard
    }
}

#[tokio::test]
async fn the_stream_tells_of_whom_something_was_stored_and_of_alerts() {
    let server = server_with_ward().await;
    server.world.data().journal = vec![(1, PatientNumber(2))];
    let mut access = (*access_of(&[("viewer", Role::Viewer)])).clone();
    for token in access.tokens.values_mut() {
        token.wards = WardScope::Only([WardId::new("oncology").expect("valid")].into());
    }
    server.access.send_replace(Arc::new(access));
    let mut line = Line::open(&server, "/live").await;
    line.until("event: ready").await;
    let more = [
        (2, PatientNumber(1)),
        (3, PatientNumber(3)),
        (4, PatientNumber(1)),
    ];
    server.world.data().journal.extend(more);
    let newest = 4;
    server
        .outcomes
        .send(Outcome::Journal { newest })
        .expect("heard");
    line.until("event: changed\ndata: [\"p-001\"]").await;
    server
        .outcomes
        .send(Outcome::AlertEvents { newest })
        .expect("heard");
    line.until("event: alert").await;
    server.access.send_replace(access_of(&[]));
    let heard = line.rest().await;
    assert!(
        !heard.contains("p-003") && !heard.contains("p-002"),
        "{heard}"
    );
}

#[tokio::test]
async fn a_page_about_one_patient_hears_of_nobody_else() {
    let server = server_with_ward().await;
    for (path, status) in [("/live?patient=p-777", 404), ("/live?patient=%3Cb%3E", 404)] {
        assert_eq!(server.get(path, "viewer").await.status, status, "{path}");
    }
    let mut line = Line::open(&server, "/live?patient=p-001").await;
    line.until("event: ready").await;
    let mut seq = 0;
    let mut alert_of = |patient: &str| {
        seq += 1;
        server.world.data().events.push(AlertEventView {
            seq,
            event_type: "alert.raised".to_owned(),
            ward: WardId::new("oncology").expect("valid"),
            document: json!({ "patient": patient }).to_string(),
        });
        let outcome = Outcome::AlertEvents { newest: seq };
        server.outcomes.send(outcome).expect("heard");
    };
    alert_of("p-002");
    let both = [(1, PatientNumber(2)), (2, PatientNumber(1))];
    server.world.data().journal.extend(both);
    let outcome = Outcome::Journal { newest: 2 };
    server.outcomes.send(outcome).expect("heard");
    line.until("event: changed\ndata: [\"p-001\"]").await;
    assert!(!line.heard.contains("event: alert"), "{}", line.heard);
    alert_of("p-001");
    line.until("event: alert").await;
    assert!(!line.heard.contains("p-002"), "{}", line.heard);
}

#[tokio::test]
async fn a_range_is_called_usual_only_where_it_was_learnt_from_this_patient() {
    let server = server_with_ward().await;
    for (source, is_shown) in [
        ("personal", true),
        ("blended", false),
        ("population", false),
    ] {
        let baseline = json!({"vital": "heart_rate", "level": 60.0, "spread": 3.0,
            "source": source});
        server.world.data().scores = Some(json!({"baselines": [baseline]}));
        let page = text(&server.get("/tiles?ids=p-001", "viewer").await);
        assert_eq!(page.contains("not usual: 54 to 66"), is_shown, "{source}");
    }
}

#[tokio::test]
async fn the_ward_in_rows_holds_what_the_tiles_hold_and_is_asked_for_row_by_row() {
    let server = server_with_ward().await;
    let page = text(&server.get("/?ward=oncology&view=rows", "viewer").await);
    let flat = page.replace('\n', "");
    for words in [
        "<tbody id=\"tiles\"><tr class=\"wl-row wl-cannot",
        "id=\"patient-p-002\" data-label=",
        "cannot measure</strong>: Watch sends nothing",
        "<th scope=\"col\">Blood pressure <span class=\"wl-under\">mmHg</span></th>",
        "data-name=\"Heart rate\" data-at=",
        "data-name=\"Temperature\" class=\"wl-old\" data-at=",
        "<span class=\"wl-was\">was </span><span class=\"wl-value\">36.8",
        "href=\"?ward=oncology&#38;view=tiles\">tiles",
        "<input type=\"hidden\" name=\"view\" value=\"rows\">",
    ] {
        assert!(flat.contains(words), "{words}: {page}");
    }
    let all = text(&server.get("/?view=rows", "viewer").await);
    assert!(all.contains("&#60;b&#62;Zoe") && !all.contains("<b>Zoe"));
    let rows = text(&server.get("/tiles?ids=p-001&view=rows", "viewer").await);
    let begins = "<table><tbody id=\"tiles\"><tr class=\"wl-row";
    assert!(rows.starts_with(begins), "{rows}");
    let tiles = text(&server.get("/tiles?ids=p-001&view=tiles", "viewer").await);
    assert!(
        tiles.starts_with("<ul id=\"tiles\"><li class=\"wl-tile"),
        "{tiles}"
    );
}

#[tokio::test]
async fn of_more_patients_than_a_page_holds_those_in_most_need_are_on_it_and_all_are_counted() {
    let server = server_with_ward().await;
    {
        let mut data = server.world.data();
        for number in 10..1_200 {
            data.patients
                .push(patient(number, &format!("a-{number:05}")));
        }
        let late = &mut data.patients[1_100];
        late.team = Some(TeamId::new("red").expect("valid"));
        let id = late.id.as_str().to_owned();
        let raised = json!({"kind": "news2", "priority": "low", "handling": "open",
            "raised_at": NOW.epoch_ms()});
        data.alerts.push((alert(9, &id, raised), "open", "low"));
    }
    let page = text(&server.get("/", "viewer").await);
    assert_eq!(page.matches("<li class=\"wl-tile").count(), 500);
    let order = places(
        &page,
        &[
            "patient-p-003",
            "patient-a-01107",
            "patient-p-002",
            "patient-a-00010",
        ],
    );
    assert!(order.is_sorted(), "{order:?}");
    for words in [
        "1193 patients: 1 with a high alert, 2 with any about the body, 1 who cannot be measured",
        "2 alerts that nobody acknowledged",
        "Of 1193 patients these are the 500 in most need, by their alerts. The others have no alert",
        "<option value=\"red\"",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let team = text(&server.get("/?team=red", "viewer").await);
    assert!(team.contains("patient-a-01107") && team.contains("1 patient:"));
    assert!(!team.contains("in most need"), "nobody is left out");
}
