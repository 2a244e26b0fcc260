//! Where messages come from and where their outcomes go.

use super::frames::FrameError;
use bytes::BytesMut;
use std::future::Future;

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// PUBACK or PUBREC: the broker has it.
    Acknowledged,
    /// QoS 0: it was handed to the socket, and nobody will ever say more.
    Unguarded,
    /// The broker refused it (v5 reason code).
    Refused,
    /// Given up: the broker had no session and the options say so.
    Discarded,
    /// Not settled when the publisher ended.
    Unsettled,
}

/// The answer of a source.
#[derive(Debug)]
pub enum Next<M> {
    /// Send this.
    Message(M),
    /// Nothing now; wait for [`Source::ready`].
    Later,
    /// Nothing any more.
    End,
}

/// A stream of messages for one connection.
pub trait Source: Send {
    /// What stays in the window until it is settled.
    type Message: Send;

    /// The next message, if one is due.
    fn next(&mut self) -> Next<Self::Message>;

    /// Waits until [`Source::next`] may say something other than `Later`. Cancel safe.
    fn ready(&mut self) -> impl Future<Output = ()> + Send;

    /// Quality of service of a message.
    fn qos(&self, message: &Self::Message) -> u8;

    /// Appends the PUBLISH frame.
    ///
    /// # Errors
    /// The message cannot be written as MQTT; it is then settled as refused.
    fn write(
        &mut self,
        message: &Self::Message,
        packet_id: u16,
        duplicate: bool,
        out: &mut BytesMut,
    ) -> Result<(), FrameError>;

    /// Says what became of a message.
    fn settled(&mut self, message: Self::Message, outcome: Outcome);

    /// Called when a batch of answers was handled: a place to flush logs.
    fn flush(&mut self) {}
}
