//! What a nurse reads of a departure from the own normal.

use super::baseline::{BaselineSource, BaselineVital};
use super::deviation::{Expected, RULE, VERSION};
use super::deviation_limit::Limit;
use super::epoch::Minute;
use super::step::{Step, vital_first};
use super::wording::{HOURS_OF_A_DAY, how_often, size};
use crate::domain::{Evidence, MeasuredTime, Vital};
use statrs::distribution::{ContinuousCDF, Normal};

impl Expected {
    /// Whose it is and of what time.
    fn words(&self) -> String {
        let whose = match self.view.source {
            BaselineSource::Population => {
                "what is usual in the population (no personal baseline yet)"
            }
            BaselineSource::Blended => "a normal that is still being learnt",
            BaselineSource::Personal => "the patient's own normal",
        };
        let time = if self.view.rhythm > 0.0 {
            " at this time of day"
        } else {
            ""
        };
        format!("{whose}{}{time}", self.stratum.words())
    }
}

pub(super) fn evidence(
    step: &Step<'_>,
    vital: Vital,
    minute: &Minute,
    own: &BaselineVital,
    expected: &Expected,
    limit: &Limit,
) -> Evidence {
    let (view, z) = (&expected.view, expected.z(minute));
    let measured = MeasuredTime::from_epoch_ms(i64::from(minute.minute) * 60_000);
    let mut value = step.value(vital, minute.value, measured);
    value.limit = Some(view.level + limit.value.copysign(z) * view.spread);
    let whose = expected.words();
    Evidence {
        rule: RULE.to_owned(),
        rule_version: VERSION,
        summary: format!(
            "{} {} against {} ± {:.1}, {whose}; {} of the last {} values were as far off. {}",
            vital_first(vital),
            size(vital, minute.value, 1),
            size(vital, view.level, 1),
            view.spread,
            own.epochs,
            own.of,
            limit.words(step)
        ),
        values: vec![value],
        chance: Some(chance(z, limit)),
        ..Evidence::default()
    }
    .with_figure("z", z)
    .with_figure("level", view.level)
    .with_figure("spread", view.spread)
    .with_figure("rhythm", view.rhythm)
    .with_figure("baseline_days", view.days)
    .with_figure("limit_z", limit.value)
}

/// How often chance alone does this, and what that rests on: the patient's own
/// days once a limit was learnt from them, else a model that is too kind.
fn chance(z: f64, limit: &Limit) -> String {
    if let Some(days) = limit.days_between() {
        let often = how_often(days * HOURS_OF_A_DAY);
        return format!(
            "By this patient's own days, values of this one vital are as far off by chance {often}."
        );
    }
    let tail = Normal::new(0.0, 1.0).map_or(0.0, |normal| 2.0 * normal.sf(z.abs().min(30.0)));
    let once_in = if tail > 1e-9 {
        format!("once in {:.0}", 1.0 / tail)
    } else {
        "less than once in a thousand million".to_owned()
    };
    format!(
        "If single values were independent and normally distributed, one this far off to either \
         side would come about {once_in}. This is for one value at one time, and values of one \
         patient follow each other: chance does it more often than that."
    )
}
