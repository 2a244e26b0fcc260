//! Down-sampled readings for charts.

use super::pool::Reader;
use super::scan::Scan;
use crate::domain::{ClinicalTime, MeasuredTime, Quality, Vital};
use crate::store::error::QueryError;
use crate::store::views::{PointView, ReadingsQuery};
use std::ops::ControlFlow;

/// Buckets of one answer at most.
const BUCKETS_MAX: usize = 100_000;

/// What was measured of a vital in a stretch of time. Minimum, maximum and
/// mean are those of good values; without one they are none.
#[derive(Clone, Copy, PartialEq)]
pub struct Bucket {
    /// The vital.
    pub vital: Vital,
    /// First moment of the stretch.
    pub start: MeasuredTime,
    /// Good values.
    pub count: u32,
    /// Smallest good value.
    pub min: Option<f64>,
    /// Largest good value.
    pub max: Option<f64>,
    /// Mean of the good values.
    pub mean: Option<f64>,
    /// The last good value.
    pub last: Option<f64>,
    /// When that one was measured.
    pub last_at: Option<MeasuredTime>,
    /// When it arrived.
    pub last_arrived: Option<ClinicalTime>,
    /// The longest that any value took from its measurement to its arrival, ms.
    pub delay_ms_max: i64,
    /// Suspect values.
    pub suspect: u32,
    /// Artefacts.
    pub artefact: u32,
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bucket(…)")
    }
}

impl Bucket {
    fn new(vital: Vital, start: MeasuredTime) -> Self {
        Self {
            vital,
            start,
            count: 0,
            min: None,
            max: None,
            mean: None,
            last: None,
            last_at: None,
            last_arrived: None,
            delay_ms_max: 0,
            suspect: 0,
            artefact: 0,
        }
    }

    fn add(&mut self, point: &PointView) {
        let delay = point.arrived.epoch_ms().saturating_sub(point.at.epoch_ms());
        self.delay_ms_max = self.delay_ms_max.max(delay);
        match point.quality {
            Quality::Good | Quality::GoodLiftsPrevious => {
                let value = point.value;
                self.count += 1;
                self.min = Some(self.min.map_or(value, |min| min.min(value)));
                self.max = Some(self.max.map_or(value, |max| max.max(value)));
                // Running mean: no sum that loses digits over a long stretch.
                let mean = self.mean.unwrap_or(0.0);
                self.mean = Some(mean + (value - mean) / f64::from(self.count));
                self.last = Some(value);
                self.last_at = Some(point.at);
                self.last_arrived = Some(point.arrived);
            }
            Quality::Suspect(_) => self.suspect += 1,
            Quality::Artefact(_) => self.artefact += 1,
        }
    }
}

impl Reader {
    /// The range in stretches of `bucket_ms`, aligned to the epoch; stretches
    /// without a reading are left out. At most `query.limit`, and whether
    /// there were more.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read or is damaged.
    pub fn bucketed(
        &self,
        query: &ReadingsQuery,
        bucket_ms: u32,
    ) -> Result<(Vec<Bucket>, bool), QueryError> {
        let limit = query.limit.min(BUCKETS_MAX);
        let width = i64::from(bucket_ms.max(1));
        self.read_patient(query.patient, |conn, head| {
            let scan = Scan::new(conn, head, query.range())?;
            let mut buckets: Vec<Bucket> = Vec::new();
            let mut more = false;
            for vital in query.wanted() {
                scan.vital(vital, &mut |points| {
                    for point in points {
                        let at = point.at.epoch_ms().div_euclid(width).saturating_mul(width);
                        let start = MeasuredTime::from_epoch_ms(at);
                        let same =
                            |bucket: &&mut Bucket| bucket.vital == vital && bucket.start == start;
                        if let Some(bucket) = buckets.last_mut().filter(same) {
                            bucket.add(point);
                            continue;
                        }
                        if buckets.len() == limit {
                            more = true;
                            return ControlFlow::Break(());
                        }
                        let mut bucket = Bucket::new(vital, start);
                        bucket.add(point);
                        buckets.push(bucket);
                    }
                    ControlFlow::Continue(())
                })?;
                if more {
                    break;
                }
            }
            Ok((buckets, more))
        })
    }
}
