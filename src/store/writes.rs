//! What the engine asks to be written in one transaction.
//!
//! A value, not a transaction: when the disk is full the very same writes are
//! tried again.

use crate::domain::{
    AlertId, AlertKind, ClinicalTime, Condition, DeliveryId, DeliveryReport, DeviceId,
    DeviceNumber, EndpointId, Handling, MeasuredTime, OrderAction, PatientNumber, Priority,
    WallTime,
};
use crate::registry::{
    AccessToken, Account, Assignment, Device, DeviceCredential, Endpoint, Note, NoteId, Patient,
    Ward, Withdrawal,
};

/// One batch: journal rows (many, packed) and everything else (few).
#[derive(Default)]
pub struct Writes {
    /// The batch's inputs.
    pub journal: JournalRows,
    /// What they changed, in order.
    pub others: Vec<Write>,
}

/// What kind of input a journal row holds. The number is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum JournalKind {
    /// Readings of a patient: a [`crate::store`] message entry.
    Readings = 1,
    /// What a device said about itself, or what its messages showed (JSON).
    DeviceEvent = 2,
    /// A command with its author (JSON).
    Command = 3,
    /// A new clinical context of a patient (JSON), as a command left it.
    Context = 4,
    /// A person's answer to an alert, as it reaches the patient's state (JSON).
    AlertCommand = 5,
    /// Rules, configuration or code version in force from here on (JSON).
    Version = 6,
    /// Nothing but time.
    Tick = 7,
    /// An attempt to deliver (JSON).
    DeliveryReport = 8,
    /// A durable session's change (JSON).
    Session = 9,
    /// An input that could not be judged: quarantined (JSON: reason).
    Quarantined = 10,
    /// Readings taken from a patient by re-attribution (JSON: the void).
    Void = 11,
}

impl JournalKind {
    const ALL: [Self; 11] = [
        Self::Readings,
        Self::DeviceEvent,
        Self::Command,
        Self::Context,
        Self::AlertCommand,
        Self::Version,
        Self::Tick,
        Self::DeliveryReport,
        Self::Session,
        Self::Quarantined,
        Self::Void,
    ];

    /// The kind of a stored code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == code)
    }
}

impl Writes {
    /// Whether a failure to write them leaves the quarantine's ledger wrong.
    pub(super) fn touches_quarantine(&self) -> bool {
        let touches =
            |write: &Write| matches!(write, Write::Quarantine(_) | Write::QuarantineTaken { .. });
        self.others.iter().any(touches)
    }
}

/// Rows of the journal with their bodies in one buffer.
#[derive(Default)]
pub struct JournalRows {
    /// The rows.
    pub rows: Vec<JournalRow>,
    /// All bodies, one after the other.
    pub bytes: Vec<u8>,
}

/// One row of the journal; its body is `bytes[body.0..body.1]`.
pub struct JournalRow {
    /// Its place in the order of all inputs.
    pub seq: u64,
    /// When it arrived.
    pub stamp: ClinicalTime,
    /// What it holds.
    pub kind: JournalKind,
    /// Whose state it changes.
    pub patient: Option<PatientNumber>,
    /// Which device sent it.
    pub device: Option<DeviceNumber>,
    /// The patient's row before this one.
    pub previous: Option<u64>,
    /// Where its body lies.
    pub body: (usize, usize),
}

/// One write beside the journal.
pub enum Write {
    /// Insert or replace a document.
    Ward(Ward),
    /// Insert or replace a document.
    Patient(Box<Patient>),
    /// Insert or replace a document.
    Device(Device),
    /// Insert or replace.
    Assignment(Assignment),
    /// Insert.
    Void(VoidRow),
    /// Insert or replace a document.
    Endpoint(Box<Endpoint>),
    /// Insert or replace a document.
    Token(AccessToken),
    /// An account's document with its sessions.
    Account(Account),
    /// Insert or replace a document.
    Credential(DeviceCredential),
    /// Insert a note.
    Note(Box<Note>),
    /// Say of a note that it no longer holds; nothing else of it changes.
    NoteWithdrawn {
        note: NoteId,
        withdrawal: Box<Withdrawal>,
    },
    /// Retention: delete notes written before.
    DropNotes { before: ClinicalTime },
    /// Insert or replace a patient's snapshot.
    PatientState(StateRow),
    /// Insert or replace a device's snapshot.
    DeviceState(StateRow),
    /// Insert or replace an episode's row.
    Alert(Box<AlertRow>),
    /// Append an event of an episode.
    AlertEvent(Box<AlertEventRow>),
    /// Store what an alert was decided from.
    Capsule(Capsule),
    /// Insert a delivery, waiting.
    Delivery(Box<NewDelivery>),
    /// Insert an attempt and move its delivery on.
    DeliveryReport(DeliveryReport),
    /// Set deliveries to wait again, due at once.
    ReplayDelivery { id: DeliveryId, at: WallTime },
    /// The same for all of an endpoint that were written in a span of time.
    ReplayRange(Box<ReplayRange>),
    /// Make everything that waits for an endpoint due: it works again.
    WakeDeliveries { endpoint: EndpointId, at: WallTime },
    /// Retention: delete deliveries about Wardlight itself that do not wait.
    DropSystemDeliveries { before: ClinicalTime },
    /// What older round trips of the canary left: events, deliveries, and
    /// episodes that were resolved.
    ForgetCanary {
        patient: PatientNumber,
        before: ClinicalTime,
    },
    /// These deliveries, where they wait, are never sent.
    Supersede { numbers: Vec<u64> },
    /// What became of an alert's notification, merged into its document.
    AlertNote {
        alert: AlertId,
        newest_event: u64,
        document: String,
    },
    /// Insert an order that was carried out; those before `forget` go.
    Order {
        order: Box<OrderRow>,
        forget: ClinicalTime,
    },
    /// Insert, replace or delete a row of routing.
    Routing(Box<crate::alert::routing::Row>),
    /// Insert; the store keeps the bounds of bytes and counts what it drops.
    Quarantine(QuarantineRow),
    /// Remove rows that were assigned and judged.
    QuarantineTaken { ids: Vec<i64> },
    /// A durable session opened (any open packets are removed when `fresh`).
    SessionOpened {
        /// Client id.
        client: Box<str>,
        /// Whether nothing was kept.
        fresh: bool,
        /// Seconds it outlives its connection.
        expiry_seconds: u32,
        /// Its Will.
        will: Option<Vec<u8>>,
        /// When.
        at: WallTime,
    },
    /// A durable session's connection ended.
    SessionClosed {
        /// Client id.
        client: Box<str>,
        /// A new expiry, if given.
        expiry_seconds: Option<u32>,
        /// Whether the Will is kept.
        keep_will: bool,
        /// When.
        at: WallTime,
    },
    /// The Will is void.
    SessionWillDone { client: Box<str> },
    /// The session is gone, with its open packets.
    SessionExpired { client: Box<str> },
    /// A QoS 2 exchange opened.
    PacketOpened { client: Box<str>, packet: u16 },
    /// A QoS 2 exchange ended.
    PacketReleased { client: Box<str>, packet: u16 },
    /// A sink's progress.
    SinkCursor {
        sink: &'static str,
        seq: u64,
        stamp: ClinicalTime,
    },
    /// A line a sink's server refused.
    SinkRejected {
        sink: &'static str,
        at: WallTime,
        reason: String,
        line: Vec<u8>,
    },
    /// Swap in compressed chunks for journal rows; does nothing when another
    /// roll-up of the patient came first.
    Rollup(Box<Rollup>),
    /// Delete at most `rows_max` of the oldest journal rows before `below`;
    /// the newest row always stays, so that no sequence is given twice.
    PruneJournal { below: u64, rows_max: u32 },
    /// Retention: delete chunks.
    DropChunks { ids: Vec<i64> },
    /// Retention: delete episodes with their events, capsules and deliveries.
    DropAlerts { ids: Vec<AlertId> },
    /// Give at most so many free pages back to the file system.
    Vacuum { pages_max: u32 },
    /// Rules and settings in force from here on, JSON: a recovery folds with them.
    Rulebook(String),
    /// A line of the audit.
    Audit {
        at: ClinicalTime,
        author: String,
        action: &'static str,
        document: String,
    },
}

/// A patient's journal rows after `after` up to `seq`, compressed.
pub struct Rollup {
    /// Whose.
    pub patient: PatientNumber,
    /// Where the roll-up before ended.
    pub after: u64,
    /// Where this one ends.
    pub seq: u64,
    /// Chunks that were merged into the new ones.
    pub replaces: Vec<i64>,
    /// The new chunks, oldest rows first.
    pub chunks: Vec<NewChunk>,
}

/// A compressed chunk.
pub struct NewChunk {
    /// The first journal row inside comes after this one.
    pub first_seq: u64,
    /// The last journal row inside.
    pub last_seq: u64,
    /// Earliest and latest measured time.
    pub at: (MeasuredTime, MeasuredTime),
    /// Earliest and latest arrival.
    pub arrival: (ClinicalTime, ClinicalTime),
    /// Moments inside: the rows of its columns.
    pub moments: usize,
    /// Readings inside.
    pub readings: usize,
    /// Bit mask of the vitals inside.
    pub vitals: u16,
    /// The columns.
    pub body: Vec<u8>,
}

/// A snapshot: the fold of all journal rows up to `seq`.
pub struct StateRow {
    /// Patient or device number.
    pub number: u32,
    /// Last row folded in.
    pub seq: u64,
    /// The code version that wrote it.
    pub version: &'static str,
    /// The state.
    pub body: Vec<u8>,
}

/// Readings that no longer belong to a patient.
pub struct VoidRow {
    /// The journal row of the re-attribution.
    pub seq: u64,
    /// When it was made.
    pub stamp: ClinicalTime,
    /// Who lost the readings.
    pub patient: PatientNumber,
    /// Whose readings they are.
    pub device: DeviceNumber,
    /// First measured moment.
    pub starts: MeasuredTime,
    /// First measured moment after, none for all later ones.
    pub ends: Option<MeasuredTime>,
}

/// An episode as it stands.
pub struct AlertRow {
    /// Its id.
    pub id: AlertId,
    /// Whose.
    pub patient: PatientNumber,
    /// About what.
    pub kind: AlertKind,
    /// How urgent.
    pub priority: Priority,
    /// Whether it holds.
    pub condition: Condition,
    /// What people did.
    pub handling: Handling,
    /// When it was raised (clinical).
    pub raised_at: ClinicalTime,
    /// When the condition began (measured).
    pub began_at: MeasuredTime,
    /// Sequence of its newest event.
    pub newest_event: u64,
    /// Everything the API shows, JSON.
    pub document: String,
}

/// One event of an episode.
pub struct AlertEventRow {
    /// Its sequence: SSE ids and cursors.
    pub seq: u64,
    /// The episode.
    pub alert: AlertId,
    /// Whose.
    pub patient: PatientNumber,
    /// `alert.raised`, `alert.acknowledged`, …
    pub event_type: &'static str,
    /// When (clinical).
    pub at: ClinicalTime,
    /// What SSE and the API show, JSON.
    pub document: String,
}

/// What an alert was decided from.
pub struct Capsule {
    /// The episode.
    pub alert: AlertId,
    /// State before, deciding input, versions, configuration: one encoded value.
    pub body: Vec<u8>,
}

/// A delivery to be made.
pub struct NewDelivery {
    /// Its place in the order of all deliveries.
    pub number: u64,
    /// The `webhook-id`.
    pub id: DeliveryId,
    /// To whom.
    pub endpoint: EndpointId,
    /// The alert event it tells of, 0 for what is about Wardlight itself.
    pub event: u64,
    /// The event's type.
    pub event_type: &'static str,
    /// Whose alert it tells of; none for what is about Wardlight itself.
    pub patient: Option<PatientNumber>,
    /// How urgent.
    pub urgency: Priority,
    /// What it tells, from which its endpoint's form of it is made.
    pub body: Vec<u8>,
    /// When it was written (clinical).
    pub created: ClinicalTime,
    /// Wall time at which the input that caused it arrived.
    pub received: WallTime,
}

/// Deliveries to be sent again.
#[derive(Clone, PartialEq, Eq)]
pub struct ReplayRange {
    /// To whom.
    pub endpoint: EndpointId,
    /// First moment at which they were written (clinical).
    pub from: ClinicalTime,
    /// First moment after.
    pub until: ClinicalTime,
    /// Also those that were delivered; otherwise only those that failed.
    pub delivered_too: bool,
    /// When they are due (wall).
    pub at: WallTime,
}

/// Something set aside.
pub struct QuarantineRow {
    /// When it arrived.
    pub stamp: ClinicalTime,
    /// From whom, when the topic named one.
    pub device: Option<DeviceId>,
    /// The topic.
    pub topic: String,
    /// Stable code.
    pub reason: &'static str,
    /// Length of the whole payload.
    pub length: usize,
    /// SHA-256 of what was kept, hexadecimal.
    pub sha256: String,
    /// The bytes.
    pub payload: Vec<u8>,
}

/// An order of a receiver that was carried out, or that held already.
#[derive(Clone, PartialEq, Eq)]
pub struct OrderRow {
    /// Whose.
    pub endpoint: EndpointId,
    /// What makes its repeat known.
    pub key: String,
    /// Of which alert.
    pub alert: AlertId,
    /// What.
    pub action: OrderAction,
    /// When.
    pub at: ClinicalTime,
}
