//! How surprising a sum of evidence is: the tail of a gamma distribution with
//! the sum's mean and variance (Wilson and Hilferty 1931), as a logarithm.
//!
//! A sum over more vitals is larger by itself; its tail is not, so the same
//! number means the same with one vital and with six.

use statrs::function::erf::erfc;
use std::f64::consts::{PI, SQRT_2};

/// Beyond so many standard deviations the tail is taken from Mills' ratio:
/// `erfc` loses its digits there.
const FAR: f64 = 5.0;

/// Evidence of a departure of `z` standard deviations: the logarithm of a
/// Gaussian likelihood ratio "same centre, wider", linear beyond `knee` so that
/// one vital alone has a bounded say (Huber).
pub(super) fn evidence(z: f64, knee: f64) -> f64 {
    let size = z.abs();
    if size < knee {
        0.5 * size * size
    } else {
        knee * size - 0.5 * knee * knee
    }
}

/// Mean of [`evidence`] and of its square over the positive half of a standard
/// normal distribution.
pub(super) fn half_moments(knee: f64) -> (f64, f64) {
    let density = (-0.5 * knee * knee).exp() / (2.0 * PI).sqrt();
    let beyond = 0.5 * erfc(knee / SQRT_2);
    let inside = 0.5 - beyond;
    let (k2, k3, k4) = (knee.powi(2), knee.powi(3), knee.powi(4));
    let mean = 0.5 * (inside - knee * density) + knee * density - 0.5 * k2 * beyond;
    let square = 0.25 * (3.0 * inside - (k3 + 3.0 * knee) * density)
        + k2 * (knee * density + beyond)
        - k3 * density
        + 0.25 * k4 * beyond;
    (mean, square)
}

/// `-ln P(sum >= observed)` of a gamma sum with this mean and variance, nats.
pub(super) fn surprise(mean: f64, variance: f64, observed: f64) -> f64 {
    if observed <= 0.0 || variance <= 0.0 {
        return 0.0;
    }
    let shape = mean * mean / variance;
    let ninth = 1.0 / (9.0 * shape);
    let u = ((observed / mean).cbrt() - (1.0 - ninth)) / ninth.sqrt();
    if u < FAR {
        -(0.5 * erfc(u / SQRT_2)).ln()
    } else {
        0.5 * u * u + (u * (2.0 * PI).sqrt()).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_tails_are_those_of_the_reference() {
        let (mean, square) = half_moments(3.0);
        assert!((mean - 0.249_898).abs() < 1e-6 && (square - 0.373_585).abs() < 1e-6);
        assert!((surprise(2.0, 4.0, 6.0) - 3.027_244).abs() < 1e-6);
        assert!((surprise(2.0, 4.0, 40.0) - 17.615_919).abs() < 1e-6);
        assert_eq!(surprise(2.0, 4.0, 0.0), 0.0);
    }

    #[test]
    fn evidence_is_quadratic_to_the_knee_and_linear_beyond() {
        assert_eq!(
            [evidence(-2.0, 3.0), evidence(3.0, 3.0), evidence(5.0, 3.0)],
            [2.0, 4.5, 10.5]
        );
    }
}
