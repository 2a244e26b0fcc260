//! The gate: how far each reading may be trusted, judged before anything else.
//!
//! Physics was checked in `decode`. Here: plausibility in a living adult,
//! wear, motion, rate of change, the frozen and the impossibly steady signal.
//! What a person measured is only checked for plausibility.
//!
//! A suspicion by rate of change lifts with the second agreeing reading:
//! otherwise the gate would mute the onset of fibrillation, desaturation and
//! the first fever. After a gap a change is no jump.
//!
//! Minutes (`epoch`) do not ask this file about rate and frozen values: a
//! verdict that depends on the reading before depends on the order of arrival.
//! They have their own forms of both (no say for the lowest and highest,
//! frozen minutes).

use super::VitalTable;
use super::moment::Moment;
use super::step::minutes_ms;
use crate::domain::{MeasuredTime, Quality, QualityReason, Reading, Vital};
use serde::{Deserialize, Serialize};

/// The gate's limits for one vital.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateLimits {
    /// Smallest value believable in a living adult; below it: artefact.
    pub plausible_min: f64,
    /// Largest value believable in a living adult.
    pub plausible_max: f64,
    /// Largest believable change within `change_seconds`, growing with the
    /// square root of the time beyond; 0: not checked.
    pub max_change: f64,
    /// See `max_change`.
    pub change_seconds: u32,
    /// After so many seconds without a reading a change is no jump.
    pub gap_seconds: u32,
    /// The very same value for so many minutes is frozen; 0: not checked.
    pub frozen_minutes: u32,
    /// Staying within `steady_range` for so many minutes is impossibly steady; 0: not checked.
    pub steady_minutes: u32,
    /// See `steady_minutes`.
    pub steady_range: f64,
    /// Frozen and steady need at least so many readings.
    pub repeat_readings: u16,
    /// Whether a watch measures it only while worn.
    pub needs_worn: bool,
    /// Whether strong motion makes it doubtful.
    pub motion: bool,
}

/// Settings of the gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateRules {
    /// From so many steps in a minute on, the minute is one of strong motion
    /// (about 60 is slow walking).
    pub motion_steps_per_minute: u32,
    /// Limits of each vital.
    pub vitals: VitalTable<GateLimits>,
}

impl Default for GateRules {
    fn default() -> Self {
        Self {
            motion_steps_per_minute: 60,
            vitals: VitalTable::from_fn(default_limits),
        }
    }
}

/// Shipped limits. All are engineering judgement to be confirmed on real
/// data, in the order of magnitude of reference/physiology.md.
fn default_limits(vital: Vital) -> GateLimits {
    let facts = vital.facts();
    let plain = GateLimits {
        plausible_min: facts.plausible_min,
        plausible_max: facts.plausible_max,
        max_change: 0.0,
        change_seconds: 1,
        gap_seconds: 0,
        frozen_minutes: 0,
        steady_minutes: 0,
        steady_range: 0.0,
        repeat_readings: 20,
        needs_worn: true,
        motion: false,
    };
    let change = |max_change, change_seconds, gap_seconds| GateLimits {
        max_change,
        change_seconds,
        gap_seconds,
        ..plain
    };
    match vital {
        Vital::HeartRate => GateLimits {
            frozen_minutes: 30,
            steady_minutes: 60,
            steady_range: 0.5,
            motion: true,
            ..change(40.0, 5, 60)
        },
        Vital::RespiratoryRate => GateLimits {
            frozen_minutes: 180,
            motion: true,
            ..plain
        },
        Vital::OxygenSaturation => GateLimits {
            motion: true,
            ..change(4.0, 10, 60)
        },
        Vital::BodyTemperature => GateLimits {
            frozen_minutes: 360,
            ..change(1.0, 600, 600)
        },
        Vital::SkinTemperature => GateLimits {
            frozen_minutes: 180,
            ..change(3.0, 60, 300)
        },
        Vital::HeartRateVariabilityRmssd | Vital::HeartRateVariabilitySdnn => GateLimits {
            motion: true,
            ..plain
        },
        Vital::BeatIntervals | Vital::RestingHeartRate => plain,
        Vital::SystolicPressure
        | Vital::DiastolicPressure
        | Vital::StepCount
        | Vital::Worn
        | Vital::BatteryLevel
        | Vital::SupplementalOxygen
        | Vital::Consciousness => GateLimits {
            needs_worn: false,
            ..plain
        },
    }
}

impl GateRules {
    pub(super) fn problems(&self, problems: &mut Vec<String>) {
        for vital in Vital::ALL {
            let (limits, facts) = (self.vitals.get(vital), vital.facts());
            let mut wrong =
                |what: &str| problems.push(format!("gate.vitals.{}: {what}", vital.name()));
            let plausible = limits.plausible_min < limits.plausible_max;
            if !plausible {
                wrong("plausible_min must be below plausible_max");
            }
            if limits.plausible_min < facts.physics_min || limits.plausible_max > facts.physics_max
            {
                wrong("plausible limits must lie inside the limits of physics");
            }
            let sizes = limits.max_change >= 0.0 && limits.steady_range >= 0.0;
            if !sizes {
                wrong("max_change and steady_range must not be negative");
            }
            if limits.change_seconds == 0 {
                wrong("change_seconds must be at least 1");
            }
            if limits.repeat_readings < 2 {
                wrong("repeat_readings must be at least 2");
            }
        }
    }
}

/// What the gate knows of a moment beside the value itself.
#[derive(Clone, Copy)]
pub(super) struct Circumstances {
    pub(super) off: bool,
    pub(super) in_motion: bool,
    pub(super) by_person: bool,
}

/// A reading's verdict, and the reading that it made good after all.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Verdict {
    pub(super) quality: Quality,
    pub(super) lifted: Option<Reading>,
    /// Whether the signal stands still with this reading, frozen or steady.
    pub(super) stands_still: bool,
}

const NOTHING: Moment = Moment::NEVER_YET;

/// What the gate remembers of one vital, packed: there is one for each.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[repr(Rust, packed(2))]
pub(super) struct GateState {
    /// The newest believable reading.
    newest_at: Moment,
    /// A suspect reading that waits for a second.
    pending_at: Moment,
    newest: f32,
    pending: f32,
    /// Since when `newest` did not change, seconds.
    same_from: u32,
    steady_from: u32,
    steady_low: f32,
    steady_high: f32,
    same_count: u16,
    steady_count: u16,
}

impl Default for GateState {
    fn default() -> Self {
        Self {
            newest_at: NOTHING,
            pending_at: NOTHING,
            newest: 0.0,
            pending: 0.0,
            same_from: 0,
            steady_from: 0,
            steady_low: 0.0,
            steady_high: 0.0,
            same_count: 0,
            steady_count: 0,
        }
    }
}

/// Whether a value may stand in a living adult, and was measured on one.
pub(super) fn artefact(
    limits: &GateLimits,
    value: f64,
    circumstances: Circumstances,
) -> Option<QualityReason> {
    if value < limits.plausible_min || value > limits.plausible_max {
        Some(QualityReason::Implausible)
    } else if circumstances.off && limits.needs_worn && !circumstances.by_person {
        Some(QualityReason::NotWorn)
    } else {
        None
    }
}

impl GateState {
    /// Judges a reading that is no artefact and that a device measured.
    pub(super) fn judge(
        &mut self,
        limits: &GateLimits,
        reading: Reading,
        in_motion: bool,
    ) -> Verdict {
        let at = reading.at.epoch_ms();
        if at == self.newest_at.ms() || at == self.pending_at.ms() {
            return self.judge_again(reading);
        }
        let mut lifted = None;
        if self.agrees_with_pending(limits, at, reading.value) {
            lifted = Some(Reading {
                at: MeasuredTime::from_epoch_ms(self.pending_at.ms()),
                vital: reading.vital,
                value: from_f32(self.pending),
            });
        } else if limits.max_change > 0.0 && self.is_jump(limits, at, reading.value) {
            (self.pending_at, self.pending) = (at.into(), reading.value as f32);
            return Verdict::of(Quality::Suspect(QualityReason::RateOfChange));
        }
        if at > self.newest_at.ms() {
            self.move_on(limits, at, reading.value);
        } else {
            self.note_older(at, reading.value);
        }
        let stands_still = self.stands_still(limits);
        let quality = match stands_still {
            Some(reason) => Quality::Suspect(reason),
            None if in_motion && limits.motion => Quality::Suspect(QualityReason::Motion),
            None if lifted.is_some() => Quality::GoodLiftsPrevious,
            None => Quality::Good,
        };
        Verdict {
            quality,
            lifted: lifted.filter(|_| quality.is_good()),
            stands_still: stands_still.is_some(),
        }
    }

    /// The same moment again: a repeat changes nothing, another value is a conflict.
    fn judge_again(&self, reading: Reading) -> Verdict {
        let pending = reading.at.epoch_ms() == self.pending_at.ms();
        let known = if pending { self.pending } else { self.newest };
        Verdict::of(if (reading.value as f32).to_bits() != known.to_bits() {
            Quality::Suspect(QualityReason::Conflict)
        } else if pending {
            Quality::Suspect(QualityReason::RateOfChange)
        } else {
            Quality::Good
        })
    }

    fn is_jump(&self, limits: &GateLimits, at: i64, value: f64) -> bool {
        self.newest_at != NOTHING && exceeds(limits, self.newest_at.ms(), self.newest, at, value)
    }

    /// Whether a reading confirms the suspect one: reachable from it, and
    /// nearer to it than to what was known before.
    fn agrees_with_pending(&self, limits: &GateLimits, at: i64, value: f64) -> bool {
        let nearer =
            (value - f64::from(self.pending)).abs() < (value - f64::from(self.newest)).abs();
        self.pending_at != NOTHING
            && nearer
            && at.abs_diff(self.pending_at.ms()) <= u64::from(limits.gap_seconds) * 1_000
            && !exceeds(limits, self.pending_at.ms(), self.pending, at, value)
    }

    fn move_on(&mut self, limits: &GateLimits, at: i64, value: f64) {
        let seconds = seconds_of(at);
        let value = value as f32;
        if value.to_bits() == self.newest.to_bits() && self.newest_at != NOTHING {
            self.same_count = self.same_count.saturating_add(1);
        } else {
            (self.same_from, self.same_count) = (seconds, 1);
        }
        let (low, high) = (self.steady_low.min(value), self.steady_high.max(value));
        if self.steady_count > 0 && f64::from(high - low) <= limits.steady_range {
            (self.steady_low, self.steady_high) = (low, high);
            self.steady_count = self.steady_count.saturating_add(1);
        } else {
            (self.steady_low, self.steady_high) = (value, value);
            (self.steady_from, self.steady_count) = (seconds, 1);
        }
        (self.newest_at, self.newest) = (at.into(), value);
        self.pending_at = NOTHING;
    }

    /// An older reading that differs shows that the signal moved since then.
    fn note_older(&mut self, at: i64, value: f64) {
        let seconds = seconds_of(at);
        let value = value as f32;
        if value.to_bits() != self.newest.to_bits() && seconds >= self.same_from {
            (self.same_from, self.same_count) = (seconds_of(self.newest_at.ms()), 1);
        }
        if (value < self.steady_low || value > self.steady_high) && seconds >= self.steady_from {
            (self.steady_low, self.steady_high) = (self.newest, self.newest);
            (self.steady_from, self.steady_count) = (seconds_of(self.newest_at.ms()), 1);
        }
        if at > self.pending_at.ms() {
            self.pending_at = NOTHING;
        }
    }

    fn stands_still(&self, limits: &GateLimits) -> Option<QualityReason> {
        let now = seconds_of(self.newest_at.ms());
        let long = |from: u32, minutes: u32, count: u16| {
            minutes > 0
                && count >= limits.repeat_readings
                && i64::from(now.saturating_sub(from)) * 1_000 >= minutes_ms(minutes)
        };
        if long(self.same_from, limits.frozen_minutes, self.same_count) {
            Some(QualityReason::Frozen)
        } else if long(self.steady_from, limits.steady_minutes, self.steady_count) {
            Some(QualityReason::ImpossiblySteady)
        } else {
            None
        }
    }

    /// Since when the signal stands still, when it does.
    pub(super) fn still_since(&self) -> MeasuredTime {
        MeasuredTime::from_epoch_ms(i64::from(self.same_from.min(self.steady_from)) * 1_000)
    }
}

impl Verdict {
    pub(super) const fn of(quality: Quality) -> Self {
        Self {
            quality,
            lifted: None,
            stands_still: false,
        }
    }
}

fn exceeds(limits: &GateLimits, from_at: i64, from: f32, at: i64, value: f64) -> bool {
    let apart_ms = at.abs_diff(from_at);
    if apart_ms >= u64::from(limits.gap_seconds) * 1_000 {
        return false;
    }
    let windows = apart_ms as f64 / (f64::from(limits.change_seconds) * 1_000.0);
    (value - f64::from(from)).abs() > limits.max_change * windows.max(1.0).sqrt() + 1e-3
}

fn seconds_of(ms: i64) -> u32 {
    u32::try_from(ms.div_euclid(1_000)).unwrap_or(0)
}

/// The decimal value that was narrowed: thousandths are enough for every vital.
fn from_f32(value: f32) -> f64 {
    (f64::from(value) * 1_000.0).round() / 1_000.0
}
