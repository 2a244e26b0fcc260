//! How often a vital comes, and where it does not.
//!
//! Intervals are counted in buckets a twelfth wide, so that a year at one
//! reading a second takes no more room than a day.

const PER_OCTAVE: f64 = 12.0;
const BUCKETS: usize = 480;
/// An interval is a gap when it is longer than so many usual ones.
pub(super) const GAP_FACTOR: i64 = 4;

/// The intervals of one vital, of all patients.
#[derive(Clone)]
pub(super) struct Intervals {
    /// How many, and the shortest.
    buckets: Vec<(u64, i64)>,
    longest_ms: i64,
}

impl Default for Intervals {
    fn default() -> Self {
        Self {
            buckets: vec![(0, i64::MAX); BUCKETS],
            longest_ms: 0,
        }
    }
}

/// What there is to say of a vital's intervals.
#[derive(Debug, PartialEq)]
pub(super) struct Regularity {
    /// The median.
    pub(super) usual_ms: i64,
    /// Intervals of more than [`GAP_FACTOR`] medians.
    pub(super) gaps: u64,
    pub(super) longest_ms: i64,
}

impl Intervals {
    pub(super) fn note(&mut self, interval_ms: i64) {
        if let Some((count, shortest)) = self.buckets.get_mut(bucket_of(interval_ms)) {
            *count += 1;
            *shortest = (*shortest).min(interval_ms);
        }
        self.longest_ms = self.longest_ms.max(interval_ms);
    }

    /// None when there were no two readings of one patient.
    pub(super) fn regularity(&self) -> Option<Regularity> {
        let all: u64 = self.buckets.iter().map(|(count, _)| count).sum();
        let mut before = 0;
        let (_, usual_ms) = *self.buckets.iter().find(|(count, _)| {
            before += count;
            before * 2 >= all && *count > 0
        })?;
        let limit = bucket_of(usual_ms.saturating_mul(GAP_FACTOR));
        let longer = self.buckets.iter().skip(limit + 1);
        Some(Regularity {
            usual_ms,
            gaps: longer.map(|(count, _)| count).sum(),
            longest_ms: self.longest_ms,
        })
    }
}

fn bucket_of(interval_ms: i64) -> usize {
    let octaves = (interval_ms.max(1) as f64).log2();
    ((octaves * PER_OCTAVE) as usize).min(BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hourly_vital_with_a_night_without_has_one_gap() {
        const HOUR: i64 = 3_600_000;
        let mut intervals = Intervals::default();
        assert_eq!(intervals.regularity(), None);
        for hours in [1, 1, 2, 1, 9, 1, 4] {
            intervals.note(hours * HOUR);
        }
        let expected = Regularity {
            usual_ms: HOUR,
            gaps: 1,
            longest_ms: 9 * HOUR,
        };
        assert_eq!(intervals.regularity(), Some(expected));
    }
}
