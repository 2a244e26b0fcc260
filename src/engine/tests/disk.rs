//! A full disk pauses, a failed sync ends; nothing is acknowledged in either.

use super::bench::{Bench, How, MINUTE, START, Said, assign, clinical, message, ward};
use crate::domain::{DeliveryId, DeliveryReport, DeliveryVerdict, EndpointId, Vital, WallTime};
use crate::engine::{EngineError, Input};
use crate::store::{NewDelivery, Write, Writer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

fn minutes(from: i64, until: i64) -> Vec<Said> {
    let sent = |minute: i64| {
        let at = minute * MINUTE;
        message("watch", at, minute as u64, at, r#""hr":70,"spo2":97"#)
    };
    (from..until).map(sent).collect()
}

fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::yield_now();
    }
}

/// A writer whose disk is full while `full` says so.
fn full_while(bench: &Bench, full: &Arc<AtomicBool>) -> Writer {
    let says = Arc::clone(full);
    let mut writer = bench.writer();
    writer.inject_fault(Some(Box::new(move || {
        says.load(Ordering::SeqCst)
            .then_some(rusqlite::ffi::SQLITE_FULL)
    })));
    writer
}

#[test]
fn a_full_disk_pauses_intake_and_goes_on_with_the_same_writes_when_there_is_space() {
    let bench = Bench::new();
    bench.run(
        &How::default(),
        &[ward(&["a"], &[]), vec![assign(0, "watch", "a", 0, None)]].concat(),
    );
    let full = Arc::new(AtomicBool::new(true));
    let live = bench.start_on(full_while(&bench, &full), &How::default());
    live.say(&minutes(1, 200), 1);
    eventually("the disk is full", || {
        live.counters.full_disk_retries.get() > 3
    });
    assert_eq!(live.counters.disk_full.get(), 1);
    assert!(live.settled.all().is_empty(), "nothing is acknowledged");
    assert!(live.points(0).is_empty(), "nothing is shown");
    full.store(false, Ordering::SeqCst);
    live.quiet();
    assert_eq!(live.counters.disk_full.get(), 0);
    assert_eq!(live.settled.all(), (1..200).collect::<Vec<u64>>());
    assert_eq!(live.values(0, Vital::HeartRate).len(), 199);
    live.stop();
}

#[test]
fn a_delivery_report_is_answered_when_readers_see_the_attempt_and_not_before() {
    let bench = Bench::new();
    let full = Arc::new(AtomicBool::new(false));
    let live = bench.start_on(full_while(&bench, &full), &How::default());
    let (id, board) = (DeliveryId::new("msg_1"), EndpointId::new("board"));
    let (id, board) = (id.expect("valid"), board.expect("valid"));
    let now = WallTime::from_epoch_ms(START);
    let delivery = Write::Delivery(Box::new(NewDelivery {
        number: 1,
        id: id.clone(),
        endpoint: board.clone(),
        event: 1,
        event_type: "alert.raised",
        patient: None,
        urgency: crate::domain::Priority::Low,
        body: Vec::new(),
        created: clinical(0),
        received: now,
    }));
    live.send(Input::Maintenance {
        writes: vec![delivery],
        reply: oneshot::channel().0,
    });
    live.quiet();
    let due = || live.reader.due_deliveries(&board, now, 10).expect("reads");
    full.store(true, Ordering::SeqCst);
    let (reply, mut answer) = oneshot::channel();
    let report = DeliveryReport {
        delivery: id,
        at: now,
        took_ms: 1,
        status: Some(200),
        error: None,
        aside: false,
        verdict: DeliveryVerdict::Delivered,
    };
    live.send(Input::DeliveryReport { report, reply });
    eventually("the disk is full", || {
        live.counters.full_disk_retries.get() > 3
    });
    assert_eq!((answer.try_recv().is_err(), due().len()), (true, 1));
    full.store(false, Ordering::SeqCst);
    answer.blocking_recv().expect("answered");
    assert!(due().is_empty(), "no reader takes it for due any more");
    live.stop();
}

#[test]
fn a_file_at_its_bound_takes_nothing_and_a_restart_with_space_goes_on() {
    let bench = Bench::new();
    bench.run(
        &How::default(),
        &[ward(&["a"], &[]), vec![assign(0, "watch", "a", 0, None)]].concat(),
    );
    let mut writer = bench.writer();
    writer.limit_pages(1).expect("accepted");
    let mut commits = 0;
    // The engine would try for ever: the third try ends it as a crash would.
    writer.inject_fault(Some(Box::new(move || {
        commits += 1;
        (commits > 300).then_some(rusqlite::ffi::SQLITE_IOERR_FSYNC)
    })));
    let how = How {
        batch_max: 8,
        ..How::default()
    };
    let live = bench.start_on(writer, &how);
    let said: Vec<Said> = minutes(1, 3_000);
    let sender = std::thread::scope(|scope| {
        let sending = scope.spawn(|| drop(live.say(&said, 1)));
        eventually("full", || live.counters.full_disk_retries.get() > 2);
        sending.join().expect("sends");
        live.settled.all()
    });
    let settled = sender.len();
    assert!(settled < said.len(), "some could not be stored");
    let stored = live.values(0, Vital::HeartRate).len();
    assert_eq!(
        stored, settled,
        "acknowledged is stored, stored is acknowledged"
    );
    drop(live);
}

#[test]
fn a_failed_sync_ends_the_engine_and_acknowledges_nothing_since_the_last_commit() {
    let bench = Bench::new();
    bench.run(
        &How::default(),
        &[ward(&["a"], &[]), vec![assign(0, "watch", "a", 0, None)]].concat(),
    );
    let how = How {
        batch_max: 10,
        crash_at: Some(3),
        ..How::default()
    };
    let live = bench.start(&how);
    live.say(&minutes(1, 100), 1);
    let settled = Arc::clone(&live.settled);
    let ended = live.ended();
    assert!(matches!(ended, Err(EngineError::SyncFailed(_))));
    let settled = settled.all().len();
    let live = bench.start(&How::default());
    assert_eq!(live.values(0, Vital::HeartRate).len(), settled);
    live.say(&minutes(1, 100), 1);
    live.quiet();
    assert_eq!(
        live.values(0, Vital::HeartRate).len(),
        99,
        "the broker sent them again"
    );
    live.stop();
}
