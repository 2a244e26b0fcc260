//! What an irregular pulse says for itself, and no more than that.

use super::features::BEATS;
use super::judge::Standing;
use crate::detect::step::{Step, duration_words};
use crate::domain::{Evidence, Vital};

pub(super) const RULE: &str = "irregular_pulse";
pub(super) const VERSION: u32 = 1;

/// Perez et al., NEJM 2019;381:1909.
const CHANCE: &str = "How often this rule is wrong in these patients is not known. Frequent extra \
    beats do it too. With another watch's rule 0.52 % of 419 297 wearers were told in about four \
    months, and a later ECG patch showed fibrillation in 34 % of them (Perez 2019).";

pub(super) fn evidence(step: &Step<'_>, standing: &Standing<'_>) -> Evidence {
    let features = standing.features;
    let value = step.value(Vital::BeatIntervals, features.mean_ms.round(), standing.to);
    let length = duration_words(standing.since.age_ms_at(step.at));
    let left_out = match standing.left_out {
        0 => String::new(),
        1 => " 1 window was left out: motion, not worn, or beats missing.".to_owned(),
        many => format!(" {many} windows were left out: motion, not worn, or beats missing."),
    };
    Evidence {
        rule: RULE.to_owned(),
        rule_version: VERSION,
        summary: format!(
            "Irregular pulse, possible atrial fibrillation; an ECG confirms. {} of the last {} \
             windows of {BEATS} beats at rest were irregular, the first {length} ago.{left_out}",
            standing.irregular, standing.judged
        ),
        values: vec![value],
        missing: vec!["electrocardiogram".to_owned()],
        chance: Some(CHANCE.to_owned()),
        ..Evidence::default()
    }
    .with_figure("rmssd_over_mean", features.rmssd_over_mean)
    .with_figure("turning_points", features.turning_points)
    .with_figure("entropy", features.entropy)
    .with_figure("windows_irregular", f64::from(standing.irregular))
    .with_figure("windows_judged", f64::from(standing.judged))
    .with_figure("windows_left_out", f64::from(standing.left_out))
}

pub(super) fn regular_again(windows: u8) -> String {
    format!("The pulse was regular in {windows} windows of {BEATS} beats at rest in a row.")
}
