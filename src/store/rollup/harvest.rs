//! Many patients' tails in one pass over the journal.
//!
//! Following a patient's chain asks for one page a row, because the rows of
//! all patients lie mixed. When many patients are due, their rows are a good
//! share of the journal since the oldest of them, and reading all of it in
//! order costs a tenth.

use crate::domain::{ClinicalTime, DeviceNumber, PatientNumber};
use crate::store::bytes::{Cursor, put_varint, unzigzag, zigzag};
use crate::store::entry::{self, Entry, EntryError};
use crate::store::error::QueryError;
use crate::store::reader::Reader;
use crate::store::writes::JournalKind;
use rusqlite::{Connection, Row};
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

/// Bytes of rows held at once. A pass that meets more ends there.
const BYTES_MAX: usize = 64 << 20;

/// The rows of one patient: row, arrival, device and body, each row and
/// arrival from the one before.
#[derive(Default)]
struct Sheaf {
    after: u64,
    last: (u64, i64),
    bytes: Vec<u8>,
}

impl Sheaf {
    fn push(&mut self, seq: u64, stamp_ms: i64, device: u32, body: &[u8]) {
        let out = &mut self.bytes;
        put_varint(out, seq.wrapping_sub(self.last.0));
        put_varint(out, zigzag(stamp_ms.wrapping_sub(self.last.1)));
        put_varint(out, u64::from(device));
        put_varint(out, body.len() as u64);
        out.extend_from_slice(body);
        self.last = (seq, stamp_ms);
    }
}

/// Tails read together, up to one row of the journal.
pub struct Harvest {
    pub(super) until: u64,
    bytes: usize,
    sheaves: HashMap<u32, Sheaf>,
}

impl Harvest {
    /// Reads the joint patients' rows.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn read(reader: &Reader, joint: &Joint) -> Result<Self, QueryError> {
        Self::read_at_most(reader, joint, BYTES_MAX)
    }

    pub(in crate::store) fn read_at_most(
        reader: &Reader,
        joint: &Joint,
        bytes_max: usize,
    ) -> Result<Self, QueryError> {
        let sheaf = |(patient, after): &(PatientNumber, u64)| {
            let after = *after;
            let sheaf = Sheaf {
                after,
                ..Sheaf::default()
            };
            (patient.0, sheaf)
        };
        let mut harvest = Self {
            until: joint.until,
            bytes: 0,
            sheaves: joint.patients.iter().map(sheaf).collect(),
        };
        let mut next = joint.from;
        while next <= harvest.until {
            next = reader.read(|conn| harvest.page(conn, next, bytes_max))?;
        }
        Ok(harvest)
    }

    /// Takes a page of rows; returns the row after it.
    fn page(&mut self, conn: &Connection, from: u64, bytes_max: usize) -> Result<u64, QueryError> {
        let mut statement = conn.prepare_cached(
            "SELECT seq, patient, kind, stamp, device, body FROM journal
             WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq LIMIT ?3",
        )?;
        let mut rows = statement.query((from, self.until, PAGE_ROWS))?;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            let seq: u64 = row.get(0)?;
            self.take_row(seq, row)?;
            if self.bytes >= bytes_max {
                self.until = seq;
                break;
            }
            read += 1;
            if read == PAGE_ROWS {
                return Ok(seq + 1);
            }
        }
        Ok(self.until + 1)
    }

    fn take_row(&mut self, seq: u64, row: &Row<'_>) -> Result<(), QueryError> {
        let patient: Option<u32> = row.get(1)?;
        let sheaf = patient.and_then(|patient| self.sheaves.get_mut(&patient));
        let Some(sheaf) = sheaf.filter(|sheaf| seq > sheaf.after) else {
            return Ok(());
        };
        if row.get::<_, u8>(2)? == JournalKind::Readings as u8 {
            let device = row.get::<_, Option<u32>>(4)?.unwrap_or(0);
            let body = row.get_ref(5)?.as_blob().map_err(rusqlite::Error::from)?;
            let before = sheaf.bytes.len();
            sheaf.push(seq, row.get(3)?, device, body);
            self.bytes += sheaf.bytes.len() - before;
        }
        Ok(())
    }

    /// Hands out a patient's rows, oldest first; returns where its chunks
    /// ended. None when the patient is not in the harvest.
    pub(super) fn take(
        &mut self,
        patient: PatientNumber,
        each: &mut impl FnMut(u64, ClinicalTime, DeviceNumber, &Entry),
    ) -> Result<Option<u64>, QueryError> {
        let Some(sheaf) = self.sheaves.remove(&patient.0) else {
            return Ok(None);
        };
        let mut cursor = Cursor::new(&sheaf.bytes);
        let (mut seq, mut stamp_ms) = (0_u64, 0_i64);
        let mut entry = Entry::default();
        while !cursor.is_empty() {
            let mut read = || -> Result<(ClinicalTime, DeviceNumber), EntryError> {
                seq = seq.wrapping_add(cursor.varint()?);
                stamp_ms = stamp_ms.wrapping_add(unzigzag(cursor.varint()?));
                let device = u32::try_from(cursor.varint()?).unwrap_or(0);
                let length = usize::try_from(cursor.varint()?).unwrap_or(usize::MAX);
                let stamp = ClinicalTime::from_epoch_ms(stamp_ms);
                entry::decode_into(cursor.slice(length)?, stamp, &mut entry)?;
                Ok((stamp, DeviceNumber(device)))
            };
            let read = read();
            let (stamp, device) = read.map_err(|source| QueryError::Entry { seq, source })?;
            each(seq, stamp, device, &entry);
        }
        Ok(Some(sheaf.after))
    }
}
