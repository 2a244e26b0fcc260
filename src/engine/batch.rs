//! What one batch will write, settle, answer and show.

use super::{CommandReply, Delivery, Outcome, SessionOpened};
use crate::domain::{ClinicalTime, DeviceNumber, PatientNumber};
use crate::registry::CommandError;
use crate::store::{JournalKind, JournalRow, Write, Writes};
use tokio::sync::oneshot;

/// Everything that waits for one commit.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) writes: Writes,
    pub(super) deliveries: Vec<Delivery>,
    pub(super) replies: Vec<Reply>,
    /// Whether somebody waits for an answer, so that the commit is not put off.
    pub(super) urgent: bool,
    pub(super) access_changed: bool,
    pub(super) newest_event: Option<u64>,
    pub(super) new_deliveries: bool,
    pub(super) endpoints_changed: bool,
    /// Patients and the newest row of their chains, shown to readers after the commit.
    pub(super) heads: Vec<(PatientNumber, u64)>,
}

/// An answer that waits for the commit.
pub(super) enum Reply {
    Command(
        oneshot::Sender<Result<CommandReply, CommandError>>,
        Result<CommandReply, CommandError>,
    ),
    Session(oneshot::Sender<SessionOpened>, SessionOpened),
    /// That it is committed is all there is to say.
    Committed(oneshot::Sender<()>),
    Scores(
        oneshot::Sender<Option<serde_json::Value>>,
        Option<serde_json::Value>,
    ),
}

/// What a journal row says beside its body.
pub(super) struct RowHead {
    pub(super) seq: u64,
    pub(super) stamp: ClinicalTime,
    pub(super) kind: JournalKind,
    pub(super) patient: Option<PatientNumber>,
    pub(super) device: Option<DeviceNumber>,
    pub(super) previous: Option<u64>,
}

impl Batch {
    /// Appends a row whose body `write_body` appends to the buffer.
    pub(super) fn journal(&mut self, head: RowHead, write_body: impl FnOnce(&mut Vec<u8>)) {
        let journal = &mut self.writes.journal;
        let start = journal.bytes.len();
        write_body(&mut journal.bytes);
        let body = (start, journal.bytes.len());
        let RowHead {
            seq,
            stamp,
            kind,
            patient,
            device,
            previous,
        } = head;
        journal.rows.push(JournalRow {
            seq,
            stamp,
            kind,
            patient,
            device,
            previous,
            body,
        });
    }

    pub(super) fn write(&mut self, write: Write) {
        self.writes.others.push(write);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.writes.journal.rows.is_empty() && self.writes.others.is_empty()
    }

    /// Settles, answers and shows; called once the commit is synced.
    pub(super) fn release(&mut self, show: impl Fn(Outcome)) {
        Delivery::settle_all(&mut self.deliveries);
        for reply in self.replies.drain(..) {
            // Whoever asked may have gone away; the commit stands all the same.
            match reply {
                Reply::Command(to, answer) => drop(to.send(answer)),
                Reply::Session(to, opened) => drop(to.send(opened)),
                Reply::Committed(to) => drop(to.send(())),
                Reply::Scores(to, scores) => drop(to.send(scores)),
            }
        }
        if let Some(newest) = self.newest_event.take() {
            show(Outcome::AlertEvents { newest });
        }
        if std::mem::take(&mut self.endpoints_changed) {
            show(Outcome::Endpoints);
        }
        if std::mem::take(&mut self.new_deliveries) {
            show(Outcome::Deliveries);
        }
        if let Some(newest) = self.writes.journal.rows.last().map(|row| row.seq) {
            show(Outcome::Journal { newest });
        }
        self.writes.journal.rows.clear();
        self.writes.journal.bytes.clear();
        self.writes.others.clear();
        self.urgent = false;
        self.access_changed = false;
    }
}
