//! For how long a watch was worn, as far as that is known, and when it was last heard.

use super::bounds::Untold;
use super::course::{Course, Span, clip};
use crate::api::moment::Moment;
use crate::api::source::{Bucket, ReadSource};
use crate::domain::{ClinicalTime, MeasuredTime, PatientNumber, Vital};
use crate::store::{PointView, ReadingsQuery};
use serde::Serialize;

const HOUR_MS: i64 = 3_600_000;
/// Wear is counted in quarters of an hour.
const QUARTER_MS: u32 = 900_000;
/// A day of all vitals has 97 quarters of 16 vitals at most.
const QUARTERS_MAX: usize = 2_000;
/// Readings of one quarter of an hour; beats come by the thousand.
const POINTS_MAX: usize = 20_000;

/// Wear of one patient in the last 12 and 24 hours, of what was monitored in them.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Wear {
    pub(in crate::api) ward: String,
    pub(in crate::api) patient: String,
    /// What it is known from: `worn` (the watch says so; else) `heart_rate`
    /// (quarters of an hour with a good heart rate); null: nothing came.
    pub(in crate::api) basis: Option<&'static str>,
    /// Null: nothing came.
    pub(in crate::api) worn_hours_12: Option<f64>,
    pub(in crate::api) worn_hours_24: Option<f64>,
    /// Hours monitored, pauses left out.
    pub(in crate::api) monitored_hours_12: f64,
    pub(in crate::api) monitored_hours_24: f64,
    /// The newest reading of the last 24 hours, by the time it was measured.
    pub(in crate::api) last_heard_at: Option<Moment>,
    /// The newest of the last 24 hours, %.
    pub(in crate::api) battery_percent: Option<f64>,
    pub(in crate::api) battery_at: Option<Moment>,
}

impl Wear {
    /// As known when `at` began.
    pub(super) fn read(
        source: &dyn ReadSource,
        number: PatientNumber,
        course: &Course,
        (ward, patient): (&str, &str),
        at: ClinicalTime,
    ) -> Result<Self, Untold> {
        let day = ClinicalTime::plus_ms(at, -24 * HOUR_MS);
        let mut query = query(number, day, at);
        query.limit = QUARTERS_MAX;
        let (quarters, _) = source.bucketed(&query, QUARTER_MS)?;
        let monitored = |hours| course.monitored((at.epoch_ms() - hours * HOUR_MS, at.epoch_ms()));
        let (short, long) = (monitored(12), monitored(24));
        let basis = basis(&quarters);
        let worn = |spans: &[Span]| basis.map(|vital| worn_hours(&quarters, vital, spans));
        let battery = newest(source, &query, &quarters, Some(Vital::BatteryLevel))?;
        let last = newest(source, &query, &quarters, None)?;
        Ok(Self {
            ward: ward.to_owned(),
            patient: patient.to_owned(),
            basis: basis.map(Vital::name),
            worn_hours_12: worn(&short),
            worn_hours_24: worn(&long),
            monitored_hours_12: hours(total(&short)),
            monitored_hours_24: hours(total(&long)),
            last_heard_at: last.map(|point| point.at.into()),
            battery_percent: battery.map(|point| point.value),
            battery_at: battery.map(|point| point.at.into()),
        })
    }
}

fn query(patient: PatientNumber, from: ClinicalTime, at: ClinicalTime) -> ReadingsQuery {
    ReadingsQuery {
        patient,
        vitals: Vec::new(),
        from: MeasuredTime::from_epoch_ms(from.epoch_ms()),
        until: MeasuredTime::from_epoch_ms(at.epoch_ms()),
        known_at: Some(at.plus_ms(-1)),
        limit: 0,
    }
}

/// The watch's own word, where it gives one.
fn basis(quarters: &[Bucket]) -> Option<Vital> {
    let has = |vital: &Vital| quarters.iter().any(|q| q.vital == *vital && q.count > 0);
    [Vital::Worn, Vital::HeartRate].into_iter().find(has)
}

/// Each quarter counts by the share of its readings that say worn, or as a
/// whole where a heart rate was good in it.
fn worn_hours(quarters: &[Bucket], basis: Vital, monitored: &[Span]) -> f64 {
    let of = quarters.iter().filter(|q| q.vital == basis && q.count > 0);
    let ms = of.map(|quarter| {
        let start = quarter.start.epoch_ms();
        let whole = (start, start + i64::from(QUARTER_MS));
        let inside = monitored.iter().filter_map(|span| clip(*span, whole));
        let ms: i64 = inside.map(|(from, until)| until - from).sum();
        let share = match basis {
            Vital::Worn => quarter.mean.unwrap_or(0.0),
            _ => 1.0,
        };
        ms as f64 * share
    });
    rounded(ms.sum::<f64>() / HOUR_MS as f64)
}

fn total(spans: &[Span]) -> i64 {
    spans.iter().map(|(from, until)| until - from).sum()
}

fn hours(ms: i64) -> f64 {
    rounded(ms as f64 / HOUR_MS as f64)
}

fn rounded(hours: f64) -> f64 {
    (hours * 100.0).round() / 100.0
}

/// The newest reading of a vital, or of any, in the last quarter that has one.
fn newest(
    source: &dyn ReadSource,
    query: &ReadingsQuery,
    quarters: &[Bucket],
    vital: Option<Vital>,
) -> Result<Option<PointView>, Untold> {
    let of = quarters
        .iter()
        .filter(|q| vital.is_none_or(|vital| q.vital == vital));
    let Some(last) = of.max_by_key(|quarter| quarter.start) else {
        return Ok(None);
    };
    let query = ReadingsQuery {
        vitals: vital.into_iter().collect(),
        from: last.start.max(query.from),
        limit: POINTS_MAX,
        ..query.clone()
    };
    let (points, _) = source.readings(&query)?;
    Ok(points.into_iter().max_by_key(|point| point.at))
}
