//! What may enter the engine.

use crate::domain::{
    ClinicalTime, DeliveryReport, DeviceId, DeviceMessage, DeviceStatus, EndpointId,
    QuarantineReason, WallTime,
};
use crate::registry::{Command, CommandError};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;

use super::{CanaryChange, ChannelChange, Delivery};

/// One input on its way to the engine.
pub struct Envelope {
    /// When it arrived, on the clinical clock. The engine makes stamps
    /// monotone: an input is never earlier than the one before it.
    pub stamp: ClinicalTime,
    /// When it arrived, on the wall clock: latency only, decides nothing.
    pub received: WallTime,
    /// What arrived.
    pub input: Input,
    /// Settled after the commit; none for QoS 0 and inputs without an exchange.
    pub delivery: Option<Delivery>,
}

/// Everything that can change state.
pub enum Input {
    /// A message of a device, decoded.
    Device(DeviceInput),
    /// A device's status message, or its Last Will.
    Status {
        /// Which device.
        device: DeviceId,
        /// What it said.
        status: DeviceStatus,
        /// Where the exchange stands open, for QoS 2.
        open: Option<OpenExchange>,
    },
    /// A payload that could not be understood at all.
    Unreadable {
        /// The device, when the topic named one.
        device: Option<DeviceId>,
        /// The topic as sent, cut at 256 bytes.
        topic: String,
        /// Why.
        reason: QuarantineReason,
        /// The original bytes, or only their head when they were too large.
        payload: Bytes,
        /// Length and hash of the whole payload, also when only its head was kept.
        whole: Whole,
        /// Where the exchange stands open, for QoS 2.
        open: Option<OpenExchange>,
    },
    /// A change of a durable MQTT session.
    Session(SessionInput),
    /// A change a person or an integrator asks for.
    Command {
        /// What.
        command: Box<Command>,
        /// The name that the audit shows.
        author: String,
        /// Answered after the commit.
        reply: oneshot::Sender<Result<CommandReply, CommandError>>,
    },
    /// Somebody read patient data: a line of the audit and nothing else.
    AuditRead {
        /// The name that the audit shows.
        author: String,
        /// What was done (`read latest`).
        action: &'static str,
        /// Whose data: a patient's, a ward's or an alert's identifier.
        subject: String,
    },
    /// What became of an attempt to deliver a webhook.
    DeliveryReport {
        /// Of which delivery, and what.
        report: DeliveryReport,
        /// Answered after the commit: until then the store still says that
        /// the delivery is due.
        reply: oneshot::Sender<()>,
    },
    /// An endpoint began to fail, or works again.
    Channel {
        /// Which.
        endpoint: EndpointId,
        /// What happened.
        change: ChannelChange,
    },
    /// A round trip of the canary is late, or no longer.
    Canary {
        /// What became of it.
        change: CanaryChange,
        /// Answered after the commit: until then nobody is told by it.
        reply: oneshot::Sender<()>,
    },
    /// How far a sink has copied.
    SinkProgress {
        /// Which sink.
        sink: &'static str,
        /// Last journal row it has safely copied.
        seq: u64,
    },
    /// A line that a sink's server refused and that was set aside.
    SinkRejected {
        /// Which sink.
        sink: &'static str,
        /// What the server said, cut at 200 characters.
        reason: String,
        /// The line.
        line: Vec<u8>,
    },
    /// Roll-up, pruning and retention, prepared off this thread: the writer
    /// only swaps them in.
    Maintenance {
        /// What to write.
        writes: Vec<crate::store::Write>,
        /// Answered after the commit.
        reply: oneshot::Sender<()>,
    },
    /// A question for a patient's scores and baselines as they stand; changes nothing.
    Scores {
        /// Whose.
        patient: crate::domain::PatientNumber,
        /// Answered after the commit, so that nothing uncommitted is shown.
        reply: oneshot::Sender<Option<serde_json::Value>>,
    },
    /// Nothing but time: lets timers fire while nothing arrives.
    Tick,
    /// Commits what came before, then ends the engine.
    Stop,
}

impl Input {
    /// Whether it looks at what is stored, so that all before it must be
    /// committed, and itself before all after it.
    pub(super) fn stands_alone(&self) -> bool {
        match self {
            Self::Command { command, .. } => matches!(
                **command,
                Command::Assign { .. } | Command::EndAssignment { .. } | Command::Order(_)
            ),
            Self::Device(_)
            | Self::Status { .. }
            | Self::Unreadable { .. }
            | Self::Session(_)
            | Self::AuditRead { .. }
            | Self::DeliveryReport { .. }
            | Self::Channel { .. }
            | Self::Canary { .. }
            | Self::SinkProgress { .. }
            | Self::SinkRejected { .. }
            | Self::Maintenance { .. }
            | Self::Scores { .. }
            | Self::Tick
            | Self::Stop => false,
        }
    }
}

/// What identifies a payload of which perhaps only the head is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    /// Bytes.
    pub length: usize,
    /// Hash of all of them.
    pub sha256: [u8; 32],
}

impl Whole {
    /// Of these bytes.
    pub fn of(payload: &[u8]) -> Self {
        Self {
            length: payload.len(),
            sha256: Sha256::digest(payload).into(),
        }
    }
}

/// A decoded message of a device.
pub struct DeviceInput {
    /// Which device.
    pub device: DeviceId,
    /// What it said.
    pub message: DeviceMessage,
    /// The original bytes, for the quarantine.
    pub payload: Bytes,
    /// The topic's last part and format, for the quarantine (`vitals`).
    pub format: &'static str,
    /// Where the exchange stands open, for QoS 2.
    pub open: Option<OpenExchange>,
}

/// A QoS 2 exchange of the listener: written in the message's own commit, so
/// that a repeat after a crash is known.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenExchange {
    /// The MQTT client id.
    pub client: Box<str>,
    /// The packet id.
    pub packet: u16,
}

/// A change of a durable MQTT session of the listener.
pub enum SessionInput {
    /// A client connects; answered after the commit.
    Open {
        /// Client id.
        client: Box<str>,
        /// Whether what was kept must be forgotten.
        clean_start: bool,
        /// Seconds the session outlives its connection; `u32::MAX` for ever.
        expiry_seconds: u32,
        /// The Will to keep, as the listener encoded it.
        will: Option<Vec<u8>>,
        /// Wall time of the connect.
        at: WallTime,
        /// What was there.
        reply: oneshot::Sender<SessionOpened>,
    },
    /// The connection ended; from then on the session may expire.
    Closed {
        /// Client id.
        client: Box<str>,
        /// A new expiry from DISCONNECT, if given.
        expiry_seconds: Option<u32>,
        /// Whether the Will is still to be published.
        keep_will: bool,
        /// Wall time of the end.
        at: WallTime,
    },
    /// The Will was published or is void.
    WillDone {
        /// Client id.
        client: Box<str>,
    },
    /// PUBREL: the exchange is over.
    Release(OpenExchange),
    /// The session expired.
    Expired {
        /// Client id.
        client: Box<str>,
    },
}

/// What a connecting client finds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionOpened {
    /// Whether a session was kept.
    pub present: bool,
    /// QoS 2 packet ids whose message is stored and whose PUBREL has not come.
    pub open_packets: Vec<u16>,
}

/// What a command answers with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommandReply {
    /// Identifier of what was made or changed, where there is one.
    pub id: Option<String>,
    /// How many things were affected, where that is a question (replays, re-attributed readings).
    pub affected: u64,
}
