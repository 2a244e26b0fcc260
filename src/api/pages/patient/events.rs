//! What happened to a patient in a period, in order: alerts and the answers to them,
//! orders, watches, what was given, and notes.

use super::marks::EVENTS_MAX;
use super::period::Period;
use crate::api::language::say;
use crate::api::pages::alert::{said, words};
use crate::api::pages::catalogue;
use crate::api::pages::fields::{Fields, Times};
use crate::api::routes::alert_document;
use crate::api::source::{AssignmentsOf, ReadError, ReadSource};
use crate::domain::ClinicalTime;
use crate::registry::{Command, Patient};
use crate::store::{NotesQuery, OrderView};
use serde_json::{Value, json};

/// Lines of the list.
pub(super) const SHOWN_MAX: usize = 200;
/// Orders that are read: they are few, and begin with the oldest.
const ORDERS_MAX: usize = 10_000;
/// How often a period is halved until its events can be read.
const HALVINGS: u32 = 16;

/// Something that happened.
pub(super) struct Row {
    pub(super) at: String,
    pub(super) what: String,
    /// What somebody wrote, or why Wardlight did it.
    pub(super) said: String,
    /// The alert that it is about; empty where it is about none.
    pub(super) alert: String,
    /// Whether it is a note, whose text stands elsewhere, too.
    pub(super) is_note: bool,
}

/// The newest of them, and whether there are more.
pub(super) struct Events {
    pub(super) rows: Vec<Row>,
    pub(super) is_cut: bool,
}

/// When, and what of it is shown.
type Event = (ClinicalTime, Row);

/// What happened in a period, the newest first.
pub(super) fn read(
    source: &dyn ReadSource,
    patient: &Patient,
    period: &Period,
    times: &Times,
) -> Result<Events, ReadError> {
    let (mut all, mut is_cut) = alerts(source, patient, period, times)?;
    all.extend(orders(source, patient, times)?);
    all.extend(devices(source, patient, times)?);
    all.extend(given(patient, times));
    all.extend(notes(source, patient, period, times)?);
    all.retain(|(at, _)| (period.from..period.until).contains(at));
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    is_cut |= all.len() > SHOWN_MAX;
    all.truncate(SHOWN_MAX);
    let rows = all.into_iter().map(|(_, row)| row).collect();
    Ok(Events { rows, is_cut })
}

fn event(at: ClinicalTime, times: &Times, what: String, said: String) -> Event {
    let row = Row {
        at: times.zone.short(at),
        what,
        said,
        alert: String::new(),
        is_note: false,
    };
    (at, row)
}

/// The newest events that one reading holds: of a long period its later part.
fn documents(
    source: &dyn ReadSource,
    patient: &Patient,
    period: &Period,
) -> Result<(Vec<String>, bool), ReadError> {
    let (mut from, until) = (period.from, period.until);
    for halving in 0..HALVINGS {
        let limit = EVENTS_MAX + 1;
        let found = source.alert_events_between(patient.number, from, until, limit)?;
        if found.len() <= EVENTS_MAX {
            return Ok((found, halving > 0));
        }
        from = from.plus_ms((until.epoch_ms() - from.epoch_ms()) / 2);
    }
    Ok((Vec::new(), true))
}

/// Whom routing told stands on each alert's own page.
fn alerts(
    source: &dyn ReadSource,
    patient: &Patient,
    period: &Period,
    times: &Times,
) -> Result<(Vec<Event>, bool), ReadError> {
    let (documents, is_cut) = documents(source, patient, period)?;
    let events = documents.iter().rev().filter_map(|document| {
        let data = alert_document::state(serde_json::from_str::<Value>(document).ok()?);
        let (name, at) = (
            Fields(&data).text("/type").to_owned(),
            Fields(&data).moment("/at")?,
        );
        if matches!(name.as_str(), "alert.notified" | "alert.suppressed") {
            return None;
        }
        let told = json!({ "type": name, "data": data });
        let told = Fields(&told);
        let (vital, rule) = (told.some("/data/vital"), told.some("/data/rule"));
        let kind = catalogue::kind(told.text("/data/kind"), vital, rule);
        let what = format!("{kind}: {}", lowered(&words(told, times)));
        let (at, mut row) = event(at, times, what, said(told));
        row.alert = told.text("/data/alert").to_owned();
        Some((at, row))
    });
    Ok((events.take(SHOWN_MAX + 1).collect(), is_cut))
}

/// Inside a sentence, unless it is a name.
fn lowered(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// About the ward and the monitoring, as the audit holds them.
fn orders(
    source: &dyn ReadSource,
    patient: &Patient,
    times: &Times,
) -> Result<Vec<Event>, ReadError> {
    let orders = source.orders_about(&patient.id, ORDERS_MAX)?;
    let ordered = |order: &OrderView| {
        let command: Command = serde_json::from_str(&order.document).ok()?;
        let (what, why) = order_words(&command, times)?;
        Some(event(order.at, times, what, why))
    };
    Ok(orders.iter().filter_map(ordered).collect())
}

fn order_words(command: &Command, times: &Times) -> Option<(String, String)> {
    let at = |at: ClinicalTime| times.zone.short(at);
    let nothing = String::new();
    Some(match command {
        Command::PutPatient {
            ward: Some(ward), ..
        } => (say!("On the ward {ward}", ward = ward.as_str()), nothing),
        Command::PutPatient { .. } => (say!("The record was changed").to_owned(), nothing),
        Command::StartMonitoring { start, .. } => (
            say!("Monitoring ordered from {at}", at = at(*start)),
            nothing,
        ),
        Command::PauseMonitoring { pause, .. } => {
            let (start, end) = (at(pause.start), at(pause.end));
            let what = say!(
                "Pause of monitoring ordered, {from} to {until}",
                from = start,
                until = end
            );
            (what, pause.reason.clone())
        }
        Command::Discharge { end, .. } => (say!("Discharged from {at}", at = at(*end)), nothing),
        _ => return None,
    })
}

fn devices(
    source: &dyn ReadSource,
    patient: &Patient,
    times: &Times,
) -> Result<Vec<Event>, ReadError> {
    let mut events = Vec::new();
    for one in source.assignments(AssignmentsOf::Patient(patient.number))? {
        let device = source.device_by_number(one.device)?;
        let name = device.map_or_else(
            || say!("a device no longer known").to_owned(),
            |device| device.id.as_str().to_owned(),
        );
        let at = |at: crate::domain::MeasuredTime| ClinicalTime::from_epoch_ms(at.epoch_ms());
        let what = say!(
            "Watch {name} begins, assigned by {author}",
            name = name,
            author = one.author
        );
        events.push(event(at(one.start), times, what, String::new()));
        if let Some(end) = one.end {
            let what = say!("Watch {name} ends", name = name);
            events.push(event(at(end), times, what, String::new()));
        }
    }
    Ok(events)
}

fn given(patient: &Patient, times: &Times) -> Vec<Event> {
    let given = patient.context.administrations.iter();
    let event = |one: &crate::domain::Administration| {
        let what = say!("Given: {what}", what = super::record::given_words(one));
        event(one.given_at, times, what, String::new())
    };
    given.map(event).collect()
}

fn notes(
    source: &dyn ReadSource,
    patient: &Patient,
    period: &Period,
    times: &Times,
) -> Result<Vec<Event>, ReadError> {
    let notes = source.notes(&NotesQuery {
        patient: patient.number,
        from: ClinicalTime::from_epoch_ms(i64::MIN),
        until: period.until,
        before: None,
        limit: SHOWN_MAX + 1,
    })?;
    let mut events = Vec::new();
    for note in notes {
        if let Some(one) = note.withdrawn {
            let what = say!(
                "Note of {at} withdrawn by {author}",
                at = times.zone.short(note.at),
                author = one.author
            );
            events.push(event(one.at, times, what, one.reason));
        }
        let what = say!("Note by {author}", author = note.author);
        let (at, mut row) = event(note.at, times, what, note.text);
        row.is_note = true;
        events.push((at, row));
    }
    Ok(events)
}
