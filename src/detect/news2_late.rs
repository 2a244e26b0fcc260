//! What is listed of a NEWS2 that was over when it became known.
//!
//! As with fever (see `fever_late`): minutes that were stored and forwarded are
//! judged as they were then. What held among them and is calm since pages
//! nobody; the team finds it in the list.

use super::news2_evidence::RULE;
use super::step::{Step, duration_words};
use crate::domain::{Evidence, MeasuredTime};

/// Evidence of a NEWS2 that held from one minute to another, with the largest
/// sum that was proven.
pub(super) fn evidence(
    step: &Step<'_>,
    score_min: u8,
    (began, last): (MeasuredTime, MeasuredTime),
) -> Evidence {
    let summary = format!(
        "NEWS2 was at least {score_min}, from {} to {} ago; it was over when it became known, so \
         nobody was paged.",
        duration_words(began.age_ms_at(step.at)),
        duration_words(last.age_ms_at(step.at)),
    );
    Evidence {
        rule: RULE.to_owned(),
        rule_version: step.rules.provenance.news2.version,
        summary,
        ..Evidence::default()
    }
    .with_figure("score_min", f64::from(score_min))
}
