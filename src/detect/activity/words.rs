//! What a decline of activity says for itself.

use super::judge::{Standing, WornDay};
use crate::detect::local::date_words;
use crate::detect::step::Step;
use crate::domain::{Evidence, EvidenceValue, MeasuredTime, Vital};

pub(super) const RULE: &str = "activity_decline";
pub(super) const VERSION: u32 = 1;

pub(super) fn evidence(step: &Step<'_>, standing: &Standing<'_>) -> Evidence {
    let rules = &step.rules.activity_decline;
    let (mean, usual) = (standing.mean, standing.usual);
    let fewer = 100.0 * (1.0 - mean / usual.max(1.0));
    let missing = missing(standing.days);
    let left_out = match missing.len() {
        0 => String::new(),
        1 => " 1 day in between was not worn long enough and is left out.".to_owned(),
        many => format!(" {many} days in between were not worn long enough and are left out."),
    };
    Evidence {
        rule: RULE.to_owned(),
        rule_version: VERSION,
        summary: format!(
            "Fewer steps: {mean:.0} a day on the last {} worn days, against {usual:.0} usual for \
             this patient ({} worn days before): {fewer:.0} % fewer, on {} days in a row.{left_out}",
            standing.days.len(),
            standing.history.len(),
            rules.days,
        ),
        values: values(step, standing),
        missing,
        chance: Some(chance(standing)),
        ..Evidence::default()
    }
    .with_figure("mean_steps", mean)
    .with_figure("usual_steps", usual)
    .with_figure("worn_days_before", standing.history.len() as f64)
}

/// A day on which the decline could not be judged.
pub(super) fn not_worn(number: u16) -> Evidence {
    Evidence {
        rule: RULE.to_owned(),
        rule_version: VERSION,
        summary: "The watch was not worn long enough for days: the decline cannot be judged."
            .to_owned(),
        missing: vec![format!("steps of {}", date_words(number))],
        ..Evidence::default()
    }
}

fn values(step: &Step<'_>, standing: &Standing<'_>) -> Vec<EvidenceValue> {
    let limit = step.rules.activity_decline.limit(standing.usual);
    let of_day = |day: &WornDay| {
        let start = MeasuredTime::from_epoch_ms(i64::from(day.start) * 60_000);
        let mut value = step.value(Vital::StepCount, f64::from(day.steps), start);
        value.limit = Some(limit);
        value
    };
    standing.days.iter().map(of_day).collect()
}

/// The days between the first and the last that are not there.
fn missing(days: &[WornDay]) -> Vec<String> {
    let pairs = days.iter().zip(days.iter().skip(1));
    let gaps = pairs.flat_map(|(one, next)| one.number.saturating_add(1)..next.number);
    gaps.map(|number| format!("steps of {}", date_words(number)))
        .collect()
}

/// How often the patient's own days before were as low, and what simulated
/// days tell (100,000 of them, independent and with a correlation of 0.3 from
/// one to the next, the settings as shipped).
fn chance(standing: &Standing<'_>) -> String {
    let length = standing.days.len().max(1);
    let means = standing.history.windows(length).map(|days| {
        let sum: u32 = days.iter().map(|steps| u32::from(*steps)).sum();
        f64::from(sum) / length as f64
    });
    let as_low = means.clone().filter(|mean| *mean <= standing.mean).count();
    format!(
        "Of the {} means of {length} worn days in a row among the days it is compared with, \
         {as_low} were as low. In simulated days without a decline that vary by 40 % the rule as \
         shipped is wrong once in about 130 to 540 days, oftener where days vary more. Bad \
         weather, a holiday or a stay in bed lower steps too.",
        means.count()
    )
}
