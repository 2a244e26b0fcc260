//! Notes on a patient, and the form that writes one: the same as through the API.

use super::page::{self, Said};
use crate::api::access::{Caller, WritesNotes};
use crate::api::extract::{At, Body, parse};
use crate::api::language::say;
use crate::api::pages::fields::Times;
use crate::api::pages::form::Form;
use crate::api::pages::refused::Refused;
use crate::api::pages::signed_in::SignedIn;
use crate::api::problem::Problem;
use crate::api::routes::notes;
use crate::api::source::{ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::{ClinicalTime, PatientId, PatientNumber};
use crate::registry::{Note, Permission};
use crate::store::NotesQuery;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Notes of the page.
pub(super) const SHOWN_MAX: usize = 50;

/// A note.
pub(super) struct Row {
    pub(super) id: u64,
    pub(super) at: String,
    pub(super) author: String,
    pub(super) text: String,
    /// By whom, when and why it was withdrawn; empty while it holds.
    pub(super) withdrawn: String,
}

/// The newest notes, one more than are shown.
pub(super) fn newest(
    source: &dyn ReadSource,
    patient: PatientNumber,
) -> Result<Vec<Note>, ReadError> {
    source.notes(&NotesQuery {
        patient,
        from: ClinicalTime::from_epoch_ms(i64::MIN),
        until: ClinicalTime::from_epoch_ms(i64::MAX),
        before: None,
        limit: SHOWN_MAX + 1,
    })
}

pub(super) fn row(note: &Note, times: &Times) -> Row {
    let withdrawn = note.withdrawn.as_ref().map(|one| {
        let at = times.zone.short(one.at);
        say!(
            "Withdrawn by {author}, {at}: {why}",
            author = one.author,
            at = at,
            why = one.reason
        )
    });
    Row {
        id: note.id.0,
        at: times.zone.short(note.at),
        author: note.author.clone(),
        text: note.text.clone(),
        withdrawn: withdrawn.unwrap_or_default(),
    }
}

/// What the page says after a note was written, where the newest notes say that the
/// caller wrote it: a link alone makes no page say so.
pub(super) fn notice(done: &str, notes: &[Note], author: &str) -> &'static str {
    let withdrew = |note: &Note| {
        let withdrawn = note.withdrawn.as_ref();
        withdrawn.is_some_and(|one| one.author == author)
    };
    match done {
        "note" if notes.first().is_some_and(|note| note.author == author) => {
            say!("Your note stands below.")
        }
        "withdraw" if notes.iter().any(withdrew) => say!("You have withdrawn the note."),
        _ => "",
    }
}

/// Writes a note or withdraws one; back to the page, which says what was done or
/// why not.
pub(in crate::api::pages) async fn write(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<Response, Refused> {
    let caller = signed_in.who_may(Permission::WriteNotes, &state)?;
    let because = |problem: Problem| Refused::because(&state, &caller, &problem);
    let id = page::patient_id(&id).map_err(because)?;
    let form = Form(&body);
    let what = form.text("form");
    let Err(problem) = submit(&state, &caller, id.clone(), &form).await else {
        return Ok(back(&id, &what));
    };
    let (status, _, words) = problem.words();
    if !matches!(
        status,
        StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY
    ) {
        return Err(because(problem));
    }
    let said = Said {
        status,
        fault: say!("The note was not changed: {why}.", why = words),
        typed: match what.as_str() {
            "note" => form.exact("text"),
            _ => String::new(),
        },
        ..Said::default()
    };
    let query = query.unwrap_or_default();
    let page = page::look(&state, &caller, id, &Form(query.as_bytes()), said).await;
    Ok(page.map_err(because)?.into_response())
}

fn back(id: &PatientId, done: &str) -> Response {
    let mut reply = StatusCode::SEE_OTHER.into_response();
    let to = format!("/patients/{}?done={done}#notes", id.as_str());
    if let Ok(to) = HeaderValue::from_str(&to) {
        reply.headers_mut().insert(header::LOCATION, to);
    }
    reply
}

async fn submit(
    state: &ApiState,
    caller: &Caller,
    id: PatientId,
    form: &Form<'_>,
) -> Result<(), Problem> {
    let (by, at) = (WritesNotes(caller.clone()), At(id));
    let to = State(state.clone());
    // Browsers end lines with two characters.
    let written = |field: &str| form.text(field).replace("\r\n", "\n");
    let done = match form.text("form").as_str() {
        "note" => notes::write(by, to, at, body(json!({ "text": written("text") }))?).await,
        "withdraw" => {
            let wrong = || Problem::field("#/note", say!("choose one of the notes"));
            let note: u64 = form.text("note").parse().map_err(|_| wrong())?;
            let given = json!({ "note": note, "reason": written("reason") });
            notes::withdraw(by, to, at, body(given)?).await
        }
        _ => return Err(Problem::field("#/form", say!("this page has no such form"))),
    };
    done.map(drop)
}

/// As the API would read it.
fn body<T: DeserializeOwned>(given: Value) -> Result<Body<T>, Problem> {
    parse(given.to_string().as_bytes()).map(Body)
}
