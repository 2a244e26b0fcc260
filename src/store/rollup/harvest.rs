//! Many patients' tails in one pass over the journal.
//!
//! Following a patient's chain asks for one page a row, because the rows of
//! all patients lie mixed. When many patients are due, their rows are a good
//! share of the journal since the oldest of them, and reading all of it in
//! order costs a tenth.

use crate::domain::{ClinicalTime, DeviceNumber, PatientNumber};
use crate::store::entry;
use crate::store::error::QueryError;
use crate::store::reader::Reader;
use crate::store::tail::TailRow;
use crate::store::writes::JournalKind;
use rusqlite::Connection;
use std::collections::HashMap;

/// Rows read in one transaction: short, so that no checkpoint waits.
const PAGE_ROWS: usize = 20_000;

/// Patients to roll up together, and the stretch of journal that holds their
/// tails. Made by [`super::Planner::joint`].
#[derive(Debug, PartialEq, Eq)]
pub struct Joint {
    /// Each patient with the row where its chunks end.
    pub patients: Vec<(PatientNumber, u64)>,
    /// The first row.
    pub from: u64,
    /// The last row.
    pub until: u64,
}

/// The rows of one patient, as they lie in the journal.
#[derive(Default)]
struct Sheaf {
    after: u64,
    /// Row, arrival, device and where its body ends.
    rows: Vec<(u64, ClinicalTime, DeviceNumber, usize)>,
    bodies: Vec<u8>,
}

/// Tails read together, up to one row of the journal.
pub struct Harvest {
    pub(super) until: u64,
    sheaves: HashMap<u32, Sheaf>,
}

impl Harvest {
    /// Reads the joint patients' rows.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn read(reader: &Reader, joint: &Joint) -> Result<Self, QueryError> {
        let sheaf = |(patient, after): &(PatientNumber, u64)| {
            let after = *after;
            (
                patient.0,
                Sheaf {
                    after,
                    ..Sheaf::default()
                },
            )
        };
        let mut harvest = Self {
            until: joint.until,
            sheaves: joint.patients.iter().map(sheaf).collect(),
        };
        let mut next = joint.from;
        while next <= joint.until {
            next = reader.read(|conn| harvest.page(conn, next))?;
        }
        Ok(harvest)
    }

    /// Takes a page of rows; returns the row after it.
    fn page(&mut self, conn: &Connection, from: u64) -> Result<u64, QueryError> {
        let mut statement = conn.prepare_cached(
            "SELECT seq, patient, kind, stamp, device, body FROM journal
             WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq LIMIT ?3",
        )?;
        let mut rows = statement.query((from, self.until, PAGE_ROWS))?;
        let mut next = self.until + 1;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            let seq: u64 = row.get(0)?;
            read += 1;
            if read == PAGE_ROWS {
                next = seq + 1;
            }
            let Some(patient) = row.get::<_, Option<u32>>(1)? else {
                continue;
            };
            let Some(sheaf) = self.sheaves.get_mut(&patient) else {
                continue;
            };
            if seq <= sheaf.after || row.get::<_, u8>(2)? != JournalKind::Readings as u8 {
                continue;
            }
            let stamp = ClinicalTime::from_epoch_ms(row.get(3)?);
            let device = DeviceNumber(row.get::<_, Option<u32>>(4)?.unwrap_or(0));
            let body = row.get_ref(5)?.as_blob().map_err(rusqlite::Error::from)?;
            sheaf.bodies.extend_from_slice(body);
            sheaf.rows.push((seq, stamp, device, sheaf.bodies.len()));
        }
        Ok(next)
    }

    /// Hands out a patient's tail, oldest first, and where its chunks ended.
    pub(super) fn take(
        &mut self,
        patient: PatientNumber,
    ) -> Result<Option<(u64, Vec<TailRow>)>, QueryError> {
        let Some(sheaf) = self.sheaves.remove(&patient.0) else {
            return Ok(None);
        };
        let mut start = 0;
        let mut tail = Vec::with_capacity(sheaf.rows.len());
        for (seq, stamp, device, end) in sheaf.rows {
            let body = sheaf.bodies.get(start..end).unwrap_or_default();
            start = end;
            let entry = entry::decode(body, stamp);
            tail.push(TailRow {
                seq,
                stamp,
                device,
                entry: entry.map_err(|source| QueryError::Entry { seq, source })?,
            });
        }
        Ok(Some((sheaf.after, tail)))
    }
}
