//! The newest good value of each vital.

use super::pool::Reader;
use super::scan::{Range, Scan};
use crate::domain::{ClinicalTime, MeasuredTime, PatientNumber, Vital};
use crate::store::error::QueryError;
use crate::store::views::LatestValue;

impl Reader {
    /// The newest good value of each vital that has one, by vital.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read or is damaged.
    pub fn latest(&self, patient: PatientNumber) -> Result<Vec<LatestValue>, QueryError> {
        self.newest(patient, None)
    }

    /// The same of what had arrived at a moment, with the voids of then.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read or is damaged.
    pub fn latest_known(
        &self,
        patient: PatientNumber,
        at: ClinicalTime,
    ) -> Result<Vec<LatestValue>, QueryError> {
        self.newest(patient, Some(at))
    }

    fn newest(
        &self,
        patient: PatientNumber,
        known_at: Option<ClinicalTime>,
    ) -> Result<Vec<LatestValue>, QueryError> {
        let range = Range {
            patient,
            from: MeasuredTime::from_epoch_ms(i64::MIN),
            until: MeasuredTime::from_epoch_ms(i64::MAX),
            known_at,
        };
        self.read_patient(patient, |conn, head| {
            let scan = Scan::new(conn, head, range)?;
            let mut latest = Vec::new();
            for vital in Vital::ALL {
                let newest = scan.newest_good(vital)?;
                latest.extend(newest.map(|point| LatestValue { point }));
            }
            Ok(latest)
        })
    }
}
