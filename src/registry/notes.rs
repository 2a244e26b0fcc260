//! Notes on patients: written once and never changed. What turned out wrong is
//! withdrawn by a second hand that says why, and stays to be read.

use super::apply::{Applied, Change};
use super::patients::invalid;
use super::{Command, CommandError, Registry};
use crate::domain::{ClinicalTime, PatientId, PatientNumber};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// Longest text of a note, and of why one was withdrawn, characters.
pub const NOTE_CHARS_MAX: usize = 2_000;
/// Notes kept of one patient.
const NOTES_MAX: usize = 10_000;
/// The same words of the same author so soon after are the same note: somebody
/// pressed the button twice, or a machine tried again.
const REPEAT_MS: i64 = 5 * 60_000;

/// Number of a note, in the order they were written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NoteId(pub u64);

/// What somebody wrote about a patient.
#[derive(Clone, PartialEq, Eq)]
pub struct Note {
    /// Its number.
    pub id: NoteId,
    /// About whom.
    pub patient: PatientNumber,
    /// When it was written.
    pub at: ClinicalTime,
    /// By whom.
    pub author: String,
    /// Plain text.
    pub text: String,
    /// Who took it back, if anybody did.
    pub withdrawn: Option<Withdrawal>,
}

/// That a note no longer holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Since when.
    pub at: ClinicalTime,
    /// Who said so.
    pub author: String,
    /// Why.
    pub reason: String,
}

impl std::fmt::Debug for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Note({}, …)", self.id.0)
    }
}

impl std::fmt::Debug for Withdrawal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Withdrawal(…)")
    }
}

/// What is remembered of a note to take commands about it; its text is the store's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteMark {
    id: NoteId,
    patient: PatientNumber,
    at: ClinicalTime,
    /// Of its author and text.
    digest: u64,
    is_withdrawn: bool,
}

impl From<&Note> for NoteMark {
    fn from(note: &Note) -> Self {
        Self {
            id: note.id,
            patient: note.patient,
            at: note.at,
            digest: digest(&note.author, &note.text),
            is_withdrawn: note.withdrawn.is_some(),
        }
    }
}

impl Registry {
    pub(super) fn apply_to_notes(
        &mut self,
        command: &Command,
        author: &str,
        now: ClinicalTime,
    ) -> Result<Applied, CommandError> {
        match command {
            Command::WriteNote { patient, text } => self.write_note(patient, text, author, now),
            Command::WithdrawNote {
                patient,
                note,
                reason,
            } => self.withdraw_note(patient, *note, reason, author, now),
            _ => Ok(Applied::default()),
        }
    }

    fn write_note(
        &mut self,
        patient: &PatientId,
        text: &str,
        author: &str,
        now: ClinicalTime,
    ) -> Result<Applied, CommandError> {
        let patient = self.number_of(patient)?;
        check_words("text", text)?;
        let digest = digest(author, text);
        let known = self.notes.entry(patient).or_default();
        let repeats = |mark: &&NoteMark| mark.digest == digest && !mark.is_withdrawn;
        let mut recent = known.iter().rev();
        let mut recent = recent
            .by_ref()
            .take_while(|mark| now.ms_since(mark.at) < REPEAT_MS);
        if let Some(same) = recent.find(repeats) {
            return Ok(Applied::new(same.id.0.to_string(), Vec::new()));
        }
        if known.len() >= NOTES_MAX {
            return Err(CommandError::Conflict {
                problem: "a patient has at most 10,000 notes".to_owned(),
            });
        }
        self.newest_note += 1;
        let note = Note {
            id: NoteId(self.newest_note),
            patient,
            at: now,
            author: author.to_owned(),
            text: text.to_owned(),
            withdrawn: None,
        };
        known.push(NoteMark::from(&note));
        let id = note.id.0.to_string();
        Ok(Applied::new(id, vec![Change::NoteWritten(Box::new(note))]))
    }

    fn withdraw_note(
        &mut self,
        patient: &PatientId,
        id: NoteId,
        reason: &str,
        author: &str,
        now: ClinicalTime,
    ) -> Result<Applied, CommandError> {
        let patient = self.number_of(patient)?;
        check_words("reason", reason)?;
        let known = self.notes.get_mut(&patient).into_iter().flatten();
        let missing = CommandError::NotFound { what: "note" };
        let mark = known
            .into_iter()
            .find(|mark| mark.id == id)
            .ok_or(missing)?;
        if mark.is_withdrawn {
            return Err(CommandError::Conflict {
                problem: "the note is withdrawn already".to_owned(),
            });
        }
        mark.is_withdrawn = true;
        let withdrawal = Withdrawal {
            at: now,
            author: author.to_owned(),
            reason: reason.to_owned(),
        };
        let change = Change::NoteWithdrawn(id, Box::new(withdrawal));
        Ok(Applied::new(id.0.to_string(), vec![change]))
    }

    /// Forgets notes written before `limit`, as the store does.
    pub fn forget_notes(&mut self, limit: ClinicalTime) {
        for of_patient in self.notes.values_mut() {
            of_patient.retain(|mark| mark.at >= limit);
        }
    }

    pub(super) fn insert_note(&mut self, mark: NoteMark) {
        self.newest_note = self.newest_note.max(mark.id.0);
        self.notes.entry(mark.patient).or_default().push(mark);
    }

    fn number_of(&self, patient: &PatientId) -> Result<PatientNumber, CommandError> {
        let missing = CommandError::NotFound { what: "patient" };
        self.patient_number(patient).ok_or(missing)
    }
}

fn check_words(field: &'static str, text: &str) -> Result<(), CommandError> {
    let is_fine = !text.trim().is_empty() && text.chars().count() <= NOTE_CHARS_MAX;
    match is_fine {
        true => Ok(()),
        false => Err(invalid(field, "must have 1 to 2,000 characters")),
    }
}

fn digest(author: &str, text: &str) -> u64 {
    // No name holds the separator: the API takes printable characters only.
    xxh3_64(format!("{author}\u{0}{text}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{patient, put};
    use super::*;
    use crate::domain::WardId;

    fn at(seconds: i64) -> ClinicalTime {
        ClinicalTime::from_epoch_ms(seconds * 1_000)
    }

    fn registry() -> Registry {
        let mut registry = Registry::default();
        let id = WardId::new("w").unwrap();
        let label = "Ward".to_owned();
        put(
            &mut registry,
            Command::PutWard {
                id,
                label,
                time_zone: None,
            },
        );
        for id in ["a", "b"] {
            put(&mut registry, patient(id, WardId::new("w").ok()));
        }
        registry
    }

    fn id(patient: &str) -> PatientId {
        PatientId::new(patient).unwrap()
    }

    fn write(
        registry: &mut Registry,
        (of, author): (&str, &str),
        text: &str,
        seconds: i64,
    ) -> Result<(String, usize), CommandError> {
        let (patient, text) = (id(of), text.to_owned());
        let command = Command::WriteNote { patient, text };
        let applied = registry.apply(&command, author, at(seconds))?.unwrap();
        Ok((applied.id.unwrap(), applied.changes.len()))
    }

    fn withdraw(registry: &mut Registry, of: &str, note: u64) -> Result<(), CommandError> {
        let command = Command::WithdrawNote {
            patient: id(of),
            note: NoteId(note),
            reason: "wrong patient".to_owned(),
        };
        registry.apply(&command, "eve", at(1_000)).map(drop)
    }

    #[test]
    fn a_note_that_is_sent_twice_is_written_once() {
        let mut registry = registry();
        let ann = ("a", "ann");
        let made = |number: &str| Ok((number.to_owned(), 1));
        assert_eq!(write(&mut registry, ann, "well", 0), made("1"));
        let known = Ok(("1".to_owned(), 0));
        assert_eq!(write(&mut registry, ann, "well", 299), known);
        assert_eq!(write(&mut registry, ("a", "bob"), "well", 299), made("2"));
        assert_eq!(write(&mut registry, ("b", "ann"), "well", 299), made("3"));
        assert_eq!(write(&mut registry, ann, "better", 299), made("4"));
        assert_eq!(write(&mut registry, ann, "well", 300), made("5"));
        // What was taken back may be said again.
        withdraw(&mut registry, "a", 5).unwrap();
        assert_eq!(write(&mut registry, ann, "well", 301), made("6"));
    }

    #[test]
    fn a_note_is_withdrawn_once_where_it_stands() {
        let mut registry = registry();
        write(&mut registry, ("a", "ann"), "well", 0).unwrap();
        let missing = Err(CommandError::NotFound { what: "note" });
        assert_eq!(withdraw(&mut registry, "b", 1), missing);
        assert_eq!(withdraw(&mut registry, "a", 2), missing);
        assert_eq!(withdraw(&mut registry, "a", 1), Ok(()));
        let again = withdraw(&mut registry, "a", 1);
        assert!(matches!(again, Err(CommandError::Conflict { .. })));
    }

    #[test]
    fn words_are_bounded_and_numbers_go_on_after_a_restart() {
        let mut registry = registry();
        for text in ["", " \n ", &"ä".repeat(2_001)] {
            let refused = write(&mut registry, ("a", "ann"), text, 0);
            assert!(matches!(refused, Err(CommandError::Invalid { .. })));
        }
        let long = "ä".repeat(2_000);
        write(&mut registry, ("a", "ann"), &long, 0).unwrap();
        let note = Note {
            id: NoteId(7),
            patient: registry.patient_number(&id("b")).unwrap(),
            at: at(0),
            author: "ann".to_owned(),
            text: "well".to_owned(),
            withdrawn: None,
        };
        registry.insert_note(NoteMark::from(&note));
        assert_eq!(
            write(&mut registry, ("b", "ann"), "well", 9),
            Ok(("7".to_owned(), 0))
        );
        registry.forget_notes(at(1));
        assert_eq!(
            write(&mut registry, ("b", "ann"), "well", 9),
            Ok(("8".to_owned(), 1))
        );
    }
}
