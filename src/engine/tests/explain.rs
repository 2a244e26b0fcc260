//! Alerts decided again: the same while nothing was touched, and what was is named.

use super::bench::{Bench, How, MINUTE, message, tick};
use super::rules::{minute, observed, rule, start, with};
use crate::domain::{AlertId, PatientNumber, Vital};
use crate::engine::{Explanation, Input, VERSION, Verdict, explain};
use crate::store::{self, Reader, Write, database_path, entry, rollup};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::oneshot;

pub(super) const RETENTION_DAYS: u32 = 365;

/// Rule `fast` raised by a minute that closed (1), a fever by a message (2).
pub(super) fn ward() -> (Bench, How) {
    let (bench, how) = (Bench::new(), with(&[rule(120)]));
    let mut said = start();
    said.extend((1..8).map(|at| minute(at, 130)));
    for at in 8..12 {
        let values = r#""hr":80,"temp":38.9"#;
        said.push(message(
            "watch",
            at * MINUTE,
            at as u64,
            at * MINUTE,
            values,
        ));
    }
    said.push(tick(600 * MINUTE));
    bench.run(&how, &said);
    (bench, how)
}

pub(super) fn reader(bench: &Bench) -> Reader {
    Reader::offline(&database_path(bench.path()), &Default::default()).expect("opens")
}

fn explained(reader: &Reader, number: u32) -> Explanation {
    let alert = AlertId::new(&format!("alr_0badcafe_0_{number}")).expect("valid");
    explain(reader, &alert, RETENTION_DAYS).expect("explained")
}

pub(super) fn change(bench: &Bench, sql: &str) {
    let conn = Connection::open(database_path(bench.path())).expect("opens");
    assert!(conn.execute(sql, []).expect("runs") > 0, "{sql}");
}

/// Replaces a text by one of the same length wherever it stands in the capsule.
pub(super) fn change_capsule(bench: &Bench, number: u32, from: &str, to: &str) {
    assert_eq!(from.len(), to.len());
    let conn = Connection::open(database_path(bench.path())).expect("opens");
    let id = format!("alr_0badcafe_0_{number}");
    let sql = "SELECT body FROM capsule WHERE alert = ?1";
    let mut body: Vec<u8> = conn.query_row(sql, [&id], |row| row.get(0)).expect("read");
    let places = body.windows(from.len()).enumerate();
    let places: Vec<_> = places
        .filter(|(_, w)| *w == from.as_bytes())
        .map(|(p, _)| p)
        .collect();
    assert!(!places.is_empty(), "{from}");
    for place in places {
        body[place..place + to.len()].copy_from_slice(to.as_bytes());
    }
    let sql = "UPDATE capsule SET body = ?1 WHERE alert = ?2";
    conn.execute(sql, (body, id)).expect("written");
}

/// Makes the vital's value in the journal row of that minute another.
fn change_reading(bench: &Bench, at_minute: i64, vital: Vital) {
    let conn = Connection::open(database_path(bench.path())).expect("opens");
    let stamp = super::bench::clinical(at_minute * MINUTE);
    let sql = "SELECT seq, body FROM journal WHERE kind = 1 AND stamp = ?1";
    let (seq, body): (u64, Vec<u8>) = conn
        .query_row(sql, [stamp.epoch_ms()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .expect("read");
    let mut entry = entry::decode(&body, stamp).expect("decodes");
    let reading = entry
        .readings
        .iter_mut()
        .find(|reading| reading.vital == vital);
    reading.expect("it is there").value += 1.0;
    let mut bytes = Vec::new();
    entry::encode(
        &entry.header,
        &entry.readings,
        &entry.qualities,
        stamp,
        &mut bytes,
    );
    let sql = "UPDATE journal SET body = ?1 WHERE seq = ?2";
    conn.execute(sql, (bytes, seq)).expect("written");
}

fn problems(bench: &Bench, number: u32) -> Vec<String> {
    let explained = explained(&reader(bench), number);
    assert_eq!(explained.verdict, Verdict::Mismatch, "{explained:?}");
    explained.problems
}

#[test]
fn what_was_not_touched_is_decided_again_the_same() {
    let (bench, _) = ward();
    let reader = reader(&bench);
    let kinds = ["rule", "fever_on_treatment"];
    let causes = ["a deadline that passed", "a message of the watch"];
    for ((number, kind), cause) in (1..).zip(kinds).zip(causes) {
        let explained = explained(&reader, number);
        assert_eq!(explained.decision["kind"], kind);
        assert_eq!(explained.problems, [""; 0]);
        assert_eq!(explained.verdict, Verdict::Confirmed);
        assert_eq!(explained.decided_from, cause);
    }
    let missing = AlertId::new("alr_0badcafe_0_99").expect("valid");
    let refused = explain(&reader, &missing, RETENTION_DAYS).expect_err("no such alert");
    assert!(refused.to_string().starts_with("there is no such alert"));
}

#[test]
fn a_stored_reading_that_was_changed_is_named() {
    let (bench, _) = ward();
    change_reading(&bench, 3, Vital::HeartRate);
    let told = "the stored heart_rate of 2026-11-22 (UTC) is not what was judged";
    assert_eq!(
        problems(&bench, 1),
        [told],
        "a minute is judged from earlier messages"
    );
    assert_eq!(problems(&bench, 2), [told]);
    let (bench, _) = ward();
    let decided = explained(&reader(&bench), 2).decided_at;
    change_reading(&bench, 8, Vital::BodyTemperature);
    assert_eq!(decided, "2026-11-22T00:08:00.000Z");
    let told = "the deciding body_temperature measured 2026-11-22T00:08:00.000Z is not stored as \
                it was judged";
    let all = problems(&bench, 2);
    assert_eq!(all.first().map(String::as_str), Some(told), "{all:?}");
    assert_eq!(
        explained(&reader(&bench), 1).verdict,
        Verdict::Confirmed,
        "it came later"
    );
}

#[test]
fn a_changed_rule_or_decision_is_named() {
    let (bench, _) = ward();
    change_capsule(&bench, 1, "heart_rate >= 120", "heart_rate >= 190");
    let told = problems(&bench, 1);
    let expected = [
        "the rules of the capsule are not those that the journal names",
        "rule fast version 120 reads otherwise today, under the same version",
        "decided again, the alert is not raised",
    ];
    assert_eq!(told, expected);

    let (bench, _) = ward();
    change_capsule(&bench, 1, "heart rate 130/min", "heart rate 140/min");
    let told = problems(&bench, 1);
    let expected = [
        "the stored event is not what was decided: evidence.summary",
        "decided again, it is another: evidence.summary",
    ];
    assert_eq!(told, expected);

    let (bench, _) = ward();
    let sql = "UPDATE alert_event SET document = json_set(document, '$.priority', 'low')
               WHERE type = 'alert.raised'";
    change(&bench, sql);
    let told = problems(&bench, 2);
    assert_eq!(told, ["the stored event is not what was decided: priority"]);

    let (bench, _) = ward();
    let sql = "UPDATE alert SET document = json_set(document, '$.raised_at', 'yesterday')";
    change(&bench, sql);
    let told = problems(&bench, 2);
    assert_eq!(
        told,
        ["the stored alert is not what was decided: raised_at"]
    );
}

#[test]
fn a_rule_that_was_revised_is_noted_and_one_changed_in_silence_is_a_mismatch() {
    let (bench, _) = ward();
    bench.run(&with(&[rule(125)]), &[]);
    let revised = explained(&reader(&bench), 1);
    assert_eq!(
        (revised.verdict, revised.problems.len()),
        (Verdict::Confirmed, 0)
    );
    let told = "rule fast was version 120; today it is version 125";
    assert!(
        revised.notes.iter().any(|note| note == told),
        "{:?}",
        revised.notes
    );

    let (bench, _) = ward();
    let silently = rule(120).replace("heart_rate >= 120", "heart_rate >= 119");
    bench.run(&with(&[silently]), &[]);
    let told = "rule fast version 120 reads otherwise today, under the same version";
    assert_eq!(problems(&bench, 1), [told]);

    let (bench, _) = ward();
    bench.run(&with(&[]), &[]);
    let gone = explained(&reader(&bench), 1);
    assert_eq!(gone.problems, [""; 0]);
    assert!(
        gone.notes
            .iter()
            .any(|note| note == "rule fast is no longer in force")
    );
}

/// Compresses every row of the patient and prunes the journal.
pub(super) fn roll_up(bench: &Bench, how: &How) {
    let live = bench.start(how);
    let write = |write: Write| {
        let (reply, done) = oneshot::channel();
        let writes = vec![write];
        live.send(Input::Maintenance { writes, reply });
        done.blocking_recv().expect("committed");
    };
    let compressed = rollup::compress(&live.reader, PatientNumber(0)).expect("reads");
    write(compressed.expect("there are rows"));
    while let Some(prune) = rollup::prune(&live.reader, u64::MAX).expect("reads") {
        write(prune);
    }
    live.stop();
}

/// A backup of it restored elsewhere, while the directory is kept.
pub(super) fn restored(bench: &Bench) -> (TempDir, Reader) {
    let copy = bench.path().join("copy.db");
    store::backup(bench.path(), &copy, |_, _| {}).expect("backed up");
    let elsewhere = tempfile::tempdir().expect("a temporary directory");
    store::restore(&copy, elsewhere.path()).expect("restored");
    let path = database_path(elsewhere.path());
    let reader = Reader::offline(&path, &Default::default()).expect("opens");
    (elsewhere, reader)
}

#[test]
fn it_works_after_roll_up_retention_and_restore() {
    let (bench, how) = ward();
    roll_up(&bench, &how);
    let conn = Connection::open(database_path(bench.path())).expect("opens");
    let sql = "SELECT count(*) FROM journal WHERE kind = 1";
    let rows: u64 = conn.query_row(sql, [], |row| row.get(0)).expect("read");
    assert_eq!(rows, 0, "all rows with readings are in chunks");
    for number in 1..=2 {
        let explained = explained(&reader(&bench), number);
        assert_eq!(explained.problems, [""; 0]);
        assert_eq!(explained.verdict, Verdict::Confirmed);
        assert!(explained.notes[0].ends_with(" stored readings are those that were judged"));
    }

    let (_kept, copy) = restored(&bench);
    assert_eq!(explained(&copy, 2).verdict, Verdict::Confirmed);

    change(&bench, "DELETE FROM chunk");
    assert!(
        !problems(&bench, 2).is_empty(),
        "nothing should be gone yet"
    );
    let alert = AlertId::new("alr_0badcafe_0_2").expect("valid");
    let bare = explain(&self::reader(&bench), &alert, 0).expect("explained");
    assert_eq!(bare.verdict, Verdict::Confirmed);
    assert!(bare.notes[0].ends_with("the capsule alone is what it was decided from again"));
}

#[test]
fn another_version_of_the_code_is_named() {
    let (bench, _) = ward();
    // As long as the own one: the capsule's lengths are not rewritten.
    let (release, number) = VERSION.rsplit_once('-').expect("a number");
    let other = format!("{release}-{}", "0".repeat(number.len()));
    change_capsule(&bench, 1, VERSION, &other);
    let told = "the capsule's version is not the one that the journal names";
    assert_eq!(problems(&bench, 1), [told]);
    let sql = format!(
        "UPDATE journal SET body = CAST(replace(CAST(body AS TEXT), '{VERSION}', '{other}') AS BLOB)
         WHERE kind = 6"
    );
    change(&bench, &sql);
    let explained = explained(&reader(&bench), 1);
    assert_eq!(explained.verdict, Verdict::OtherVersion);
    assert_eq!(explained.version, other);
    let told = &explained.notes[0];
    assert!(told.contains(&other) && told.contains(VERSION), "{told}");
    assert_eq!(
        explained.decision["kind"], "rule",
        "what was decided is shown"
    );
}

#[test]
fn what_came_after_in_the_same_millisecond_does_not_disturb() {
    let (bench, how) = (Bench::new(), with(&[rule(120)]));
    let mut said = start();
    said.push(minute(1, 80));
    // A person's values decide at once; a message of the watch stands on either side.
    said.push(message(
        "watch",
        2 * MINUTE,
        2,
        2 * MINUTE - 9,
        r#""hr":81"#,
    ));
    said.push(observed(2 * MINUTE, 131.0));
    said.push(message(
        "watch",
        2 * MINUTE,
        3,
        2 * MINUTE - 5,
        r#""hr":82"#,
    ));
    bench.run(&how, &said);
    let explained = explained(&reader(&bench), 1);
    assert_eq!(explained.problems, [""; 0]);
    assert_eq!(explained.decided_from, "values that a person measured");
}

#[test]
fn as_a_document_it_says_the_same_and_also_why_nothing_is_left_to_judge_from() {
    let (bench, _) = ward();
    let [alert, unknown] =
        ["1", "99"].map(|number| AlertId::new(&format!("alr_0badcafe_0_{number}")).expect("valid"));
    let document = |alert: &AlertId| {
        crate::engine::explanation(&reader(&bench), alert, RETENTION_DAYS).expect("reads")
    };
    let whole = document(&alert).expect("it is there");
    assert_eq!(whole["verdict"], "confirmed");
    assert_eq!(whole["decision"]["kind"], "rule");
    assert_eq!(document(&unknown), None);
    change(&bench, "UPDATE capsule SET body = x'ff'");
    let damaged = document(&alert).expect("it is there");
    assert_eq!(damaged["verdict"], "cannot");
    assert_eq!(damaged["problems"][0], "the capsule is damaged");
    change(&bench, "DELETE FROM capsule");
    let gone = document(&alert).expect("it is there");
    let words = "the alert has no capsule: what it was decided from is not stored";
    assert_eq!(gone["problems"][0], words);
}
