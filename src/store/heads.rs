//! Where each patient's tail of journal rows begins.

use rusqlite::Connection;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// Patients of one block: 32 KiB of heads are made at once.
const BLOCK: usize = 4096;

/// The newest committed journal row of each patient, shared by the writer and
/// all readers: 8 bytes a patient.
///
/// The journal has no index by patient (every insert would pay for it); each
/// row names the patient's row before it, and the chain starts here. A reader
/// takes the head BEFORE it opens its snapshot: then the snapshot holds the head.
#[derive(Clone, Default)]
pub struct TailHeads {
    blocks: Arc<RwLock<Vec<Block>>>,
}

type Block = Box<[AtomicU64]>;

impl TailHeads {
    /// The newest row of patient `number`, none when it has no row.
    pub fn get(&self, number: u32) -> Option<u64> {
        let (block, place) = position(number);
        let blocks = self.blocks.read().unwrap_or_else(PoisonError::into_inner);
        let head = blocks.get(block)?.get(place)?.load(Ordering::Acquire);
        (head > 0).then_some(head)
    }

    /// Moves the head of patient `number` on to `seq`, never back.
    pub(super) fn raise(&self, number: u32, seq: u64) {
        let (block, place) = position(number);
        {
            let blocks = self.blocks.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(head) = blocks.get(block).and_then(|b| b.get(place)) {
                head.fetch_max(seq, Ordering::AcqRel);
                return;
            }
        }
        let mut blocks = self.blocks.write().unwrap_or_else(PoisonError::into_inner);
        while blocks.len() <= block {
            blocks.push((0..BLOCK).map(|_| AtomicU64::new(0)).collect());
        }
        if let Some(head) = blocks.get(block).and_then(|b| b.get(place)) {
            head.fetch_max(seq, Ordering::AcqRel);
        }
    }

    /// Finds all heads: from the snapshots, and from the journal rows after
    /// the oldest snapshot; from all rows when a patient has no snapshot.
    pub(super) fn recover(&self, conn: &Connection) -> rusqlite::Result<()> {
        let mut oldest: Option<u64> = None;
        let mut statement = conn.prepare(
            "SELECT p.number, s.seq, s.head FROM patient p
             LEFT JOIN patient_state s ON s.number = p.number",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let seq: Option<u64> = row.get(1)?;
            let seq = seq.unwrap_or(0);
            oldest = Some(oldest.map_or(seq, |oldest| oldest.min(seq)));
            if let Some(head) = row.get(2)? {
                self.raise(row.get(0)?, head);
            }
        }
        let sql = "SELECT patient, seq FROM journal WHERE seq > ?1 AND patient IS NOT NULL";
        let mut statement = conn.prepare(sql)?;
        let mut rows = statement.query([oldest.unwrap_or(0)])?;
        while let Some(row) = rows.next()? {
            self.raise(row.get(0)?, row.get(1)?);
        }
        Ok(())
    }
}

fn position(number: u32) -> (usize, usize) {
    let number = number as usize;
    (number / BLOCK, number % BLOCK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_moves_on_and_never_back() {
        let heads = TailHeads::default();
        assert_eq!(heads.get(5_000), None);
        heads.raise(5_000, 7);
        heads.raise(5_000, 3);
        assert_eq!(heads.get(5_000), Some(7));
        assert_eq!(heads.get(4_999), None);
    }
}
