//! The record of a period as PDF: who, when, values, charts, what happened, notes.

use super::drawing;
use super::notes;
use super::page::patient_id;
use super::period::Period;
use super::record;
use super::values::{self, Table};
use super::{events, marks, news2};
use crate::api::language::say;
use crate::api::pages::fields::Times;
use crate::api::pages::form::Form;
use crate::api::pages::refused::Refused;
use crate::api::pages::signed_in::SignedIn;
use crate::api::pages::zones;
use crate::api::pdf::{Column, Document};
use crate::api::problem::Problem;
use crate::api::source::{ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::detect::Rules;
use crate::domain::PatientId;
use crate::registry::{Patient, Permission};
use crate::store::NotesQuery;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Notes of a record.
const NOTES_MAX: usize = 500;
/// Vitals beside one another in a table.
const ABREAST: usize = 7;
const SMALL: f32 = 8.0;

/// What the record says of itself.
struct About {
    site: String,
    zone: String,
    version: &'static str,
    is_simulated: bool,
    caller: String,
    late_ms: i64,
    rules: Arc<Rules>,
}

/// The record of a period.
pub(in crate::api::pages) async fn printed(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let caller = signed_in.who_may(Permission::SeePatients, &state)?;
    let form = Form(query.as_deref().unwrap_or_default().as_bytes());
    let zone = zones::of_patient(&state, &caller, &id).await;
    let zone = zone.map_err(|problem| Refused::because(&state, &caller, &problem))?;
    let parts = &state.inner.parts;
    let about = About {
        site: state.settings().site.clone(),
        zone: zone.name().to_owned(),
        version: parts.about.version,
        is_simulated: parts.about.simulated,
        caller: caller.author.clone(),
        late_ms: values::late_ms(&state),
        rules: Arc::clone(&parts.rules),
    };
    let times = Times {
        zone,
        now: state.clock().clinical(),
    };
    let period = Period::asked(&form, &times.zone, times.now);
    let made = async {
        let id = patient_id(&id)?;
        state
            .audit_read(&caller, "print patient", id.as_str())
            .await?;
        let of = id.clone();
        let writing = move |source: &dyn ReadSource| write(source, &of, &period, &times, &about);
        let file = state.read(&caller, writing).await?;
        let file = file.ok_or_else(|| Problem::not_found("patient"))?;
        Ok(answer(&id, file))
    };
    let made: Result<Response, Problem> = made.await;
    made.map_err(|problem| Refused::because(&state, &caller, &problem))
}

fn answer(id: &PatientId, file: Vec<u8>) -> Response {
    let name = format!("attachment; filename=\"record-{}.pdf\"", id.as_str());
    let named = HeaderValue::from_str(&name);
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/pdf"),
        ),
        (
            header::CONTENT_DISPOSITION,
            named.unwrap_or(HeaderValue::from_static("attachment")),
        ),
    ];
    (headers, file).into_response()
}

fn write(
    source: &dyn ReadSource,
    id: &PatientId,
    period: &Period,
    times: &Times,
    about: &About,
) -> Result<Option<Vec<u8>>, ReadError> {
    let Some(patient) = source.patient(id)? else {
        return Ok(None);
    };
    let mut document = Document::new();
    head(&mut document, &patient, period, times, about);
    standing(&mut document, &patient, times);
    drawing::draw(
        &mut document,
        source,
        &patient,
        period,
        (times, &about.rules),
    )?;
    table(&mut document, source, &patient, period, (times, about))?;
    marked(&mut document, source, &patient, period, times)?;
    happened(&mut document, source, &patient, period, times)?;
    noted(&mut document, source, &patient, period, times)?;
    worn(&mut document, source, &patient, times)?;
    if document.lacks_letters() {
        let words = say!(
            "A letter that this document's font does not have is printed as {sign}; the patient's page shows it.",
            sign = '\u{fffd}'
        );
        document.paragraph(&words, SMALL);
    }
    let foot = format!(
        "{} ({}), {}. {} {}",
        patient.label,
        patient.id.as_str(),
        period.words(&times.zone),
        say!(
            "Printed by {author}, {at}.",
            author = about.caller,
            at = times.zone.moment(times.now)
        ),
        match about.is_simulated {
            true => say!("SIMULATED DATA."),
            false => "",
        },
    );
    let title = say!("Record of {patient}", patient = patient.id.as_str());
    Ok(Some(document.finish(&title, &foot)))
}

fn facts(document: &mut Document, rows: &[(&str, String)]) {
    let columns = [
        Column {
            title: "",
            share: 1.0,
        },
        Column {
            title: "",
            share: 3.0,
        },
    ];
    let rows: Vec<_> = rows
        .iter()
        .map(|(name, words)| vec![(*name).to_owned(), words.clone()])
        .collect();
    document.table(&columns, &rows);
}

fn head(document: &mut Document, patient: &Patient, period: &Period, times: &Times, about: &About) {
    document.heading(&say!("Record of {patient}", patient = patient.label), 16.0);
    if about.is_simulated {
        document.heading(say!("SIMULATED DATA: this is not a real patient"), 12.0);
    }
    let team = patient.team.clone().map(String::from);
    facts(
        document,
        &[
            (say!("Patient"), patient.label.clone()),
            (say!("Pseudonym"), patient.id.as_str().to_owned()),
            (say!("Ward"), patient.ward.as_str().to_owned()),
            (
                say!("Team"),
                team.unwrap_or_else(|| say!("none").to_owned()),
            ),
            (say!("Period"), period.words(&times.zone)),
            (say!("Times in"), about.zone.clone()),
            (say!("Printed by"), about.caller.clone()),
            (say!("Printed at"), times.zone.moment(times.now)),
            (
                say!("Site"),
                format!("{}, Wardlight {}", about.site, about.version),
            ),
        ],
    );
    if !period.fault.is_empty() {
        let words = format!(
            "{} {}",
            period.fault,
            say!("The last 24 hours are printed.")
        );
        document.paragraph(&words, 9.0);
    }
    let limits = say!(
        "Wardlight is not a certified medical device. Most values come from a watch at home, by itself. No alert does not mean that a patient is well, and a time without values does not mean that nothing happened. All is told as it is stored now."
    );
    document.paragraph(limits, 9.0);
}

fn standing(document: &mut Document, patient: &Patient, times: &Times) {
    document.heading(say!("Treatment and monitoring"), 12.0);
    // The first says where in the treatment the patient is today.
    let rows = record::rows(patient, "", times).into_iter().skip(1);
    let rows: Vec<_> = rows.map(|(name, lines)| (name, lines.join("\n"))).collect();
    facts(document, &rows);
    let limits = record::limits(patient, times);
    if limits.is_empty() {
        return;
    }
    document.heading(say!("Limits of this patient"), 12.0);
    let rows = limits
        .into_iter()
        .map(|one| vec![one.rule, one.value, one.until, one.author, one.reason]);
    let columns = [
        Column {
            title: say!("Limit"),
            share: 3.0,
        },
        Column {
            title: say!("Value"),
            share: 1.0,
        },
        Column {
            title: say!("How long"),
            share: 2.5,
        },
        Column {
            title: say!("Set by"),
            share: 2.0,
        },
        Column {
            title: say!("Why"),
            share: 3.0,
        },
    ];
    document.table(&columns, &rows.collect::<Vec<_>>());
}

fn table(
    document: &mut Document,
    source: &dyn ReadSource,
    patient: &Patient,
    period: &Period,
    (times, about): (&Times, &About),
) -> Result<(), ReadError> {
    let (stretch_ms, stretch) = period.row();
    let stretches = values::read(source, patient.number, period, stretch_ms)?;
    let scored = news2::over(source, patient, period, stretch_ms, &about.rules)?;
    let table = Table::of(&stretches, &scored, &times.zone, about.late_ms);
    document.heading(say!("Values"), 12.0);
    if table.rows.is_empty() {
        document.paragraph(say!("Nothing was measured in this time."), 9.0);
        return Ok(());
    }
    let words = say!(
        "Lowest | mean | highest good value in stretches of {time}, the newest first; a stretch without any is left out. late: a value came more than {minutes} minutes after it was measured. NEWS2 is computed for this record at the end of each stretch, from the newest value of each input that had arrived by then and that the rules let count, with the oxygen scale and oxygen at home as recorded today; two numbers are the least and the most that it can be while inputs are missing.",
        time = stretch,
        minutes = about.late_ms / 60_000
    );
    document.paragraph(&words, SMALL);
    let last = table.vitals.len().div_ceil(ABREAST).saturating_sub(1);
    for (part, vitals) in table.vitals.chunks(ABREAST).enumerate() {
        let mut columns = vec![Column {
            title: say!("From"),
            share: 1.3,
        }];
        columns.extend(vitals.iter().map(|title| Column { title, share: 1.0 }));
        if part == last {
            columns.push(Column {
                title: "NEWS2",
                share: 0.6,
            });
        }
        let row = |row: &values::Row| {
            let cells = row.cells.iter().skip(part * ABREAST).take(vitals.len());
            let news2 = (part == last).then(|| row.news2.clone());
            let at = std::iter::once(row.at.clone());
            at.chain(cells.cloned()).chain(news2).collect()
        };
        let rows: Vec<Vec<String>> = table.rows.iter().map(row).collect();
        document.table(&columns, &rows);
    }
    Ok(())
}

fn marked(
    document: &mut Document,
    source: &dyn ReadSource,
    patient: &Patient,
    period: &Period,
    times: &Times,
) -> Result<(), ReadError> {
    let marks = marks::read(source, patient, period)?;
    document.heading(say!("Alerts, treatment, wear and pauses"), 12.0);
    if marks.is_cut {
        document.paragraph(
            say!("There was more than stands here: choose a shorter period."),
            9.0,
        );
    }
    let rows = marks.rows(&times.zone).into_iter();
    let rows: Vec<_> = rows
        .map(|row| vec![row.kind.to_owned(), row.when, row.words])
        .collect();
    let columns = [
        Column {
            title: say!("What"),
            share: 1.2,
        },
        Column {
            title: say!("When"),
            share: 2.5,
        },
        Column {
            title: say!("In words"),
            share: 4.0,
        },
    ];
    match rows.is_empty() {
        true => document.paragraph(say!("Nothing."), 9.0),
        false => document.table(&columns, &rows),
    }
    Ok(())
}

fn happened(
    document: &mut Document,
    source: &dyn ReadSource,
    patient: &Patient,
    period: &Period,
    times: &Times,
) -> Result<(), ReadError> {
    let events = events::read(source, patient, period, times)?;
    document.heading(say!("What happened"), 12.0);
    if events.is_cut {
        let words = say!(
            "The newest {count}; there is more: choose a shorter period.",
            count = events.rows.len()
        );
        document.paragraph(&words, 9.0);
    }
    let rows = events.rows.into_iter();
    let row = |row: events::Row| {
        // Notes follow whole.
        let said = if row.is_note { String::new() } else { row.said };
        vec![row.at, row.what, said]
    };
    let rows: Vec<_> = rows.map(row).collect();
    let columns = [
        Column {
            title: say!("When"),
            share: 1.3,
        },
        Column {
            title: say!("What"),
            share: 3.0,
        },
        Column {
            title: say!("In words"),
            share: 4.0,
        },
    ];
    match rows.is_empty() {
        true => document.paragraph(say!("Nothing is recorded."), 9.0),
        false => document.table(&columns, &rows),
    }
    Ok(())
}

/// Those that were withdrawn too: the record tells that they were.
fn noted(
    document: &mut Document,
    source: &dyn ReadSource,
    patient: &Patient,
    period: &Period,
    times: &Times,
) -> Result<(), ReadError> {
    let found = source.notes(&NotesQuery {
        patient: patient.number,
        from: period.from,
        until: period.until,
        before: None,
        limit: NOTES_MAX + 1,
    })?;
    document.heading(say!("Notes"), 12.0);
    if found.len() > NOTES_MAX {
        let words = say!(
            "The newest {count}; there is more: choose a shorter period.",
            count = NOTES_MAX
        );
        document.paragraph(&words, 9.0);
    }
    let rows: Vec<_> = found
        .iter()
        .take(NOTES_MAX)
        .map(|note| {
            let row = notes::row(note, times);
            let text = match row.withdrawn.is_empty() {
                true => row.text,
                false => format!("[{}]\n{}", row.withdrawn, row.text),
            };
            vec![row.at, row.author, text]
        })
        .collect();
    let columns = [
        Column {
            title: say!("When"),
            share: 1.3,
        },
        Column {
            title: say!("By"),
            share: 1.7,
        },
        Column {
            title: say!("Note"),
            share: 5.0,
        },
    ];
    match rows.is_empty() {
        true => document.paragraph(say!("Nobody wrote a note in this time."), 9.0),
        false => document.table(&columns, &rows),
    }
    Ok(())
}

fn worn(
    document: &mut Document,
    source: &dyn ReadSource,
    patient: &Patient,
    times: &Times,
) -> Result<(), ReadError> {
    let rows = record::devices(source, patient, times)?.into_iter();
    let rows: Vec<_> = rows
        .map(|one| vec![one.name, one.from, one.until, one.author])
        .collect();
    document.heading(say!("Watches"), 12.0);
    let columns = [
        Column {
            title: say!("Watch"),
            share: 3.0,
        },
        Column {
            title: say!("From"),
            share: 1.5,
        },
        Column {
            title: say!("Until"),
            share: 1.5,
        },
        Column {
            title: say!("Assigned by"),
            share: 2.0,
        },
    ];
    match rows.is_empty() {
        true => document.paragraph(say!("No watch was given to this patient."), 9.0),
        false => document.table(&columns, &rows),
    }
    Ok(())
}
