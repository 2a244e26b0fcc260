//! What this patient's scores were: a p-value is the rank of a score among
//! them.
//!
//! Scores are kept as counts in twelve bins, each half as rare as the one
//! before (logarithmic in the tail that independent noise would have). All
//! scores are learnt, `lag_hours` late and never paused: what were not counted could
//! not be kept to. The lag keeps a run from being ranked against itself while
//! it begins. When as many hours were learnt as the half-life has, every count
//! is halved.

use super::detectors::DETECTORS;
use super::settings::PastRules;
use serde::{Deserialize, Serialize};

/// Bins of a score (room in the state): the last holds what noise exceeds once
/// in 2048 hours.
const BINS: usize = 12;
/// Room for hours that wait to be learnt: the most that `lag_hours` may be.
pub(super) const LAG_MAX: usize = 24;
/// A count is kept in sixteenths, so that halves are not lost.
const UNIT: u16 = 16;

/// The past scores of all detectors.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Past {
    counts: [[u16; BINS]; DETECTORS],
    /// Bins of the last hours, two to a byte, counted from one; nought for none.
    waiting: [[u8; LAG_MAX / 2]; DETECTORS],
    /// Where in `waiting` the oldest stands.
    at: u8,
    /// Hours learnt since the counts were halved.
    learnt: u16,
}

/// The bin of a tail.
fn bin_of(tail: f64) -> usize {
    let halvings = -tail.clamp(f64::MIN_POSITIVE, 1.0).log2();
    // A tail of just one half may come out a rounding below it.
    (halvings + 1e-9).min((BINS - 1) as f64) as usize
}

impl Past {
    /// The rank of a detector's tail among the past, as a p-value that is not
    /// too small: what shares its bin counts as at least as rare. The
    /// population stands beside the past as so many hours of pure noise.
    pub(super) fn rank(&self, detector: usize, tail: f64, rules: &PastRules) -> f64 {
        let bin = bin_of(tail);
        let counts = self.counts.get(detector).copied().unwrap_or_default();
        let all = hours(&counts);
        let as_rare = hours(counts.get(bin..).unwrap_or_default());
        let expected = rules.prior_hours * (-(bin as f64)).exp2();
        (as_rare + expected + 1.0) / (all + rules.prior_hours + 1.0)
    }

    /// Takes an hour's tails and learns those of a day before.
    pub(super) fn learn(&mut self, tails: &[f64; DETECTORS], rules: &PastRules) {
        let lag = usize::from(rules.lag_hours).clamp(1, LAG_MAX);
        let at = usize::from(self.at) % lag;
        let mut has_learnt = false;
        let places = self.counts.iter_mut().zip(&mut self.waiting);
        for (tail, (counts, waiting)) in tails.iter().zip(places) {
            let Some(pair) = waiting.get_mut(at / 2) else {
                continue;
            };
            let shift = 4 * (at % 2);
            let oldest = usize::from((*pair >> shift) & 0xF);
            let newest = (bin_of(*tail) + 1) as u8;
            *pair = (*pair & !(0xF << shift)) | (newest << shift);
            let count = oldest.checked_sub(1).and_then(|bin| counts.get_mut(bin));
            if let Some(count) = count {
                *count = count.saturating_add(UNIT);
                has_learnt = true;
            }
        }
        self.at = ((at + 1) % lag) as u8;
        if has_learnt {
            self.grow_older(rules);
        }
    }

    fn grow_older(&mut self, rules: &PastRules) {
        self.learnt = self.learnt.saturating_add(1);
        if self.learnt < rules.half_life_days.saturating_mul(24) {
            return;
        }
        self.learnt = 0;
        // Rounded up: what is rare must not look rarer.
        self.counts = self.counts.map(|of| of.map(|count| count.div_ceil(2)));
    }

    /// Hours learnt, the population's not counted.
    pub(super) fn hours(&self) -> f64 {
        hours(&self.counts[0])
    }
}

fn hours(counts: &[u16]) -> f64 {
    let sum: u32 = counts.iter().copied().map(u32::from).sum();
    f64::from(sum) / f64::from(UNIT)
}
