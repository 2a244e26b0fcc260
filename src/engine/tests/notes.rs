//! Notes on patients, through the engine and over a restart.

use super::bench::{Answer, Bench, HOUR, How, Live, Said, order, patient, ward};
use crate::domain::{ClinicalTime, PatientNumber};
use crate::engine::Input;
use crate::registry::{Command, CommandError, Note, NoteId};
use crate::store::{NotesQuery, Write};
use tokio::sync::oneshot;

fn write(at: i64, text: &str) -> Said {
    let (patient, text) = (patient("ada"), text.to_owned());
    order(at, Command::WriteNote { patient, text })
}

fn withdraw(at: i64, note: u64) -> Said {
    let command = Command::WithdrawNote {
        patient: patient("ada"),
        note: NoteId(note),
        reason: "wrong bed".to_owned(),
    };
    order(at, command)
}

fn made(answer: Option<Answer>) -> Option<String> {
    answer.expect("answered").expect("accepted").id
}

fn notes(live: &Live) -> Vec<Note> {
    let query = NotesQuery {
        patient: PatientNumber(0),
        from: ClinicalTime::from_epoch_ms(i64::MIN),
        until: ClinicalTime::from_epoch_ms(i64::MAX),
        before: None,
        limit: 100,
    };
    live.reader.notes(&query).expect("reads")
}

#[test]
fn a_note_outlives_a_restart_is_known_again_and_says_nothing_in_the_audit() {
    let bench = Bench::new();
    let live = bench.start(&How::default());
    live.say(&ward(&["ada"], &[]), 0);
    let one = |number: u64| Some(number.to_string());
    assert_eq!(made(live.one(write(1_000, "very pale"))), one(1));
    assert_eq!(made(live.one(write(2_000, "asleep"))), one(2));
    assert_eq!(made(live.one(withdraw(3_000, 1))), one(1));
    live.stop();
    let live = bench.start(&How::default());
    assert_eq!(made(live.one(write(4_000, "asleep"))), one(2), "sent again");
    let again = live.one(withdraw(5_000, 1)).expect("answered");
    assert!(matches!(again, Err(CommandError::Conflict { .. })));
    assert_eq!(made(live.one(write(HOUR, "awake"))), one(3));
    let found = notes(&live);
    let texts: Vec<_> = found.iter().map(|note| note.text.as_str()).collect();
    assert_eq!(texts, ["awake", "asleep", "very pale"]);
    let withdrawn = found[2].withdrawn.as_ref().expect("it is");
    assert_eq!(withdrawn.reason, "wrong bed");
    assert!(found[1].withdrawn.is_none());
    let audit = live.reader.audit(None, 100).expect("reads");
    let wrote = |action: &str| audit.iter().filter(|line| line.action == action).count();
    assert_eq!((wrote("write_note"), wrote("withdraw_note")), (4, 1));
    for line in audit {
        for words in ["pale", "asleep", "awake", "wrong bed"] {
            assert!(!line.document.contains(words), "{}", line.document);
        }
    }
}

#[test]
fn what_retention_drops_is_forgotten_by_the_engine_too() {
    let bench = Bench::new();
    let live = bench.start(&How::default());
    live.say(&ward(&["ada"], &[]), 0);
    made(live.one(write(1_000, "asleep")));
    let before = ClinicalTime::from_epoch_ms(super::bench::START + 2_000);
    let (reply, done) = oneshot::channel();
    let writes = vec![Write::DropNotes { before }];
    live.send(Input::Maintenance { writes, reply });
    done.blocking_recv().expect("committed");
    assert!(notes(&live).is_empty());
    let gone = live.one(withdraw(3_000, 1)).expect("answered");
    assert!(matches!(gone, Err(CommandError::NotFound { what: "note" })));
}
