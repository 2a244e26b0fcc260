//! The figures of the alarm burden in words: no share without what it is a share of.

use super::catalogue;
use super::handover_lines::priority;
use super::wards::Wards;
use crate::api::reports::{Burden, Figures, Group, Share, Waits};

/// Rows of a table.
const ROWS_MAX: usize = 200;

/// Figures of several groups.
pub(super) struct Table {
    pub(super) title: &'static str,
    pub(super) heads: &'static [&'static str],
    pub(super) rows: Vec<Row>,
    pub(super) is_cut: bool,
}

/// Figures of one group.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) cells: Vec<String>,
}

const FIGURES: &[&str] = &[
    "Of",
    "Raised",
    "A patient-day",
    "Patients with any",
    "Answered in time",
    "Never answered",
    "Useful",
    "Not useful",
    "Found late",
];
const PATIENTS: &[&str] = &["Patient", "Raised", "Patient-days", "A patient-day"];

/// `12 of 20 (60 %)`.
fn share(share: &Share) -> String {
    let percent = share
        .share
        .map(|share| format!(" ({:.0} %)", share * 100.0));
    format!(
        "{} of {}{}",
        share.count,
        share.of,
        percent.unwrap_or_default()
    )
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "not known".to_owned(), |value| format!("{value:.2}"))
}

fn first_answer(waits: &Waits) -> String {
    match (waits.median, waits.p90) {
        (Some(median), Some(p90)) => format!(
            "half within {median:.0}, nine of ten within {p90:.0}; of {} answered",
            waits.of
        ),
        _ => "none was answered".to_owned(),
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
    let target = |name: &str, minutes: u32| match minutes {
        0 => format!("{name} has no target"),
        _ => format!("{name} {minutes} min"),
    };
    let targets = [
        target("high", targets.high),
        target("medium", targets.medium),
        target("low", targets.low),
    ];
    targets.join(", ")
}

fn raised(all: &Figures) -> [Line; 3] {
    let monitored = format!("{}, for {:.1} patient-days", all.patients, all.patient_days);
    let each_day = number(all.raised_per_patient_day);
    let with_any = format!("{} monitored", share(&all.patients_with_any));
    [
        ("Patients monitored", monitored),
        (
            "Alerts raised",
            format!("{}; a patient-day: {each_day}", all.raised),
        ),
        ("Patients with any alert", with_any),
    ]
}

fn answered(all: &Figures, targets: &str) -> [Line; 6] {
    let in_time = share(&all.acknowledged_in_time);
    let in_time = format!("{in_time} whose target has passed or was met ({targets})");
    let never = share(&all.never_acknowledged);
    let never = format!("{never} raised, by the end of the span");
    let waits = first_answer(&all.minutes_to_acknowledgement);
    let judged = |of: &Share| format!("{} judged", share(of));
    [
        ("Answered", format!("{} raised", share(&all.acknowledged))),
        ("Answered in time", in_time),
        ("Never answered", never),
        ("Minutes to the first answer", waits),
        ("Useful", judged(&all.marked_useful)),
        ("Not useful", judged(&all.marked_not_useful)),
    ]
}

fn besides(all: &Figures) -> [Line; 3] {
    let late = all.found_late;
    let late = format!("{late}: over before they became known, told to nobody");
    let happened = format!(
        "{} came back, {} became more urgent, {} snoozed, {} rested on another patient's readings",
        all.reopened, all.escalated, all.snoozed, all.entered_in_error
    );
    let sent = format!(
        "{} handed to a channel, {} kept back",
        all.told, all.kept_back
    );
    [
        ("Found late", late),
        ("What else happened", happened),
        ("Notifications", sent),
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
    let priorities = priorities.map(|one| (priority(one.priority).to_owned(), cells(&one.figures)));
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
        ..table("Who had most", most)
    };
    vec![
        table("By priority", priorities),
        table("By kind", kinds),
        table("By ward", each),
        most,
    ]
}

fn kind(group: &Group, wards: &Wards) -> String {
    let kind = catalogue::kind(&group.kind, group.vital.as_deref(), group.rule.as_deref());
    let ward = wards.label(&group.ward);
    format!("{kind}, {}, {ward}", priority(group.priority))
}
