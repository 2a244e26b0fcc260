//! The lines of the handover in words.

use super::catalogue;
use super::tile::age;
use super::typed::minutes;
use super::wards::Wards;
use super::words::Zone;
use crate::api::language::say;
use crate::api::moment::Moment;
use crate::api::reports::{Handover, HandoverLine, Noted, Paused, Wear};
use crate::domain::{Condition, Priority};
use std::collections::BTreeMap;

/// Alerts of which the same is to be done.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) lines: Vec<AlertRow>,
}

/// An alert.
pub(super) struct AlertRow {
    pub(super) id: String,
    pub(super) priority: &'static str,
    pub(super) patient: String,
    pub(super) label: String,
    pub(super) ward: String,
    pub(super) what: String,
    pub(super) since: String,
    pub(super) lasted: String,
    pub(super) state: String,
}

/// A planned pause.
pub(super) struct PausedRow {
    pub(super) patient: String,
    pub(super) label: String,
    pub(super) ward: String,
    pub(super) until: String,
}

/// For how long a watch was worn.
pub(super) struct WearRow {
    pub(super) patient: String,
    pub(super) label: String,
    pub(super) short: String,
    pub(super) long: String,
    pub(super) basis: &'static str,
    pub(super) heard: String,
    pub(super) battery: String,
}

/// A note of the last hours.
pub(super) struct NoteRow {
    pub(super) patient: String,
    pub(super) label: String,
    pub(super) ward: String,
    pub(super) at: String,
    pub(super) author: String,
    pub(super) text: String,
}

/// What is needed to say it.
pub(super) struct Told<'a> {
    pub(super) zone: &'a Zone,
    pub(super) wards: &'a Wards,
    pub(super) labels: &'a BTreeMap<String, String>,
    pub(super) at: Moment,
}

impl Told<'_> {
    /// What people call a patient.
    pub(super) fn label(&self, id: &str) -> String {
        let known = self.labels.get(id);
        known.map_or_else(|| id.to_owned(), Clone::clone)
    }

    /// The lists of alerts, what must be done first at the top.
    pub(super) fn sections(&self, report: &Handover) -> Vec<Section> {
        let lists = [
            (say!("Open: nobody has answered"), &report.open),
            (say!("Snoozed"), &report.snoozed),
            (say!("Acknowledged, not resolved"), &report.acknowledged),
            (
                say!("Silent: watches and vitals that are not heard"),
                &report.silent,
            ),
        ];
        let sections = lists.into_iter().map(|(title, lines)| Section {
            title,
            lines: lines.iter().map(|line| self.alert(line)).collect(),
        });
        sections.collect()
    }

    fn alert(&self, line: &HandoverLine) -> AlertRow {
        AlertRow {
            id: line.alert.clone(),
            priority: priority(line.priority),
            patient: line.patient.clone(),
            label: self.label(&line.patient),
            ward: self.wards.label(&line.ward),
            what: catalogue::kind(&line.kind, line.vital.as_deref(), line.rule.as_deref()),
            since: self.zone.short(line.began_at.clinical()),
            lasted: minutes((self.at.0 - line.began_at.0) / 60_000),
            state: self.state(line),
        }
    }

    /// Who has it in hand.
    fn state(&self, line: &HandoverLine) -> String {
        let ago = |at: Moment| age(at.0, self.at.clinical()).words;
        let mut parts = Vec::new();
        if let (Some(until), Some(by)) = (line.snoozed_until, &line.snoozed_by) {
            let why = line.snooze_reason.as_ref();
            let why = why.map_or_else(String::new, |why| format!(": {why}"));
            let until = self.zone.short(until.clinical());
            let told = say!("snoozed until {until} by {who}", until = until, who = by);
            parts.push(told + &why);
        }
        if let Some(since) = line.acknowledged_at {
            let by = line.acknowledged_by.as_deref();
            let by = by.unwrap_or(say!("nobody known"));
            parts.push(say!(
                "acknowledged by {who}, {ago}",
                who = by,
                ago = ago(since)
            ));
        }
        if let Some(closed) = line.closed_at {
            let by = line.closed_by.as_deref().unwrap_or("Wardlight");
            parts.push(say!(
                "closed by {who}, {ago}, although it lasts",
                who = by,
                ago = ago(closed)
            ));
        }
        if parts.is_empty() {
            parts.push(say!("nobody has answered").to_owned());
        }
        if let Some(to) = &line.assigned_to {
            parts.push(say!("given to {whom}", whom = to));
        }
        if line.condition == Condition::Ended {
            parts.push(say!("it is over, and somebody still has to look").to_owned());
        }
        parts.join("; ")
    }

    pub(super) fn paused(&self, paused: &Paused) -> PausedRow {
        PausedRow {
            patient: paused.patient.clone(),
            label: self.label(&paused.patient),
            ward: self.wards.label(&paused.ward),
            until: self.zone.short(paused.until.clinical()),
        }
    }

    pub(super) fn note(&self, note: &Noted) -> NoteRow {
        NoteRow {
            patient: note.patient.clone(),
            label: self.label(&note.patient),
            ward: self.wards.label(&note.ward),
            at: self.zone.short(note.at.clinical()),
            author: note.author.clone(),
            text: note.text.clone(),
        }
    }

    pub(super) fn wear(&self, wear: &Wear) -> WearRow {
        let worn = |hours: Option<f64>, of: f64| match hours {
            Some(hours) => say!(
                "{hours} of {all} h",
                hours = format_args!("{hours:.1}"),
                all = format_args!("{of:.1}"),
            ),
            None => say!("not known, of {all} h", all = format_args!("{of:.1}")),
        };
        let ago = |at: Moment| age(at.0, self.at.clinical()).words;
        let battery = wear.battery_percent.zip(wear.battery_at);
        WearRow {
            patient: wear.patient.clone(),
            label: self.label(&wear.patient),
            short: worn(wear.worn_hours_12, wear.monitored_hours_12),
            long: worn(wear.worn_hours_24, wear.monitored_hours_24),
            basis: match wear.basis {
                Some("worn") => say!("the watch says so"),
                Some(_) => say!("quarters of an hour with a heart rate"),
                None => say!("nothing came"),
            },
            heard: wear
                .last_heard_at
                .map_or_else(|| say!("not in 24 h").to_owned(), ago),
            battery: battery.map_or_else(
                || say!("not known").to_owned(),
                |(percent, at)| format!("{percent:.0} %, {}", ago(at)),
            ),
        }
    }
}

/// How urgent, in a word.
pub(super) const fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::High => "high",
        Priority::Medium => "medium",
        Priority::Low => "low",
    }
}
