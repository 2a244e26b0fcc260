//! The sinks, and what they copy, answered by the store.

use super::{AppError, Parts};
use crate::domain::DeviceId;
use crate::runtime::Stage;
use crate::sink::{InfluxSink, SinkRow, SinkSource, SourceError};
use crate::store::{JournalView, QueryError, Reader};
use std::sync::Arc;

/// Starts the InfluxDB sink if it is enabled.
pub(super) fn spawn(stage: &mut Stage<AppError>, parts: &Parts) {
    let settings = parts.config.influxdb.clone();
    if !settings.enabled {
        return;
    }
    let source = Arc::new(StoredRows {
        reader: parts.reader.clone(),
    });
    let (engine, clock) = (parts.engine.clone(), parts.mode.clock.clone());
    let (sink, handle) = InfluxSink::new(settings, source, engine, clock);
    parts.health.note_sink(handle);
    let cancel = stage.token();
    stage.spawn("influxdb", async move {
        sink.run(cancel).await;
        Ok(())
    });
}

/// Reads through the store's reader.
struct StoredRows {
    reader: Reader,
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
        Some(device) if device.is_canary() => return None,
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
