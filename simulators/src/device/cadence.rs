//! How often each vital is measured.

use serde::Serialize;
use std::collections::BTreeMap;

/// Seconds of a day.
const DAY_S: u32 = 86_400;

/// Seconds between readings of each vital; `None` = the watch has no such sensor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cadence {
    /// Heart rate, s.
    pub heart_rate_s: Option<u32>,
    /// Respiratory rate, s.
    pub respiratory_rate_s: Option<u32>,
    /// Oxygen saturation, s.
    pub oxygen_saturation_s: Option<u32>,
    /// Core temperature (axillary patch), s.
    pub core_temperature_s: Option<u32>,
    /// Wrist skin temperature, s.
    pub skin_temperature_s: Option<u32>,
    /// Blood pressure (cuff), s.
    pub blood_pressure_s: Option<u32>,
    /// RMSSD, s.
    pub rmssd_s: Option<u32>,
    /// Beat intervals, s.
    pub beat_intervals_s: Option<u32>,
    /// Steps since the previous count, s.
    pub steps_s: Option<u32>,
    /// Worn state, s.
    pub worn_s: Option<u32>,
    /// Battery, s.
    pub battery_s: Option<u32>,
    /// One resting heart rate each morning, from the hours of sleep.
    pub resting_heart_rate_daily: bool,
}

impl Default for Cadence {
    /// A watch in continuous mode with a patch: heart rate every 5 s, the rest each minute.
    fn default() -> Self {
        Self {
            heart_rate_s: Some(5),
            respiratory_rate_s: Some(60),
            oxygen_saturation_s: Some(60),
            core_temperature_s: Some(60),
            skin_temperature_s: Some(60),
            blood_pressure_s: None,
            rmssd_s: Some(300),
            beat_intervals_s: None,
            steps_s: Some(60),
            worn_s: Some(60),
            battery_s: Some(300),
            resting_heart_rate_daily: true,
        }
    }
}

impl Cadence {
    /// Everything but beats every so many seconds: for long cohorts.
    #[must_use]
    pub fn every(seconds: u32) -> Self {
        let every = Some(seconds.max(1));
        Self {
            heart_rate_s: every,
            respiratory_rate_s: every,
            oxygen_saturation_s: every,
            core_temperature_s: every,
            skin_temperature_s: every,
            blood_pressure_s: None,
            rmssd_s: every,
            beat_intervals_s: None,
            steps_s: every,
            worn_s: every,
            battery_s: every,
            resting_heart_rate_daily: true,
        }
    }

    /// The finest step that meets every cadence: their greatest common divisor, s.
    #[must_use]
    pub fn step_s(&self) -> u32 {
        let divisor = self
            .all()
            .iter()
            .filter_map(|(_, seconds)| *seconds)
            .fold(0, gcd);
        divisor.max(1)
    }

    /// The expected seconds between readings by wire key, as the status message says them.
    #[must_use]
    pub fn by_key(&self) -> BTreeMap<&'static str, u32> {
        let daily = self.resting_heart_rate_daily.then_some(("rhr", DAY_S));
        self.all()
            .into_iter()
            .filter_map(|(key, seconds)| seconds.map(|seconds| (key, seconds)))
            .chain(daily)
            .collect()
    }

    fn all(&self) -> [(&'static str, Option<u32>); 12] {
        [
            ("hr", self.heart_rate_s),
            ("rr", self.respiratory_rate_s),
            ("spo2", self.oxygen_saturation_s),
            ("temp", self.core_temperature_s),
            ("skin", self.skin_temperature_s),
            ("sbp", self.blood_pressure_s),
            ("dbp", self.blood_pressure_s),
            ("rmssd", self.rmssd_s),
            ("ibi", self.beat_intervals_s),
            ("steps", self.steps_s),
            ("worn", self.worn_s),
            ("battery", self.battery_s),
        ]
    }
}

fn gcd(left: u32, right: u32) -> u32 {
    if right == 0 {
        left
    } else {
        gcd(right, left % right)
    }
}

#[cfg(test)]
mod tests {
    use super::Cadence;

    #[test]
    fn the_step_meets_every_cadence() {
        assert_eq!(Cadence::default().step_s(), 5);
        let odd = Cadence {
            heart_rate_s: Some(6),
            rmssd_s: Some(9),
            ..Cadence::every(60)
        };
        assert_eq!(odd.step_s(), 3);
    }
}
