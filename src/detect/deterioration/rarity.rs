//! One scale for both scores: the logarithm of the hours between two
//! occurrences by chance.
//!
//! Each score is read on its population's curve; the rarer one counts. A
//! threshold for one false alert in `B` hours is then `ln B` for a patient of
//! whom nothing is known. The slow statistic pays for a share that grows with
//! `B`: what speaks of days gets little of a budget of hours. The acute score
//! pays for none, because its curve is that of intensive care and lies above
//! what healthier people reach; that both together keep the budget is measured.

use super::settings::RarityRules;

/// How steeply the slow statistic's share fades around `slow_half_hours`: the form
/// of the curve, whose place is the setting.
const FADE_POWER: i32 = 2;

/// How rare the present is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rarity {
    /// By the acute score.
    pub(super) acute: f64,
    /// By the slow statistic, its share paid.
    pub(super) slow: f64,
}

impl Rarity {
    pub(super) fn of(acute: f64, slow: f64, budget_hours: f64, rules: &RarityRules) -> Self {
        let fade = (rules.slow_half_hours / budget_hours).powi(FADE_POWER);
        let share = 1.0 / (1.0 + fade);
        Self {
            acute: read(&rules.acute_curve, acute),
            slow: read(&rules.slow_curve, slow) + share.ln(),
        }
    }

    /// The rarer of the two.
    pub(super) fn value(self) -> f64 {
        self.acute.max(self.slow)
    }
}

/// Reads a curve, straight between its points and beyond its ends.
fn read(curve: &[[f64; 2]], at: f64) -> f64 {
    let segment = curve
        .windows(2)
        .find(|pair| matches!(pair, [_, [end, _]] if at <= *end));
    match segment.or_else(|| curve.windows(2).last()) {
        Some([[from, low], [to, high]]) => low + (at - from) * (high - low) / (to - from),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_straight_between_its_points_and_beyond_its_ends() {
        let curve = [[0.0, 1.0], [2.0, 2.0], [4.0, 6.0]];
        let read = |at| read(&curve, at);
        assert_eq!(
            [read(-2.0), read(1.0), read(3.0), read(5.0)],
            [0.0, 1.5, 4.0, 8.0]
        );
    }
}
