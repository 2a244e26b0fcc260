//! NEWS2 over a period: its bounds at the ends of stretches, from stored values, by the
//! very function that scores now.

use super::period::Period;
use crate::api::language::say;
use crate::api::source::{Bucket, ReadError, ReadSource};
use crate::detect::{News2Input, News2Parameter, Rules, news2_bounds};
use crate::domain::{ClinicalTime, MeasuredTime, Vital};
use crate::registry::Patient;
use crate::store::ReadingsQuery;
use std::collections::BTreeMap;

/// The oldest input that any setting lets count, two days.
const OLDEST_MS: i64 = 2_880 * 60_000;
/// Watches send by the second; a score is of minutes.
const SHORTEST_MS: i64 = 60_000;

/// The bounds at a moment.
#[derive(Clone, Copy)]
pub(super) struct Scored {
    /// Start of the stretch at whose end it is.
    pub(super) start: i64,
    /// That end, or where the period ends.
    pub(super) at: i64,
    pub(super) least: u8,
    pub(super) most: u8,
}

/// Stretches with a good value of each vital, the oldest first.
type Known = BTreeMap<Vital, Vec<Bucket>>;

/// NEWS2 at the end of each stretch of at least `stretch_ms`; nothing where no input
/// could be scored. A value counts from when it had arrived.
pub(super) fn over(
    source: &dyn ReadSource,
    patient: &Patient,
    period: &Period,
    stretch_ms: i64,
    rules: &Rules,
) -> Result<Vec<Scored>, ReadError> {
    let width = stretch_ms.max(SHORTEST_MS);
    let known = known(source, patient, period, width, rules)?;
    let (from, until) = (period.from.epoch_ms(), period.until.epoch_ms());
    let stretches = from.div_euclid(width)..=(until - 1).div_euclid(width);
    let scored = stretches.filter_map(|stretch| {
        let start = stretch * width;
        let at = (start + width).min(until);
        let now = ClinicalTime::from_epoch_ms(at);
        let newest = |vital| newest(known.get(&vital)?, at);
        let score = news2_bounds(newest, &patient.context, rules, now);
        let is_any = score.parts.iter().any(is_measured);
        is_any.then_some(Scored {
            start,
            at,
            least: score.score_min,
            most: score.score_max,
        })
    });
    Ok(scored.collect())
}

/// What the registry says of oxygen alone is no score.
fn is_measured(part: &crate::detect::News2Part) -> bool {
    part.points.is_some() && part.measured.is_some()
}

fn known(
    source: &dyn ReadSource,
    patient: &Patient,
    period: &Period,
    width: i64,
    rules: &Rules,
) -> Result<Known, ReadError> {
    let ages = News2Parameter::ALL.map(|one| rules.news2.input_age_minutes.minutes(one));
    let oldest = ages
        .into_iter()
        .max()
        .map_or(0, |minutes| i64::from(minutes) * 60_000);
    let (from, until) = period.measured();
    let from = MeasuredTime::from_epoch_ms(from.epoch_ms() - oldest.min(OLDEST_MS));
    let stretches = until.ms_since(from) / width + 2;
    let query = ReadingsQuery {
        patient: patient.number,
        vitals: News2Parameter::ALL.map(News2Parameter::vital).to_vec(),
        from,
        until,
        known_at: None,
        limit: usize::try_from(stretches).unwrap_or(0) * News2Parameter::ALL.len(),
    };
    let width = u32::try_from(width).unwrap_or(u32::MAX);
    let mut known = Known::new();
    for one in source.bucketed(&query, width)?.0 {
        if one.last.is_some() {
            known.entry(one.vital).or_default().push(one);
        }
    }
    Ok(known)
}

/// The newest good value that had arrived at `at`; of a stretch its last one.
fn newest(of_vital: &[Bucket], at: i64) -> Option<News2Input> {
    let end = of_vital.partition_point(|one| one.start.epoch_ms() < at);
    let before = of_vital.get(..end)?.iter().rev();
    let mut known = before.filter(|one| {
        let arrived = one.last_arrived.map(ClinicalTime::epoch_ms);
        arrived.is_some_and(|arrived| arrived <= at)
    });
    let newest = known.next()?;
    Some(News2Input {
        value: newest.last?,
        measured: newest.last_at,
    })
}

/// `2 to 9`, or one number where nothing is missing.
pub(super) fn written(scored: &Scored) -> String {
    match scored.least == scored.most {
        true => scored.least.to_string(),
        false => say!(
            "{from} to {until}",
            from = scored.least,
            until = scored.most
        ),
    }
}
