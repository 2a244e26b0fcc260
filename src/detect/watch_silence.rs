//! The watch as a whole says nothing: one condition instead of one a vital.
//!
//! A watch that dies takes ten vitals with it. Ten alerts for one fact are
//! what makes people stop reading alerts, so the vitals whose silence is the
//! watch's are folded into one `device_silent`, which names them and is as
//! urgent as the most urgent of them. A vital that stays away while the watch
//! still talks, or the only vital that is watched, keeps its own `silent`.

use super::step::{Step, any_of, duration_words};
use crate::domain::{AlertKind, Evidence, MeasuredTime, Priority, Vital};
use serde::{Deserialize, Serialize};

const VERSION: u32 = 1;
const RULE: &str = "device_silent";
/// One fact is told once: what will be overdue so soon counts already.
const SOON_MS: i64 = 5 * 60_000;

/// A set of vitals, one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Vitals(u16);

impl Vitals {
    pub(super) fn has(self, vital: Vital) -> bool {
        self.0 & (1 << vital.code()) != 0
    }

    pub(super) fn add(&mut self, vital: Vital) {
        self.0 |= 1 << vital.code();
    }

    pub(super) fn remove(&mut self, vital: Vital) {
        self.0 &= !(1 << vital.code());
    }

    fn each(self) -> impl Iterator<Item = Vital> {
        Vital::ALL.into_iter().filter(move |vital| self.has(*vital))
    }
}

/// When a vital will be missed, and how.
#[derive(Clone, Copy)]
pub(super) struct Deadline {
    pub(super) due_ms: i64,
    /// How long its silence is borne, ms.
    pub(super) patience_ms: i64,
    /// It was never heard in this monitoring period.
    pub(super) never: bool,
}

/// What is remembered of the watch as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct WatchSilence {
    /// Last arrival of anything it measured, seconds; 0 for never.
    heard: u32,
    /// Vitals whose newest value came from the watch and not from a person.
    carries: Vitals,
    /// Vitals whose silence is the watch's.
    folded: Vitals,
    raised: Option<Priority>,
}

/// What is watched now.
#[derive(Clone, Copy, Default)]
pub(super) struct Watched {
    /// By the watch.
    pub(super) carried: Vitals,
    /// Overdue, or nearly.
    pub(super) soon: Vitals,
}

impl Watched {
    pub(super) fn note(&mut self, vital: Vital, deadline: Deadline, now: i64) {
        self.carried.add(vital);
        if deadline.due_ms <= now + SOON_MS {
            self.soon.add(vital);
        }
    }
}

impl WatchSilence {
    /// The watch measured something. True when it was silent until now.
    pub(super) fn heard(&mut self, step: &mut Step<'_>) -> bool {
        self.heard = u32::try_from(step.at.epoch_ms().div_euclid(1_000)).unwrap_or(0);
        let was_silent = self.raised.is_some();
        self.end(step, "The watch is heard again.");
        was_silent
    }

    /// A vital came, from the watch or from a person.
    pub(super) fn came(&mut self, vital: Vital, by_watch: bool) {
        self.folded.remove(vital);
        if by_watch {
            self.carries.add(vital);
        } else {
            self.carries.remove(vital);
        }
    }

    /// The condition ends, also because monitoring does.
    pub(super) fn end(&mut self, step: &mut Step<'_>, words: &str) {
        self.folded = Vitals::default();
        if self.raised.take().is_some() {
            step.clear(AlertKind::DeviceSilent, RULE, VERSION, words.to_owned());
        }
    }

    pub(super) fn has_folded(&self, vital: Vital) -> bool {
        self.folded.has(vital)
    }

    /// Whether the watch is what should bring this vital.
    pub(super) fn should_bring(&self, vital: Vital, deadline: Deadline) -> bool {
        deadline.never || self.carries.has(vital)
    }

    /// Whether an overdue vital is overdue because the watch says nothing: for
    /// most of the time that the vital was missed, nothing else came either.
    pub(super) fn explains(
        &self,
        vital: Vital,
        deadline: Deadline,
        watched: Watched,
        (period_from, resumed, now): (u32, u32, i64),
    ) -> bool {
        let others = watched.carried.0 | self.folded.0;
        if !watched.carried.has(vital) || others.count_ones() < 2 {
            return false;
        }
        let quiet_ms = now - i64::from(self.heard.max(resumed)) * 1_000;
        let quiet = if deadline.never {
            self.heard < period_from || self.heard == 0
        } else {
            quiet_ms * 2 >= deadline.patience_ms
        };
        self.raised.is_some() || quiet
    }

    pub(super) fn fold(&mut self, vital: Vital) {
        self.folded.add(vital);
    }

    /// Raises the one condition, or makes it more urgent.
    pub(super) fn raise(&mut self, step: &mut Step<'_>, watched: Watched, period_from: u32) {
        let priority_of = |vital| step.rules.silence.vitals.get(vital).priority;
        let counted = Vitals(self.folded.0 | watched.soon.0);
        let Some(priority) = counted.each().map(priority_of).max() else {
            return;
        };
        if self.raised.is_some_and(|raised| raised >= priority) {
            return;
        }
        self.raised = Some(priority);
        let missing = Vitals(self.folded.0 | watched.carried.0);
        let never = self.heard == 0 || self.heard < period_from;
        let since = if never { period_from } else { self.heard };
        let since_ms = i64::from(since) * 1_000;
        let length = duration_words(step.at.epoch_ms() - since_ms);
        let summary = format!(
            "The watch has sent nothing {}: no {}.",
            if never {
                format!("since monitoring began {length} ago")
            } else {
                format!("for {length}")
            },
            any_of(missing.each())
        );
        let evidence = Evidence {
            rule: RULE.to_owned(),
            rule_version: VERSION,
            summary,
            missing: missing.each().map(|v| v.name().to_owned()).collect(),
            ..Evidence::default()
        };
        let began = MeasuredTime::from_epoch_ms(since_ms);
        step.raise(AlertKind::DeviceSilent, priority, began, evidence);
    }
}
