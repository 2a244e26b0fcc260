//! Turns each [`Write`] into SQL, inside the batch's transaction.
//!
//! In: one write after the other. Out: rows, and how much the quarantine dropped.
//!
//! Invariant: every statement is cached, so that a write costs a bind and a step.

mod alerts;
mod chunks;
mod documents;
mod quarantine;
mod sessions;

pub(super) use quarantine::{QuarantineBounds, QuarantineLedger};

use super::error::CommitError;
use super::heads::TailHeads;
use super::writes::{JournalRows, Write};
use rusqlite::{Params, Transaction};

/// What the writes of one batch share.
pub(super) struct Context<'a> {
    pub(super) tx: &'a Transaction<'a>,
    pub(super) heads: &'a TailHeads,
    pub(super) journal: &'a JournalRows,
    pub(super) bounds: &'a QuarantineBounds,
    pub(super) ledger: &'a mut QuarantineLedger,
    pub(super) dropped: u64,
}

impl Context<'_> {
    pub(super) fn run(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.tx.prepare_cached(sql)?.execute(params)
    }

    pub(super) fn apply(&mut self, write: &Write) -> Result<(), CommitError> {
        match write {
            Write::Ward(ward) => documents::ward(self, ward)?,
            Write::Patient(patient) => documents::patient(self, patient)?,
            Write::Device(device) => documents::device(self, device)?,
            Write::Assignment(assignment) => documents::assignment(self, assignment)?,
            Write::Endpoint(endpoint) => documents::endpoint(self, endpoint)?,
            Write::Token(token) => documents::token(self, token)?,
            Write::Credential(credential) => documents::credential(self, credential)?,
            Write::Void(void) => chunks::void(self, void)?,
            Write::PatientState(state) => chunks::patient_state(self, state)?,
            Write::DeviceState(state) => chunks::device_state(self, state)?,
            Write::Rollup(rollup) => chunks::rollup(self, rollup)?,
            Write::PruneJournal { below, rows_max } => chunks::prune(self, *below, *rows_max)?,
            Write::DropChunks { ids } => chunks::drop_chunks(self, ids)?,
            Write::Vacuum { pages_max } => chunks::vacuum(self, *pages_max)?,
            Write::Alert(alert) => alerts::alert(self, alert)?,
            Write::AlertEvent(event) => alerts::event(self, event)?,
            Write::Capsule(capsule) => alerts::capsule(self, capsule)?,
            Write::DropAlerts { ids } => alerts::drop_alerts(self, ids)?,
            Write::Delivery(delivery) => alerts::delivery(self, delivery)?,
            Write::DeliveryReport(report) => alerts::report(self, report)?,
            Write::ReplayDelivery { id, at } => alerts::replay(self, id, *at)?,
            Write::Quarantine(row) => quarantine::insert(self, row)?,
            Write::QuarantineTaken { ids } => quarantine::taken(self, ids)?,
            Write::SessionOpened { .. }
            | Write::SessionClosed { .. }
            | Write::SessionWillDone { .. }
            | Write::SessionExpired { .. }
            | Write::PacketOpened { .. }
            | Write::PacketReleased { .. } => sessions::session(self, write)?,
            Write::SinkCursor { .. } | Write::SinkRejected { .. } | Write::Audit { .. } => {
                sessions::record(self, write)?;
            }
        }
        Ok(())
    }
}
