//! A sum of whitened departures that restarts at nought (CUSUM, Page 1954), in
//! units of the departures' long-run spread.
//!
//! Whitening removes what an hour takes from the hour before. What whole days
//! have in common is left, and a sum grows by it; so departures are divided by
//! the spread that blocks of hours really have.

use super::slow_settings::SlowRules;
use serde::{Deserialize, Serialize};

/// One sum over hours.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[repr(Rust, packed(2))]
pub(super) struct HourRun {
    pub(super) sum: f32,
    block_sum: f32,
    variance: f32,
    block_count: u8,
    blocks: u8,
}

impl HourRun {
    /// Takes a departure, positive for worse.
    pub(super) fn observe(&mut self, departure: f64, rules: &SlowRules) {
        if self.variance == 0.0 {
            self.variance = rules.block_variance as f32;
        }
        self.block_sum += departure as f32;
        self.block_count = self.block_count.saturating_add(1);
        if self.block_count >= rules.block_hours {
            self.end_block(rules);
        }
        let scaled = departure / self.long_run(rules);
        let shift = rules.hour_shift;
        let grown = f64::from(self.sum) + shift * scaled - 0.5 * shift * shift;
        self.sum = grown.clamp(0.0, rules.cap) as f32;
    }

    /// The spread of departures in the long run, at least that of one hour.
    pub(super) fn long_run(&self, rules: &SlowRules) -> f64 {
        let variance = match self.variance {
            0.0 => rules.block_variance,
            known => f64::from(known),
        };
        variance.max(1.0).sqrt()
    }

    fn end_block(&mut self, rules: &SlowRules) {
        self.blocks = self.blocks.saturating_add(1);
        let before = f64::from(self.variance);
        let square = f64::from(self.block_sum).powi(2) / f64::from(self.block_count);
        let bounded = square.min(rules.influence_limit.powi(2) * before);
        let known = (f64::from(self.blocks) + rules.block_weight).min(rules.block_memory);
        self.variance = (before + (bounded - before) / known) as f32;
        (self.block_sum, self.block_count) = (0.0, 0);
    }
}
