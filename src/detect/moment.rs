//! A moment in six bytes: what detection keeps of a time for each patient.
//!
//! Milliseconds since the epoch in 48 bits, which reach 4,459 years to either
//! side of 1970; the two ends stand for the ends of `i64`, which mean "never".
//! It is stored as the whole number, whatever it takes in memory.

use serde::{Deserialize, Serialize};

const BITS: u32 = 48;
const LAST: i64 = (1 << (BITS - 1)) - 1;
const FIRST: i64 = -LAST - 1;

/// Milliseconds since the epoch, or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "i64", into = "i64")]
pub(super) struct Moment([u16; 3]);

impl Moment {
    /// Before every other.
    pub(super) const NEVER_YET: Self = Self::from_ms(i64::MIN);
    /// After every other.
    pub(super) const NEVER: Self = Self::from_ms(i64::MAX);

    pub(super) const fn from_ms(ms: i64) -> Self {
        let kept = if ms < FIRST {
            FIRST
        } else if ms > LAST {
            LAST
        } else {
            ms
        };
        Self([kept as u16, (kept >> 16) as u16, (kept >> 32) as u16])
    }

    /// Milliseconds since the epoch; an end of `i64` for never.
    pub(super) const fn ms(self) -> i64 {
        let [low, middle, high] = self.0;
        let kept = ((high as i16 as i64) << 32) | ((middle as i64) << 16) | low as i64;
        match kept {
            FIRST => i64::MIN,
            LAST => i64::MAX,
            kept => kept,
        }
    }
}

impl From<i64> for Moment {
    fn from(ms: i64) -> Self {
        Self::from_ms(ms)
    }
}

impl From<Moment> for i64 {
    fn from(moment: Moment) -> Self {
        moment.ms()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_comes_back_and_never_stays_never() {
        let year_3000 = 32_503_680_000_000;
        let near = [
            -year_3000,
            -65_537,
            -1,
            0,
            1,
            65_535,
            1_763_769_600_123,
            year_3000,
        ];
        for ms in near.into_iter().chain([i64::MIN, i64::MAX]) {
            assert_eq!(Moment::from_ms(ms).ms(), ms);
        }
        assert_eq!(Moment::from_ms(i64::MAX - 1), Moment::NEVER);
        assert_eq!((size_of::<Moment>(), align_of::<Moment>()), (6, 2));
    }
}
