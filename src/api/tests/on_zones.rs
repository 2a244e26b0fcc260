//! Times of pages about one ward, in that ward's zone.

use super::harness::{Reply, Server};
use super::on_alert::{self, document, event};
use super::readings::patient;
use super::reports::ward;
use crate::registry::{Command, Ward};
use serde_json::json;

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.bytes.to_vec()).expect("UTF-8")
}

async fn server() -> Server {
    let server = Server::start().await;
    {
        let mut data = server.world.data();
        data.known_since = Some(super::handover::ago(60));
        data.wards = vec![
            ward("haematology"),
            Ward {
                time_zone: Some("Asia/Tokyo".to_owned()),
                ..ward("oncology")
            },
        ];
        data.patients = vec![patient(1, "p-001")];
        data.alerts = vec![(on_alert::view(&document("open")), "open", "medium")];
        data.events = vec![event(1, "alert.raised", json!({}))];
    }
    server
}

#[tokio::test]
async fn pages_about_one_wards_patients_show_its_time_and_the_others_the_general_one() {
    let server = server().await;
    let at = "at=2026-03-04T09:10:00Z";
    for (path, time) in [
        ("/?ward=oncology".to_owned(), "18:16:02 JST"),
        ("/?ward=haematology".to_owned(), "09:16:02 GMT"),
        ("/".to_owned(), "09:16:02 GMT"),
        ("/patients/p-001".to_owned(), "18:16:02 JST"),
        ("/alerts/alr_1".to_owned(), "18:16:02 JST"),
        ("/handover?ward=oncology".to_owned(), "18:16"),
        (format!("/?ward=oncology&{at}"), "18:10:00 JST"),
        (format!("/?{at}"), "09:10:00 GMT"),
        (format!("/patients/p-001?{at}"), "18:10:00 JST"),
        (format!("/alerts/alr_1?{at}"), "18:10:00 JST"),
        (
            "/?ward=oncology&at=2026-03-04T18:10".to_owned(),
            "18:10:00 JST",
        ),
    ] {
        let page = text(&server.get(&path, "viewer").await);
        assert!(page.contains(time), "{path}: {page}");
    }
    let live = text(&server.get("/?ward=oncology", "viewer").await);
    assert!(
        live.contains("data-zone=\"Asia/Tokyo\""),
        "the script's clock, too"
    );
}

#[tokio::test]
async fn a_wards_zone_is_an_iana_name_or_none() {
    let server = server().await;
    let body = json!({ "label": "Oncology", "time_zone": "Europe/Londn" });
    let refused = server.call("PUT", "/v1/wards/oncology", "ward_administrator", body);
    let refused = refused.await;
    assert_eq!(refused.status, 422);
    assert!(text(&refused).contains("IANA time zone"));
    let listed = server.get("/v1/wards", "viewer").await.json();
    assert_eq!(listed["items"][1]["time_zone"], "Asia/Tokyo");
    assert_eq!(listed["items"][0].get("time_zone"), None);
}

#[test]
fn what_was_stored_of_a_ward_before_it_could_have_a_zone_still_opens() {
    let ward: Ward =
        serde_json::from_value(json!({ "id": "oncology", "label": "Oncology" })).expect("a ward");
    assert_eq!(ward.time_zone, None);
    let command = json!({ "command": "put_ward", "id": "oncology", "label": "Oncology" });
    let command: Command = serde_json::from_value(command).expect("a command");
    assert!(matches!(
        command,
        Command::PutWard {
            time_zone: None,
            ..
        }
    ));
}
