//! One batch's transaction, and what becomes of each write in it.

use super::quarantine::{QuarantineBounds, QuarantineLedger};
use super::{
    alerts, canary, chunks, deliveries, documents, notes, orders, quarantine, routing, sessions,
};
use crate::store::error::CommitError;
use crate::store::heads::TailHeads;
use crate::store::writes::{JournalRows, Write};
use rusqlite::{Params, Transaction};

/// What the writes of one batch share.
pub(in crate::store) struct Context<'a> {
    pub(in crate::store) tx: &'a Transaction<'a>,
    pub(in crate::store) heads: &'a TailHeads,
    pub(in crate::store) journal: &'a JournalRows,
    pub(in crate::store) bounds: &'a QuarantineBounds,
    pub(in crate::store) ledger: &'a mut QuarantineLedger,
    pub(in crate::store) dropped: u64,
}

impl Context<'_> {
    pub(in crate::store) fn run(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.tx.prepare_cached(sql)?.execute(params)
    }

    pub(in crate::store) fn apply(&mut self, write: &Write) -> Result<(), CommitError> {
        match write {
            Write::Ward(ward) => documents::ward(self, ward)?,
            Write::Patient(patient) => documents::patient(self, patient)?,
            Write::Device(device) => documents::device(self, device)?,
            Write::Assignment(assignment) => documents::assignment(self, assignment)?,
            Write::Endpoint(endpoint) => documents::endpoint(self, endpoint)?,
            Write::Token(token) => documents::token(self, token)?,
            Write::Credential(credential) => documents::credential(self, credential)?,
            Write::Account(account) => documents::account(self, account)?,
            Write::Note(note) => notes::note(self, note)?,
            Write::NoteWithdrawn { note, withdrawal } => notes::withdrawn(self, *note, withdrawal)?,
            Write::DropNotes { before } => notes::drop_notes(self, *before)?,
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
            Write::Delivery(delivery) => deliveries::delivery(self, delivery)?,
            Write::DeliveryReport(report) => deliveries::report(self, report)?,
            Write::ReplayDelivery { id, at } => deliveries::replay(self, id, *at)?,
            Write::ReplayRange(range) => deliveries::replay_range(self, range)?,
            Write::WakeDeliveries { endpoint, at } => deliveries::wake(self, endpoint, *at)?,
            Write::DropSystemDeliveries { before } => deliveries::drop_system(self, *before)?,
            Write::ForgetCanary { patient, before } => canary::forget(self, *patient, *before)?,
            Write::Supersede { numbers } => deliveries::supersede(self, numbers)?,
            Write::AlertNote {
                alert,
                newest_event,
                document,
            } => routing::note(self, alert, *newest_event, document)?,
            Write::Order { order, forget } => orders::order(self, order, *forget)?,
            Write::Routing(row) => routing::row(self, row)?,
            Write::Quarantine(row) => quarantine::insert(self, row)?,
            Write::QuarantineTaken { ids } => quarantine::taken(self, ids)?,
            Write::SessionOpened { .. }
            | Write::SessionClosed { .. }
            | Write::SessionWillDone { .. }
            | Write::SessionExpired { .. }
            | Write::PacketOpened { .. }
            | Write::PacketReleased { .. } => sessions::session(self, write)?,
            Write::Rulebook(text) => documents::rulebook(self, text)?,
            Write::SinkCursor { .. } | Write::SinkRejected { .. } | Write::Audit { .. } => {
                sessions::record(self, write)?;
            }
        }
        Ok(())
    }
}
