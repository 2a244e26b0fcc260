//! The alarm burden as one table: a row for everything, each ward, each kind, each
//! priority and each of the patients with the most alerts.

use super::burden::{Burden, Group, PatientFigures};
use super::csv::{Cell, Csv};
use super::figures::{Figures, Share};
use crate::domain::Priority;

const COLUMNS: [&str; 34] = [
    "row",
    "from",
    "until",
    "ward",
    "kind",
    "vital",
    "rule",
    "priority",
    "patient",
    "patients",
    "patient_days",
    "raised",
    "raised_per_patient_day",
    "patients_with_any",
    "patients_with_any_share",
    "reopened",
    "escalated",
    "told",
    "kept_back",
    "snoozed",
    "entered_in_error",
    "acknowledged",
    "acknowledged_share_of_raised",
    "acknowledged_in_time",
    "acknowledged_in_time_of",
    "acknowledged_in_time_share",
    "never_acknowledged",
    "median_minutes_to_acknowledgement",
    "p90_minutes_to_acknowledgement",
    "judged",
    "marked_useful",
    "marked_not_useful",
    "marked_not_useful_share_of_judged",
    "found_late",
];

/// The table.
pub(in crate::api) fn burden_csv(burden: &Burden) -> String {
    let mut csv = Csv::new(&COLUMNS);
    let ward = burden.ward.as_deref();
    row(
        &mut csv,
        burden,
        "total",
        [
            ward.into(),
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
        ],
        &burden.total,
    );
    for one in &burden.wards {
        let of = [
            Cell::Text(&one.ward),
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
        ];
        row(&mut csv, burden, "ward", of, &one.figures);
    }
    for one in &burden.kinds {
        row(&mut csv, burden, "kind", group(&one.group), &one.figures);
    }
    for one in &burden.priorities {
        let of = [
            ward.into(),
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            Cell::Text(priority(one.priority)),
        ];
        row(&mut csv, burden, "priority", of, &one.figures);
    }
    for one in &burden.most_alerts {
        patient(&mut csv, burden, one);
    }
    csv.finish()
}

fn group(group: &Group) -> [Cell<'_>; 5] {
    [
        Cell::Text(&group.ward),
        Cell::Text(&group.kind),
        (&group.vital).into(),
        (&group.rule).into(),
        Cell::Text(priority(group.priority)),
    ]
}

/// The word of the API.
pub(super) const fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::High => "high",
        Priority::Medium => "medium",
        Priority::Low => "low",
    }
}

fn head<'a>(burden: &Burden, name: &'a str) -> [Cell<'a>; 3] {
    let (from, until) = (burden.from.text(), burden.until.text());
    [Cell::Text(name), Cell::Owned(from), Cell::Owned(until)]
}

fn row(csv: &mut Csv, burden: &Burden, name: &str, of: [Cell<'_>; 5], figures: &Figures) {
    let nobody = [Cell::Empty];
    let cells = head(burden, name).into_iter().chain(of).chain(nobody);
    csv.row(cells.chain(numbers(figures)));
}

fn numbers(figures: &Figures) -> [Cell<'static>; 25] {
    let share = |share: &Share| Cell::Number(share.share);
    let count = |share: &Share| Cell::Count(share.count);
    let waits = figures.minutes_to_acknowledgement;
    [
        Cell::Count(figures.patients),
        Cell::Number(Some(figures.patient_days)),
        Cell::Count(figures.raised),
        Cell::Number(figures.raised_per_patient_day),
        count(&figures.patients_with_any),
        share(&figures.patients_with_any),
        Cell::Count(figures.reopened),
        Cell::Count(figures.escalated),
        Cell::Count(figures.told),
        Cell::Count(figures.kept_back),
        Cell::Count(figures.snoozed),
        Cell::Count(figures.entered_in_error),
        count(&figures.acknowledged),
        share(&figures.acknowledged),
        count(&figures.acknowledged_in_time),
        Cell::Count(figures.acknowledged_in_time.of),
        share(&figures.acknowledged_in_time),
        count(&figures.never_acknowledged),
        Cell::Number(waits.median),
        Cell::Number(waits.p90),
        Cell::Count(figures.marked_useful.of),
        count(&figures.marked_useful),
        count(&figures.marked_not_useful),
        share(&figures.marked_not_useful),
        Cell::Count(figures.found_late),
    ]
}

fn patient(csv: &mut Csv, burden: &Burden, one: &PatientFigures) {
    let of = [
        burden.ward.as_deref().into(),
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
    ];
    let figures = [
        Cell::Text(&one.patient),
        Cell::Empty,
        Cell::Number(Some(one.patient_days)),
        Cell::Count(one.raised),
        Cell::Number(one.raised_per_patient_day),
    ];
    let rest = std::iter::repeat_with(|| Cell::Empty).take(COLUMNS.len() - 13);
    let cells = head(burden, "patient").into_iter().chain(of).chain(figures);
    csv.row(cells.chain(rest));
}
