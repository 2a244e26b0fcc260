//! Things that happen.

/// Something that happened: one struct that logs and counts together.
///
/// Each stage keeps its events in one file, so that the log line and the
/// metric of one fact cannot drift apart.
pub trait Event {
    /// Logs and counts.
    fn emit(self);
}
