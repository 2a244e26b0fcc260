//! Readings of a range, and single readings by their identity.

use super::pool::Reader;
use super::scan::{Range, Scan};
use crate::domain::{DeviceNumber, MeasuredTime, PatientNumber, Reading, Vital};
use crate::store::error::QueryError;
use crate::store::views::{PointView, ReadingsQuery};
use std::ops::ControlFlow;

/// Points of one answer at most, whatever was asked for.
const POINTS_MAX: usize = 1_000_000;

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
            let mut points: Vec<PointView> = Vec::new();
            let mut more = false;
            for vital in query.wanted() {
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
