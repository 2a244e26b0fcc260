//! From p-values to evidence: bets against "nothing changed", each run
//! restarting when it has lost (e-CUSUM), and all runs as one.

use super::detectors::DETECTORS;
use super::settings::BettingRules;
use serde::{Deserialize, Serialize};

/// Below this `-ln p` the e-value is taken from its series, which does not
/// cancel.
const NEAR_ONE: f64 = 1e-3;

/// The runs of all detectors, as logarithms.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Betting {
    runs: [f32; DETECTORS],
}

/// The mixture over all powers, `∫₀¹ κ p^(κ−1) dκ`: its mean over an even
/// `p` is one, so it is an e-value, whatever the change looks like.
pub(super) fn e_value(p: f64) -> f64 {
    let u = -p.clamp(f64::MIN_POSITIVE, 1.0).ln();
    if u < NEAR_ONE {
        0.5 + u / 6.0 + u * u / 24.0
    } else {
        (u.exp_m1() - u) / (u * u)
    }
}

impl Betting {
    /// Bets an hour's p-values.
    pub(super) fn take(&mut self, p_values: &[f64; DETECTORS], rules: &BettingRules) {
        let bets = rules.each();
        for ((run, p), bet) in self.runs.iter_mut().zip(p_values).zip(bets) {
            let gain = e_value(*p).ln() / bet.span_hours;
            let grown = f64::from(*run).max(0.0) + gain;
            *run = grown.min(rules.cap) as f32;
        }
    }

    /// The logarithm of the weighted mean of all runs.
    pub(super) fn evidence(&self, rules: &BettingRules) -> f64 {
        let (sum, weights) = self.parts(rules).fold((0.0, 0.0), |(sum, all), part| {
            (sum + part.weighted, all + part.weight)
        });
        (sum / weights).ln()
    }

    /// Each detector's share of the evidence.
    pub(super) fn shares(&self, rules: &BettingRules) -> [f64; DETECTORS] {
        let sum: f64 = self.parts(rules).map(|part| part.weighted).sum();
        let mut shares = [0.0; DETECTORS];
        for (share, part) in shares.iter_mut().zip(self.parts(rules)) {
            *share = part.weighted / sum;
        }
        shares
    }

    fn parts(&self, rules: &BettingRules) -> impl Iterator<Item = RunPart> {
        let bets = rules.each();
        self.runs.into_iter().zip(bets).map(|(run, bet)| RunPart {
            weight: bet.weight,
            weighted: bet.weight * f64::from(run).exp(),
        })
    }
}

struct RunPart {
    weight: f64,
    weighted: f64,
}
