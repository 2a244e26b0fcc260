//! Where the rows come from.

use crate::domain::{ClinicalTime, DeviceId, PatientId, Quality, Reading};

/// One stored message of a patient.
#[derive(Clone, Debug, PartialEq)]
pub struct SinkRow {
    /// Its place in the journal.
    pub seq: u64,
    /// When it arrived.
    pub stamp: ClinicalTime,
    /// Whose readings these are.
    pub patient: PatientId,
    /// Who measured.
    pub device: DeviceId,
    /// What was measured, as judged.
    pub readings: Vec<(Reading, Quality)>,
}

/// Reads the journal for a sink. Called on a thread that may block.
pub trait SinkSource: Send + Sync + 'static {
    /// Up to `limit` rows with a sequence above `seq`, in order. Journal
    /// entries without readings are left out.
    ///
    /// # Errors
    /// [`SourceError`]; the sink waits and asks again.
    fn journal_after(&self, seq: u64, limit: usize) -> Result<Vec<SinkRow>, SourceError>;

    /// How far this sink was when it last said so; 0 at the very first start.
    ///
    /// # Errors
    /// [`SourceError`]; the sink waits and asks again.
    fn cursor(&self, sink: &'static str) -> Result<u64, SourceError>;
}

/// The journal could not be read.
#[derive(Debug, thiserror::Error)]
#[error("failed to read the journal for a sink")]
pub struct SourceError(#[source] pub Box<dyn std::error::Error + Send + Sync>);
