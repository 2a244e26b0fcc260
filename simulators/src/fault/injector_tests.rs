//! Each fault, and the book that is kept of it.

use super::FaultInjector;
use crate::chance::Chance;
use crate::device::{MessageKind, OutgoingMessage, Watch, WatchOptions};
use crate::fault::{Fault, FaultOptions, SentLog};
use crate::physiology::{HOUR_MS, Patient, Profile};

const START_MS: i64 = 1_763_787_600_000;

fn through(options: FaultOptions) -> (Vec<OutgoingMessage>, SentLog) {
    let patient = Patient::new(1, Profile::default(), Vec::new());
    let mut watch = Watch::new(WatchOptions::new("w1"), patient, START_MS);
    let mut injector = FaultInjector::new(options, Chance::new(5));
    for message in watch.run_until(START_MS + HOUR_MS) {
        injector.push(message);
    }
    (injector.release_until(i64::MAX), injector.take_log())
}

#[test]
fn without_faults_nothing_changes() {
    let (messages, log) = through(FaultOptions::NONE);
    assert_eq!(messages.len(), log.records.len());
    assert!(messages.is_sorted_by_key(|message| (message.session, message.sequence)));
}

#[test]
fn duplicates_carry_the_same_bytes_and_are_booked() {
    let (messages, log) = through(FaultOptions {
        duplicate: 0.2,
        ..FaultOptions::NONE
    });
    let duplicated = log.count(Fault::Duplicated);
    assert!((80..210).contains(&duplicated), "{duplicated}");
    assert_eq!(messages.len(), log.records.len() + duplicated);
    for record in log
        .records
        .iter()
        .filter(|record| record.faults.contains(&Fault::Duplicated))
    {
        let copies: Vec<_> = messages
            .iter()
            .filter(|message| (message.kind, message.sequence) == (record.kind, record.sequence))
            .map(|message| &message.payload)
            .collect();
        assert_eq!(copies.len(), 2);
        assert_eq!(copies.first(), copies.last());
    }
}

#[test]
fn reordered_messages_stay_within_the_window() {
    let (messages, log) = through(FaultOptions {
        reorder: 0.3,
        ..FaultOptions::NONE
    });
    assert!(!messages.is_sorted_by_key(|message| message.sequence));
    assert!(
        messages
            .iter()
            .all(|message| message.send_at_ms - message.made_at_ms <= 20_000)
    );
    assert_eq!(messages.len(), log.sent());
}

#[test]
fn delays_have_the_mean_that_was_asked_for() {
    let (_, log) = through(FaultOptions {
        delay: 1.0,
        delay_mean_ms: 60_000.0,
        ..FaultOptions::NONE
    });
    let late: Vec<i64> = log
        .records
        .iter()
        .filter(|record| record.kind == MessageKind::Vitals)
        .flat_map(|record| record.sent_at_ms.iter().map(|at| at - record.made_at_ms))
        .collect();
    let mean = late.iter().sum::<i64>() / i64::try_from(late.len()).expect("a small count");
    assert!((50_000..70_000).contains(&mean), "mean {mean} ms");
}

#[test]
fn lost_messages_are_booked_as_never_sent() {
    let (messages, log) = through(FaultOptions {
        loss: 0.1,
        ..FaultOptions::NONE
    });
    assert_eq!(messages.len(), log.sent());
    assert_eq!(log.records.len() - log.sent(), log.count(Fault::Lost));
    assert!(log.count(Fault::Lost) > 30);
}

#[test]
fn a_skewed_clock_moves_measured_time_and_sent_alike() {
    let (messages, log) = through(FaultOptions {
        clock_skew: 0.01,
        ..FaultOptions::NONE
    });
    assert!(log.count(Fault::ClockSkewed) > 100);
    for native in messages
        .iter()
        .filter_map(|message| message.native.as_ref())
    {
        assert_eq!(native.sent, native.moments.first().map(|moment| moment.t));
    }
}

#[test]
fn a_restart_grows_the_session_and_starts_the_sequence_again() {
    let (messages, log) = through(FaultOptions {
        restart: 0.01,
        ..FaultOptions::NONE
    });
    assert!(log.count(Fault::AfterRestart) >= 2);
    let vitals: Vec<_> = messages
        .iter()
        .filter(|message| message.kind == MessageKind::Vitals)
        .collect();
    for (before, after) in vitals.iter().zip(vitals.iter().skip(1)) {
        if before.session == after.session {
            assert_eq!(after.sequence, before.sequence + 1);
        } else {
            assert_eq!((after.session, after.sequence), (before.session + 1, 0));
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_faults() {
    let options = FaultOptions {
        loss: 0.05,
        clock_skew: 0.01,
        ..FaultOptions::ROUGH
    };
    assert_eq!(through(options), through(options));
}
