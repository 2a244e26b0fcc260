//! What the sinks copy, answered by the store.

use crate::domain::DeviceId;
use crate::sink::{SinkRow, SinkSource, SourceError};
use crate::store::{JournalView, QueryError, Reader};

/// Reads through the store's reader.
pub(super) struct StoredRows {
    reader: Reader,
}

impl StoredRows {
    pub(super) fn new(reader: Reader) -> Self {
        Self { reader }
    }
}

fn failed(error: QueryError) -> SourceError {
    SourceError(Box::new(error))
}

impl SinkSource for StoredRows {
    fn journal_after(&self, seq: u64, limit: usize) -> Result<Vec<SinkRow>, SourceError> {
        let mut rows = Vec::new();
        let mut after = seq;
        // A page may hold only rows without readings: an empty answer must
        // mean that nothing comes after it.
        loop {
            let page = self.reader.journal_after(after, limit).map_err(failed)?;
            let next = page.next;
            rows.extend(page.rows.into_iter().filter_map(row));
            if !rows.is_empty() || next <= after {
                return Ok(rows);
            }
            after = next;
        }
    }

    fn cursor(&self, sink: &'static str) -> Result<u64, SourceError> {
        let cursor = self.reader.sink_cursor(sink).map_err(failed)?;
        Ok(cursor.map_or(0, |(seq, _)| seq))
    }
}

fn row(view: JournalView) -> Option<SinkRow> {
    let device = match view.device {
        Some(device) => device,
        None => DeviceId::new("none").ok()?,
    };
    let readings = view
        .entry
        .readings
        .into_iter()
        .zip(view.entry.qualities)
        .collect();
    Some(SinkRow {
        seq: view.seq,
        stamp: view.stamp,
        patient: view.patient_id,
        device,
        readings,
    })
}
