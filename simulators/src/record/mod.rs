//! Recordings: one JSON line a message, plain or gzip, to keep and to replay.
//!
//! Comes in: messages of a fleet or of a live broker. Goes out: files, and messages again
//! at any speed.
//!
//! Invariant: what is written is read back the same, bytes and order.

mod line;
mod live;
mod live_refusal;
mod replay;
mod senders;
mod shift;
mod tape;

pub use line::RecordedMessage;
pub use live::{LiveRecording, RecordLiveError, record_live};
pub use live_refusal::LiveRefusal;
pub use replay::{ReplayError, ReplayOptions, ReplayReport, ShiftTo, replay};
pub use shift::{shift_message, shift_times};
pub use tape::{TapeError, TapeReader, TapeWriter};
