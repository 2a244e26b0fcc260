//! Notes of the last hours, as they stood at a moment.

use super::bounds::{Bounds, Untold};
use crate::api::moment::Moment;
use crate::api::source::ReadSource;
use crate::domain::{ClinicalTime, PatientNumber};
use crate::registry::Note;
use crate::store::NotesQuery;
use serde::Serialize;

/// Hours that are looked back: a shift.
const HOURS: i64 = 12;

/// A note that nobody had withdrawn then.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = HandoverNote)]
pub(in crate::api) struct Noted {
    pub(in crate::api) ward: String,
    /// The pseudonym.
    pub(in crate::api) patient: String,
    pub(in crate::api) at: Moment,
    pub(in crate::api) author: String,
    pub(in crate::api) text: String,
}

/// Notes on a patient of the hours before `at`, the newest first.
pub(super) fn read(
    source: &dyn ReadSource,
    patient: PatientNumber,
    (ward, id): (&str, &str),
    at: ClinicalTime,
    bounds: &mut Bounds,
) -> Result<Vec<Noted>, Untold> {
    let notes = source.notes(&NotesQuery {
        patient,
        from: at.plus_ms(-HOURS * 3_600_000),
        until: at,
        before: None,
        limit: bounds.rows + 1,
    })?;
    bounds.take_rows(notes.len())?;
    let holds = |note: &Note| note.withdrawn.as_ref().is_none_or(|one| one.at >= at);
    let noted = notes.into_iter().filter(holds).map(|note| Noted {
        ward: ward.to_owned(),
        patient: id.to_owned(),
        at: note.at.into(),
        author: note.author,
        text: note.text,
    });
    Ok(noted.collect())
}
