//! Whose tail is long or old enough to be compressed.

use super::harvest::Joint;
use crate::domain::{ClinicalTime, PatientNumber};
use crate::store::error::QueryError;
use crate::store::reader::Reader;
use crate::store::settings::Settings;
use crate::store::writes::JournalKind;
use rusqlite::Connection;
use std::collections::HashMap;

/// Rows taken in one joint pass: about 60 MiB.
const JOINT_ROWS_MAX: u64 = 1_500_000;
/// A joint pass reads at most so many rows for each that it takes: one row in
/// passing costs a tenth of one that is asked for by itself.
const JOINT_ROWS_READ: u64 = 8;
/// A patient whose tail has grown to so many times the least no longer waits
/// for a joint pass.
const ALONE_FACTOR: u32 = 2;
/// Rows read in one transaction: short, so that no checkpoint waits.
const PAGE_ROWS: usize = 20_000;

/// Counts each patient's tail by reading every journal row once, in short
/// transactions. Lives as long as the roll-up worker.
#[derive(Default)]
pub struct Planner {
    scanned: u64,
    started: bool,
    tails: HashMap<u32, Tail>,
}

#[derive(Default)]
struct Tail {
    rolled: u64,
    rows: u32,
    /// The oldest row that is not rolled up.
    oldest: Option<(u64, ClinicalTime)>,
}

impl Planner {
    /// Reads the next page of the journal; true when there is more.
    ///
    /// # Errors
    /// [`QueryError`] when the database cannot be read.
    pub fn observe(&mut self, reader: &Reader) -> Result<bool, QueryError> {
        reader.read(|conn| {
            if !self.started {
                self.start(conn)?;
                self.started = true;
            }
            self.page(conn)
        })
    }

    fn start(&mut self, conn: &Connection) -> Result<(), QueryError> {
        let mut statement = conn.prepare("SELECT patient, seq FROM rolled")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            self.tails.entry(row.get(0)?).or_default().rolled = row.get(1)?;
        }
        Ok(())
    }

    fn page(&mut self, conn: &Connection) -> Result<bool, QueryError> {
        let mut statement = conn.prepare_cached(
            "SELECT seq, stamp, patient, kind FROM journal WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        )?;
        let mut rows = statement.query((self.scanned, PAGE_ROWS))?;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            let seq: u64 = row.get(0)?;
            self.scanned = seq;
            read += 1;
            let Some(patient) = row.get::<_, Option<u32>>(2)? else {
                continue;
            };
            let tail = self.tails.entry(patient).or_default();
            if seq > tail.rolled && row.get::<_, u8>(3)? == JournalKind::Readings as u8 {
                let stamp = ClinicalTime::from_epoch_ms(row.get(1)?);
                tail.oldest.get_or_insert((seq, stamp));
                tail.rows += 1;
            }
        }
        Ok(read == PAGE_ROWS)
    }

    /// Patients to be rolled up in one pass, when that is worth it: those
    /// whose tail is long enough, the oldest first.
    pub fn joint(&self, settings: &Settings) -> Option<Joint> {
        let waiting = |(number, tail): (&u32, &Tail)| {
            let (oldest, _) = tail.oldest?;
            let long = tail.rows >= settings.rollup_rows_min;
            long.then_some((oldest, *number, tail.rolled, u64::from(tail.rows)))
        };
        let mut waiting: Vec<_> = self.tails.iter().filter_map(waiting).collect();
        waiting.sort_unstable();
        let from = waiting.first()?.0;
        let mut rows = 0;
        let taken = waiting.into_iter().take_while(|(_, _, _, more)| {
            rows += more;
            rows <= JOINT_ROWS_MAX
        });
        let patients: Vec<_> = taken
            .map(|(_, number, rolled, _)| (PatientNumber(number), rolled))
            .collect();
        let read = (self.scanned + 1).saturating_sub(from);
        let worth_it = read <= rows.saturating_mul(JOINT_ROWS_READ);
        worth_it.then_some(Joint {
            patients,
            from,
            until: self.scanned,
        })
    }

    /// Patients whose tail is so long or old that each is rolled up by itself,
    /// the longest first.
    pub fn due(&self, now: ClinicalTime, settings: &Settings) -> Vec<PatientNumber> {
        let age_max = i64::from(settings.rollup_hours_max) * 3_600_000;
        let rows_max = settings.rollup_rows_min.saturating_mul(ALONE_FACTOR);
        let is_due = |tail: &Tail| {
            let age = tail.oldest.map_or(0, |(_, stamp)| now.ms_since(stamp));
            tail.rows >= rows_max || (tail.rows > 0 && age >= age_max)
        };
        let tails = self.tails.iter().filter(|(_, tail)| is_due(tail));
        let mut due: Vec<(u32, u32)> = tails.map(|(number, tail)| (tail.rows, *number)).collect();
        due.sort_unstable_by(|a, b| b.cmp(a));
        due.into_iter()
            .map(|(_, number)| PatientNumber(number))
            .collect()
    }

    /// Patients with any row that is not in a chunk.
    pub fn waiting(&self) -> Vec<PatientNumber> {
        let waiting = self.tails.iter().filter(|(_, tail)| tail.rows > 0);
        waiting.map(|(number, _)| PatientNumber(*number)).collect()
    }

    /// A roll-up of the patient up to `seq` was committed: all rows observed
    /// by then. Those after it, if a joint pass had to end early, count as one.
    /// Returns how many rows waited.
    pub fn done(&mut self, patient: PatientNumber, seq: u64) -> u32 {
        let before = self.tails.remove(&patient.0).unwrap_or_default();
        let rest = before.oldest.filter(|_| seq < self.scanned);
        let tail = Tail {
            rolled: seq,
            rows: u32::from(rest.is_some()),
            oldest: rest.map(|(_, stamp)| (seq + 1, stamp)),
        };
        self.tails.insert(patient.0, tail);
        before.rows
    }

    /// The oldest journal row that no chunk holds yet; rows not yet observed count.
    pub fn oldest_unrolled(&self) -> u64 {
        let oldest = self.tails.values().filter_map(|tail| tail.oldest);
        oldest.map(|(seq, _)| seq).min().unwrap_or(self.scanned + 1)
    }
}
