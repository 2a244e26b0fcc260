//! A database at its bound, and a disk without room: nothing is acknowledged,
//! everybody can see it, and nothing is lost.

use crate::keeper::Keeper;
use crate::service::{START, Service, directory, eventually, password};
use crate::small_disk::SmallDisk;
use crate::watch::{Answer, Watch};
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::collections::BTreeSet;
use wardlight::app::AppError;
use wardlight::domain::{MeasuredTime, Vital};
use wardlight::store::{ReadingsQuery, database_path, verify};

/// Moments of one message: store and forward, so that a disk is full soon.
const MOMENTS: u64 = 2_000;
const PATIENTS: [&str; 2] = ["ada", "bea"];
/// Messages of each patient's watch: about 40 KB each when stored.
const MESSAGES: u64 = 60;
/// Tries often; copies the log early, so that log and database share the disk;
/// ends soon although what waits for room cannot end.
pub(crate) const SMALL: [(&str, &str); 3] = [
    ("WARDLIGHT_ENGINE__FULL_DISK_RETRY_MS", "20"),
    ("WARDLIGHT_STORE__CHECKPOINT_MIB", "1"),
    ("WARDLIGHT_SERVICE__SHUTDOWN_PHASE_SECONDS", "1"),
];

/// Each moment of a message with its heart rate and respiratory rate.
fn moments(seq: u64) -> impl Iterator<Item = (i64, f64, f64)> {
    (0..MOMENTS).map(move |number| {
        let count = seq * MOMENTS + number;
        let t = START - 86_400_000 + i64::try_from(count).expect("few");
        let (step, message) = (number as f64, seq as f64);
        (
            t,
            60.25 + step / 37.0 + message / 7.0,
            11.125 + step / 300.0,
        )
    })
}

fn message(seq: u64) -> serde_json::Value {
    let samples: Vec<_> = moments(seq)
        .map(|(t, hr, rr)| json!({ "t": t, "hr": hr, "rr": rr }))
        .collect();
    json!({ "session": 1, "seq": seq, "samples": samples })
}

async fn stored(service: &Service) -> usize {
    let counts = service.running.reader.counts().expect("reads");
    usize::try_from(counts.readings).expect("fits")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_acknowledges_nothing_turns_health_red_and_loses_nothing() {
    let data = directory();
    let bounded = [
        ("WARDLIGHT_STORE__DATABASE_MIB_MAX", "1"),
        ("WARDLIGHT_ENGINE__FULL_DISK_RETRY_MS", "20"),
        ("WARDLIGHT_SERVICE__SHUTDOWN_PHASE_SECONDS", "3"),
    ];
    let service = Service::start(data.path(), &bounded).await;
    service.enter(&["ada"]).await;
    let mut watch = Watch::connect(&service, "watch-ada").await;
    let mut acknowledged = 0;
    for seq in 1..200 {
        let bytes = watch.vitals(message(seq).to_string().as_bytes());
        watch.send(&bytes).await;
        let full = || service.running.counters.disk_full.get() == 1;
        let answer = tokio::select! {
            answer = watch.answer() => Some(answer),
            () = eventually("full", async || full().then_some(())) => None,
        };
        match answer {
            Some(answer) => assert_eq!(answer, Answer::Puback(0)),
            None => break,
        }
        acknowledged = seq;
    }
    assert!(acknowledged > 0 && acknowledged < 199, "{acknowledged}");
    is_red(&service).await;
    assert_eq!(stored(&service).await, acknowledged as usize * 4_000);
    let ended = service.running.stop().await;
    assert!(
        matches!(ended, Err(AppError::Engine(_))),
        "it ends, and says why"
    );

    let service = Service::start(data.path(), &[]).await;
    assert_eq!(stored(&service).await, acknowledged as usize * 4_000);
    let mut watch = Watch::connect(&service, "watch-ada").await;
    for seq in acknowledged..acknowledged + 2 {
        assert_eq!(watch.say(&message(seq)).await, Answer::Puback(0));
    }
    assert_eq!(stored(&service).await, (acknowledged as usize + 1) * 4_000);
    service.stop().await;
}

/// Every stored reading of a patient, in order: time, vital, bits of its value.
fn readings(service: &Service, patient: &str) -> Vec<(i64, Vital, u64)> {
    let reader = &service.running.reader;
    let patients = reader.patients(None, None, 10).expect("reads");
    let found = patients.iter().find(|known| known.id.as_str() == patient);
    let query = ReadingsQuery {
        patient: found.expect("entered").number,
        vitals: Vec::new(),
        from: MeasuredTime::from_epoch_ms(i64::MIN),
        until: MeasuredTime::from_epoch_ms(i64::MAX),
        known_at: None,
        limit: usize::MAX,
    };
    let (points, _) = reader.readings(&query).expect("reads");
    let mut all: Vec<_> = points
        .iter()
        .map(|point| (point.at.epoch_ms(), point.vital, point.value.to_bits()))
        .collect();
    all.sort_unstable();
    all
}

/// What [`readings`] must be when every message is stored once.
fn sent() -> Vec<(i64, Vital, u64)> {
    let mut all: Vec<_> = (0..MESSAGES)
        .flat_map(moments)
        .flat_map(|(t, hr, rr)| {
            let heart = (t, Vital::HeartRate, hr.to_bits());
            [heart, (t, Vital::RespiratoryRate, rr.to_bits())]
        })
        .collect();
    all.sort_unstable();
    all
}

/// What is acknowledged to each watch.
fn acknowledged(watches: &[Keeper]) -> Vec<BTreeSet<u64>> {
    watches.iter().map(Keeper::acknowledged).collect()
}

fn count(acknowledged: &[BTreeSet<u64>]) -> usize {
    acknowledged.iter().map(BTreeSet::len).sum()
}

/// The watches of some patients, each with all its messages to deliver.
pub(crate) async fn start_watches(service: &Service, patients: &[&str]) -> Vec<Keeper> {
    let start = |patient: &&str| {
        let device = format!("watch-{patient}");
        Keeper::start(service.mqtt().port(), &device, &password(&device))
    };
    let mut watches: Vec<_> = patients.iter().map(start).collect();
    for seq in 0..MESSAGES {
        let payload = message(seq).to_string().into_bytes();
        for watch in &mut watches {
            watch.send(payload.clone()).await;
        }
    }
    watches
}

pub(crate) async fn until_full(service: &Service) {
    let is_full = async || (service.running.counters.disk_full.get() == 1).then_some(());
    eventually("full", is_full).await;
}

pub(crate) async fn until_acknowledged(watches: &[Keeper]) {
    let all = watches.len() * MESSAGES as usize;
    let everything = async || (count(&acknowledged(watches)) == all).then_some(());
    eventually("acknowledged", everything).await;
}

/// Health says that the disk is full, and what to do.
async fn is_red(service: &Service) {
    let (status, health) = service.ask(Method::GET, "/health/ready", None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{health}");
    assert!(health.to_string().contains("the disk is full"), "{health}");
    assert!(health.to_string().contains("free some space"), "{health}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_without_room_pauses_intake_and_with_room_it_goes_on_by_itself() {
    let Some(disk) = SmallDisk::mount(4) else {
        return;
    };
    let data = disk.path().join("data");
    let service = Service::start(&data, &SMALL).await;
    service.enter(&PATIENTS).await;
    let watches = start_watches(&service, &PATIENTS).await;
    until_full(&service).await;
    assert!(disk.is_full(), "it is the disk, not a bound of ours");

    // What was committed before is acknowledged, and from then on nothing.
    let stored_is_acknowledged = async || {
        let acknowledged = acknowledged(&watches);
        let readings = count(&acknowledged) * MOMENTS as usize * 2;
        (stored(&service).await == readings).then_some(acknowledged)
    };
    let before = eventually("settled", stored_is_acknowledged).await;
    let all = PATIENTS.len() * MESSAGES as usize;
    assert!(count(&before) > 0 && count(&before) < all, "{before:?}");
    let counters = &service.running.counters;
    let tries = counters.full_disk_retries.get();
    let tried = async || (counters.full_disk_retries.get() > tries + 20).then_some(());
    eventually("tried again and again", tried).await;
    assert_eq!(acknowledged(&watches), before, "intake pauses");
    is_red(&service).await;
    assert_eq!(service.metric("wardlight_engine_disk_full").await, 1.0);

    disk.grow(64);
    until_acknowledged(&watches).await;
    let (status, health) = service.ask(Method::GET, "/health/ready", None).await;
    assert_eq!(status, StatusCode::OK, "{health}");
    for patient in PATIENTS {
        assert!(readings(&service, patient) == sent(), "each exactly once");
    }
    service.stop().await;
    let report = verify(&database_path(&data)).expect("verified");
    assert!(report.is_sound(), "{:?}", report.problems);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_on_a_full_disk_waits_for_room_and_then_goes_on() {
    let Some(disk) = SmallDisk::mount(2) else {
        return;
    };
    let data = disk.path().join("data");
    let service = Service::start(&data, &SMALL).await;
    service.enter(&["ada"]).await;
    let watches = start_watches(&service, &["ada"]).await;
    until_full(&service).await;
    let ended = service.running.stop().await;
    assert!(matches!(ended, Err(AppError::Engine(_))), "{ended:?}");
    drop(watches);
    assert!(disk.is_full());

    let service = Service::start(&data, &SMALL).await;
    let watches = start_watches(&service, &["ada"]).await;
    until_full(&service).await;
    is_red(&service).await;
    disk.grow(64);
    until_acknowledged(&watches).await;
    assert!(readings(&service, "ada") == sent(), "each exactly once");
    service.stop().await;
}
