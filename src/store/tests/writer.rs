//! The writing connection: durability, failures, bounds.

use super::support::{Bench, START, patient};
use crate::domain::{ClinicalTime, DeviceId, Quality, Vital};
use crate::store::{
    CommitError, JournalKind, OpenError, QuarantineRow, Settings, StateOf, StateRow, Write, Writer,
    Writes, database_path,
};
use std::os::unix::fs::PermissionsExt;

fn one_reading(bench: &mut Bench, patient: u32, minute: i64) -> Writes {
    let mut writes = Writes::default();
    let at = START + minute * 60_000;
    let reading = (at, Vital::HeartRate, 70.0, Quality::Good);
    bench.readings(&mut writes, patient, 1, at + 300, &[reading]);
    writes
}

#[test]
fn what_was_committed_is_there_after_a_crash() {
    let mut bench = Bench::new();
    bench.write(vec![patient(3, "ward-a")]);
    for minute in 0..10 {
        let writes = one_reading(&mut bench, 3, minute);
        bench.commit(&writes);
    }
    bench.reopen();
    let loaded = bench.writer().load().expect("loads");
    assert_eq!((loaded.newest_seq, loaded.oldest_seq), (10, Some(1)));
    assert_eq!(loaded.patients.len(), 1);
    let stamp = ClinicalTime::from_epoch_ms(START + 9 * 60_000 + 300);
    assert_eq!(loaded.newest_stamp, Some(stamp));
    let mut rows = Vec::new();
    let fold = bench.writer().fold(4, |row| {
        rows.push((row.seq, row.previous, row.kind));
        Ok(())
    });
    fold.expect("folds");
    let expected: Vec<_> = (4..=10)
        .map(|seq| (seq, Some(seq - 1), JournalKind::Readings))
        .collect();
    assert_eq!(rows, expected);
}

#[test]
fn the_heads_are_found_again_from_snapshots_and_journal() {
    let mut bench = Bench::new();
    bench.write((1..=3).map(|number| patient(number, "ward-a")).collect());
    for number in 1..=3 {
        let mut writes = one_reading(&mut bench, number, i64::from(number));
        let seq = bench.seq;
        writes.others.push(Write::PatientState(StateRow {
            number,
            seq,
            version: "1",
            body: vec![number as u8],
        }));
        bench.commit(&writes);
    }
    let writes = one_reading(&mut bench, 2, 9);
    bench.commit(&writes);
    let prune = Write::PruneJournal {
        below: 4,
        rows_max: 100,
    };
    bench.write(vec![prune]);
    bench.reopen();
    let heads = bench.writer().heads();
    assert_eq!(
        [1, 2, 3, 4].map(|n| heads.get(n)),
        [Some(1), Some(4), Some(3), None]
    );
    let mut states = Vec::new();
    let read = bench.writer().states(|state| {
        states.push((state.of, state.seq, state.body.to_vec()));
        Ok(())
    });
    read.expect("reads");
    assert_eq!(states.len(), 3);
    assert!(matches!(states[0].0, StateOf::Patient(_)));
}

#[test]
fn a_second_process_is_told_that_the_directory_is_taken() {
    let bench = Bench::new();
    let second = Writer::open(bench.dir.path(), &Settings::default());
    assert!(matches!(second.err(), Some(OpenError::Locked { .. })));
}

#[test]
fn files_belong_to_their_owner_alone_and_the_site_keeps_its_name() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    let (writer, opened) = Writer::open(&data, &Settings::default()).expect("opens");
    drop(writer);
    let (writer, again) = Writer::open(&data, &Settings::default()).expect("opens");
    assert_eq!(opened, again);
    assert_eq!(opened.site.len(), 8);
    let mode = |path| {
        std::fs::metadata(path)
            .expect("exists")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(data.clone()), 0o700);
    assert_eq!(mode(database_path(&data)), 0o600);
    assert_eq!(mode(data.join("wardlight.db-wal")), 0o600);
    drop(writer);
}

#[test]
fn a_newer_schema_is_refused_with_both_versions() {
    let bench = Bench::new();
    let path = database_path(bench.dir.path());
    let conn = rusqlite::Connection::open(path).expect("opens");
    conn.execute_batch("PRAGMA user_version = 99")
        .expect("sets");
    let dir = bench.dir;
    drop((bench.settings, conn));
    let copy = tempfile::tempdir().expect("a directory");
    let from = database_path(dir.path());
    for end in ["", "-wal"] {
        let name = |path: &std::path::Path| format!("{}{end}", path.display());
        let _ = std::fs::copy(name(&from), name(&database_path(copy.path())));
    }
    let refused = Writer::open(copy.path(), &Settings::default()).err();
    assert!(
        matches!(
            refused,
            Some(OpenError::Newer {
                found: 99,
                known: 7
            })
        ),
        "{refused:?}"
    );
}

#[test]
fn a_full_disk_rolls_back_and_the_same_writes_succeed_later() {
    let mut bench = Bench::new();
    let before = one_reading(&mut bench, 1, 0);
    bench.commit(&before);
    bench
        .writer()
        .limit_pages(1)
        .expect("set to the present size");
    let mut writes = Writes::default();
    let body = vec![0; 100_000];
    bench.push(
        &mut writes,
        JournalKind::Command,
        Some(1),
        None,
        START,
        &body,
    );
    let full = bench.writer().commit(&writes);
    assert!(matches!(full, Err(CommitError::Full(_))), "{full:?}");
    assert_eq!(bench.writer().load().expect("loads").newest_seq, 1);
    assert_eq!(bench.writer().heads().get(1), Some(1));
    bench.writer().limit_pages(1_000_000).expect("raised");
    bench.commit(&writes);
    assert_eq!(bench.writer().load().expect("loads").newest_seq, 2);
    assert_eq!(bench.writer().heads().get(1), Some(2));
}

#[test]
fn a_failed_sync_is_told_apart_and_writes_nothing() {
    let mut bench = Bench::new();
    let writes = one_reading(&mut bench, 1, 0);
    let mut codes = vec![1034, 1290, 4874, 778];
    let fault = move || codes.pop();
    bench.writer().inject_fault(Some(Box::new(fault)));
    // A quota, and no room for the log's index.
    for _ in 0..2 {
        let full = bench.writer().commit(&writes);
        assert!(matches!(full, Err(CommitError::Full(_))), "{full:?}");
    }
    for _ in 0..2 {
        let failed = bench.writer().commit(&writes);
        assert!(
            matches!(failed, Err(CommitError::SyncFailed(_))),
            "{failed:?}"
        );
    }
    assert_eq!(bench.writer().load().expect("loads").newest_seq, 0);
    bench.commit(&writes);
}

fn quarantined(device: Option<&str>, bytes: usize) -> Write {
    Write::Quarantine(QuarantineRow {
        stamp: ClinicalTime::from_epoch_ms(START),
        device: device.map(|device| DeviceId::new(device).expect("valid")),
        topic: "wardlight/v1/x/vitals".to_owned(),
        reason: "malformed",
        length: bytes,
        sha256: String::new(),
        payload: vec![1; bytes],
    })
}

#[test]
fn the_quarantine_keeps_both_bounds_and_counts_what_it_drops() {
    let settings = Settings {
        quarantine_mib_max: 1,
        quarantine_device_kib_max: 64,
        ..Settings::default()
    };
    let mut bench = Bench::with(settings);
    let mut dropped = 0;
    for round in 0..40 {
        for device in [None, Some("loud")] {
            let journal = Default::default();
            let others = vec![quarantined(device, 16_000)];
            let committed = bench.writer().commit(&Writes { journal, others });
            dropped += committed.expect("commits").quarantine_dropped;
        }
        let quiet = format!("quiet-{round}");
        bench.write(vec![quarantined(Some(&quiet), 30_000)]);
        if round == 20 {
            bench.reopen();
        }
    }
    let sum = |which: &str| -> (u64, u64) {
        let sql = format!(
            "SELECT count(*), coalesce(sum(length(payload)), 0) FROM quarantine WHERE {which}"
        );
        let conn = rusqlite::Connection::open(database_path(bench.dir.path())).expect("opens");
        conn.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .expect("sums")
    };
    assert_eq!(sum("device = 'loud'"), (4, 64_000));
    assert_eq!(sum("device IS NULL"), (4, 64_000));
    assert!(sum("true").1 < 1024 * 1024);
    assert_eq!(sum("device = 'quiet-0'").0, 0, "the oldest goes first");
    assert_eq!(sum("device = 'quiet-39'").0, 1);
    let loaded = bench.writer().load().expect("loads");
    assert!(loaded.quarantine_dropped >= dropped && dropped > 0);
}

#[test]
fn a_directory_of_the_first_schema_opens_and_keeps_what_it_holds() {
    let mut bench = Bench::new();
    bench.write(vec![patient(3, "ward-a")]);
    let first = tempfile::tempdir().expect("a directory");
    let conn = rusqlite::Connection::open(database_path(first.path())).expect("opens");
    conn.execute_batch(include_str!("../schema.sql"))
        .expect("version 1");
    let newest = database_path(bench.dir.path());
    conn.execute("ATTACH ?1 AS newest", [newest.to_str()])
        .expect("attaches");
    conn.execute_batch(
        "INSERT INTO patient SELECT * FROM newest.patient; PRAGMA user_version = 1;",
    )
    .expect("as version 1 wrote it");
    drop(conn);
    let (mut writer, opened) = Writer::open(first.path(), &Settings::default()).expect("opens");
    assert!(opened.schema > 1);
    let loaded = writer.load().expect("loads");
    assert_eq!((loaded.patients.len(), loaded.routing), (1, Vec::new()));
}
