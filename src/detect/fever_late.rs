//! What is listed of a fever that was over when it became known.
//!
//! A watch that was out of reach forwards hours at once. A fever among them that
//! still holds at the newest, fresh reading pages and says when it began; one
//! that ended pages nobody, for nobody can do anything about it now, but it must
//! not be lost among a thousand readings: the team wants to know of it.

use super::fever::FEVER_RULE;
use super::step::{Step, duration_words};
use crate::domain::{Evidence, MeasuredTime};

/// Evidence of a fever (or low temperature) between two moments, with its
/// furthest value and the limit it was beyond, both in tenths of a degree.
pub(super) fn evidence(
    step: &Step<'_>,
    value_tenths: i16,
    limit_tenths: i16,
    (began, last): (MeasuredTime, MeasuredTime),
) -> Evidence {
    let (value, limit) = (
        f64::from(value_tenths) / 10.0,
        f64::from(limit_tenths) / 10.0,
    );
    let side = if value_tenths < limit_tenths {
        "below"
    } else {
        "at or above"
    };
    let summary = format!(
        "Body temperature reached {value:.1} °C, {side} {limit:.1} °C, from {} to {} ago; it was \
         over when it became known, so nobody was paged.",
        duration_words(began.age_ms_at(step.at)),
        duration_words(last.age_ms_at(step.at)),
    );
    Evidence {
        rule: FEVER_RULE.to_owned(),
        rule_version: step.rules.provenance.fever.version,
        summary,
        ..Evidence::default()
    }
    .with_figure("furthest", value)
    .with_figure("limit", limit)
}
