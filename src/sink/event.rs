//! What a sink tells the log: never a patient, device, value or token.

use super::WriteError;
use std::error::Error;
use std::time::Duration;

/// A write failed; the copy waits.
pub(super) struct WriteFailed<'a> {
    pub(super) error: &'a WriteError,
    pub(super) backoff: Duration,
    pub(super) tries: u32,
}

impl WriteFailed<'_> {
    pub(super) fn emit(self) {
        let cause = self.error.source().map(ToString::to_string);
        tracing::warn!(
            reason = self.error.code(),
            status = self.error.status(),
            cause = cause.unwrap_or_default(),
            tries = self.tries,
            backoff_ms = u64::try_from(self.backoff.as_millis()).unwrap_or(u64::MAX),
            "the sink could not write"
        );
    }
}

/// The server is back.
pub(super) struct Recovered {
    pub(super) again_from_seq: u64,
}

impl Recovered {
    pub(super) fn emit(self) {
        tracing::info!(
            journal.seq = self.again_from_seq,
            "the sink writes again, with the overlap sent twice"
        );
    }
}

/// A line was refused and set aside.
pub(super) struct LineRejected {
    pub(super) status: u16,
}

impl LineRejected {
    pub(super) fn emit(self) {
        tracing::warn!(status = self.status, "the sink's server refused a line");
    }
}

/// The journal could not be read.
pub(super) struct SourceFailed<'a> {
    pub(super) error: &'a dyn Error,
}

impl SourceFailed<'_> {
    pub(super) fn emit(self) {
        let cause = self.error.source().map(ToString::to_string);
        tracing::error!(
            cause = cause.unwrap_or_default(),
            "the sink could not read the journal"
        );
    }
}
