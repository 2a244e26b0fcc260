//! Notes on patients: through the API and on the pages.

use super::by_ward::two_wards;
use super::harness::{Reply, Server, request};
use super::on_pages::text;
use super::readings::patient;
use super::reports::ward;
use super::world::NOW;
use crate::domain::PatientNumber;
use crate::registry::{CommandError, Note, NoteId, Withdrawal};
use http_body_util::Full;
use serde_json::json;

const PATH: &str = "/patients/p-001";
const API: &str = "/v1/patients/p-001/notes";

pub(super) fn note(id: u64, patient: u32, minutes_ago: i64, text: &str) -> Note {
    Note {
        id: NoteId(id),
        patient: PatientNumber(patient),
        at: NOW.plus_ms(-minutes_ago * 60_000),
        author: "Ann <Lee>".to_owned(),
        text: text.to_owned(),
        withdrawn: None,
    }
}

async fn server() -> Server {
    let server = Server::start().await;
    {
        let mut data = server.world.data();
        data.wards = vec![ward("oncology")];
        data.patients = vec![patient(1, "p-001"), patient(2, "p-002")];
        let mut wrong = note(1, 1, 90, "<script>alert(1)</script>\nsecond line");
        wrong.withdrawn = Some(Withdrawal {
            at: NOW.plus_ms(-60_000),
            author: "Bob".to_owned(),
            reason: "<i>wrong bed".to_owned(),
        });
        data.notes = vec![
            wrong,
            note(2, 2, 60, "of another"),
            note(3, 1, 30, "asleep"),
        ];
    }
    server
}

/// Sends the form as a browser does.
async fn send(server: &Server, token: &str, form: &str) -> Reply {
    let request = request("POST", PATH, token)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", "http://test")
        .body(Full::from(form.to_owned()));
    server.send(request.expect("valid")).await
}

#[tokio::test]
async fn notes_are_listed_newest_first_with_who_withdrew_them() {
    let server = server().await;
    let shown = server.get(&format!("{API}?limit=1"), "viewer").await.json();
    assert_eq!(shown["items"][0]["text"], "asleep");
    let next = shown["next"].as_str().expect("another page");
    let more = server
        .get(&format!("{API}?limit=1&cursor={next}"), "viewer")
        .await;
    insta::assert_compact_json_snapshot!(more.json(), @r#"
    {
      "items": [
        {
          "at": "2026-03-04T07:46:02Z",
          "author": "Ann <Lee>",
          "id": 1,
          "text": "<script>alert(1)</script>\nsecond line",
          "withdrawn": {
            "at": "2026-03-04T09:15:02Z",
            "author": "Bob",
            "reason": "<i>wrong bed"
          }
        }
      ]
    }
    "#);
    let span = "from=2026-03-04T08:40:00Z&until=2026-03-04T09:00:00Z";
    let some = server.get(&format!("{API}?{span}"), "viewer").await.json();
    assert_eq!(some["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(server.reads(), ["viewer: read notes p-001"]);
}

#[tokio::test]
async fn a_note_is_written_and_withdrawn_in_the_callers_name() {
    let server = server().await;
    let written = server
        .call("POST", API, "nurse", json!({ "text": " pale \n" }))
        .await;
    assert_eq!(
        (written.status, written.json()["id"].clone()),
        (200, json!("made-1"))
    );
    insta::assert_compact_json_snapshot!(server.last_command(), @r#"{"author": "nurse", "command": {"command": "write_note", "patient": "p-001", "text": "pale"}}"#);
    let path = format!("{API}/withdraw");
    let body = json!({ "note": 3, "reason": "wrong bed" });
    assert_eq!(server.call("POST", &path, "doctor", body).await.status, 200);
    insta::assert_compact_json_snapshot!(server.last_command(), @r#"{"author": "doctor", "command": {"command": "withdraw_note", "note": 3, "patient": "p-001", "reason": "wrong bed"}}"#);
    for (path, body) in [
        (API, json!({ "text": " " })),
        (API, json!({ "text": "a\u{7}" })),
        (API, json!({ "text": "a".repeat(2_001) })),
        (path.as_str(), json!({ "note": 3, "reason": "" })),
        (path.as_str(), json!({ "note": "x", "reason": "y" })),
    ] {
        let refused = server.call("POST", path, "nurse", body).await;
        assert_eq!(refused.problem(), "/problems/validation");
    }
}

#[tokio::test]
async fn notes_are_for_those_who_care_for_the_patient() {
    let server = two_wards().await;
    for (method, path, token, status) in [
        ("GET", API, "viewer", 200),
        ("GET", API, "auditor", 403),
        ("GET", "/v1/patients/p-002/notes", "nurse", 404),
        ("POST", API, "nurse", 200),
        ("POST", API, "doctor", 200),
        ("POST", API, "ward_administrator", 200),
        ("POST", API, "viewer", 403),
        ("POST", API, "integrator", 403),
        ("POST", API, "auditor", 403),
        ("POST", "/v1/patients/p-002/notes", "nurse", 404),
    ] {
        let reply = server
            .call(method, path, token, json!({ "text": "well" }))
            .await;
        let reply = if method == "GET" {
            server.get(path, token).await
        } else {
            reply
        };
        assert_eq!(reply.status, status, "{method} {path} {token}");
    }
    assert_eq!(
        send(&server, "viewer", "form=note&text=well").await.status,
        403
    );
    let page = text(&server.get(PATH, "viewer").await);
    assert!(!page.contains("name=\"form\" value=\"note\""), "{page}");
}

#[tokio::test]
async fn the_page_shows_notes_as_text_and_what_was_withdrawn_struck_through() {
    let server = server().await;
    let page = text(&server.get(PATH, "nurse").await);
    for part in [
        "<strong>Ann &#60;Lee&#62;</strong>",
        "<p class=\"wl-text\">asleep</p>",
        "<s>&#60;script&#62;alert(1)&#60;/script&#62;\nsecond line</s>",
        "Withdrawn by Bob, 4 Mar 09:15 GMT: &#60;i&#62;wrong bed",
        "Write the note",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(
        !page.contains("of another") && !page.contains("<script>alert"),
        "{page}"
    );
    assert_eq!(
        page.matches("value=\"withdraw\"").count(),
        1,
        "once is enough"
    );
    {
        let mut data = server.world.data();
        data.notes = (1..=51)
            .map(|id| note(id, 1, 60 - id as i64, "well"))
            .collect();
    }
    let page = text(&server.get(PATH, "nurse").await);
    assert!(
        page.contains("The newest 50; there are older ones."),
        "{page}"
    );
    server.world.data().notes.clear();
    let page = text(&server.get(PATH, "nurse").await);
    assert!(page.contains("Nobody has written a note."), "{page}");
}

#[tokio::test]
async fn a_form_writes_a_note_and_leads_back_to_the_page() {
    let server = server().await;
    let reply = send(&server, "nurse", "form=note&text=one%0D%0Atwo").await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (303, "/patients/p-001?done=note#notes")
    );
    assert_eq!(server.last_command()["command"]["text"], "one\ntwo");
    let told = text(&server.get(&format!("{PATH}?done=note"), "nurse").await);
    assert!(
        !told.contains("Your note stands below"),
        "the newest is somebody else's"
    );
    server.world.data().notes.push(Note {
        author: "nurse".to_owned(),
        ..note(9, 1, 0, "mine")
    });
    let told = text(&server.get(&format!("{PATH}?done=note"), "nurse").await);
    assert!(told.contains("Your note stands below"), "{told}");
    let reply = send(&server, "nurse", "form=withdraw&note=3&reason=wrong+bed").await;
    assert_eq!(reply.status, 303);
    let command = &server.last_command()["command"];
    assert_eq!(
        (&command["note"], &command["reason"]),
        (&json!(3), &json!("wrong bed"))
    );
}

#[tokio::test]
async fn what_was_not_taken_is_said_and_kept_in_the_form() {
    let server = server().await;
    let long = format!("form=note&text=%3Cb%3E{}", "a".repeat(2_000));
    let reply = send(&server, "nurse", &long).await;
    let (status, page) = (reply.status, text(&reply));
    assert_eq!(status, 422);
    assert!(
        page.contains("must be 1 to 2000 printable characters"),
        "{page}"
    );
    assert!(
        page.contains(&format!("&#60;b&#62;{}</textarea>", "a".repeat(2_000))),
        "{page}"
    );
    let problem = "the note is withdrawn already".to_owned();
    server.refuse(CommandError::Conflict { problem });
    let reply = send(&server, "nurse", "form=withdraw&note=1&reason=again").await;
    assert_eq!(reply.status, 409);
    assert!(text(&reply).contains("the note is withdrawn already"));
    for form in ["form=erase", "form=withdraw&note=x&reason=y", ""] {
        assert_eq!(send(&server, "nurse", form).await.status, 422, "{form}");
    }
}

#[tokio::test]
async fn the_handover_tells_the_notes_of_the_last_twelve_hours() {
    let server = server().await;
    {
        let mut data = server.world.data();
        data.notes
            .insert(0, note(0, 1, 13 * 60, "of the shift before"));
    }
    let page = text(&server.get("/handover?ward=oncology", "nurse").await);
    for part in [
        "Notes of the last 12 hours (2)",
        "asleep",
        "of another",
        "Ann &#60;Lee&#62;",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for part in ["of the shift before", "second line", "<script>alert"] {
        assert!(!page.contains(part), "{part}: {page}");
    }
    let report = server
        .get("/v1/reports/handover?ward=oncology", "nurse")
        .await
        .json();
    assert_eq!(
        report["notes"].as_array().map(Vec::len),
        Some(2),
        "{report}"
    );
    // As it was known then: the first was not withdrawn yet, the last not written.
    let then = "/v1/reports/handover?ward=oncology&at=2026-03-04T08:40:00Z";
    let report = server.get(then, "nurse").await.json();
    let texts: Vec<_> = report["notes"].as_array().expect("a list").iter().collect();
    assert_eq!(texts.len(), 2, "{report}");
    let table = "/v1/reports/handover?ward=oncology&format=csv";
    let table = text_of(&server.get(table, "nurse").await);
    assert!(table.contains("asleep"), "{table}");
}

fn text_of(reply: &Reply) -> String {
    String::from_utf8(reply.bytes.to_vec()).expect("UTF-8")
}
