//! One look at a body: which sensors are due, and what they read.

use super::cadence::Cadence;
use super::message::Moment;
use crate::physiology::{BodyState, Sensor};

/// A step of a watch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// True time, epoch ms.
    pub(super) now_ms: i64,
    /// Since the watch started, ms: cadences count from there.
    pub(super) since_ms: i64,
    /// Beat intervals in one reading.
    pub(super) beats: usize,
}

impl Look {
    /// Whether a sensor with this cadence measures now.
    pub(super) fn is_due(&self, seconds: Option<u32>) -> bool {
        seconds.is_some_and(|seconds| self.since_ms % (i64::from(seconds) * 1_000) == 0)
    }

    /// Everything that touches the body and is due, at the time `t` of the device's clock.
    pub(super) fn measure(
        &self,
        t: i64,
        sensor: &Sensor,
        cadence: &Cadence,
        body: &BodyState,
    ) -> Moment {
        let now_ms = self.now_ms;
        let pressure = self
            .is_due(cadence.blood_pressure_s)
            .then(|| sensor.blood_pressure(body, now_ms));
        let due = |seconds: Option<u32>, read: &dyn Fn() -> f64| self.is_due(seconds).then(read);
        Moment {
            t,
            hr: due(cadence.heart_rate_s, &|| sensor.heart_rate(body, now_ms)),
            rr: due(cadence.respiratory_rate_s, &|| {
                sensor.respiratory_rate(body, now_ms)
            }),
            spo2: due(cadence.oxygen_saturation_s, &|| {
                sensor.oxygen_saturation(body, now_ms)
            }),
            temp: due(cadence.core_temperature_s, &|| {
                sensor.core_temperature(body, now_ms)
            }),
            skin: due(cadence.skin_temperature_s, &|| {
                sensor.skin_temperature(body, now_ms)
            }),
            rmssd: due(cadence.rmssd_s, &|| sensor.rmssd(body, now_ms)),
            sbp: pressure.map(|(systolic, _)| systolic),
            dbp: pressure.map(|(_, diastolic)| diastolic),
            ibi: self.is_due(cadence.beat_intervals_s).then(|| {
                let beats = sensor.beat_intervals(body, now_ms, self.beats);
                since_the_last(beats, cadence.beat_intervals_s)
            }),
            ..Moment::default()
        }
    }
}

/// The newest beats that fit between two readings: no beat is measured twice.
fn since_the_last(mut beats: Vec<u16>, seconds: Option<u32>) -> Vec<u16> {
    let mut left_ms = u64::from(seconds.unwrap_or(u32::MAX)) * 1_000;
    let fits = |beat: &&u16| {
        let left = left_ms.checked_sub(u64::from(**beat));
        left_ms = left.unwrap_or(0);
        left.is_some()
    };
    let fitting = beats.iter().rev().take_while(fits).count();
    beats.split_off(beats.len() - fitting)
}

/// Takes the whole steps out of a sum and leaves the fraction for the next count.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "steps between two counts: not negative, far below 2^32"
)]
pub(super) fn take_whole(steps: &mut f64) -> u32 {
    let whole = steps.floor();
    *steps -= whole;
    whole as u32
}

#[cfg(test)]
mod tests {
    use super::since_the_last;

    #[test]
    fn beats_of_a_slow_heart_do_not_reach_back_behind_the_last_reading() {
        assert_eq!(since_the_last(vec![900; 128], Some(60)).len(), 66);
        assert_eq!(since_the_last(vec![400, 500, 600], Some(1)), [600]);
        assert_eq!(since_the_last(vec![900; 128], Some(300)).len(), 128);
        assert!(since_the_last(Vec::new(), None).is_empty());
    }
}
