//! The hour alone: how far it is off, in standard deviations.
//!
//! Robust because of what it is measured against: a course with bounded
//! influence and a spread that no outlier moves far.

use super::ewma::DEPARTURE_MAX;

/// The departure of one hour, bounded.
pub(super) fn score(z: f64) -> f64 {
    z.clamp(-DEPARTURE_MAX, DEPARTURE_MAX)
}
