//! A vital's days: their values, and how much likelier a rise over one to three
//! days makes them than no rise.

use super::channel::{DayChannel, Prior};
use super::slow_settings::SlowRules;
use serde::{Deserialize, Serialize};

/// Days before the newest that a ramp looks at: the form of the statistic, and
/// room in the state.
const BEFORE: usize = 3;
/// Numerical bound: a likelihood ratio divides by one less its square. No noise
/// of days follows its neighbour as closely.
const CORRELATION_MAX: f64 = 0.9;
/// Numerical bound: the exponential of more says nothing more, for the sum is
/// cut at `cap` afterwards.
const EXPONENT_MAX: f64 = 25.0;

/// A day's value, and the day; 0 for none.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[repr(Rust, packed(2))]
struct Before {
    value: f32,
    /// Sixteen bits of days reach the year 2149.
    day: u16,
}

/// The days of one vital.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[repr(Rust, packed(2))]
pub(super) struct Days {
    pub(super) channel: DayChannel,
    /// The last days before the newest one.
    before: [Before; BEFORE],
    /// The statistic, as of the newest day.
    pub(super) sum: f32,
}

impl Days {
    /// Takes a day's value. Returns the whitened departure, positive for worse,
    /// once enough days are known.
    pub(super) fn observe(
        &mut self,
        value: f64,
        day: u32,
        rules: &SlowRules,
        prior: Prior<'_>,
    ) -> Option<f64> {
        let noise = &self.channel.noise;
        if noise.seen > 0 {
            if day <= noise.epoch {
                return None;
            }
            self.before.rotate_left(1);
            self.before[BEFORE - 1] = Before {
                value: noise.value,
                day: u16::try_from(noise.epoch).unwrap_or(u16::MAX),
            };
        }
        let (level, doubt) = (f64::from(self.channel.level), f64::from(self.channel.doubt));
        let sign = if prior.vital.worse_above { 1.0 } else { -1.0 };
        let z = sign * self.channel.observe(value, day, prior);
        if self.channel.noise.seen < rules.days_min {
            return None;
        }
        let ratio = self.ramp(level, doubt, sign, rules);
        self.sum = ratio.clamp(0.0, rules.cap) as f32;
        Some(z)
    }

    /// The logarithm of the mean, over rises that began one, two and three days
    /// ago, of the likelihood ratio against no rise.
    fn ramp(&self, level: f64, doubt: f64, sign: f64, rules: &SlowRules) -> f64 {
        let noise = &self.channel.noise;
        let [a, b, c] = self.before.map(|of| (of.value, u32::from(of.day)));
        let days = [a, b, c, (noise.value, noise.epoch)];
        let correlation = noise.correlation().min(CORRELATION_MAX);
        let spread = f64::from(noise.variance).sqrt();
        let mut total = 0.0;
        for length in 1..=BEFORE as u32 {
            let (mut gain, mut square) = (0.0, 0.0);
            for (place, (value, day)) in days.into_iter().enumerate() {
                let age = noise.epoch.saturating_sub(day);
                if day == 0 || age >= length {
                    continue;
                }
                let rise = f64::from(length - age) * rules.ramp_per_day;
                let neighbour = place.checked_sub(1).and_then(|place| days.get(place));
                let (mut follows, mut off, mut rose) = (0.0, 0.0, 0.0);
                if let Some((value, before)) = neighbour.filter(|(_, before)| *before != 0) {
                    follows = correlation.powi((day - before).min(1_000) as i32);
                    off = f64::from(*value) - level;
                    let age = noise.epoch.saturating_sub(*before);
                    rose = f64::from(length.saturating_sub(age)) * rules.ramp_per_day;
                }
                let own = 1.0 - follows * follows;
                let shape = rise - follows * rose;
                let new = sign * (f64::from(value) - level - follows * off) / (own.sqrt() * spread);
                let new = new.clamp(-rules.influence_limit, rules.influence_limit) * own.sqrt();
                gain += shape * new / own;
                square += shape * shape / own;
            }
            let exponent = (gain - 0.5 * square) / (1.0 + 0.5 * doubt * square);
            total += exponent.min(EXPONENT_MAX).exp();
        }
        (total / BEFORE as f64).ln()
    }
}
