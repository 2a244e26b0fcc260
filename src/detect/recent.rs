//! The newest 28 values of something that comes once a day, in two bytes each.

use serde::{Deserialize, Serialize};

/// Four weeks: every weekday counts alike.
pub(super) const KEPT: usize = 28;

/// The newest values, oldest first once it is full.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Recent {
    values: [u16; KEPT],
    count: u8,
}

impl Recent {
    pub(super) fn push(&mut self, value: u16) {
        let count = usize::from(self.count);
        if count == KEPT {
            self.values.rotate_left(1);
        } else {
            self.count += 1;
        }
        if let Some(place) = self.values.get_mut(count.min(KEPT - 1)) {
            *place = value;
        }
    }

    pub(super) const fn len(&self) -> u8 {
        self.count
    }

    /// In the order in which they came.
    pub(super) fn values(&self) -> &[u16] {
        self.values
            .get(..usize::from(self.count))
            .unwrap_or_default()
    }

    pub(super) fn median(&self) -> Option<f64> {
        median(self.values().iter().map(|value| f64::from(*value)))
    }

    /// Median distance from `centre`, as a standard deviation of normal values.
    pub(super) fn spread_around(&self, centre: f64) -> f64 {
        const NORMAL: f64 = 1.482_602;
        let apart = self
            .values()
            .iter()
            .map(|value| (f64::from(*value) - centre).abs());
        median(apart).map_or(0.0, |distance| NORMAL * distance)
    }
}

/// The median of at most 28 values.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted = [f64::MAX; KEPT];
    let mut count = 0;
    for (place, value) in sorted.iter_mut().zip(values) {
        *place = value;
        count += 1;
    }
    sorted.sort_unstable_by(f64::total_cmp);
    let upper = sorted.get(count / 2).filter(|_| count > 0)?;
    let lower = sorted.get((count - 1) / 2)?;
    Some((lower + upper) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_28_values_are_kept_in_their_order() {
        let mut recent = Recent::default();
        assert_eq!(recent.median(), None);
        for value in 1..=30 {
            recent.push(value);
        }
        assert_eq!(recent.values(), (3..=30).collect::<Vec<u16>>());
        assert_eq!(recent.median(), Some(16.5));
        assert!((recent.spread_around(16.5) - 7.0 * 1.482_602).abs() < 1e-9);
    }
}
