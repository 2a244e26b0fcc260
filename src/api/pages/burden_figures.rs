//! The figures of the alarm burden in words: no share without what it is a share of.

use super::catalogue;
use super::handover_lines::priority;
use super::wards::Wards;
use crate::api::language::{Text, say, text};
use crate::api::reports::{Burden, Figures, Group, Share, Waits};
use crate::domain::Priority;

/// Rows of a table.
const ROWS_MAX: usize = 200;

/// Figures of several groups.
pub(super) struct Table {
    pub(super) title: &'static str,
    pub(super) heads: &'static [Text],
    pub(super) rows: Vec<Row>,
    pub(super) is_cut: bool,
}

/// Figures of one group.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) cells: Vec<String>,
}

const FIGURES: &[Text] = &[
    text!("Of"),
    text!("Raised"),
    text!("A patient-day"),
    text!("Patients with any"),
    text!("Answered in time"),
    text!("Never answered"),
    text!("Useful"),
    text!("Not useful"),
    text!("Found late"),
];
const PATIENTS: &[Text] = &[
    text!("Patient"),
    text!("Raised"),
    text!("Patient-days"),
    text!("A patient-day"),
];

/// `12 of 20 (60 %)`.
fn share(share: &Share) -> String {
    let percent = share
        .share
        .map(|share| format!(" ({:.0} %)", share * 100.0));
    let of = say!("{number} of {all}", number = share.count, all = share.of);
    of + &percent.unwrap_or_default()
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(
        || say!("not known").to_owned(),
        |value| format!("{value:.2}"),
    )
}

fn first_answer(waits: &Waits) -> String {
    match (waits.median, waits.p90) {
        (Some(median), Some(p90)) => say!(
            "half within {median}, nine of ten within {most}; of {all} answered",
            median = format_args!("{median:.0}"),
            most = format_args!("{p90:.0}"),
            all = waits.of,
        ),
        _ => say!("none was answered").to_owned(),
    }
}

/// A figure with its name.
type Line = (&'static str, String);

/// Everything together, figure by figure.
pub(super) fn total(report: &Burden) -> Vec<Line> {
    let all = &report.total;
    let lines = raised(all).into_iter();
    let lines = lines.chain(answered(all, &targets(report)));
    lines.chain(besides(all)).collect()
}

fn targets(report: &Burden) -> String {
    let targets = &report.acknowledge_minutes;
    let target = |name: &str, minutes: u32| {
        let name = catalogue::named(name);
        match minutes {
            0 => say!("{priority} has no target", priority = name),
            _ => say!("{priority} {count} min", priority = name, count = minutes),
        }
    };
    let targets = [
        target("high", targets.high),
        target("medium", targets.medium),
        target("low", targets.low),
    ];
    targets.join(", ")
}

fn raised(all: &Figures) -> [Line; 3] {
    let monitored = say!(
        "{patients}, for {days} patient-days",
        patients = all.patients,
        days = format_args!("{:.1}", all.patient_days),
    );
    let raised = say!(
        "{alerts}; a patient-day: {each}",
        alerts = all.raised,
        each = number(all.raised_per_patient_day),
    );
    let with_any = say!("{share} monitored", share = share(&all.patients_with_any));
    [
        (say!("Patients monitored"), monitored),
        (say!("Alerts raised"), raised),
        (say!("Patients with any alert"), with_any),
    ]
}

fn answered(all: &Figures, targets: &str) -> [Line; 6] {
    let in_time = say!(
        "{share} whose target has passed or was met ({targets})",
        share = share(&all.acknowledged_in_time),
        targets = targets,
    );
    let answered = say!("{share} raised", share = share(&all.acknowledged));
    let never = say!(
        "{share} raised, by the end of the span",
        share = share(&all.never_acknowledged),
    );
    let waits = first_answer(&all.minutes_to_acknowledgement);
    let judged = |of: &Share| say!("{share} judged", share = share(of));
    [
        (say!("Answered"), answered),
        (say!("Answered in time"), in_time),
        (say!("Never answered"), never),
        (say!("Minutes to the first answer"), waits),
        (say!("Useful"), judged(&all.marked_useful)),
        (say!("Not useful"), judged(&all.marked_not_useful)),
    ]
}

fn besides(all: &Figures) -> [Line; 3] {
    let late = say!(
        "{alerts}: over before they became known, told to nobody",
        alerts = all.found_late,
    );
    let happened = say!(
        "{back} came back, {worse} became more urgent, {quiet} snoozed, {wrong} rested on another patient's readings",
        back = all.reopened,
        worse = all.escalated,
        quiet = all.snoozed,
        wrong = all.entered_in_error,
    );
    let sent = say!(
        "{told} handed to a channel, {kept} kept back",
        told = all.told,
        kept = all.kept_back,
    );
    [
        (say!("Found late"), late),
        (say!("What else happened"), happened),
        (say!("Notifications"), sent),
    ]
}

fn cells(figures: &Figures) -> Vec<String> {
    vec![
        figures.raised.to_string(),
        number(figures.raised_per_patient_day),
        share(&figures.patients_with_any),
        share(&figures.acknowledged_in_time),
        share(&figures.never_acknowledged),
        share(&figures.marked_useful),
        share(&figures.marked_not_useful),
        figures.found_late.to_string(),
    ]
}

fn table(title: &'static str, rows: impl Iterator<Item = (String, Vec<String>)>) -> Table {
    let mut rows: Vec<_> = rows
        .take(ROWS_MAX + 1)
        .map(|(name, cells)| Row { name, cells })
        .collect();
    let is_cut = rows.len() > ROWS_MAX;
    rows.truncate(ROWS_MAX);
    Table {
        title,
        heads: FIGURES,
        rows,
        is_cut,
    }
}

/// The same by priority, by kind, by ward, and who had most.
pub(super) fn tables(report: &Burden, wards: &Wards) -> Vec<Table> {
    let priorities = report.priorities.iter();
    let priorities = priorities.map(|one| (said(one.priority), cells(&one.figures)));
    let kinds = report.kinds.iter();
    let kinds = kinds.map(|one| (kind(&one.group, wards), cells(&one.figures)));
    let each = report.wards.iter();
    let each = each.map(|one| (wards.label(&one.ward), cells(&one.figures)));
    let most = report.most_alerts.iter().map(|one| {
        let figures = vec![
            one.raised.to_string(),
            format!("{:.1}", one.patient_days),
            number(one.raised_per_patient_day),
        ];
        (one.patient.clone(), figures)
    });
    let most = Table {
        heads: PATIENTS,
        ..table(say!("Who had most"), most)
    };
    vec![
        table(say!("By priority"), priorities),
        table(say!("By kind"), kinds),
        table(say!("By ward"), each),
        most,
    ]
}

fn kind(group: &Group, wards: &Wards) -> String {
    let kind = catalogue::kind(&group.kind, group.vital.as_deref(), group.rule.as_deref());
    let ward = wards.label(&group.ward);
    format!("{kind}, {}, {ward}", said(group.priority))
}

fn said(of: Priority) -> String {
    catalogue::named(priority(of))
}
