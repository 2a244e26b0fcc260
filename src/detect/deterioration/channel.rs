//! One vital on one scale as a course plus correlated noise: the departure of
//! each epoch from what was expected, whitened.
//!
//! The course is a level and, for hours, a daily wave; it is estimated by exact
//! generalised least squares for noise that follows its neighbour (AR(1)), with
//! forgetting, bounded influence and a population prior. The departure is
//! divided by its whole uncertainty, that of the course included, so that the
//! first hours are not surprising. A wave learnt in universal time needs no
//! time zone: its phase is the patient's own, and a change of the clocks is
//! relearnt.

use super::slow_settings::{SlowScale, SlowVital};
use serde::{Deserialize, Serialize};
use statrs::function::erf::erfc;
use std::f64::consts::{SQRT_2, TAU};

// Numerical bounds: none decides what is told; each is far from where a record
// of vitals lies, and keeps powers, quotients and rounding harmless.

/// A departure is divided by one less its square.
const CORRELATION_MAX: f64 = 0.98;
/// A neighbour that matters less is left out.
const CORRELATION_LEAST: f64 = 1e-3;
/// Longest time forgotten in one step, hours or days: doubt is cut at a stranger's
/// long before.
const FORGET_EPOCHS_MAX: u32 = 336;

/// Noise of one channel, and its last epoch.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[repr(Rust, packed(2))]
pub(super) struct Noise {
    /// Decayed sums of products and of squares of neighbours.
    products: f32,
    squares: f32,
    pub(super) variance: f32,
    pub(super) value: f32,
    pub(super) epoch: u32,
    /// Epochs seen; 0 before the first. It stops counting after seven years
    /// of hours, which is longer than anything is remembered.
    pub(super) seen: u16,
}

/// A vital's hours: level and daily wave.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[repr(Rust, packed(2))]
pub(super) struct HourChannel {
    course: [f32; 3],
    /// Upper triangle of the covariance, in units of the variance.
    doubt: [f32; 6],
    pub(super) noise: Noise,
}

/// A vital's days: a level only.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[repr(Rust, packed(2))]
pub(super) struct DayChannel {
    pub(super) level: f32,
    pub(super) doubt: f32,
    pub(super) noise: Noise,
}

/// What a step needs to know beside the channel.
#[derive(Clone, Copy)]
pub(super) struct Prior<'a> {
    pub(super) vital: &'a SlowVital,
    pub(super) scale: &'a SlowScale,
    pub(super) influence_limit: f64,
    pub(super) correlation_influence_limit: f64,
    pub(super) variance_floor: f64,
}

/// The basis of an hour's course.
pub(super) fn daily_wave(hour: u32) -> [f64; 3] {
    let (sin, cos) = (TAU * f64::from(hour % 24) / 24.0).sin_cos();
    [1.0, cos, sin]
}

/// The basis of a day's course.
const fn flat(_day: u32) -> [f64; 3] {
    [1.0, 0.0, 0.0]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl HourChannel {
    /// Takes an hour's value; the whitened departure, clipped.
    pub(super) fn observe(&mut self, value: f64, hour: u32, prior: Prior<'_>) -> f64 {
        let wave = prior.vital.spread_rhythm.powi(2);
        let spreads = [prior.vital.spread_between.powi(2), wave, wave];
        let [a, b, c, d, e, f] = self.doubt.map(f64::from);
        let mut fit = Fit {
            course: self.course.map(f64::from),
            doubt: [[a, b, c], [b, d, e], [c, e, f]],
        };
        let per_epoch = 1.0 / (prior.scale.half_life_days * 24.0);
        let z = fit.step(
            &mut self.noise,
            value,
            hour,
            daily_wave,
            spreads,
            per_epoch,
            prior,
        );
        let [[a, b, c], [_, d, e], [_, _, f]] = fit.doubt;
        self.course = fit.course.map(|of| of as f32);
        self.doubt = [a, b, c, d, e, f].map(|of| of as f32);
        z
    }

    /// The wave's part at an hour.
    pub(super) fn wave(&self, hour: u32) -> f64 {
        let [_, cos, sin] = daily_wave(hour);
        let [_, of_cos, of_sin] = self.course.map(f64::from);
        cos * of_cos + sin * of_sin
    }

    /// What is expected at an hour.
    pub(super) fn expected(&self, hour: u32) -> f64 {
        f64::from(self.course[0]) + self.wave(hour)
    }
}

impl DayChannel {
    /// Takes a day's value; the whitened departure, clipped.
    pub(super) fn observe(&mut self, value: f64, day: u32, prior: Prior<'_>) -> f64 {
        let spreads = [prior.vital.spread_between.powi(2), 0.0, 0.0];
        let mut fit = Fit {
            course: [f64::from(self.level), 0.0, 0.0],
            doubt: [[f64::from(self.doubt), 0.0, 0.0], [0.0; 3], [0.0; 3]],
        };
        let per_epoch = 1.0 / prior.scale.half_life_days;
        let z = fit.step(&mut self.noise, value, day, flat, spreads, per_epoch, prior);
        self.level = fit.course[0] as f32;
        self.doubt = fit.doubt[0][0] as f32;
        z
    }
}

impl Noise {
    /// Correlation of neighbours.
    pub(super) fn correlation(&self) -> f64 {
        (f64::from(self.products) / f64::from(self.squares)).clamp(0.0, CORRELATION_MAX)
    }

    fn begin(prior: Prior<'_>) -> Self {
        let weight = prior.scale.prior_epochs;
        Self {
            products: (prior.scale.correlation * weight) as f32,
            squares: weight as f32,
            variance: prior.vital.spread_within.powi(2) as f32,
            ..Self::default()
        }
    }

    fn learn_correlation(&mut self, now: f64, before: f64, keep: f64, limit: f64) {
        let now = now.clamp(-limit, limit);
        let before = before.clamp(-limit, limit);
        self.products = (f64::from(self.products) * keep + now * before) as f32;
        let squares = 0.5 * (now * now + before * before);
        self.squares = (f64::from(self.squares) * keep + squares) as f32;
    }

    fn learn_variance(&mut self, z: f64, keep: f64, prior: Prior<'_>) {
        let known = f64::from(self.seen) + prior.scale.prior_epochs;
        let share = 1.0 / known.min(1.0 / (1.0 - keep));
        let limit = prior.influence_limit;
        let before = f64::from(self.variance);
        let square = (z * z).min(limit.powi(2)) / clipped_square(limit);
        let after = before + (square - 1.0) * before * share;
        let floor = prior.variance_floor * prior.vital.spread_within.powi(2);
        self.variance = after.max(floor) as f32;
    }
}

/// Mean square of standard normal noise that is clipped at `limit`.
fn clipped_square(limit: f64) -> f64 {
    let beyond = erfc(limit / SQRT_2);
    let density = (-0.5 * limit * limit).exp() / TAU.sqrt();
    1.0 - beyond - 2.0 * limit * density + limit * limit * beyond
}

/// A course in working form.
struct Fit {
    course: [f64; 3],
    doubt: [[f64; 3]; 3],
}

/// The neighbour before an epoch, as far as it matters.
struct Neighbour {
    correlation: f64,
    value: f64,
    basis: [f64; 3],
}

impl Fit {
    /// One epoch; returns the clipped, whitened departure.
    #[expect(clippy::too_many_arguments, reason = "one step of one formula")]
    fn step(
        &mut self,
        noise: &mut Noise,
        value: f64,
        epoch: u32,
        basis: impl Fn(u32) -> [f64; 3],
        spreads: [f64; 3],
        per_epoch: f64,
        prior: Prior<'_>,
    ) -> f64 {
        if noise.seen == 0 {
            *noise = Noise::begin(prior);
            self.course = [prior.vital.population_level, 0.0, 0.0];
            let variance = f64::from(noise.variance);
            for (place, (row, spread)) in self.doubt.iter_mut().zip(spreads).enumerate() {
                *row = [0.0; 3];
                if let Some(own) = row.get_mut(place) {
                    *own = spread / variance;
                }
            }
        }
        let first = noise.seen == 0;
        let gap = if first {
            u32::MAX
        } else {
            epoch.saturating_sub(noise.epoch)
        };
        let keep = (-per_epoch).exp2();
        if !first {
            self.forget(gap, per_epoch, spreads, f64::from(noise.variance));
        }
        let here = basis(epoch);
        let there = basis(noise.epoch);
        let neighbour = neighbour(noise, gap, there, prior.scale.neighbour_epochs);
        let z = self.update(noise, value, here, &neighbour, prior.influence_limit);
        if gap <= 1 {
            let spread = f64::from(noise.variance).sqrt();
            let now = (value - dot(here, self.course)) / spread;
            let before = (f64::from(noise.value) - dot(there, self.course)) / spread;
            noise.learn_correlation(now, before, keep, prior.correlation_influence_limit);
        }
        noise.seen = noise.seen.saturating_add(1);
        noise.learn_variance(z, keep, prior);
        (noise.value, noise.epoch) = (value as f32, epoch);
        z.clamp(-prior.influence_limit, prior.influence_limit)
    }

    /// Doubt grows with time, but never beyond what is doubted of a stranger.
    fn forget(&mut self, gap: u32, per_epoch: f64, spreads: [f64; 3], variance: f64) {
        let grows = (f64::from(gap.min(FORGET_EPOCHS_MAX)) * per_epoch).exp2();
        for value in self.doubt.iter_mut().flatten() {
            *value *= grows;
        }
        for (place, spread) in spreads.into_iter().enumerate() {
            let most = spread / variance;
            let own = self.doubt.get(place).and_then(|row| row.get(place));
            let Some(own) = own.copied().filter(|own| *own > most) else {
                continue;
            };
            let scale = (most / own).sqrt();
            for (row_place, row) in self.doubt.iter_mut().enumerate() {
                for (column, value) in row.iter_mut().enumerate() {
                    if row_place == place {
                        *value *= scale;
                    }
                    if column == place {
                        *value *= scale;
                    }
                }
            }
        }
    }

    /// The whitened departure; moves the course by its clipped value.
    fn update(
        &mut self,
        noise: &Noise,
        value: f64,
        here: [f64; 3],
        neighbour: &Neighbour,
        limit: f64,
    ) -> f64 {
        let Neighbour {
            correlation,
            value: before,
            basis,
        } = neighbour;
        let mut design = here;
        for (own, there) in design.iter_mut().zip(basis) {
            *own -= correlation * there;
        }
        let gain = self.doubt.map(|row| dot(row, design));
        let own_noise = 1.0 - correlation * correlation;
        // Rounding may leave a doubt just below nought.
        let whole = own_noise + dot(design, gain).max(0.0);
        let spread = (whole * f64::from(noise.variance)).sqrt();
        let z = (value - correlation * before - dot(design, self.course)) / spread;
        let step = z.clamp(-limit, limit) * spread / whole;
        for (course, gain) in self.course.iter_mut().zip(gain) {
            *course += gain * step;
        }
        for (row, of_row) in self.doubt.iter_mut().zip(gain) {
            for (value, of_column) in row.iter_mut().zip(gain) {
                *value -= of_row * of_column / whole;
            }
        }
        for place in 0..3 {
            if let Some(own) = self.doubt.get_mut(place).and_then(|row| row.get_mut(place)) {
                *own = own.max(0.0);
            }
        }
        z
    }
}

fn neighbour(noise: &Noise, gap: u32, basis: [f64; 3], furthest: u32) -> Neighbour {
    let correlation = if gap <= furthest {
        noise.correlation().powi(gap as i32)
    } else {
        0.0
    };
    if correlation > CORRELATION_LEAST {
        Neighbour {
            correlation,
            value: f64::from(noise.value),
            basis,
        }
    } else {
        Neighbour {
            correlation: 0.0,
            value: 0.0,
            basis: [0.0; 3],
        }
    }
}
