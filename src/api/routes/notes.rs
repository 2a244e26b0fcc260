//! `/v1/patients/{id}/notes`: what people write about a patient, as a record.

use super::Answer;
use super::changed::Changed;
use super::patients::find;
use super::text::Faults;
use crate::api::access::{SeesPatients, WritesNotes};
use crate::api::cursor::{self, Page};
use crate::api::extract::{At, Body};
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::query::Asked;
use crate::api::state::ApiState;
use crate::domain::{ClinicalTime, PatientId};
use crate::registry::{Command, NOTE_CHARS_MAX, Note, NoteId, Withdrawal};
use crate::store::NotesQuery;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

/// A note on a patient. Its text never changes.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Note)]
pub(in crate::api) struct NoteView {
    id: u64,
    at: Moment,
    author: String,
    /// Plain text.
    text: String,
    /// Who said that it does not hold, and why; absent while it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawn: Option<WithdrawalView>,
}

/// That a note no longer holds.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = NoteWithdrawal)]
pub(in crate::api) struct WithdrawalView {
    at: Moment,
    author: String,
    reason: String,
}

impl From<Note> for NoteView {
    fn from(note: Note) -> Self {
        Self {
            id: note.id.0,
            at: note.at.into(),
            author: note.author,
            text: note.text,
            withdrawn: note.withdrawn.map(WithdrawalView::from),
        }
    }
}

impl From<Withdrawal> for WithdrawalView {
    fn from(withdrawal: Withdrawal) -> Self {
        Self {
            at: withdrawal.at.into(),
            author: withdrawal.author,
            reason: withdrawal.reason,
        }
    }
}

/// Which notes.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct NotesAsk {
    /// Only those written at or after.
    from: Option<Moment>,
    /// Only those written before.
    until: Option<Moment>,
    /// Page length, 1 to 1000.
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A new note.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WriteNote {
    /// Plain text, at most 2,000 characters.
    text: String,
}

/// That a note does not hold.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WithdrawNote {
    /// Its id.
    note: u64,
    /// Why, at most 2,000 characters.
    reason: String,
}

/// Notes on a patient, the newest first, those that were withdrawn too.
#[utoipa::path(get, path = "/v1/patients/{id}/notes", tag = "patients",
    security(("token" = ["see_patients"])), params(("id" = String, Path), NotesAsk),
    responses((status = 200, body = Page<NoteView>)))]
pub(in crate::api) async fn list(
    SeesPatients(caller): SeesPatients,
    State(state): State<ApiState>,
    At(id): At<PatientId>,
    Asked(ask): Asked<NotesAsk>,
) -> Answer<Page<NoteView>> {
    let limit = cursor::limit(ask.limit)?;
    let before: Option<NoteId> = cursor::decode(ask.cursor.as_deref())?;
    let patient = find(&state, &caller, &id).await?;
    let or = |at: Option<Moment>, otherwise| {
        at.map_or(ClinicalTime::from_epoch_ms(otherwise), Moment::clinical)
    };
    let query = NotesQuery {
        patient: patient.number,
        from: or(ask.from, i64::MIN),
        until: or(ask.until, i64::MAX),
        before,
        limit: limit + 1,
    };
    let notes = state
        .read(&caller, move |source| source.notes(&query))
        .await?;
    state.audit_read(&caller, "read notes", id.as_str()).await?;
    Ok(Json(cursor::page(
        notes,
        limit,
        |last: &Note| last.id,
        NoteView::from,
    )))
}

/// Writes a note; the caller's name is its author. The same words of the same
/// author within five minutes are the same note.
#[utoipa::path(post, path = "/v1/patients/{id}/notes", tag = "patients",
    security(("token" = ["write_notes"])), params(("id" = String, Path)),
    request_body = WriteNote, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn write(
    WritesNotes(caller): WritesNotes,
    State(state): State<ApiState>,
    At(patient): At<PatientId>,
    Body(body): Body<WriteNote>,
) -> Answer<Changed> {
    let text = words(&body.text, "#/text")?;
    let command = Command::WriteNote { patient, text };
    Ok(Json(state.command(&caller, command).await?.into()))
}

/// Says that a note does not hold, and why. It stays, marked so.
#[utoipa::path(post, path = "/v1/patients/{id}/notes/withdraw", tag = "patients",
    security(("token" = ["write_notes"])), params(("id" = String, Path)),
    request_body = WithdrawNote, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn withdraw(
    WritesNotes(caller): WritesNotes,
    State(state): State<ApiState>,
    At(patient): At<PatientId>,
    Body(body): Body<WithdrawNote>,
) -> Answer<Changed> {
    let command = Command::WithdrawNote {
        patient,
        note: NoteId(body.note),
        reason: words(&body.reason, "#/reason")?,
    };
    Ok(Json(state.command(&caller, command).await?.into()))
}

fn words(text: &str, pointer: &str) -> Result<String, Problem> {
    let mut faults = Faults::default();
    faults.text(text, NOTE_CHARS_MAX, pointer);
    faults.check()?;
    Ok(text.trim().to_owned())
}
