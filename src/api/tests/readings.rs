//! Readings, newest values, scores, board.

use super::harness::Server;
use super::world::NOW;
use crate::domain::{
    DeviceId, DeviceNumber, ExpectedVital, MeasuredTime, PatientContext, PatientId, PatientNumber,
    Period, Quality, QualityReason, Vital, WardId,
};
use crate::registry::{Device, Patient};
use crate::store::PointView;
use serde_json::json;

pub(super) fn point(vital: Vital, seconds_ago: i64, value: f64) -> PointView {
    let at = NOW.plus_ms(-seconds_ago * 1000);
    PointView {
        vital,
        at: MeasuredTime::from_epoch_ms(at.epoch_ms()),
        arrived: at.plus_ms(250),
        value,
        quality: Quality::Good,
        device: DeviceNumber(1),
    }
}

pub(super) fn patient(number: u32, id: &str) -> Patient {
    Patient {
        number: PatientNumber(number),
        id: PatientId::new(id).expect("valid"),
        label: format!("Bed {number}"),
        ward: WardId::new("oncology").expect("valid"),
        team: None,
        context: PatientContext {
            time_zone: "Europe/London".into(),
            monitoring: vec![Period {
                start: NOW.plus_ms(-86_400_000),
                end: None,
            }],
            expected: vec![ExpectedVital {
                vital: Vital::OxygenSaturation,
                every_seconds: 3600,
            }],
            ..PatientContext::default()
        },
    }
}

async fn server_with_readings() -> Server {
    let server = Server::start().await;
    {
        let mut data = server.world.data();
        data.patients.push(patient(1, "p-001"));
        data.devices.push(Device {
            number: DeviceNumber(1),
            id: DeviceId::new("watch-1").expect("valid"),
            model: String::from("Example"),
            firmware: String::from("1.0"),
        });
        let suspect = PointView {
            quality: Quality::Suspect(QualityReason::RateOfChange),
            ..point(Vital::HeartRate, 5, 180.0)
        };
        data.points = vec![
            point(Vital::HeartRate, 1200, 71.0),
            point(Vital::HeartRate, 10, 74.0),
            suspect,
            point(Vital::OxygenSaturation, 3000, 97.0),
        ];
    }
    server
}

#[tokio::test]
async fn readings_come_with_both_times_unit_quality_and_device() {
    let server = server_with_readings().await;
    let uri = "/v1/patients/p-001/readings?vitals=heart_rate&from=2026-03-04T09:15:00Z";
    let reply = server.get(uri, "viewer").await;
    assert_eq!(reply.status, 200);
    insta::assert_compact_json_snapshot!(reply.json(), @r#"
    {
      "items": [
        {
          "arrived_at": "2026-03-04T09:15:52.25Z",
          "device": "watch-1",
          "measured_at": "2026-03-04T09:15:52Z",
          "quality": "good",
          "unit": "/min",
          "value": 74.0,
          "vital": "heart_rate"
        },
        {
          "arrived_at": "2026-03-04T09:15:57.25Z",
          "device": "watch-1",
          "measured_at": "2026-03-04T09:15:57Z",
          "quality": "suspect",
          "quality_reason": "rate_of_change",
          "unit": "/min",
          "value": 180.0,
          "vital": "heart_rate"
        }
      ]
    }
    "#);
    assert_eq!(server.reads(), ["viewer: read readings p-001"]);
}

#[tokio::test]
async fn pages_of_readings_hold_each_reading_once_also_within_one_moment() {
    let server = server_with_readings().await;
    server.world.data().points = Vital::ALL.into_iter().map(|v| point(v, 9, 1.0)).collect();
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let uri = format!("/v1/patients/p-001/readings?limit=3{cursor}");
        let page = server.get(&uri, "viewer").await.json();
        let items = page["items"].as_array().expect("items").clone();
        assert!(items.len() <= 3);
        seen.extend(
            items
                .iter()
                .map(|item| item["vital"].as_str().expect("name").to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let all: Vec<&str> = Vital::ALL.into_iter().map(Vital::name).collect();
    assert_eq!(seen, all);
}

#[tokio::test]
async fn a_question_as_known_at_a_moment_reaches_the_store() {
    let server = server_with_readings().await;
    let uri =
        "/v1/patients/p-001/readings?known_at=1772615000000&until=2026-03-04T10:16:02%2B01:00";
    assert_eq!(server.get(uri, "viewer").await.status, 200);
    let query = server.world.data().last_query.clone().expect("asked");
    assert_eq!(
        query.known_at.map(|at| at.epoch_ms()),
        Some(1_772_615_000_000)
    );
    assert_eq!(query.until.epoch_ms(), NOW.epoch_ms());
    assert_eq!(query.from.epoch_ms(), NOW.epoch_ms() - 86_400_000);
}

#[tokio::test]
async fn summaries_add_readings_up_in_equal_spans() {
    let server = server_with_readings().await;
    let uri = "/v1/patients/p-001/readings/summaries?vitals=heart_rate&every_seconds=3600";
    let reply = server.get(uri, "viewer").await;
    insta::assert_compact_json_snapshot!(reply.json(), @r#"
    {
      "items": [
        {
          "artefact": 0,
          "count": 1,
          "last": 71.0,
          "max": 71.0,
          "mean": 71.0,
          "min": 71.0,
          "start": "2026-03-04T08:00:00Z",
          "suspect": 0,
          "unit": "/min",
          "vital": "heart_rate"
        },
        {
          "artefact": 0,
          "count": 1,
          "last": 74.0,
          "max": 74.0,
          "mean": 74.0,
          "min": 74.0,
          "start": "2026-03-04T09:00:00Z",
          "suspect": 1,
          "unit": "/min",
          "vital": "heart_rate"
        }
      ]
    }
    "#);
    for wrong in ["every_seconds=0", "every_seconds=1", "", "every_seconds=x"] {
        let uri = format!("/v1/patients/p-001/readings/summaries?{wrong}");
        assert_eq!(
            server.get(&uri, "viewer").await.problem(),
            "/problems/invalid-parameter"
        );
    }
}

#[tokio::test]
async fn the_newest_values_carry_their_age_and_whether_they_are_fresh() {
    let server = server_with_readings().await;
    server.clock.advance(std::time::Duration::from_secs(595));
    let reply = server.get("/v1/patients/p-001/latest", "viewer").await;
    insta::assert_compact_json_snapshot!(reply.json(), @r#"
    {
      "items": [
        {
          "age_seconds": 605,
          "arrived_at": "2026-03-04T09:15:52.25Z",
          "device": "watch-1",
          "fresh": false,
          "fresh_for_seconds": 600,
          "measured_at": "2026-03-04T09:15:52Z",
          "quality": "good",
          "unit": "/min",
          "value": 74.0,
          "vital": "heart_rate"
        },
        {
          "age_seconds": 3595,
          "arrived_at": "2026-03-04T08:26:02.25Z",
          "device": "watch-1",
          "fresh": true,
          "fresh_for_seconds": 10800,
          "measured_at": "2026-03-04T08:26:02Z",
          "quality": "good",
          "unit": "%",
          "value": 97.0,
          "vital": "oxygen_saturation"
        }
      ],
      "now": "2026-03-04T09:25:57Z"
    }
    "#);
}

#[tokio::test]
async fn scores_come_from_the_living_state() {
    let server = server_with_readings().await;
    let uri = "/v1/patients/p-001/scores";
    assert_eq!(
        server.get(uri, "viewer").await.problem(),
        "/problems/not-found"
    );
    server.world.data().scores = Some(json!({"news2": {"lower": 3, "upper": 8}}));
    assert_eq!(server.get(uri, "viewer").await.json()["news2"]["lower"], 3);
}

#[tokio::test]
async fn the_board_shows_each_patient_with_values_watch_and_expectations() {
    let server = server_with_readings().await;
    server.world.data().patients.push(patient(2, "p-002"));
    let mut first = server.get("/v1/board?limit=1", "viewer").await.json();
    let latest = first["items"][0]["latest"].take();
    assert_eq!(latest.as_array().map(Vec::len), Some(2));
    insta::assert_compact_json_snapshot!(first, @r#"
    {
      "items": [
        {
          "expected": [
            "oxygen_saturation"
          ],
          "id": "p-001",
          "label": "Bed 1",
          "latest": null,
          "scores": null,
          "ward": "oncology",
          "watch": "monitored"
        }
      ],
      "next": "InAtMDAxIg",
      "now": "2026-03-04T09:16:02Z"
    }
    "#);
    let next = first["next"].as_str().expect("a second page");
    let uri = format!("/v1/board?limit=1&cursor={next}");
    let second = server.get(&uri, "viewer").await.json();
    assert_eq!(second["items"][0]["id"], "p-002");
    assert!(second.get("next").is_none());
    assert_eq!(
        server.get("/v1/board?limit=201", "viewer").await.status,
        400
    );
    assert_eq!(
        server.reads(),
        ["viewer: read board *"],
        "a repeated read is noted once"
    );
}

#[tokio::test]
async fn what_staff_measured_becomes_one_command_with_its_author() {
    let server = server_with_readings().await;
    let body = json!({"measured_at": "2026-03-04T09:10:00Z", "source": "ward form",
        "values": {"body_temperature": 38.2, "supplemental_oxygen": true, "consciousness": "C"}});
    let uri = "/v1/patients/p-001/observations";
    let reply = server.call("POST", uri, "nurse", body).await;
    assert_eq!(reply.status, 201);
    insta::assert_compact_json_snapshot!(server.last_command(), @r#"
    {
      "author": "nurse",
      "command": {
        "command": "observe",
        "patient": "p-001",
        "readings": [
          {
            "at": 1772615400000,
            "value": 38.2,
            "vital": "body_temperature"
          },
          {
            "at": 1772615400000,
            "value": 1.0,
            "vital": "supplemental_oxygen"
          },
          {
            "at": 1772615400000,
            "value": 1.0,
            "vital": "consciousness"
          }
        ],
        "source": "ward form"
      }
    }
    "#);
}

#[tokio::test]
async fn an_observation_says_everything_that_is_wrong_with_it() {
    let server = server_with_readings().await;
    let uri = "/v1/patients/p-001/observations";
    let body = json!({"measured_at": "2026-03-04T09:30:00Z",
        "values": {"body_temperature": 372, "systolic_pressure": 80, "diastolic_pressure": 120}});
    let reply = server.call("POST", uri, "nurse", body).await;
    assert_eq!(reply.problem(), "/problems/validation");
    insta::assert_compact_json_snapshot!(reply.json()["errors"], @r##"
    [
      {
        "detail": "lies more than 5 minutes in the future",
        "pointer": "#/measured_at"
      },
      {
        "detail": "must be 0 to 60 Cel",
        "pointer": "#/values/body_temperature"
      },
      {
        "detail": "must be below the systolic pressure",
        "pointer": "#/values/diastolic_pressure"
      }
    ]
    "##);
    let empty = server
        .call("POST", uri, "nurse", json!({"values": {}}))
        .await;
    assert_eq!(empty.json()["errors"][0]["pointer"], "#/values");
    let unknown = json!({"values": {"skin_temperature": 33.0}});
    let unknown = server.call("POST", uri, "nurse", unknown).await;
    assert_eq!(unknown.problem(), "/problems/validation");
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused() {
    let server = server_with_readings().await;
    for query in [
        "vitals=pulse",
        "from=2026-03-05T00:00:00Z",
        "limit=0",
        "limit=1001",
        "until=x",
        "cursor=AAAA",
        "known=1",
    ] {
        let uri = format!("/v1/patients/p-001/readings?{query}");
        let reply = server.get(&uri, "viewer").await;
        assert_eq!(reply.problem(), "/problems/invalid-parameter", "{query}");
    }
    for uri in [
        "readings",
        "readings/summaries?every_seconds=600",
        "latest",
        "scores",
    ] {
        let reply = server
            .get(&format!("/v1/patients/nobody/{uri}"), "viewer")
            .await;
        assert_eq!(reply.problem(), "/problems/not-found", "{uri}");
    }
}

#[tokio::test]
async fn pages_of_readings_go_on_in_the_same_vital_and_then_the_next() {
    let server = server_with_readings().await;
    let heart = (0..4).map(|n| point(Vital::HeartRate, 100 - n, 70.0 + n as f64));
    let breath = (0..4).map(|n| point(Vital::RespiratoryRate, 100 - n, 10.0 + n as f64));
    let last = std::iter::once(point(Vital::BatteryLevel, 9, 80.0));
    server.world.data().points = heart.chain(breath).chain(last).collect();
    for limit in 1..=10 {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let uri = format!("/v1/patients/p-001/readings?limit={limit}{cursor}");
            let page = server.get(&uri, "viewer").await.json();
            let items = page["items"].as_array().expect("items").clone();
            assert!((1..=limit).contains(&items.len()));
            seen.extend(items.iter().filter_map(|item| item["value"].as_f64()));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let all = [70.0, 71.0, 72.0, 73.0, 10.0, 11.0, 12.0, 13.0, 80.0];
        assert_eq!(seen, all, "limit {limit}");
    }
}
