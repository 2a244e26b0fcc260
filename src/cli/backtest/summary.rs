//! What a run says at its end, for people and as JSON.

use super::gaps::{GAP_FACTOR, Regularity};
use super::tally::{OfKind, Qualities, Tally};
use crate::detect::{AlarmBudgets, Rules};
use crate::domain::{Priority, RuleId, Vital};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The whole of a run.
#[derive(Serialize)]
pub(super) struct Summary {
    version: &'static str,
    alarm_budget: AlarmBudgets,
    /// The clinical rules in force, with their versions.
    clinical_rules: BTreeMap<RuleId, u32>,
    patients: u64,
    patient_days: f64,
    readings: u64,
    seconds: f64,
    readings_per_second: f64,
    alerts: Alerts,
    data_quality: DataQuality,
}

#[derive(Serialize)]
struct Alerts {
    episodes: u64,
    per_patient_day: f64,
    patients: u64,
    share_of_patients: f64,
    by_kind: BTreeMap<String, Kind>,
}

#[derive(Serialize)]
struct Kind {
    episodes: u64,
    per_patient_day: f64,
    patients: u64,
    share_of_patients: f64,
    /// By the priority at the raising.
    by_priority: BTreeMap<Priority, u64>,
}

#[derive(Serialize)]
struct DataQuality {
    good: u64,
    suspect: BTreeMap<&'static str, u64>,
    artefact: BTreeMap<&'static str, u64>,
    /// The same vital, moment and value once more: not judged again.
    repeated: u64,
    /// Lines whose value is none, by reason.
    rejected_lines: BTreeMap<&'static str, u64>,
    vitals: BTreeMap<&'static str, OneVital>,
}

#[derive(Serialize)]
struct OneVital {
    readings: u64,
    usual_interval_seconds: Option<f64>,
    /// Intervals of more than four usual ones.
    gaps: u64,
    longest_gap_hours: Option<f64>,
}

impl Summary {
    pub(super) fn of(tally: Tally, rules: &Rules, took: Duration) -> Self {
        let seconds = took.as_secs_f64();
        let (days, patients) = (tally.patient_days, tally.patients);
        let episodes = tally.kinds.values().map(|kind| kind.episodes).sum();
        let vitals = Vital::ALL.into_iter().zip(&tally.vitals);
        let vitals = vitals.filter(|(_, vital)| vital.readings > 0);
        let vitals = vitals.map(|(vital, counted)| {
            let regularity = counted.intervals.regularity();
            (vital.name(), one_vital(counted.readings, regularity))
        });
        let vitals = vitals.collect();
        let kinds = tally.kinds.into_iter();
        Self {
            version: crate::engine::VERSION,
            alarm_budget: rules.alarm_budget,
            clinical_rules: rules.clinical.rules().map(|r| (r.id, r.version)).collect(),
            patients,
            patient_days: days,
            readings: tally.readings,
            seconds,
            readings_per_second: ratio(tally.readings, seconds),
            alerts: Alerts {
                episodes,
                per_patient_day: ratio(episodes, days),
                patients: tally.patients_alerted,
                share_of_patients: ratio(tally.patients_alerted, patients as f64),
                by_kind: kinds
                    .map(|(name, kind)| (name, one_kind(kind, days, patients)))
                    .collect(),
            },
            data_quality: data_quality(tally.qualities, tally.repeated, tally.rejected, vitals),
        }
    }
}

fn one_kind(kind: OfKind, days: f64, patients: u64) -> Kind {
    Kind {
        episodes: kind.episodes,
        per_patient_day: ratio(kind.episodes, days),
        patients: kind.patients,
        share_of_patients: ratio(kind.patients, patients as f64),
        by_priority: kind.priorities,
    }
}

fn one_vital(readings: u64, regularity: Option<Regularity>) -> OneVital {
    let found = regularity.as_ref();
    OneVital {
        readings,
        usual_interval_seconds: found.map(|found| found.usual_ms as f64 / 1_000.0),
        gaps: found.map_or(0, |found| found.gaps),
        longest_gap_hours: found.map(|found| found.longest_ms as f64 / 3_600_000.0),
    }
}

fn data_quality(
    qualities: Qualities,
    repeated: u64,
    rejected_lines: BTreeMap<&'static str, u64>,
    vitals: BTreeMap<&'static str, OneVital>,
) -> DataQuality {
    DataQuality {
        good: qualities.good,
        suspect: qualities.suspect,
        artefact: qualities.artefact,
        repeated,
        rejected_lines,
        vitals,
    }
}

/// 0 when there is nothing to divide by: JSON has no word for it.
fn ratio(part: u64, whole: f64) -> f64 {
    if whole > 0.0 {
        part as f64 / whole
    } else {
        0.0
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} readings of {} patients ({:.1} patient-days) in {:.1} s: {:.0} a second.",
            self.readings, self.patients, self.patient_days, self.seconds, self.readings_per_second
        )?;
        writeln!(
            f,
            "\n{:24}{:>9}{:>16}{:>10}",
            "alerts", "episodes", "a patient-day", "patients"
        )?;
        for (name, kind) in &self.alerts.by_kind {
            let (rate, share) = (kind.per_patient_day, kind.share_of_patients * 100.0);
            writeln!(
                f,
                "  {name:22}{:>9}{rate:>16.3}{share:>8.1} %",
                kind.episodes
            )?;
        }
        let all = &self.alerts;
        let (rate, share) = (all.per_patient_day, all.share_of_patients * 100.0);
        writeln!(
            f,
            "  {:22}{:>9}{rate:>16.3}{share:>8.1} %",
            "any", all.episodes
        )?;
        self.data_quality.fmt(f)
    }
}

impl fmt::Display for DataQuality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\ndata: {} good, {} repeated", self.good, self.repeated)?;
        for (name, reasons) in [
            ("suspect", &self.suspect),
            ("artefact", &self.artefact),
            ("rejected line", &self.rejected_lines),
        ] {
            for (reason, count) in reasons {
                writeln!(f, "  {name}, {reason}: {count}")?;
            }
        }
        for (name, vital) in &self.vitals {
            let readings = vital.readings;
            write!(f, "  {name:30}{readings:>10} readings")?;
            if let (Some(usual), Some(longest)) =
                (vital.usual_interval_seconds, vital.longest_gap_hours)
            {
                let gaps = vital.gaps;
                write!(
                    f,
                    ", usually every {usual:.0} s, {gaps} gaps over {GAP_FACTOR} times that, the longest {longest:.1} h",
                )?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
