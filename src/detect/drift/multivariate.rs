//! Hotelling's statistic of the running averages of all vitals (MEWMA, Lowry
//! et al. 1992): finds what is small in each and unusual together.
//!
//! It is taken over the vitals that the hour has: the sub-vector against the
//! sub-matrix of correlations. Nothing is made up for the others.

use super::ewma::DEPARTURE_MAX;
use super::settings::MultivariateRules;
use crate::detect::departures::COURSES;
use serde::{Deserialize, Serialize};

const PAIRS: usize = COURSES * (COURSES - 1) / 2;
/// Less of a vital's own variance than this is not told from none.
const PIVOT_LEAST: f64 = 0.02;
/// Correlations of pairs learnt from different hours may contradict each
/// other; then they count less, in the end not at all.
const STRENGTHS: [f64; 4] = [1.0, 0.5, 0.25, 0.0];

/// Correlations are kept in steps of one over this.
const STEPS: f64 = 32_767.0;

/// Correlations of the departures of one patient's vitals.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Together {
    /// In [`STEPS`].
    pairs: [i16; PAIRS],
}

/// The place of a pair of vitals, in any order.
fn pair(one: usize, other: usize) -> usize {
    let (low, high) = (one.min(other), one.max(other));
    high * high.saturating_sub(1) / 2 + low
}

impl Together {
    /// Learns from an hour's departures. What begins at no correlation and is
    /// forgotten stays shrunk towards none.
    pub(super) fn learn(&mut self, departures: &[Option<f64>; COURSES], rules: &MultivariateRules) {
        for (high, one) in departures.iter().enumerate() {
            for (low, other) in departures.iter().enumerate().take(high) {
                if let (Some(one), Some(other), Some(known)) =
                    (one, other, self.pairs.get_mut(pair(low, high)))
                {
                    let bound = |z: f64| z.clamp(-DEPARTURE_MAX, DEPARTURE_MAX);
                    let before = f64::from(*known) / STEPS;
                    let moved = (bound(*one) * bound(*other) - before) / rules.memory_hours;
                    *known = ((before + moved).clamp(-1.0, 1.0) * STEPS).round() as i16;
                }
            }
        }
    }

    /// The statistic of standardised scores, and of how many vitals it is.
    pub(super) fn score(
        &self,
        scores: &[Option<f64>; COURSES],
        rules: &MultivariateRules,
    ) -> (f64, usize) {
        let (mut present, mut places, mut count) = ([0.0; COURSES], [0; COURSES], 0);
        for (place, score) in scores.iter().enumerate() {
            if let (Some(score), Some(slot), Some(own)) =
                (score, present.get_mut(count), places.get_mut(count))
            {
                (*slot, *own) = (*score, place);
                count += 1;
            }
        }
        let present = present.get(..count).unwrap_or_default();
        let correlation = |row: usize, column: usize| {
            let [row, column] = [row, column].map(|place| places.get(place).copied());
            let (Some(row), Some(column)) = (row, column) else {
                return 0.0;
            };
            let known = self.pairs.get(pair(row, column)).copied();
            rules.kept * known.map_or(0.0, f64::from) / STEPS
        };
        let sum = STRENGTHS
            .into_iter()
            .find_map(|strength| squared_length(present, |a, b| strength * correlation(a, b)));
        (sum.unwrap_or(0.0), count)
    }
}

/// `y' R⁻¹ y` by Cholesky's rows; none if `R` is not positive definite.
fn squared_length(y: &[f64], correlation: impl Fn(usize, usize) -> f64) -> Option<f64> {
    let dot = |a: &[f64; COURSES], b: &[f64; COURSES]| -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    };
    let mut lower = [[0.0; COURSES]; COURSES];
    let mut solved = [0.0; COURSES];
    for (row, y) in y.iter().enumerate() {
        let mut own = [0.0; COURSES];
        for (column, above) in lower.iter().enumerate().take(row) {
            let left = correlation(row, column) - dot(&own, above);
            if let (Some(slot), Some(diagonal)) = (own.get_mut(column), above.get(column)) {
                *slot = left / diagonal;
            }
        }
        let pivot = 1.0 - dot(&own, &own);
        if pivot < PIVOT_LEAST {
            return None;
        }
        let solution = (y - dot(&own, &solved)) / pivot.sqrt();
        if let (Some(slot), Some(diagonal)) = (solved.get_mut(row), own.get_mut(row)) {
            (*slot, *diagonal) = (solution, pivot.sqrt());
        }
        if let Some(slot) = lower.get_mut(row) {
            *slot = own;
        }
    }
    Some(dot(&solved, &solved))
}
