//! Notes on patients: kept as written.

use super::support::{Bench, START, patient};
use crate::domain::{ClinicalTime, PatientNumber};
use crate::registry::{Note, NoteId, NoteMark, Withdrawal};
use crate::store::rollup::Retention;
use crate::store::{NotesQuery, Reader, Settings, Write, database_path, verify};

const DAY_MS: i64 = 86_400_000;

fn at(seconds: i64) -> ClinicalTime {
    ClinicalTime::from_epoch_ms(START + seconds * 1_000)
}

fn note(id: u64, patient: u32, text: &str) -> Note {
    Note {
        id: NoteId(id),
        patient: PatientNumber(patient),
        at: at(id as i64),
        author: "Ann".to_owned(),
        text: text.to_owned(),
        withdrawn: None,
    }
}

fn withdrawal(reason: &str) -> Withdrawal {
    Withdrawal {
        at: at(60),
        author: "Bob".to_owned(),
        reason: reason.to_owned(),
    }
}

fn withdrawn(id: u64, reason: &str) -> Write {
    Write::NoteWithdrawn {
        note: NoteId(id),
        withdrawal: Box::new(withdrawal(reason)),
    }
}

fn store() -> (Bench, Reader) {
    let mut bench = Bench::new();
    let heads = bench.writer().heads();
    let reader = Reader::open(bench.dir.path(), &bench.settings, heads).expect("opens");
    bench.write(vec![patient(1, "a"), patient(2, "a")]);
    let notes = [
        note(1, 1, "<b>well"),
        note(2, 2, "other"),
        note(3, 1, "ill"),
    ];
    bench.write(notes.map(Box::new).map(Write::Note).into());
    (bench, reader)
}

fn asked(before: Option<u64>, span: (i64, i64), limit: usize) -> NotesQuery {
    NotesQuery {
        patient: PatientNumber(1),
        from: at(span.0),
        until: at(span.1),
        before: before.map(NoteId),
        limit,
    }
}

#[test]
fn notes_come_newest_first_by_patient_time_and_page() {
    let (_bench, reader) = store();
    let ids = |query| -> Vec<u64> {
        let found = reader.notes(&query).expect("answers");
        found.iter().map(|note| note.id.0).collect()
    };
    assert_eq!(ids(asked(None, (0, 100), 10)), [3, 1]);
    assert_eq!(ids(asked(None, (0, 100), 1)), [3]);
    assert_eq!(ids(asked(Some(3), (0, 100), 10)), [1]);
    assert_eq!(ids(asked(None, (1, 3), 10)), [1]);
}

#[test]
fn a_note_is_withdrawn_once_and_its_text_stays_also_over_a_restart_and_a_backup() {
    let (mut bench, reader) = store();
    bench.write(vec![withdrawn(1, "wrong bed"), withdrawn(1, "no, right")]);
    bench.reopen();
    let mut expected = note(1, 1, "<b>well");
    expected.withdrawn = Some(withdrawal("wrong bed"));
    let found = reader
        .notes(&asked(Some(2), (0, 100), 10))
        .expect("answers");
    assert!(found == [expected.clone()]);
    let marks = bench.writer().load().expect("loads").notes;
    assert_eq!(marks.len(), 3);
    assert_eq!(marks[0], NoteMark::from(&expected));
    let copies = tempfile::tempdir().expect("a directory");
    let copy = copies.path().join("copy.db");
    crate::store::backup(bench.dir.path(), &copy, |_, _| {}).expect("is copied");
    let report = verify(&copy).expect("is read");
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    assert!(report.tables.contains(&("note".to_owned(), 3)));
}

#[test]
fn a_half_withdrawn_note_and_one_on_nobody_are_found_by_verify() {
    let (mut bench, _reader) = store();
    bench.write(vec![Write::Note(Box::new(note(4, 9, "lost")))]);
    let path = database_path(bench.dir.path());
    let conn = rusqlite::Connection::open(&path).expect("opens");
    let sql = "UPDATE note SET withdrawn_at = 1 WHERE id = 1";
    conn.execute(sql, []).expect("is damaged");
    let problems = verify(&path).expect("is read").problems.join("\n");
    assert!(
        problems.contains("1 notes of unknown patients"),
        "{problems}"
    );
    assert!(
        problems.contains("1 withdrawals of notes without"),
        "{problems}"
    );
}

#[test]
fn retention_ends_notes_with_the_readings() {
    let (mut bench, reader) = store();
    let settings = Settings {
        retention_days: 3,
        ..Settings::default()
    };
    let look = |now: i64| {
        let now = ClinicalTime::from_epoch_ms(START + now);
        let writes = Retention::default().look(&reader, now, &settings);
        writes.expect("plans")
    };
    assert!(look(3 * DAY_MS).is_empty());
    bench.write(look(3 * DAY_MS + 3_000));
    let left = reader.notes(&asked(None, (0, 100), 10)).expect("answers");
    assert_eq!(left.len(), 1, "what is younger stays");
}
