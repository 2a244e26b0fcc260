//! What the engine hands to a patient's monitor.

pub use crate::domain::ReadingSource as Source;
use crate::domain::{ClinicalTime, Reading};
use serde::{Deserialize, Serialize};

/// The readings of one message of one patient.
#[derive(Clone, Copy)]
pub struct Observed<'a> {
    /// In the order of the message; the values of one moment stand together.
    pub readings: &'a [Reading],
    /// When the message arrived: the input's stamp.
    pub arrived: ClinicalTime,
    /// Who measured.
    pub source: Source,
}

/// A fact about a patient's device that is no reading.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceEvent {
    /// It said it is online.
    Online,
    /// Its Last Will.
    Offline,
    /// Three moments in a row were refused for their time.
    ClockWrong,
    /// A moment was accepted again after [`DeviceEvent::ClockWrong`].
    ClockRight,
    /// So many sequence numbers were skipped: the broker or the device dropped them.
    MessagesMissing {
        /// How many.
        count: u64,
    },
    /// One sequence number came with two payloads: one stands where another message belongs.
    PayloadConflict,
    /// Judging an input failed inside Wardlight; the input is in quarantine.
    InternalError,
}
