//! What the demonstration's buttons promise: each alert within its time, on virtual
//! time through the whole service, and nothing lost on the way.

use crate::service::{START, Service, directory};
use crate::virtual_day::deliver;
use serde_json::Value;
use std::time::Duration;
use wardlight::domain::{ExpectedVital, MeasuredTime, PatientId, PatientNumber, Spo2Scale, Vital};
use wardlight::registry::Command;
use wardlight::store::ReadingsQuery;
use wardlight_simulators::fault::FaultOptions;
use wardlight_simulators::fleet::{Fleet, FleetOptions, Order, SimulatedPatient};
use wardlight_simulators::physiology::Profile;
use wardlight_simulators::scenario::{Scenario, ScenarioKind, Timing};

const MINUTE: i64 = 60_000;
/// When everything is made to happen.
const BEGIN: i64 = START + 40 * MINUTE;
const END: i64 = BEGIN + 110 * MINUTE;

/// Who, what is made to happen, which alert, and how many minutes the page says it takes.
const PLAYS: [(&str, ScenarioKind, &str, i64); 6] = [
    (
        "hot",
        ScenarioKind::NeutropenicSepsis,
        "fever_on_treatment",
        10,
    ),
    ("off", ScenarioKind::OffWrist, "not_worn", 61),
    ("mute", ScenarioKind::BackFill, "device_silent", 16),
    ("low", ScenarioKind::Hypoxia, "news2", 30),
    ("clot", ScenarioKind::PulmonaryEmbolism, "news2", 30),
    (
        "beat",
        ScenarioKind::AtrialFibrillation,
        "irregular_pulse",
        100,
    ),
];

fn fleet(seed: u64) -> Fleet {
    let well = |(number, (name, ..)): (u64, (&str, ScenarioKind, &str, i64))| {
        let profile = Profile::drawn(seed * 100 + number);
        let healthy = Scenario::new(ScenarioKind::Healthy, Timing::at(START));
        SimulatedPatient::new(format!("watch-{name}"), profile, healthy)
    };
    Fleet::new(FleetOptions {
        seed,
        patients: (0..).zip(PLAYS).map(well).collect(),
        start_ms: START,
        faults: FaultOptions::NONE,
    })
}

/// As the demonstration enters its patients.
async fn enter(service: &Service) {
    service.enter(&PLAYS.map(|(name, ..)| name)).await;
    for (name, ..) in PLAYS {
        let every = |vital, every_seconds| ExpectedVital {
            vital,
            every_seconds,
        };
        let command = Command::PutPatient {
            id: PatientId::new(name).expect("valid"),
            label: None,
            ward: None,
            team: None,
            time_zone: None,
            spo2_scale: Some(Spo2Scale::One),
            oxygen: Some(false),
            treatment: None,
            neutropenia: None,
            post_infusion: None,
            administrations: None,
            expected: Some(vec![
                every(Vital::HeartRate, 5),
                every(Vital::OxygenSaturation, 60),
            ]),
        };
        service.order(command).await;
    }
}

/// Everything up to a moment arrives when it is sent; each minute the engine looks.
async fn feed(service: &Service, fleet: &mut Fleet, until: i64) {
    while service.now() < until {
        let next = (service.now() + MINUTE).min(until);
        for message in fleet.next_until(next) {
            deliver(service, message).await;
        }
        let left = u64::try_from(next - service.now()).expect("not past it");
        service.clock.advance(Duration::from_millis(left));
        service.settle().await;
    }
}

/// Minutes from the begin to the first alert of a kind about a patient.
async fn told_after(service: &Service, patient: &str, kind: &str) -> Option<i64> {
    let path = format!("/v1/alerts?patient={patient}&kind={kind}");
    let alerts = service.get(&path).await;
    let raised = alerts["items"].as_array().expect("a list").iter();
    let raised = raised.map(|alert: &Value| {
        let at = alert["raised_at"].as_str().expect("a moment");
        let at: jiff::Timestamp = at.parse().expect("a moment");
        (at.as_millisecond() - BEGIN).div_euclid(MINUTE)
    });
    raised.min()
}

/// Times of a patient's stored heart rates.
fn heart_rates(service: &Service, number: u32) -> Vec<i64> {
    let query = ReadingsQuery {
        patient: PatientNumber(number),
        vitals: vec![Vital::HeartRate],
        from: MeasuredTime::from_epoch_ms(BEGIN),
        until: MeasuredTime::from_epoch_ms(END),
        known_at: None,
        limit: 100_000,
    };
    let points = service.running.reader.readings(&query).expect("reads").0;
    points.iter().map(|point| point.at.epoch_ms()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_demonstration_promises_comes_in_time_and_a_watch_that_returns_lost_nothing() {
    for seed in [1, 2, 3] {
        let data = directory();
        let service = Service::start(data.path(), &[]).await;
        enter(&service).await;
        let mut fleet = fleet(seed);
        feed(&service, &mut fleet, BEGIN).await;
        for (name, kind, ..) in PLAYS {
            let order = Order::Play {
                kind,
                ramp_factor: 0.4,
            };
            let device = format!("watch-{name}");
            fleet.order(&device, order, BEGIN + 1).expect("done");
        }
        feed(&service, &mut fleet, END).await;
        for (name, _, alert, minutes) in PLAYS {
            let told = told_after(&service, name, alert).await;
            assert!(
                told.is_some_and(|told| (0..minutes).contains(&told)),
                "seed {seed}, {name}: {alert} after {told:?} min"
            );
        }
        let mute = 2;
        assert!(heart_rates(&service, mute).len() < 3, "nothing came");
        fleet
            .order("watch-mute", Order::Return, END + 1)
            .expect("done");
        feed(&service, &mut fleet, END + MINUTE).await;
        let all = heart_rates(&service, mute);
        let whole = usize::try_from((END - BEGIN) / 5_000).expect("some");
        assert_eq!(all.len(), whole, "each five seconds, none twice");
        service.stop().await;
    }
}
