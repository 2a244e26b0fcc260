//! Retention, pruning, backup, restore and verify.

use super::queries::roll;
use super::support::{Bench, START, patient};
use crate::domain::{ClinicalTime, PatientNumber, Quality, Vital};
use crate::store::rollup::{self, Harvest, Planner, Retention, SinkHold, prune_limit};
use crate::store::{
    BackupError, Reader, ReadingsQuery, Settings, Write, Writer, Writes, backup, database_path,
    restore, verify,
};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

const DAY: i64 = 24 * 3_600_000;

fn reader(bench: &mut Bench) -> Reader {
    let heads = bench.writer().heads();
    Reader::open(bench.dir.path(), &bench.settings, heads).expect("opens")
}

/// Two patients, a message each every five minutes; rolled up after two thirds.
fn filled(messages: i64) -> (Bench, Reader, Planner) {
    let mut bench = Bench::new();
    let reader = reader(&mut bench);
    let mut planner = Planner::default();
    bench.write(vec![patient(1, "ward-a"), patient(2, "ward-a")]);
    for i in 0..messages {
        let mut writes = Writes::default();
        for number in 1..=2 {
            let at = START + i * 300_000;
            let value = 60.0 + (i * 7 % 13) as f64;
            let readings = [
                (at, Vital::HeartRate, value, Quality::Good),
                (at, Vital::OxygenSaturation, 97.0, Quality::Good),
            ];
            bench.readings(&mut writes, number, number, at + 150, &readings);
        }
        bench.commit(&writes);
        if i == messages * 2 / 3 {
            roll(&mut bench, &reader, &mut planner);
        }
    }
    (bench, reader, planner)
}

fn count(reader: &Reader, patient: u32) -> usize {
    let question = ReadingsQuery {
        patient: PatientNumber(patient),
        vitals: Vec::new(),
        from: crate::domain::MeasuredTime::from_epoch_ms(i64::MIN),
        until: crate::domain::MeasuredTime::from_epoch_ms(i64::MAX),
        known_at: None,
        limit: 1_000_000,
    };
    reader.readings(&question).expect("answers").0.len()
}

#[test]
fn a_sound_store_verifies_and_counts_every_reading_once() {
    let (bench, _reader, _) = filled(300);
    let report = verify(&database_path(bench.dir.path())).expect("verifies");
    assert!(report.is_sound(), "{:?}", report.problems);
    assert_eq!(
        report.readings_in_chunks + report.readings_in_journal,
        1_200
    );
    assert!(report.readings_in_chunks > 700 && report.readings_in_journal > 300);
    assert!(report.tables.contains(&("chunk".to_owned(), 2)));
}

#[test]
fn too_many_readings_for_a_state_are_those_of_the_newest_whole_days() {
    let (_bench, reader, _) = filled(1_000);
    let (all, cut) = reader.newest_days(PatientNumber(1), 2_000).expect("reads");
    assert_eq!((all.len(), cut), (2_000, None));

    let (newest, cut) = reader.newest_days(PatientNumber(1), 1_999).expect("reads");
    let from = cut.expect("says since when");
    assert_eq!(from.epoch_ms() % DAY, 0);
    let expected: Vec<_> = all.iter().filter(|point| point.at >= from).collect();
    assert!(expected.len() > 1_999 - 576, "a day more would have fitted");
    assert!(
        newest.iter().eq(expected),
        "every vital from the same day on"
    );

    let (none, cut) = reader.newest_days(PatientNumber(1), 10).expect("reads");
    assert!(none.is_empty() && cut.is_some());
}

/// Changes a file's database with plain SQL.
fn vandalise(path: &Path, sql: &str) {
    let conn = rusqlite::Connection::open(path).expect("opens");
    conn.execute_batch(sql).expect("runs");
}

#[test]
fn verify_names_every_kind_of_damage() {
    let damages = [
        (
            "UPDATE journal SET previous = previous - 1 WHERE seq = 590",
            "chained",
        ),
        ("UPDATE journal SET stamp = 5 WHERE seq = 590", "earlier"),
        (
            "UPDATE journal SET kind = 77 WHERE seq = 590",
            "unknown kind",
        ),
        (
            "UPDATE journal SET body = x'00' WHERE seq = 590",
            "journal row 590",
        ),
        (
            "UPDATE chunk SET readings = 1",
            "does not hold what its row says",
        ),
        (
            "UPDATE chunk SET patient = 1, first_seq = 0",
            "another holds too",
        ),
        ("UPDATE rolled SET seq = 9999", "roll-ups beyond"),
        ("UPDATE rolled SET seq = 1", "chunks beyond"),
        (
            "DELETE FROM patient WHERE number = 2",
            "chunks of unknown patients",
        ),
        ("UPDATE patient SET document = '{}'", "documents of patient"),
        (
            "INSERT INTO device_state VALUES (1, 99999, '1', x'')",
            "device snapshots",
        ),
        (
            "INSERT INTO alert VALUES ('alr_1', 1, 'news2', NULL, 'high', 'active', 'open',
                 0, 0, 4, '{}')",
            "newest event is missing",
        ),
        (
            "INSERT INTO void VALUES (200, 0, 1, 1, 0, NULL)",
            "both sides",
        ),
    ];
    let (bench, _reader, _) = filled(300);
    let sound = bench.dir.path().join("sound.db");
    backup(bench.dir.path(), &sound, |_, _| {}).expect("copies");
    for (sql, expected) in damages {
        let copy = bench.dir.path().join("copy.db");
        std::fs::copy(&sound, &copy).expect("copies");
        vandalise(&copy, sql);
        let report = verify(&copy).expect("reads");
        let found = report
            .problems
            .iter()
            .any(|problem| problem.contains(expected));
        assert!(found, "{sql}: {:?}", report.problems);
    }
}

#[test]
fn verify_finds_a_flipped_byte_in_any_chunk() {
    let (bench, _reader, _) = filled(300);
    let copy = bench.dir.path().join("copy.db");
    backup(bench.dir.path(), &copy, |_, _| {}).expect("copies");
    let bytes = std::fs::read(&copy).expect("reads");
    let body: Vec<u8> = rusqlite::Connection::open(&copy)
        .and_then(|conn| conn.query_row("SELECT body FROM chunk", [], |row| row.get(0)))
        .expect("a chunk");
    // The end of a body is one stretch of the file.
    let piece = &body[body.len() - 40..];
    let at = bytes
        .windows(40)
        .position(|window| window == piece)
        .expect("in the file");
    for place in [0, 17, 39] {
        let mut changed = bytes.clone();
        changed[at + place] ^= 0x10;
        std::fs::write(&copy, &changed).expect("writes");
        let report = verify(&copy).expect("reads");
        assert_eq!(report.problem_count, 1, "{:?}", report.problems);
        assert!(report.problems[0].contains("checksum"));
    }
}

#[test]
fn a_backup_made_under_load_is_consistent_and_restores() {
    let (mut bench, _reader, _) = filled(900);
    let data_dir = bench.dir.path().to_path_buf();
    let target = data_dir.join("backup.db");
    let done = AtomicBool::new(false);
    let steps = std::thread::scope(|scope| {
        let copying = scope.spawn(|| {
            let mut steps = 0;
            let result = backup(&data_dir, &target, |_, _| steps += 1);
            done.store(true, Ordering::SeqCst);
            result.expect("copies");
            steps
        });
        let mut written = 0;
        while !done.load(Ordering::SeqCst) || written < 20 {
            let mut writes = Writes::default();
            let at = START + (900 + written) * 300_000;
            let reading = (at, Vital::HeartRate, 61.0, Quality::Good);
            bench.readings(&mut writes, 1, 1, at + 150, &[reading]);
            bench.commit(&writes);
            written += 1;
        }
        copying.join().expect("no panic")
    });
    assert!(steps > 0);
    let again = backup(&data_dir, &target, |_, _| {});
    assert!(matches!(again, Err(BackupError::Exists { .. })));

    let fresh = tempfile::tempdir().expect("a directory");
    let restored = fresh.path().join("data");
    let report = restore(&target, &restored).expect("restores");
    assert!(report.is_sound());
    let readings = report.readings_in_chunks + report.readings_in_journal;
    assert!(readings >= 3_600, "{readings}");
    let (writer, _) = Writer::open(&restored, &Settings::default()).expect("opens");
    let reader = Reader::open(&restored, &Settings::default(), writer.heads()).expect("opens");
    assert_eq!(count(&reader, 2), 1_800);
    assert!(count(&reader, 1) >= 1_800);
    drop(writer);
    let over = restore(&target, &restored);
    assert!(matches!(over, Err(BackupError::Exists { .. })), "{over:?}");
}

#[test]
fn a_damaged_backup_is_not_restored() {
    let (bench, _reader, _) = filled(30);
    let target = bench.dir.path().join("backup.db");
    backup(bench.dir.path(), &target, |_, _| {}).expect("copies");
    vandalise(&target, "UPDATE chunk SET moments = moments + 1");
    let fresh = tempfile::tempdir().expect("a directory");
    let refused = restore(&target, fresh.path());
    assert!(
        matches!(refused, Err(BackupError::Damaged { problems: 2, .. })),
        "{refused:?}"
    );
    assert!(!database_path(fresh.path()).exists());
}

#[test]
fn retention_drops_old_chunks_in_slices_and_gives_pages_back() {
    let (mut bench, reader, mut planner) = filled(2_000);
    roll(&mut bench, &reader, &mut planner);
    let settings = Settings {
        retention_days: 3,
        ..Settings::default()
    };
    let last = START + 2_000 * 300_000;
    let kept = count(&reader, 1);
    // The first chunk ends after two thirds.
    let first = START + 2_000 * 2 / 3 * 300_000;
    let early = ClinicalTime::from_epoch_ms(first + 2 * DAY);
    let early = Retention::default()
        .look(&reader, early, &settings)
        .expect("plans");
    assert!(
        early.is_empty(),
        "a chunk goes when its newest reading is old"
    );
    assert_eq!(kept, 4_000);
    let late = ClinicalTime::from_epoch_ms(last + 4 * DAY);
    let mut retention = Retention::default();
    loop {
        let writes = retention.look(&reader, late, &settings).expect("plans");
        if writes.is_empty() {
            break;
        }
        for write in writes {
            bench.write(vec![write]);
        }
    }
    assert_eq!((count(&reader, 1), count(&reader, 2)), (0, 0));
    let path = database_path(bench.dir.path());
    let pages = |name: &str| -> u64 {
        let conn = rusqlite::Connection::open(&path).expect("opens");
        conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))
            .expect("a number")
    };
    let before = pages("page_count");
    while let Some(write) = rollup::vacuum(&reader).expect("plans") {
        bench.write(vec![write]);
    }
    let after = pages("page_count");
    assert!(after < before, "{after} of {before} pages");
    assert!(
        verify(&database_path(bench.dir.path()))
            .expect("reads")
            .is_sound()
    );
}

#[test]
fn readings_of_the_canary_are_gone_after_a_day() {
    let (mut bench, reader, mut planner) = filled(300);
    roll(&mut bench, &reader, &mut planner);
    let Write::Patient(mut canary) = patient(2, "ward-a") else {
        unreachable!("it makes a patient");
    };
    canary.id = crate::domain::PatientId::canary();
    bench.write(vec![Write::Patient(canary)]);
    let newest = START + 300 * 300_000;
    let settings = Settings::default();
    for (at, gone) in [(newest, false), (newest + DAY, true)] {
        let now = ClinicalTime::from_epoch_ms(at);
        let writes = Retention::default().look(&reader, now, &settings);
        for write in writes.expect("plans") {
            bench.write(vec![write]);
        }
        assert_eq!(count(&reader, 2) == 0, gone);
        assert_eq!(count(&reader, 1), 600, "a patient's stay");
    }
}

#[test]
fn the_journal_is_pruned_below_what_somebody_needs() {
    let settings = Settings::default();
    let now = ClinicalTime::from_epoch_ms(START);
    let sink = |seq, days: i64| SinkHold {
        seq,
        stamp: now.plus_ms(-days * DAY),
    };
    let below = |snapshot, unrolled, sinks: &[SinkHold]| {
        let limit = prune_limit(snapshot, unrolled, sinks, now, &settings);
        (limit.below, limit.sinks_given_up)
    };
    assert_eq!(below(100, 500, &[]), (101, 0));
    assert_eq!(below(900, 500, &[]), (500, 0));
    assert_eq!(below(900, 500, &[sink(49, 6)]), (50, 0));
    assert_eq!(below(900, 500, &[sink(49, 8)]), (500, 1));
    assert_eq!(below(900, 500, &[sink(49, 8), sink(60, 1)]), (61, 1));
}

#[test]
fn the_newest_row_is_never_pruned() {
    let (mut bench, reader, mut planner) = filled(30);
    roll(&mut bench, &reader, &mut planner);
    let prune = Write::PruneJournal {
        below: u64::MAX >> 1,
        rows_max: 1_000_000,
    };
    bench.write(vec![prune]);
    bench.reopen();
    let loaded = bench.writer().load().expect("loads");
    assert_eq!((loaded.oldest_seq, loaded.newest_seq), (Some(60), 60));
}

#[test]
fn a_roll_up_from_an_older_snapshot_changes_nothing() {
    let (mut bench, reader, mut planner) = filled(30);
    let stale = rollup::compress(&reader, PatientNumber(1)).expect("compresses");
    roll(&mut bench, &reader, &mut planner);
    bench.write(vec![stale.expect("there are rows")]);
    assert_eq!(count(&reader, 1), 60);
    assert!(
        verify(&database_path(bench.dir.path()))
            .expect("reads")
            .is_sound()
    );
}

#[test]
fn patients_are_rolled_up_together_when_their_rows_are_a_good_share_of_the_journal() {
    let (mut bench, reader, mut planner) = filled(400);
    while planner.observe(&reader).expect("observes") {}
    let joint = |planner: &Planner, rollup_rows_min| {
        let settings = Settings {
            rollup_rows_min,
            ..Settings::default()
        };
        let joint = planner.joint(&settings)?;
        Some(
            joint
                .patients
                .iter()
                .map(|(patient, _)| patient.0)
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(joint(&planner, 10), Some(vec![1, 2]));
    assert_eq!(joint(&planner, 100_000), None, "no tail is long enough");
    planner.done(PatientNumber(2), bench.seq);
    assert_eq!(joint(&planner, 10), Some(vec![1]));
    let mut writes = Writes::default();
    for i in 0..2_000 {
        let at = START + (400 + i) * 300_000;
        let readings = [(at, Vital::HeartRate, 70.0, Quality::Good)];
        bench.readings(&mut writes, 2, 2, at, &readings);
    }
    bench.commit(&writes);
    while planner.observe(&reader).expect("observes") {}
    planner.done(PatientNumber(2), bench.seq);
    assert_eq!(
        joint(&planner, 10),
        None,
        "one row in sixteen is not worth it"
    );
}

#[test]
fn a_joint_pass_that_meets_too_much_ends_early_and_leaves_the_rest() {
    let (mut bench, reader, mut planner) = filled(400);
    let before = count(&reader, 1);
    while planner.observe(&reader).expect("observes") {}
    let settings = Settings {
        rollup_rows_min: 10,
        ..Settings::default()
    };
    let mut passes = 0;
    while let Some(joint) = planner.joint(&settings) {
        let mut harvest = Harvest::read_at_most(&reader, &joint, 2_000).expect("reads");
        for (patient, _) in joint.patients {
            let write = rollup::compress_harvested(&reader, patient, &mut harvest);
            let Some(Write::Rollup(rollup)) = write.expect("compresses") else {
                panic!("there are rows");
            };
            let seq = rollup.seq;
            assert!(passes > 0 || seq < bench.seq, "the pass ends early");
            bench.write(vec![Write::Rollup(rollup)]);
            planner.done(patient, seq);
            assert!(
                planner.oldest_unrolled() <= seq + 1,
                "the rest is not forgotten"
            );
        }
        passes += 1;
    }
    assert_eq!(passes, 1, "what is left counts as too little for another");
    assert_eq!(planner.waiting().len(), 2);
    super::queries::roll(&mut bench, &reader, &mut planner);
    assert_eq!(count(&reader, 1), before);
    let report = verify(&database_path(bench.dir.path())).expect("reads");
    assert!(report.is_sound());
}
