//! How rare a score is when departures are independent and standard normal:
//! one scale for statistics of every kind and dimension.

use statrs::function::erf::erfc;
use std::f64::consts::{PI, SQRT_2};

/// Beyond so many standard deviations no tail is told from another.
const FAR: f64 = 30.0;
/// What a random walk overshoots by on average (Siegmund 1985).
const OVERSHOOT: f64 = 0.583;

/// The chance of a standard normal number of at least `x`.
pub(super) fn normal(x: f64) -> f64 {
    0.5 * erfc(x.clamp(-FAR, FAR) / SQRT_2)
}

/// The chance that squares of so many (at most four) independent standard
/// normal numbers add up to at least `sum`.
pub(super) fn chi_square(sum: f64, dimensions: usize) -> f64 {
    let sum = sum.clamp(0.0, FAR * FAR);
    let half = 0.5 * sum;
    match dimensions {
        0 => 1.0,
        1 => erfc(half.sqrt()),
        2 => (-half).exp(),
        3 => erfc(half.sqrt()) + (2.0 * sum / PI).sqrt() * (-half).exp(),
        _ => (1.0 + half) * (-half).exp(),
    }
}

/// The chance of finding a cumulative sum at or above `sum`: that of the
/// highest point of a random walk that falls by `allowance` a step.
pub(super) fn cumulative_sum(sum: f64, allowance: f64) -> f64 {
    if sum <= 0.0 {
        return 1.0;
    }
    (-2.0 * allowance * (sum + OVERSHOOT)).exp()
}
