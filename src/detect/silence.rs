//! Silent and never heard, per vital.
//!
//! A vital is watched when the registry or the watch itself says how often it
//! comes, or when its own cadence is learnt. Deadlines run on the arrival
//! clock, from values in the patient's state, so a restart changes nothing;
//! they stand still outside the monitoring periods and in planned pauses.
//! A vital that is measured only while worn is not called silent while the
//! watch is known to be off: `not_worn` says that once. When the watch says
//! nothing at all, its vitals share one condition (`watch_silence.rs`).

use super::VitalTable;
use super::epoch::Minute;
use super::step::{Step, duration_words, minutes_ms, vital_first};
use super::watch_silence::{Deadline, WatchSilence, Watched};
use crate::domain::{
    AlertKind, ClinicalTime, Evidence, MeasuredTime, PatientContext, Priority, Vital,
};
use serde::{Deserialize, Serialize};

const VERSION: u32 = 1;
/// Cadences change: deadlines are looked at again after so long at the latest.
const LOOK_AGAIN_MINUTES: u32 = 60;

/// How one vital's silence is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SilenceVital {
    /// Whether it is watched by its learnt cadence when nobody says how often it comes.
    pub learnt: bool,
    /// How urgent its silence is.
    pub priority: Priority,
}

/// Settings of silence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SilenceRules {
    /// Silent after so many expected gaps …
    pub gaps: f64,
    /// … but never before so many minutes …
    pub minimum_minutes: u32,
    /// … and always after so many.
    pub maximum_minutes: u32,
    /// An expected vital is "never heard" so long after monitoring began
    /// (or after the time above, if that is longer).
    pub never_heard_minutes: u32,
    /// Gaps between minutes seen before the learnt cadence is believed.
    pub learnt_from: u8,
    /// The cadence is the gap that this share of a vital's gaps does not exceed.
    pub learnt_quantile: f64,
    /// How fast it is learnt: the step of its binary logarithm at each gap.
    pub learnt_step: f64,
    /// Longer gaps are learnt as if they were so long.
    pub longest_gap_minutes: u32,
    /// Each vital.
    pub vitals: VitalTable<SilenceVital>,
}

impl Default for SilenceRules {
    fn default() -> Self {
        Self {
            gaps: 4.0,
            minimum_minutes: 15,
            maximum_minutes: 4_320,
            never_heard_minutes: 120,
            learnt_from: 30,
            learnt_quantile: 0.9,
            learnt_step: 0.25,
            longest_gap_minutes: 2_880,
            vitals: VitalTable::from_fn(|vital| SilenceVital {
                learnt: matches!(
                    vital,
                    Vital::HeartRate
                        | Vital::RespiratoryRate
                        | Vital::OxygenSaturation
                        | Vital::BodyTemperature
                ),
                priority: match vital {
                    Vital::HeartRate | Vital::BodyTemperature => Priority::Medium,
                    _ => Priority::Low,
                },
            }),
        }
    }
}

impl SilenceRules {
    pub(super) fn problems(&self, problems: &mut Vec<String>) {
        if !(1.0..=100.0).contains(&self.gaps) {
            problems.push("silence.gaps must be 1 to 100".into());
        }
        if !(0.5..=0.99).contains(&self.learnt_quantile) {
            problems.push("silence.learnt_quantile must be 0.5 to 0.99".into());
        }
        if !(0.01..=1.0).contains(&self.learnt_step) {
            problems.push("silence.learnt_step must be 0.01 to 1".into());
        }
        if !(1..=43_200).contains(&self.longest_gap_minutes) {
            problems.push("silence.longest_gap_minutes must be 1 to 43200".into());
        }
        if self.minimum_minutes == 0 || self.minimum_minutes > self.maximum_minutes {
            problems.push("silence: 1 <= minimum_minutes <= maximum_minutes must hold".into());
        }
        if self.maximum_minutes > 43_200 || self.never_heard_minutes > 43_200 {
            problems.push("silence: no time may be above 43200 minutes (30 days)".into());
        }
    }
}

/// The learnt gap between a vital's minutes: a slowly moving quantile,
/// so that ordinary irregularity is inside it. It is learnt from closed
/// minutes, which do not depend on the order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[repr(Rust, packed(2))]
pub(super) struct Cadence {
    /// Binary logarithm of the gap in minutes.
    log_gap: f32,
    seen: u8,
}

impl Cadence {
    /// True when it has just become believable.
    pub(super) fn note(&mut self, minute: &Minute, rules: &SilenceRules) -> bool {
        let (share, step) = (rules.learnt_quantile, rules.learnt_step);
        let Some(gap) = minute.gap() else {
            return false;
        };
        let gap = (gap.min(rules.longest_gap_minutes) as f32).log2();
        if self.seen == 0 {
            self.log_gap = gap;
        } else if gap > self.log_gap {
            self.log_gap = (self.log_gap + (share * step) as f32).min(gap);
        } else {
            self.log_gap = (self.log_gap - ((1.0 - share) * step) as f32).max(gap);
        }
        let seen = self.seen.saturating_add(1);
        std::mem::replace(&mut self.seen, seen) < seen && seen == rules.learnt_from.max(1)
    }

    fn gap_ms(&self, learnt_from: u8) -> Option<i64> {
        (self.seen >= learnt_from.max(1)).then(|| (self.log_gap.exp2() * 60_000.0) as i64)
    }
}

/// What is remembered of who was heard when.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Silence {
    /// Last arrival of each vital, seconds; 0 for never.
    heard: [u32; Vital::COUNT],
    /// Raised, one bit a vital.
    silent: u16,
    never: u16,
    /// When the running monitoring period began, and when it last resumed, seconds.
    period_from: u32,
    resumed: u32,
    /// The watch as a whole.
    watch: WatchSilence,
    /// No deadline lies before this, ms.
    pub(super) due_ms: i64,
}

fn seconds(ms: i64) -> u32 {
    u32::try_from(ms.div_euclid(1_000)).unwrap_or(0)
}

const fn bit(vital: Vital) -> u16 {
    1 << vital.code()
}

impl Silence {
    /// The watch measured something. After a silence its vitals get their own
    /// time again before they are missed.
    pub(super) fn watch_heard(&mut self, step: &mut Step<'_>) {
        if self.watch.heard(step) {
            self.resumed = seconds(step.at.epoch_ms());
            self.due_ms = step.at.epoch_ms();
        }
    }

    pub(super) fn heard(&mut self, step: &mut Step<'_>, vital: Vital, by_watch: bool) {
        let now = seconds(step.at.epoch_ms());
        if self.watch.has_folded(vital) {
            self.due_ms = step.at.epoch_ms();
        }
        self.watch.came(vital, by_watch);
        if let Some(heard) = self.heard.get_mut(usize::from(vital.code())) {
            if *heard < self.period_from || *heard == 0 {
                self.due_ms = step.at.epoch_ms();
            }
            *heard = now;
        }
        let flag = bit(vital);
        if (self.silent | self.never) & flag == 0 {
            return;
        }
        self.due_ms = step.at.epoch_ms();
        let name = vital_first(vital);
        if self.silent & flag != 0 {
            self.silent &= !flag;
            let text = format!("{name} is heard again.");
            step.clear(AlertKind::Silent(vital), "silent", VERSION, text);
        }
        if self.never & flag != 0 {
            self.never &= !flag;
            let text = format!("{name} is heard now.");
            step.clear(AlertKind::NeverHeard(vital), "never_heard", VERSION, text);
        }
    }

    /// Monitoring began or went on after a pause.
    pub(super) fn resume(&mut self, period_from: ClinicalTime, now: ClinicalTime) {
        self.period_from = seconds(period_from.epoch_ms());
        self.resumed = seconds(now.epoch_ms());
        self.due_ms = now.epoch_ms();
    }

    /// Monitoring ended or pauses: the conditions end.
    pub(super) fn stop(&mut self, step: &mut Step<'_>, words: &str) {
        for vital in Vital::ALL {
            if self.silent & bit(vital) != 0 {
                step.clear(
                    AlertKind::Silent(vital),
                    "silent",
                    VERSION,
                    words.to_owned(),
                );
            }
            if self.never & bit(vital) != 0 {
                let kind = AlertKind::NeverHeard(vital);
                step.clear(kind, "never_heard", VERSION, words.to_owned());
            }
        }
        (self.silent, self.never) = (0, 0);
        self.watch.end(step, words);
        self.due_ms = i64::MAX;
    }

    /// Raises what is missed by now; notes when to look next.
    pub(super) fn check(
        &mut self,
        step: &mut Step<'_>,
        off: bool,
        cadence_of: impl Fn(Vital) -> Option<Cadence>,
    ) {
        self.due_ms = i64::MAX;
        if !step.monitored {
            return;
        }
        let now = step.at.epoch_ms();
        self.due_ms = now + minutes_ms(LOOK_AGAIN_MINUTES);
        let deadlines = VitalTable::from_fn(|vital| {
            if off && is_measured_only_worn(step, vital) {
                return None;
            }
            self.deadline(step, vital, cadence_of(vital))
        });
        let mut watched = Watched::default();
        for vital in Vital::ALL {
            if let Some(deadline) = *deadlines.get(vital)
                && self.watch.should_bring(vital, deadline)
            {
                watched.note(vital, deadline, now);
            }
        }
        let times = (self.period_from, self.resumed, now);
        let mut folded = false;
        for vital in Vital::ALL {
            match *deadlines.get(vital) {
                Some(late) if late.due_ms <= now => {
                    if self.watch.explains(vital, late, watched, times) {
                        self.watch.fold(vital);
                        folded = true;
                    } else if late.never {
                        self.raise_never(step, vital);
                    } else {
                        self.raise_silent(step, vital);
                    }
                }
                Some(deadline) => self.due_ms = self.due_ms.min(deadline.due_ms),
                None => {}
            }
        }
        if folded {
            self.watch.raise(step, watched, self.period_from);
        }
    }

    fn deadline(
        &self,
        step: &Step<'_>,
        vital: Vital,
        cadence: Option<Cadence>,
    ) -> Option<Deadline> {
        if (self.silent | self.never) & bit(vital) != 0 || self.watch.has_folded(vital) {
            return None;
        }
        let rules = &step.rules.silence;
        let expected = expected_ms(step.context, vital);
        let learnt = rules.vitals.get(vital).learnt;
        let every = expected.or_else(|| {
            cadence
                .filter(|_| learnt)
                .and_then(|cadence| cadence.gap_ms(rules.learnt_from))
        })?;
        let own = step
            .context
            .limit("silent.after_minutes", Some(vital), step.at);
        let tolerance = match own {
            Some(limit) => (limit.value * 60_000.0) as i64,
            None => ((every as f64 * rules.gaps) as i64).clamp(
                minutes_ms(rules.minimum_minutes),
                minutes_ms(rules.maximum_minutes),
            ),
        };
        let heard = *self.heard.get(usize::from(vital.code()))?;
        let from = |seconds: u32| i64::from(seconds.max(self.resumed)) * 1_000;
        if heard != 0 && heard >= self.period_from {
            Some(Deadline {
                due_ms: from(heard) + tolerance,
                patience_ms: tolerance,
                never: false,
            })
        } else {
            expected?;
            let patience = tolerance.max(minutes_ms(rules.never_heard_minutes));
            Some(Deadline {
                due_ms: from(self.period_from) + patience,
                patience_ms: patience,
                never: true,
            })
        }
    }

    fn raise_silent(&mut self, step: &mut Step<'_>, vital: Vital) {
        self.silent |= bit(vital);
        let heard = self
            .heard
            .get(usize::from(vital.code()))
            .copied()
            .unwrap_or(0);
        let heard_ms = i64::from(heard) * 1_000;
        let text = format!(
            "{} has not been heard for {}.",
            vital_first(vital),
            duration_words(step.at.epoch_ms() - heard_ms)
        );
        self.raise(step, AlertKind::Silent(vital), vital, heard_ms, text);
    }

    fn raise_never(&mut self, step: &mut Step<'_>, vital: Vital) {
        self.never |= bit(vital);
        let from_ms = i64::from(self.period_from) * 1_000;
        let text = format!(
            "{} is expected and has never been heard since monitoring began {} ago.",
            vital_first(vital),
            duration_words(step.at.epoch_ms() - from_ms)
        );
        self.raise(step, AlertKind::NeverHeard(vital), vital, from_ms, text);
    }

    fn raise(
        &self,
        step: &mut Step<'_>,
        kind: AlertKind,
        vital: Vital,
        began_ms: i64,
        text: String,
    ) {
        let mut evidence = Evidence {
            rule: kind.name().to_owned(),
            rule_version: VERSION,
            summary: text,
            missing: vec![vital.name().to_owned()],
            ..Evidence::default()
        };
        if let Some(every) = expected_ms(step.context, vital) {
            evidence = evidence.with_figure("expected_every_seconds", every as f64 / 1_000.0);
        }
        let priority = step.rules.silence.vitals.get(vital).priority;
        step.raise(
            kind,
            priority,
            MeasuredTime::from_epoch_ms(began_ms),
            evidence,
        );
    }
}

/// A watch that is off counts no steps, though its gate takes them.
fn is_measured_only_worn(step: &Step<'_>, vital: Vital) -> bool {
    vital == Vital::StepCount || step.rules.gate.vitals.get(vital).needs_worn
}

fn expected_ms(context: &PatientContext, vital: Vital) -> Option<i64> {
    context
        .expected
        .iter()
        .find(|expected| expected.vital == vital && expected.every_seconds > 0)
        .map(|expected| i64::from(expected.every_seconds) * 1_000)
}
