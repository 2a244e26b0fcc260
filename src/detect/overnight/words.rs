//! What a high night says for itself.

use super::judge::Standing;
use super::night::TENTHS;
use super::settings::OvernightMode;
use crate::detect::local::date_words;
use crate::detect::step::Step;
use crate::domain::{Evidence, MeasuredTime};

pub(super) const RULE: &str = "overnight_heart_rate";
pub(super) const VERSION: u32 = 1;

/// 200,000 simulated nights, independent and with a correlation of 0.5 from
/// one to the next; the settings as shipped.
const SIMULATED: &str = "In simulated healthy nights that spread by 2.5/min the rule as shipped \
    is wrong once in about 140 to 380 nights, oftener where nights spread more.";
/// The development set of daily resting heart rates with days of onset.
const NIGHT_SIGNAL: &str = "NightSignal's rule was wrong about 1.4 times in 30 healthy days.";

pub(super) fn evidence(step: &Step<'_>, standing: &Standing<'_>) -> Evidence {
    let rules = &step.rules.overnight_heart_rate;
    let (value, median) = (standing.value, standing.median);
    let mean = f64::from(value.tenths) / TENTHS;
    let last = MeasuredTime::from_epoch_ms(i64::from(value.end) * 60_000 - 60_000);
    let mut deciding = step.value(value.vital, mean, last);
    deciding.limit = Some(standing.limit);
    let rests_on = value.minutes.map_or_else(
        || "as the watch gave it".to_owned(),
        |minutes| format!("mean of {minutes} minutes at rest"),
    );
    let rule = match rules.mode {
        OvernightMode::RunningMedian => {
            format!(
                "{} of the last {} nights were",
                standing.high.count_ones(),
                rules.of
            )
        }
        OvernightMode::NightSignal => "by NightSignal's rule two nights in a row were".to_owned(),
    };
    Evidence {
        rule: RULE.to_owned(),
        rule_version: VERSION,
        summary: format!(
            "Resting heart rate of the night {mean:.1}/min ({rests_on}), {:+.1} against the \
             median of the {} nights before; {rule} as high.",
            mean - median,
            standing.history.len(),
        ),
        values: vec![deciding],
        missing: missing(standing, rules.of),
        chance: Some(chance(standing, rules.mode)),
        ..Evidence::default()
    }
    .with_figure("median", median)
    .with_figure("spread", standing.spread)
    .with_figure("nights_before", standing.history.len() as f64)
    .with_figure("nights_high", f64::from(standing.high.count_ones()))
}

/// A night on which it could not be judged.
pub(super) fn no_rest(number: u16) -> Evidence {
    Evidence {
        rule: RULE.to_owned(),
        rule_version: VERSION,
        summary: "The night had too few minutes at rest to be judged.".to_owned(),
        missing: vec![format!("heart rate of the night to {}", date_words(number))],
        ..Evidence::default()
    }
}

/// The nights of the window that have no value.
fn missing(standing: &Standing<'_>, of: u8) -> Vec<String> {
    let gaps = (1..of.min(8))
        .rev()
        .filter(|back| standing.known >> back & 1 == 0);
    gaps.map(|back| {
        let number = standing.value.number.saturating_sub(u16::from(back));
        format!("heart rate of the night to {}", date_words(number))
    })
    .collect()
}

/// How often the nights before were as high, and how often the rule is wrong
/// where that is known.
fn chance(standing: &Standing<'_>, mode: OvernightMode) -> String {
    let limit = standing.limit * TENTHS;
    let as_high = standing
        .history
        .iter()
        .filter(|tenths| f64::from(**tenths) >= limit);
    let known = match mode {
        OvernightMode::RunningMedian => SIMULATED,
        OvernightMode::NightSignal => NIGHT_SIGNAL,
    };
    format!(
        "{} of the {} nights it is compared with were as high. {known} Stress, alcohol, travel \
         and a warm room raise a night too.",
        as_high.count(),
        standing.history.len()
    )
}
