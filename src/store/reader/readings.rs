//! Readings of a range, and single readings by their identity.

use super::pool::Reader;
use super::scan::{Range, Scan};
use crate::domain::{DeviceNumber, MeasuredTime, PatientNumber, Reading, Vital};
use crate::store::error::QueryError;
use crate::store::views::{PointView, ReadingsQuery};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Points of one answer at most, whatever was asked for.
const POINTS_MAX: usize = 1_000_000;
const DAY_MS: i64 = 86_400_000;

impl ReadingsQuery {
    pub(super) fn range(&self) -> Range {
        Range {
            patient: self.patient,
            from: self.from,
            until: self.until,
            known_at: self.known_at,
        }
    }

    /// The vitals asked for, in the order of their codes.
    pub(super) fn wanted(&self) -> impl Iterator<Item = Vital> {
        let wanted = |vital: &Vital| self.vitals.is_empty() || self.vitals.contains(vital);
        Vital::ALL.into_iter().filter(wanted)
    }
}

/// The vitals' points one after another, and whether there were more.
fn collect(
    scan: &Scan<'_>,
    vitals: impl IntoIterator<Item = Vital>,
    limit: usize,
) -> Result<(Vec<PointView>, bool), QueryError> {
    let mut points: Vec<PointView> = Vec::new();
    let mut more = false;
    for vital in vitals {
        scan.vital(vital, &mut |found| {
            let room = limit - points.len();
            points.extend(found.iter().take(room));
            more = found.len() > room;
            if more {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        if more {
            break;
        }
    }
    Ok((points, more))
}

/// The first day of the newest that together hold at most `max` points.
fn first_day(scan: &Scan<'_>, max: usize) -> Result<MeasuredTime, QueryError> {
    let mut days: BTreeMap<i64, usize> = BTreeMap::new();
    for vital in Vital::ALL {
        scan.vital(vital, &mut |found| {
            for point in found {
                *days
                    .entry(point.at.epoch_ms().div_euclid(DAY_MS))
                    .or_default() += 1;
            }
            ControlFlow::Continue(())
        })?;
    }
    let mut total = 0;
    let mut newest = days.iter().rev();
    let fits = |(_, count): &(&i64, &usize)| {
        total += **count;
        total <= max
    };
    let first = newest.by_ref().take_while(fits).last();
    // A day that alone is too much counts as none.
    let none = days.keys().last().map_or(0, |day| day + 1);
    let day = first.map_or(none, |(day, _)| *day);
    Ok(MeasuredTime::from_epoch_ms(day * DAY_MS))
}

impl Reader {
    /// The readings asked for, by vital, measured time, arrival; and whether
    /// there were more than the limit.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read or is damaged.
    pub fn readings(&self, query: &ReadingsQuery) -> Result<(Vec<PointView>, bool), QueryError> {
        let limit = query.limit.min(POINTS_MAX);
        self.read_patient(query.patient, |conn, head| {
            let scan = Scan::new(conn, head, query.range())?;
            collect(&scan, query.wanted(), limit)
        })
    }

    /// What a patient's state is folded from: all its readings, in the order of
    /// [`Reader::readings`]. When there are more than `max`, the newest whole
    /// days (UTC) of measured time that hold no more, and when they begin.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read or is damaged.
    pub fn newest_days(
        &self,
        patient: PatientNumber,
        max: usize,
    ) -> Result<(Vec<PointView>, Option<MeasuredTime>), QueryError> {
        let range = |from| Range {
            patient,
            from,
            until: MeasuredTime::from_epoch_ms(i64::MAX),
            known_at: None,
        };
        self.read_patient(patient, |conn, head| {
            let scan = Scan::new(conn, head, range(MeasuredTime::from_epoch_ms(i64::MIN)))?;
            let (points, more) = collect(&scan, Vital::ALL, max)?;
            if !more {
                return Ok((points, None));
            }
            drop(points); // they may be hundreds of megabytes
            let from = first_day(&scan, max)?;
            let scan = Scan::new(conn, head, range(from))?;
            Ok((collect(&scan, Vital::ALL, max)?.0, Some(from)))
        })
    }

    /// The readings of a device measured from `from` to before `until`, as
    /// sent, those of a moment in the order they came: for repeats that are
    /// older than the engine's memory.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read or is damaged.
    pub fn stored(
        &self,
        patient: PatientNumber,
        device: DeviceNumber,
        from: MeasuredTime,
        until: MeasuredTime,
    ) -> Result<Vec<Reading>, QueryError> {
        let range = Range {
            patient,
            from,
            until,
            known_at: None,
        };
        self.read_patient(patient, |conn, head| {
            let scan = Scan::new(conn, head, range)?;
            let mut found = Vec::new();
            for vital in Vital::ALL {
                scan.vital(vital, &mut |points| {
                    let own = points.iter().filter(|point| point.device == device);
                    found.extend(own.map(PointView::reading));
                    ControlFlow::Continue(())
                })?;
            }
            Ok(found)
        })
    }
}
