//! The handover as one table: a row for each alert in its list, each pause, each
//! patient without data, each patient's wear and each note.

use super::burden_csv::priority;
use super::csv::{Cell, Csv};
use super::handover::{Handover, Line, Paused};
use super::notes::Noted;
use super::wear::Wear;
use crate::api::moment::Moment;
use crate::domain::Condition;

/// The first four are of every row.
const HEAD: [&str; 4] = ["row", "at", "ward", "patient"];
const OF_ALERT: [&str; 13] = [
    "alert",
    "kind",
    "vital",
    "rule",
    "priority",
    "condition",
    "raised_at",
    "began_at",
    "open_minutes",
    "acknowledged_by",
    "acknowledged_at",
    "acknowledged_minutes",
    "assigned_to",
];
const OF_QUIET: [&str; 3] = ["until", "by", "reason"];
const OF_CLOSED: [&str; 2] = ["closed_by", "closed_at"];
const OF_NOTE: [&str; 3] = ["noted_at", "noted_by", "note"];
const OF_WEAR: [&str; 8] = [
    "wear_basis",
    "worn_hours_12",
    "worn_hours_24",
    "monitored_hours_12",
    "monitored_hours_24",
    "last_heard_at",
    "battery_percent",
    "battery_at",
];

/// The table.
pub(in crate::api) fn handover_csv(handover: &Handover) -> String {
    let columns: Vec<&str> = HEAD
        .into_iter()
        .chain(OF_ALERT)
        .chain(OF_QUIET)
        .chain(OF_WEAR)
        .chain(OF_CLOSED)
        .chain(OF_NOTE)
        .collect();
    let mut csv = Csv::new(&columns);
    let at = handover.at;
    for (name, lines) in [
        ("open", &handover.open),
        ("snoozed", &handover.snoozed),
        ("acknowledged", &handover.acknowledged),
        ("silent", &handover.silent),
    ] {
        for line in lines {
            csv.row(alert(name, at, line));
        }
    }
    for paused in &handover.paused {
        csv.row(pause(at, paused));
    }
    for wear in &handover.wear {
        csv.row(of_wear(at, wear));
    }
    for note in &handover.notes {
        csv.row(of_note(at, note));
    }
    csv.finish()
}

fn head<'a>(name: &'a str, at: Moment, ward: &'a str, patient: &'a str) -> [Cell<'a>; 4] {
    let at = Cell::Owned(at.text());
    [Cell::Text(name), at, Cell::Text(ward), Cell::Text(patient)]
}

fn empty<'a>(count: usize) -> impl Iterator<Item = Cell<'a>> {
    std::iter::repeat_with(|| Cell::Empty).take(count)
}

fn moment(at: Option<Moment>) -> Cell<'static> {
    at.map_or(Cell::Empty, |at| Cell::Owned(at.text()))
}

fn minutes(minutes: i64) -> Cell<'static> {
    Cell::Count(u64::try_from(minutes).unwrap_or(0))
}

fn alert<'a>(name: &'a str, at: Moment, line: &'a Line) -> impl Iterator<Item = Cell<'a>> {
    let condition = match line.condition {
        Condition::Active => "active",
        Condition::Ended => "ended",
    };
    let of_alert = [
        Cell::Text(&line.alert),
        Cell::Text(&line.kind),
        (&line.vital).into(),
        (&line.rule).into(),
        Cell::Text(priority(line.priority)),
        Cell::Text(condition),
        moment(Some(line.raised_at)),
        moment(Some(line.began_at)),
        minutes(line.open_minutes),
        (&line.acknowledged_by).into(),
        moment(line.acknowledged_at),
        line.acknowledged_minutes.map_or(Cell::Empty, minutes),
        (&line.assigned_to).into(),
        moment(line.snoozed_until),
        (&line.snoozed_by).into(),
        (&line.snooze_reason).into(),
    ];
    let of_closed = [(&line.closed_by).into(), moment(line.closed_at)];
    let head = head(name, at, &line.ward, &line.patient).into_iter();
    let before = head.chain(of_alert).chain(empty(OF_WEAR.len()));
    before.chain(of_closed).chain(empty(OF_NOTE.len()))
}

fn pause(at: Moment, paused: &Paused) -> impl Iterator<Item = Cell<'_>> {
    let head = head("paused", at, &paused.ward, &paused.patient);
    let rest = empty(OF_QUIET.len() - 1 + OF_WEAR.len() + OF_CLOSED.len() + OF_NOTE.len());
    let until = std::iter::once(moment(Some(paused.until)));
    head.into_iter()
        .chain(empty(OF_ALERT.len()))
        .chain(until)
        .chain(rest)
}

/// Without data its basis and when it was last heard stay empty.
fn of_wear(at: Moment, wear: &Wear) -> impl Iterator<Item = Cell<'_>> {
    let name = match wear.last_heard_at {
        Some(_) => "wear",
        None => "without_data",
    };
    let figures = [
        wear.basis.into(),
        Cell::Number(wear.worn_hours_12),
        Cell::Number(wear.worn_hours_24),
        Cell::Number(Some(wear.monitored_hours_12)),
        Cell::Number(Some(wear.monitored_hours_24)),
        moment(wear.last_heard_at),
        Cell::Number(wear.battery_percent),
        moment(wear.battery_at),
    ];
    let head = head(name, at, &wear.ward, &wear.patient);
    let between = empty(OF_ALERT.len() + OF_QUIET.len());
    let cells = head.into_iter().chain(between).chain(figures);
    cells.chain(empty(OF_CLOSED.len() + OF_NOTE.len()))
}

fn of_note(at: Moment, note: &Noted) -> impl Iterator<Item = Cell<'_>> {
    let between = OF_ALERT.len() + OF_QUIET.len() + OF_WEAR.len() + OF_CLOSED.len();
    let words = [
        moment(Some(note.at)),
        Cell::Text(&note.author),
        Cell::Text(&note.text),
    ];
    let head = head("note", at, &note.ward, &note.patient).into_iter();
    head.chain(empty(between)).chain(words)
}
