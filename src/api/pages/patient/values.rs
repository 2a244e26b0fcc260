//! The vitals of a period in stretches: lowest, mean and highest of each, with NEWS2 at
//! its end.

use super::news2::{self, Scored};
use super::period::Period;
use crate::api::language::say;
use crate::api::pages::catalogue;
use crate::api::pages::words::Zone;
use crate::api::source::{Bucket, ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::{ClinicalTime, PatientNumber, Vital};
use crate::store::ReadingsQuery;
use std::collections::{BTreeMap, BTreeSet};

/// The table: a column a vital, a row a stretch with anything in it.
pub(super) struct Table {
    pub(super) vitals: Vec<String>,
    pub(super) rows: Vec<Row>,
    /// Whether any value came late.
    pub(super) is_late: bool,
}

/// A stretch.
pub(super) struct Row {
    pub(super) at: String,
    pub(super) cells: Vec<String>,
    /// At its end; empty where nothing could be scored.
    pub(super) news2: String,
}

/// A value comes late where it arrives so long after it was measured that nobody saw
/// it as a current one.
pub(super) fn late_ms(state: &ApiState) -> i64 {
    i64::from(state.settings().fresh_minutes) * 60_000
}

/// What is said in words (awake, worn) has no mean, and of beats there are too many.
const fn is_summed_up(vital: Vital) -> bool {
    !matches!(
        vital,
        Vital::Consciousness | Vital::SupplementalOxygen | Vital::Worn | Vital::BeatIntervals
    )
}

/// What has a mean, of the whole period.
pub(super) fn query(patient: PatientNumber, period: &Period, limit: usize) -> ReadingsQuery {
    let (from, until) = period.measured();
    let vitals = Vital::ALL.into_iter().filter(|vital| is_summed_up(*vital));
    ReadingsQuery {
        patient,
        vitals: vitals.collect(),
        from,
        until,
        known_at: None,
        limit,
    }
}

/// The same summed up in stretches.
pub(super) fn read(
    source: &dyn ReadSource,
    patient: PatientNumber,
    period: &Period,
    stretch_ms: i64,
) -> Result<Vec<Bucket>, ReadError> {
    let stretches = usize::try_from(period.length_ms() / stretch_ms + 2).unwrap_or(0);
    let query = query(patient, period, stretches * Vital::COUNT);
    let stretch_ms = u32::try_from(stretch_ms).unwrap_or(u32::MAX);
    Ok(source.bucketed(&query, stretch_ms)?.0)
}

impl Table {
    /// The newest stretch first.
    pub(super) fn of(stretches: &[Bucket], scored: &[Scored], zone: &Zone, late_ms: i64) -> Self {
        let vitals: BTreeSet<Vital> = stretches.iter().map(|one| one.vital).collect();
        let mut by_start: BTreeMap<i64, BTreeMap<Vital, &Bucket>> = BTreeMap::new();
        for one in stretches {
            let at = by_start.entry(one.start.epoch_ms()).or_default();
            at.insert(one.vital, one);
        }
        let rows = by_start.iter().rev().map(|(start, of)| {
            let cell = |vital: &Vital| of.get(vital).map(|one| written(one, late_ms));
            let mut scores = scored.iter();
            let score = scores.find(|scored| scored.start == *start);
            Row {
                at: zone.short(ClinicalTime::from_epoch_ms(*start)),
                cells: vitals
                    .iter()
                    .map(|one| cell(one).unwrap_or_default())
                    .collect(),
                news2: score.map_or_else(String::new, news2::written),
            }
        });
        Self {
            rows: rows.collect(),
            vitals: vitals.iter().map(|vital| heading(*vital)).collect(),
            is_late: stretches.iter().any(|one| one.delay_ms_max > late_ms),
        }
    }
}

fn heading(vital: Vital) -> String {
    let (name, unit) = (vital.name(), catalogue::unit(vital.name()));
    let heading = format!("{} {unit}", catalogue::vital(name));
    heading.trim_end().to_owned()
}

fn written(one: &Bucket, late_ms: i64) -> String {
    let text = |value| catalogue::value(one.vital.name(), value);
    let doubtful = one.suspect + one.artefact;
    let late = match one.delay_ms_max > late_ms {
        true => format!(", {}", say!("late")),
        false => String::new(),
    };
    match (one.min, one.mean, one.max) {
        (Some(least), Some(mean), Some(most)) => {
            format!("{} | {} | {}{late}", text(least), text(mean), text(most))
        }
        _ => say!("no good value, {count} doubtful", count = doubtful) + &late,
    }
}
