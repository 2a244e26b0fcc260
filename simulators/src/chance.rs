//! Chance with random access: a number for (seed, label, index), the same in any order.
//!
//! Physiology is a function of time, so its noise must be one too: asking for a later
//! moment first must not change an earlier one. Draws that come in order (faults,
//! cohorts) take a generator from [`Chance::generator`].

use rand::SeedableRng;
use rand::rngs::StdRng;

/// A key from which numbers are drawn by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chance {
    key: u64,
}

impl Chance {
    /// Starts from a seed given by the user.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { key: mix(seed) }
    }

    /// An independent key named by a word.
    #[must_use]
    pub fn child(self, label: &str) -> Self {
        // FNV-1a, then mixed with the parent.
        let hash = label.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self {
            key: mix(self.key ^ hash),
        }
    }

    /// An independent key named by a number.
    #[must_use]
    pub fn numbered(self, number: u64) -> Self {
        Self {
            key: mix(self.key.wrapping_add(mix(number ^ 0x5bd1_e995))),
        }
    }

    /// 64 even bits for an index.
    #[must_use]
    pub fn bits(self, index: i64) -> u64 {
        mix(self.key ^ mix(index.cast_unsigned()))
    }

    /// Even in [0, 1).
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact in f64")]
    pub fn uniform(self, index: i64) -> f64 {
        (self.bits(index) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Even between two bounds.
    #[must_use]
    pub fn between(self, index: i64, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform(index)
    }

    /// Standard normal (Box-Muller).
    #[must_use]
    pub fn normal(self, index: i64) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform(index)).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.numbered(1).uniform(index)).cos()
    }

    /// Unit-variance noise that moves slowly: normals on a lattice, blended between points.
    /// Neighbouring times are correlated, times more than two periods apart are not.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a fraction of a period needs no more"
    )]
    pub fn slow_noise(self, time_ms: i64, period_ms: i64) -> f64 {
        let index = time_ms.div_euclid(period_ms);
        let later = time_ms.rem_euclid(period_ms) as f64 / period_ms as f64;
        let earlier = 1.0 - later;
        let blend = earlier * self.normal(index) + later * self.normal(index + 1);
        blend / (earlier * earlier + later * later).sqrt()
    }

    /// A generator for draws that come one after another.
    #[must_use]
    pub fn generator(self) -> StdRng {
        StdRng::seed_from_u64(self.key)
    }
}

/// The finaliser of splitmix64 (Steele, Lea, Flood 2014).
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::Chance;

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "a count of draws")]
    fn normal_draws_have_mean_zero_and_variance_one() {
        let chance = Chance::new(7).child("test");
        let draws: Vec<f64> = (0..20_000).map(|index| chance.normal(index)).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / draws.len() as f64;
        assert!(mean.abs() < 0.03, "mean {mean}");
        assert!((variance - 1.0).abs() < 0.05, "variance {variance}");
    }

    #[test]
    fn children_with_different_labels_differ_and_the_same_label_agrees() {
        let chance = Chance::new(7);
        assert_ne!(chance.child("a").bits(1), chance.child("b").bits(1));
        assert_eq!(chance.child("a").bits(1), Chance::new(7).child("a").bits(1));
    }

    #[test]
    fn slow_noise_moves_little_within_a_hundredth_of_its_period() {
        let chance = Chance::new(3);
        for time_ms in (0..600_000).step_by(1_000) {
            let step =
                chance.slow_noise(time_ms + 100, 10_000) - chance.slow_noise(time_ms, 10_000);
            assert!(step.abs() < 0.2, "step {step} at {time_ms}");
        }
    }
}
