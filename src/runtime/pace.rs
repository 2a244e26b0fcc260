//! How clinical time follows the machine's while its scale may change. Reads no clock.

use crate::domain::ClinicalTime;
use std::time::Instant;

/// From a moment on clinical time runs so many times as fast as the machine's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    start: ClinicalTime,
    since: Instant,
    scale: f64,
}

impl Pace {
    pub(super) const fn new(start: ClinicalTime, since: Instant, scale: f64) -> Self {
        Self {
            start,
            since,
            scale,
        }
    }

    pub(super) const fn scale(&self) -> f64 {
        self.scale
    }

    /// Clinical time at a moment; of one before the pace began it is that of its begin.
    pub(super) fn at(&self, now: Instant) -> ClinicalTime {
        let passed = now.saturating_duration_since(self.since);
        self.start
            .plus_ms((passed.as_secs_f64() * 1000.0 * self.scale) as i64)
    }

    /// Goes on from a moment with another scale: time neither jumps nor goes back.
    pub(super) fn rescaled(&self, now: Instant, scale: f64) -> Self {
        Self {
            start: self.at(now),
            since: now.max(self.since),
            scale,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    const START: ClinicalTime = ClinicalTime::from_epoch_ms(1_772_615_762_000);

    proptest! {
        /// Each step: how long it takes, µs, and the scale from then on, where it changes.
        #[test]
        fn whatever_the_scales_time_goes_on_without_a_jump(
            first in 0.5..600.0,
            steps in prop::collection::vec((0_u64..5_000_000, prop::option::of(0.5..600.0)), 0..60),
        ) {
            let began = Instant::now();
            let mut now = began;
            let mut pace = Pace::new(START, began, first);
            let (mut shown, mut exact_ms) = (START, 0.0);
            for (micros, scale) in steps.iter().copied() {
                now += Duration::from_micros(micros);
                exact_ms += micros as f64 / 1000.0 * pace.scale();
                let at = pace.at(now);
                prop_assert!(at >= shown, "{at:?} after {shown:?}");
                shown = at;
                if let Some(scale) = scale {
                    pace = pace.rescaled(now, scale);
                    prop_assert_eq!(pace.at(now), shown, "no jump");
                    prop_assert_eq!(pace.scale(), scale);
                }
                // A thread that looked at its watch before the change is not sent back.
                prop_assert!(pace.at(began) <= shown && pace.at(now) >= shown);
            }
            // Each change may cut a part of a millisecond off.
            let off = exact_ms - shown.ms_since(START) as f64;
            prop_assert!((-0.01..steps.len() as f64 + 1.0).contains(&off), "{off} ms");
        }
    }
}
