//! Changes of the registry become commands; what is wrong is named.

use super::harness::Server;
use serde_json::{Value, json};

async fn commands(cases: Vec<(&str, &str, Value, u16)>) -> Vec<Value> {
    let server = Server::start().await;
    let mut commands = Vec::new();
    for (method, uri, body, status) in cases {
        let reply = server.call(method, uri, "ward_administrator", body).await;
        assert_eq!(reply.status, status, "{method} {uri}");
        commands.push(server.last_command()["command"].clone());
    }
    commands
}

#[tokio::test]
async fn changes_of_patients_become_commands() {
    let patient = json!({"label": "Bed 4", "ward": "oncology", "time_zone": "Europe/London",
        "spo2_scale": 2, "oxygen": false,
        "treatment": [{"start": "2026-03-01T00:00:00Z"}],
        "neutropenia": [{"start": "2026-03-07T00:00:00Z", "end": "2026-03-12T00:00:00Z"}],
        "expected": [{"vital": "heart_rate", "every_seconds": 5}]});
    let limit = json!({"rule": "fever_on_treatment.raise_at", "vital": "body_temperature",
        "value": 37.8, "reason": "steroids", "expires": "2026-03-05T00:00:00Z"});
    let pause = json!({"end": "2026-03-04T12:00:00Z", "reason": "scan"});
    let commands = commands(vec![
        (
            "PUT",
            "/v1/wards/oncology",
            json!({"label": "Oncology"}),
            200,
        ),
        ("PUT", "/v1/patients/p-4", patient, 200),
        ("PUT", "/v1/patients/p-4", json!({"oxygen": true}), 200),
        ("POST", "/v1/patients/p-4/monitoring/start", json!({}), 200),
        ("POST", "/v1/patients/p-4/monitoring/pause", pause, 200),
        (
            "POST",
            "/v1/patients/p-4/monitoring/discharge",
            json!({"end": 1_772_620_000_000_i64}),
            200,
        ),
        ("POST", "/v1/patients/p-4/limits", limit, 200),
    ]);
    insta::assert_json_snapshot!(commands.await, @r#"
    [
      {
        "command": "put_ward",
        "id": "oncology",
        "label": "Oncology"
      },
      {
        "administrations": null,
        "command": "put_patient",
        "expected": [
          {
            "every_seconds": 5,
            "vital": "heart_rate"
          }
        ],
        "id": "p-4",
        "label": "Bed 4",
        "neutropenia": [
          {
            "end": 1773273600000,
            "start": 1772841600000
          }
        ],
        "oxygen": false,
        "post_infusion": null,
        "spo2_scale": "two",
        "team": null,
        "time_zone": "Europe/London",
        "treatment": [
          {
            "end": null,
            "start": 1772323200000
          }
        ],
        "ward": "oncology"
      },
      {
        "administrations": null,
        "command": "put_patient",
        "expected": null,
        "id": "p-4",
        "label": null,
        "neutropenia": null,
        "oxygen": true,
        "post_infusion": null,
        "spo2_scale": null,
        "team": null,
        "time_zone": null,
        "treatment": null,
        "ward": null
      },
      {
        "command": "start_monitoring",
        "patient": "p-4",
        "start": 1772615762000
      },
      {
        "command": "pause_monitoring",
        "patient": "p-4",
        "pause": {
          "end": 1772625600000,
          "reason": "scan",
          "start": 1772615762000
        }
      },
      {
        "command": "discharge",
        "end": 1772620000000,
        "patient": "p-4"
      },
      {
        "command": "set_limit",
        "limit": {
          "author": "ward_administrator",
          "expires": 1772668800000,
          "reason": "steroids",
          "rule": "fever_on_treatment.raise_at",
          "value": 37.8,
          "vital": "body_temperature"
        },
        "patient": "p-4"
      }
    ]
    "#);
}

#[tokio::test]
async fn what_was_given_becomes_a_command() {
    let given = json!({"administrations": [
        {"given_at": "2026-03-01T09:00:00Z", "cycle": 1, "kind": "systemic_anticancer",
            "regimen": "CHOP", "nadir_days": {"first": 8, "last": 12}},
        {"given_at": "2026-03-02T09:00:00Z", "cycle": 500, "kind": "bispecific",
            "post_infusion_hours": 0},
        {"given_at": "2026-03-03T09:00:00Z", "cycle": 1, "kind": "car_t",
            "post_infusion_hours": 2160, "nadir_days": {"first": 1, "last": 60}}]});
    let commands = commands(vec![("PUT", "/v1/patients/p-4", given, 200)]).await;
    insta::assert_compact_json_snapshot!(commands[0]["administrations"], @r#"
    [
      {
        "cycle": 1,
        "given_at": 1772355600000,
        "kind": "systemic_anticancer",
        "nadir_days": {
          "first": 8,
          "last": 12
        },
        "post_infusion_hours": null,
        "regimen": "CHOP"
      },
      {
        "cycle": 500,
        "given_at": 1772442000000,
        "kind": "bispecific",
        "nadir_days": null,
        "post_infusion_hours": 0,
        "regimen": null
      },
      {
        "cycle": 1,
        "given_at": 1772528400000,
        "kind": "car_t",
        "nadir_days": {
          "first": 1,
          "last": 60
        },
        "post_infusion_hours": 2160,
        "regimen": null
      }
    ]
    "#);
}

#[tokio::test]
async fn changes_of_devices_become_commands() {
    let assign = json!({"device": "w-1", "patient": "p-4", "start": "2026-03-04T08:00:00Z"});
    let commands = commands(vec![
        ("PUT", "/v1/devices/w-1", json!({"model": "Example"}), 200),
        ("POST", "/v1/assignments", assign, 201),
        (
            "POST",
            "/v1/assignments",
            json!({"device": "w-1", "patient": "p-4"}),
            201,
        ),
        ("POST", "/v1/assignments/7/end", json!({}), 200),
    ]);
    insta::assert_compact_json_snapshot!(commands.await, @r#"
    [
      {
        "command": "put_device",
        "id": "w-1",
        "model": "Example"
      },
      {
        "command": "assign",
        "device": "w-1",
        "end": null,
        "patient": "p-4",
        "start": 1772611200000
      },
      {
        "command": "assign",
        "device": "w-1",
        "end": null,
        "patient": "p-4",
        "start": 1772615762000
      },
      {
        "assignment": 7,
        "command": "end_assignment",
        "end": 1772615762000
      }
    ]
    "#);
}

/// Each body is refused with these pointers, and nothing is changed.
async fn refused<const N: usize>(cases: [(&str, &str, Value, Vec<&str>); N]) {
    let server = Server::start().await;
    for (method, uri, body, pointers) in cases {
        let reply = server.call(method, uri, "ward_administrator", body).await;
        assert_eq!(reply.problem(), "/problems/validation");
        let document = reply.json();
        let errors = document["errors"].as_array().expect("errors");
        let named: Vec<&str> = errors
            .iter()
            .filter_map(|e| e["pointer"].as_str())
            .collect();
        assert_eq!(named, pointers, "{uri}");
    }
    assert!(server.engine.lock().expect("ok").commands.is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_a_change_is_named_all_at_once() {
    refused([
        (
            "PUT",
            "/v1/patients/p",
            json!({"label": "", "ward": "a b", "time_zone": "Mars/Base", "spo2_scale": 3,
                "treatment": [{"start": 5, "end": 5}],
                "post_infusion": [{"start": 5, "end": 4}],
                "expected": [{"vital": "pulse", "every_seconds": 0},
                    {"vital": "worn", "every_seconds": 1}, {"vital": "worn", "every_seconds": 1}]}),
            vec![
                "#/label",
                "#/ward",
                "#/time_zone",
                "#/spo2_scale",
                "#/treatment/0/end",
                "#/post_infusion/0/end",
                "#/expected/0/every_seconds",
                "#/expected/0/vital",
                "#/expected/2/vital",
            ],
        ),
        (
            "POST",
            "/v1/patients/p/monitoring/pause",
            json!({"end": 0, "reason": ""}),
            vec!["#/reason", "#/end"],
        ),
        (
            "POST",
            "/v1/patients/p/limits",
            json!({"rule": "", "vital": "x", "value": 1, "reason": "\u{7}", "expires": 0}),
            vec!["#/rule", "#/reason", "#/vital", "#/expires"],
        ),
        (
            "POST",
            "/v1/assignments",
            json!({"device": "w/1", "patient": "p"}),
            vec!["#/device"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_an_administration_is_named_all_at_once() {
    refused([
        (
            "PUT",
            "/v1/patients/p",
            json!({"administrations": [
                {"given_at": 5, "cycle": 0, "kind": "chemo", "regimen": "a\u{7}"},
                {"given_at": 5, "cycle": 1, "kind": "car_t", "nadir_days": {"first": 0, "last": 2}},
                {"given_at": 5, "cycle": 501, "kind": "car_t", "regimen": "x".repeat(61),
                    "nadir_days": {"first": 9, "last": 8}, "post_infusion_hours": 2161}]}),
            vec![
                "#/administrations/0/kind",
                "#/administrations/0/cycle",
                "#/administrations/0/regimen",
                "#/administrations/1/nadir_days",
                "#/administrations/2/cycle",
                "#/administrations/2/regimen",
                "#/administrations/2/nadir_days",
                "#/administrations/2/post_infusion_hours",
            ],
        ),
        (
            "PUT",
            "/v1/patients/p",
            json!({"administrations":
                vec![json!({"given_at": 5, "cycle": 1, "kind": "car_t"}); 101]}),
            vec!["#/administrations"],
        ),
    ])
    .await;
}
