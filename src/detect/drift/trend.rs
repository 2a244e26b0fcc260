//! A straight line through a vital's last hours without its daily wave, older
//! hours counting less (Brown 1963): where the vital goes, how sure that is,
//! and when it reaches a limit.
//!
//! The standard error is that of a regression in which an older value is a less
//! certain one (West and Harrison 1997), with the variance that correlated
//! noise has in the long run; it is on the wide side.

use super::settings::{DriftVital, TrendRules};
use crate::detect::departures::Departure;
use serde::{Deserialize, Serialize};

/// No vital's number is larger.
const VALUE_MAX: f64 = 10_000.0;
/// No noise is believed to follow its neighbour more closely.
const CORRELATION_MAX: f64 = 0.98;
/// Scores are told apart up to here.
const SCORE_MAX: f64 = 30.0;

/// Discounted sums over one vital's hours; time is counted back from the last.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Trend {
    /// Of weights, of weighted times and of their squares.
    times: [f32; 3],
    /// Of weighted values, and of weighted products of time and value.
    values: [f32; 2],
}

/// Where a vital is and goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    /// At the last hour, in the vital's unit.
    pub(super) level: f64,
    /// An hour.
    pub(super) slope: f64,
    /// Standard error of the slope.
    pub(super) error: f64,
}

/// A limit ahead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Forecast {
    pub(super) limit: f64,
    /// Hours until it is reached; nought when it already is.
    pub(super) hours: f64,
    /// The slope towards it in its standard errors.
    pub(super) significance: f64,
}

impl Trend {
    /// Takes the value of an hour, so many hours after the one before.
    pub(super) fn observe(&mut self, departure: &Departure, gap: u32, rules: &TrendRules) {
        let value = (departure.value - departure.wave).clamp(-VALUE_MAX, VALUE_MAX);
        let back = f64::from(gap);
        let kept = (-back / rules.half_life_hours).exp2();
        let [weight, first, second] = self.times.map(f64::from);
        let [sum, product] = self.values.map(f64::from);
        self.times = [
            kept * weight + 1.0,
            kept * (first - back * weight),
            kept * (second - 2.0 * back * first + back * back * weight),
        ]
        .map(|of| of as f32);
        self.values = [kept * sum + value, kept * (product - back * sum)].map(|of| of as f32);
    }

    /// The line, once enough hours carry it.
    pub(super) fn line(&self, departure: &Departure, rules: &TrendRules) -> Option<Line> {
        let [weight, first, second] = self.times.map(f64::from);
        let [sum, product] = self.values.map(f64::from);
        let determinant = weight * second - first * first;
        if weight < rules.hours_min || determinant <= f64::from(f32::EPSILON) * weight * second {
            return None;
        }
        let correlation = departure.correlation.clamp(0.0, CORRELATION_MAX);
        let long_run = departure.variance * (1.0 + correlation) / (1.0 - correlation);
        Some(Line {
            level: (second * sum - first * product) / determinant,
            slope: (weight * product - first * sum) / determinant,
            error: (long_run * weight / determinant).sqrt(),
        })
    }
}

impl Line {
    /// The limit to a side, if the line reaches it inside the horizon.
    pub(super) fn forecast(
        &self,
        vital: &DriftVital,
        above: bool,
        rules: &TrendRules,
    ) -> Option<Forecast> {
        let (limit, direction) = if above {
            (vital.limit_above, 1.0)
        } else {
            (vital.limit_below, -1.0)
        };
        let (away, pace) = (direction * (limit - self.level), direction * self.slope);
        let comes = pace > 0.0 && away <= pace * rules.horizon_hours;
        comes.then(|| Forecast {
            limit,
            hours: (away / pace).max(0.0),
            significance: (pace / self.error).min(SCORE_MAX),
        })
    }
}
