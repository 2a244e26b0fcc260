//! Wards, patients, devices, assignments as read.

use super::harness::Server;
use super::readings::patient;
use super::world::NOW;
use crate::domain::{
    Administration, AdministrationKind, DeviceId, DeviceNumber, MeasuredTime, NadirDays,
    PatientLimit, PatientNumber, Pause, Regimen, Spo2Scale, Vital, WardId,
};
use crate::registry::{Assignment, AssignmentId, Device, Ward};
use serde_json::json;

fn device(number: u32) -> Device {
    Device {
        number: DeviceNumber(number),
        id: DeviceId::new(&format!("watch-{number}")).expect("valid"),
        model: String::from("Example"),
        firmware: String::from("1.0"),
    }
}

async fn server_with_patients() -> Server {
    let server = Server::start().await;
    {
        let mut data = server.world.data();
        data.wards.push(Ward {
            time_zone: None,
            id: WardId::new("oncology").expect("valid"),
            label: String::from("Oncology at home"),
        });
        data.patients = vec![
            patient(1, "p-001"),
            patient(2, "p-002"),
            patient(3, "p-003"),
        ];
        data.devices = (1..=3).map(device).collect();
        data.assignments.push(Assignment {
            id: AssignmentId(7),
            device: DeviceNumber(2),
            patient: PatientNumber(1),
            start: MeasuredTime::from_epoch_ms(NOW.epoch_ms()),
            end: None,
            author: String::from("ward_administrator"),
        });
        let context = &mut data.patients[0].context;
        context.spo2_scale = Some(Spo2Scale::Two);
        context.pauses.push(Pause {
            start: NOW,
            end: NOW.plus_ms(3_600_000),
            reason: String::from("scan"),
        });
        context.limits.push(PatientLimit {
            rule: String::from("fever_on_treatment.raise_at"),
            vital: Some(Vital::BodyTemperature),
            value: 37.8,
            author: String::from("ward_administrator"),
            reason: String::from("on steroids"),
            expires: NOW.plus_ms(86_400_000),
        });
    }
    server
}

#[tokio::test]
async fn a_patient_is_shown_with_all_that_detectors_know() {
    let server = server_with_patients().await;
    let reply = server.get("/v1/patients/p-001", "viewer").await;
    insta::assert_compact_json_snapshot!(reply.json(), @r#"
    {
      "administrations": [],
      "expected": [
        {
          "every_seconds": 3600,
          "vital": "oxygen_saturation"
        }
      ],
      "id": "p-001",
      "label": "Bed 1",
      "limits": [
        {
          "author": "ward_administrator",
          "expires": "2026-03-05T09:16:02Z",
          "reason": "on steroids",
          "rule": "fever_on_treatment.raise_at",
          "value": 37.8,
          "vital": "body_temperature"
        }
      ],
      "monitored": false,
      "monitoring": [
        {
          "start": "2026-03-03T09:16:02Z"
        }
      ],
      "neutropenia": [],
      "oxygen": null,
      "pauses": [
        {
          "end": "2026-03-04T10:16:02Z",
          "reason": "scan",
          "start": "2026-03-04T09:16:02Z"
        }
      ],
      "post_infusion": [],
      "spo2_scale": 2,
      "time_zone": "Europe/London",
      "treatment": [],
      "ward": "oncology"
    }
    "#);
    let limits = server
        .get("/v1/patients/p-001/limits", "viewer")
        .await
        .json();
    assert_eq!(limits["items"], reply.json()["limits"]);
    assert_eq!(server.reads(), ["viewer: read patient p-001"]);
    assert_eq!(
        server.get("/v1/patients/p-009", "viewer").await.problem(),
        "/problems/not-found"
    );
    let none = server.get("/v1/patients/p-009/limits", "viewer").await;
    assert_eq!(none.problem(), "/problems/not-found");
}

#[tokio::test]
async fn a_patient_is_shown_with_what_was_given() {
    let server = server_with_patients().await;
    let given = Administration {
        given_at: NOW.plus_ms(-86_400_000),
        cycle: 2,
        regimen: Some(Regimen("CHOP".to_owned())),
        kind: AdministrationKind::CarT,
        nadir_days: Some(NadirDays { first: 5, last: 9 }),
        post_infusion_hours: Some(48),
    };
    server.world.data().patients[1].context.administrations = vec![given];
    let reply = server.get("/v1/patients/p-002", "viewer").await.json();
    let expected = json!([{
        "given_at": "2026-03-03T09:16:02Z", "cycle": 2, "kind": "car_t", "regimen": "CHOP",
        "nadir_days": {"first": 5, "last": 9}, "post_infusion_hours": 48,
    }]);
    assert_eq!(reply["administrations"], expected);
}

#[tokio::test]
async fn wards_and_devices_are_listed() {
    let server = server_with_patients().await;
    let wards = server.get("/v1/wards", "viewer").await;
    insta::assert_compact_json_snapshot!(wards.json(), @r#"{"items": [{"id": "oncology", "label": "Oncology at home"}]}"#);
    let device = server.get("/v1/devices/watch-2", "viewer").await;
    insta::assert_compact_json_snapshot!(device.json(), @r#"{"firmware": "1.0", "id": "watch-2", "model": "Example"}"#);
    assert_eq!(
        server.get("/v1/devices/none", "viewer").await.problem(),
        "/problems/not-found"
    );
}

#[tokio::test]
async fn lists_of_patients_and_devices_follow_their_cursors() {
    let server = server_with_patients().await;
    for (path, all) in [
        (
            "/v1/patients?ward=oncology&limit=2",
            ["p-001", "p-002", "p-003"],
        ),
        ("/v1/devices?limit=2", ["watch-1", "watch-2", "watch-3"]),
    ] {
        let first = server.get(path, "viewer").await.json();
        let uri = format!("{path}&cursor={}", first["next"].as_str().expect("more"));
        let second = server.get(&uri, "viewer").await.json();
        assert!(second.get("next").is_none());
        let pages = [first["items"].as_array(), second["items"].as_array()];
        let items = pages.into_iter().flatten().flatten();
        let ids: Vec<&str> = items.filter_map(|item| item["id"].as_str()).collect();
        assert_eq!(ids, all);
    }
    assert_eq!(server.reads(), ["viewer: list patients oncology"]);
    let other = server.get("/v1/patients?ward=other", "viewer").await.json();
    assert_eq!(other, json!({"items": []}));
}

#[tokio::test]
async fn assignments_are_asked_for_by_patient_or_by_device() {
    let server = server_with_patients().await;
    let by_patient = server
        .get("/v1/assignments?patient=p-001", "viewer")
        .await
        .json();
    insta::assert_compact_json_snapshot!(by_patient, @r#"
    {
      "items": [
        {
          "author": "ward_administrator",
          "device": "watch-2",
          "end": null,
          "id": 7,
          "patient": "p-001",
          "start": "2026-03-04T09:16:02Z"
        }
      ]
    }
    "#);
    let by_device = server
        .get("/v1/assignments?device=watch-2", "viewer")
        .await
        .json();
    assert_eq!(by_device, by_patient);
    for query in ["", "?patient=p-001&device=watch-2"] {
        let reply = server
            .get(&format!("/v1/assignments{query}"), "viewer")
            .await;
        assert_eq!(reply.problem(), "/problems/invalid-parameter");
    }
    let unknown = server.get("/v1/assignments?device=none", "viewer").await;
    assert_eq!(unknown.problem(), "/problems/not-found");
}
