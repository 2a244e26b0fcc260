//! How an illness changes the body over time.

/// When something begins, how fast it grows, how long it lasts and how it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// First moment of change, epoch ms.
    pub onset_ms: i64,
    /// Time from onset to full strength, ms.
    pub ramp_ms: i64,
    /// Time at full strength, ms; `None` stays for ever.
    pub hold_ms: Option<i64>,
    /// Time from full strength back to nothing, ms.
    pub recovery_ms: i64,
}

impl Course {
    /// Comes and stays.
    #[must_use]
    pub fn lasting(onset_ms: i64, ramp_ms: i64) -> Self {
        Self {
            onset_ms,
            ramp_ms,
            hold_ms: None,
            recovery_ms: 0,
        }
    }

    /// Comes, holds and goes.
    #[must_use]
    pub fn passing(onset_ms: i64, ramp_ms: i64, hold_ms: i64, recovery_ms: i64) -> Self {
        Self {
            onset_ms,
            ramp_ms,
            hold_ms: Some(hold_ms),
            recovery_ms,
        }
    }

    /// Strength from 0 (absent) to 1 (full), straight lines between.
    #[must_use]
    pub fn strength(&self, time_ms: i64) -> f64 {
        let since_ms = time_ms - self.onset_ms;
        if since_ms < 0 {
            return 0.0;
        }
        if since_ms < self.ramp_ms {
            return share(since_ms, self.ramp_ms);
        }
        let Some(hold_ms) = self.hold_ms else {
            return 1.0;
        };
        let over_ms = since_ms - self.ramp_ms - hold_ms;
        match over_ms {
            ..=0 => 1.0,
            over_ms if over_ms >= self.recovery_ms => 0.0,
            over_ms => 1.0 - share(over_ms, self.recovery_ms),
        }
    }

    /// When the last trace is gone, epoch ms; `None` for a course without end.
    #[must_use]
    pub fn ends_ms(&self) -> Option<i64> {
        self.hold_ms
            .map(|hold_ms| self.onset_ms + self.ramp_ms + hold_ms + self.recovery_ms)
    }
}

/// What a course does to the body at full strength; added to or multiplied with health.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BodyChange {
    /// Added to heart rate, /min, beyond what fever adds by itself.
    pub heart_rate: f64,
    /// Added to respiratory rate, /min.
    pub respiratory_rate: f64,
    /// Added to oxygen saturation, % points.
    pub oxygen_saturation: f64,
    /// Added to core temperature, Cel.
    pub core_temperature: f64,
    /// Added to systolic pressure, mm\[Hg\].
    pub systolic_pressure: f64,
    /// Factor on steps; 1 = unchanged.
    pub activity_factor: f64,
    /// Factor on beat-to-beat variability; 1 = unchanged.
    pub variability_factor: f64,
    /// The atria fibrillate: beats become irregular.
    pub fibrillation: bool,
}

impl BodyChange {
    /// Changes nothing; the base for struct update syntax.
    pub const NONE: Self = Self {
        heart_rate: 0.0,
        respiratory_rate: 0.0,
        oxygen_saturation: 0.0,
        core_temperature: 0.0,
        systolic_pressure: 0.0,
        activity_factor: 1.0,
        variability_factor: 1.0,
        fibrillation: false,
    };

    /// Adds another change at a strength from 0 to 1.
    #[must_use]
    pub fn plus(self, other: &Self, strength: f64) -> Self {
        Self {
            heart_rate: self.heart_rate + other.heart_rate * strength,
            respiratory_rate: self.respiratory_rate + other.respiratory_rate * strength,
            oxygen_saturation: self.oxygen_saturation + other.oxygen_saturation * strength,
            core_temperature: self.core_temperature + other.core_temperature * strength,
            systolic_pressure: self.systolic_pressure + other.systolic_pressure * strength,
            activity_factor: self.activity_factor * towards(other.activity_factor, strength),
            variability_factor: self.variability_factor
                * towards(other.variability_factor, strength),
            fibrillation: self.fibrillation || (other.fibrillation && strength > 0.0),
        }
    }
}

/// One course with what it does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BodyEffect {
    /// When and how strongly.
    pub course: Course,
    /// What.
    pub change: BodyChange,
}

impl BodyEffect {
    /// The same, passing within some time from a moment on, unless it passes by itself
    /// already; what was before stays as it was. Nothing is left of one that had not begun.
    #[must_use]
    pub fn passing_from(&self, time_ms: i64, recovery_ms: i64) -> Option<Self> {
        let Course {
            onset_ms,
            ramp_ms,
            hold_ms,
            ..
        } = self.course;
        let since_ms = time_ms - onset_ms;
        let held_ms = since_ms - ramp_ms;
        if since_ms <= 0 {
            return None;
        }
        let is_soon_over = |ends_ms| ends_ms <= time_ms + recovery_ms;
        let passes = hold_ms.is_some_and(|hold_ms| held_ms >= hold_ms);
        if passes || self.course.ends_ms().is_some_and(is_soon_over) {
            return Some(*self);
        }
        if held_ms < 0 {
            // Broken off on the way up: so far it had come, on the same line.
            let strength = share(since_ms, ramp_ms);
            return Some(Self {
                course: Course::passing(onset_ms, since_ms, 0, recovery_ms),
                change: BodyChange::NONE.plus(&self.change, strength),
            });
        }
        Some(Self {
            course: Course::passing(onset_ms, ramp_ms, held_ms, recovery_ms),
            ..*self
        })
    }
}

/// Sums all effects at a time.
#[must_use]
pub(super) fn total(effects: &[BodyEffect], time_ms: i64) -> BodyChange {
    effects.iter().fold(BodyChange::NONE, |sum, effect| {
        sum.plus(&effect.change, effect.course.strength(time_ms))
    })
}

/// A factor at partial strength.
fn towards(factor: f64, strength: f64) -> f64 {
    1.0 + (factor - 1.0) * strength
}

#[expect(clippy::cast_precision_loss, reason = "spans of days are exact in f64")]
fn share(part_ms: i64, whole_ms: i64) -> f64 {
    part_ms as f64 / whole_ms as f64
}

#[cfg(test)]
mod tests {
    use super::{BodyChange, BodyEffect, Course};

    #[test]
    fn a_course_rises_holds_and_recovers() {
        let course = Course {
            onset_ms: 100,
            ramp_ms: 10,
            hold_ms: Some(20),
            recovery_ms: 40,
        };
        let strengths: Vec<f64> = [99, 100, 105, 110, 130, 150, 170]
            .iter()
            .map(|&at| course.strength(at))
            .collect();
        assert_eq!(strengths, [0.0, 0.0, 0.5, 1.0, 1.0, 0.5, 0.0]);
        assert_eq!(course.ends_ms(), Some(170));
    }

    #[test]
    fn what_is_broken_off_passes_from_where_it_stood_and_leaves_the_past_alone() {
        let change = BodyChange {
            core_temperature: 2.0,
            activity_factor: 0.2,
            ..BodyChange::NONE
        };
        let course = Course::passing(100, 40, 60, 20);
        let effect = BodyEffect { course, change };
        let at = |effect: &BodyEffect, time| super::total(&[*effect], time);
        // On the way up, at full strength, and on the way down, where nothing changes.
        let broken_off = [(110, 120), (130, 140), (140, 150), (170, 180), (205, 220)];
        for (broken, ends) in broken_off {
            let passing = effect.passing_from(broken, 10).expect("it had begun");
            assert_eq!(passing.course.ends_ms(), Some(ends));
            for time in 90..=broken {
                let (was, is) = (at(&effect, time), at(&passing, time));
                let apart = (was.core_temperature - is.core_temperature).abs()
                    + (was.activity_factor - is.activity_factor).abs();
                assert!(apart < 1e-9, "{broken}: {time}");
            }
            let stood = at(&effect, broken).core_temperature;
            let half = at(&passing, broken + 5).core_temperature;
            assert!((half - stood / 2.0).abs() < 0.26, "{broken}: {half}");
        }
        assert_eq!(effect.passing_from(100, 10), None, "it never began");
    }
}
