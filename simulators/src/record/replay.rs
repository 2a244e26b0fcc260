//! Plays a recording to a broker at any speed.

use super::senders::Senders;
use super::shift::shift_message;
use super::tape::{TapeError, TapeReader};
use crate::publish::{BrokerOptions, ConnectError, ConnectionReport, PublisherStopped};
use crate::wall;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Where in time a recording is moved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShiftTo {
    /// Nowhere: times stay as recorded.
    Recorded,
    /// The first message is sent now by its own times.
    FirstNow,
    /// The last message is sent now by its own times: everything is in the past.
    LastNow,
}

/// How to replay.
#[derive(Debug, Clone)]
pub struct ReplayOptions {
    /// The recording.
    pub path: PathBuf,
    /// The broker. One connection for all devices; with `{device}` in the user name each
    /// device has its own, and its id is what stands before the last part of its topics.
    pub broker: BrokerOptions,
    /// 1 = as recorded, 60 = sixty times as fast, 0 = as fast as the broker takes it.
    pub speed: f64,
    /// Where in time.
    pub shift: ShiftTo,
}

/// What a replay did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct ReplayReport {
    /// Messages read.
    pub messages: u64,
    /// What the connection did with them.
    #[serde(flatten)]
    pub connection: ConnectionReport,
}

/// Why a replay ended early.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file.
    #[error("the recording cannot be replayed")]
    Tape(#[from] TapeError),
    /// The connection cannot be made, and trying again does not help.
    #[error("the connection cannot be made")]
    Connect(#[source] ConnectError),
    /// A device's own connection cannot be made, and trying again does not help.
    #[error("{device} cannot connect")]
    ConnectDevice {
        /// Which.
        device: String,
        /// Why.
        #[source]
        source: ConnectError,
    },
    /// Nobody to connect as.
    #[error("the topic of message {line} names no device; leave {{device}} out of --username")]
    Topic {
        /// Which message, counted from 1.
        line: u64,
    },
    /// The connection's task is gone.
    #[error("the publisher ended early")]
    Publisher(#[source] PublisherStopped),
}

/// Publishes a recording and waits for every acknowledgement, or until cancelled.
///
/// # Errors
/// An unreadable recording, or a broker that takes no connection.
pub async fn replay(
    options: ReplayOptions,
    cancel: CancellationToken,
) -> Result<ReplayReport, ReplayError> {
    let shift_ms = shift_ms(&options.path, options.shift)?;
    let mut senders = Senders::new(options.broker);
    let started = Instant::now();
    let mut first_ms = None;
    let mut messages = 0;
    for message in TapeReader::open(&options.path)? {
        let message = shift_message(message?, shift_ms);
        let since_ms = message.at_ms - *first_ms.get_or_insert(message.at_ms);
        let due = started + wait(since_ms, options.speed);
        tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            published = async {
                tokio::time::sleep_until(due).await;
                senders.publish(messages, message).await
            } => published?,
        }
        messages += 1;
    }
    let connection = tokio::select! {
        biased;
        () = cancel.cancelled() => ConnectionReport { unsettled: messages, ..ConnectionReport::default() },
        report = senders.finish() => report?,
    };
    Ok(ReplayReport {
        messages,
        connection,
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "spans of days in ms are exact in f64"
)]
fn wait(since_ms: i64, speed: f64) -> Duration {
    if speed <= 0.0 {
        return Duration::ZERO;
    }
    Duration::try_from_secs_f64(since_ms.max(0) as f64 / 1_000.0 / speed)
        .unwrap_or(Duration::MAX / 4)
}

/// How far to move the recording; reads it once for `LastNow`.
fn shift_ms(path: &Path, shift: ShiftTo) -> Result<i64, TapeError> {
    let mut tape = TapeReader::open(path)?;
    let anchor_ms = match shift {
        ShiftTo::Recorded => return Ok(0),
        ShiftTo::FirstNow => tape.next().transpose()?.map(|message| message.at_ms),
        ShiftTo::LastNow => tape.try_fold(None, |last, message| {
            message.map(|message| last.max(Some(message.at_ms)))
        })?,
    };
    Ok(anchor_ms.map_or(0, |anchor_ms| wall::epoch_ms() - anchor_ms))
}

#[cfg(test)]
mod tests {
    use super::wait;
    use std::time::Duration;

    #[test]
    fn speed_sixty_plays_a_minute_in_a_second_and_zero_waits_never() {
        assert_eq!(wait(60_000, 60.0), Duration::from_secs(1));
        assert_eq!(wait(60_000, 0.0), Duration::ZERO);
        assert_eq!(wait(-5, 1.0), Duration::ZERO);
    }
}
