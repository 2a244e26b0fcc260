//! Applies faults to one device's messages.

use super::log::{Fault, SentLog, SentRecord};
use super::options::FaultOptions;
use crate::chance::Chance;
use crate::device::{MessageKind, OutgoingMessage, Status};
use rand::Rng;
use rand::rngs::StdRng;
use rand_distr::{Distribution, Exp1};
use std::collections::BTreeMap;

/// A seeded injector; one a device.
#[derive(Debug, Clone)]
pub struct FaultInjector {
    options: FaultOptions,
    generator: StdRng,
    /// Messages on their way, by (time, order of pushing).
    held: BTreeMap<(i64, u64), OutgoingMessage>,
    pushed: u64,
    skew_ms: i64,
    sessions_added: u32,
    sequence_taken: u64,
    last_session: Option<u32>,
    log: SentLog,
}

impl FaultInjector {
    /// An injector for one device.
    #[must_use]
    pub fn new(options: FaultOptions, chance: Chance) -> Self {
        Self {
            options,
            generator: chance.child("faults").generator(),
            held: BTreeMap::new(),
            pushed: 0,
            skew_ms: 0,
            sessions_added: 0,
            sequence_taken: 0,
            last_session: None,
            log: SentLog::default(),
        }
    }

    /// What was really sent so far.
    #[must_use]
    pub fn log(&self) -> &SentLog {
        &self.log
    }

    /// Takes the log and starts an empty one, so that long runs stay bounded.
    pub fn take_log(&mut self) -> SentLog {
        std::mem::take(&mut self.log)
    }

    /// Takes a message in, in the order the device made it.
    pub fn push(&mut self, mut message: OutgoingMessage) {
        if self.options.is_none() {
            let at_ms = message.send_at_ms;
            self.record(&message, vec![at_ms], Vec::new());
            self.hold(message);
            return;
        }
        let mut faults = Vec::new();
        self.restart(&mut message, &mut faults);
        self.skew(&mut message, &mut faults);
        if message.kind != MessageKind::Vitals {
            // The connection itself is not reordered against its own Will.
            let at_ms = message.send_at_ms;
            self.record(&message, vec![at_ms], faults);
            self.hold(message);
            return;
        }
        if self.happens(self.options.loss) {
            faults.push(Fault::Lost);
            self.record(&message, Vec::new(), faults);
            return;
        }
        message.send_at_ms += self.held_back(&mut faults);
        let mut sent_at_ms = vec![message.send_at_ms];
        if self.happens(self.options.duplicate) {
            faults.push(Fault::Duplicated);
            let mut again = message.clone();
            again.send_at_ms += self
                .generator
                .random_range(0..=self.options.duplicate_within_ms.max(0));
            sent_at_ms.push(again.send_at_ms);
            self.hold(again);
        }
        self.record(&message, sent_at_ms, faults);
        self.hold(message);
    }

    /// Messages due by a time, in the order they leave.
    pub fn release_until(&mut self, until_ms: i64) -> Vec<OutgoingMessage> {
        let later = self.held.split_off(&(until_ms.saturating_add(1), 0));
        std::mem::replace(&mut self.held, later)
            .into_values()
            .collect()
    }

    fn happens(&mut self, chance: f64) -> bool {
        chance > 0.0 && self.generator.random::<f64>() < chance
    }

    #[expect(clippy::cast_possible_truncation, reason = "delays are hours at most")]
    fn held_back(&mut self, faults: &mut Vec<Fault>) -> i64 {
        let mut wait_ms = 0;
        if self.happens(self.options.reorder) {
            faults.push(Fault::Reordered);
            wait_ms += self
                .generator
                .random_range(0..=self.options.reorder_within_ms.max(0));
        }
        if self.happens(self.options.delay) {
            faults.push(Fault::Delayed);
            let draw: f64 = Exp1.sample(&mut self.generator);
            wait_ms += (draw * self.options.delay_mean_ms) as i64;
        }
        wait_ms
    }

    /// A restart renumbers everything after it: the watch itself knows nothing of it.
    fn restart(&mut self, message: &mut OutgoingMessage, faults: &mut Vec<Fault>) {
        if self
            .last_session
            .is_some_and(|session| session != message.session)
        {
            self.sequence_taken = 0;
        }
        self.last_session = Some(message.session);
        if message.kind == MessageKind::Vitals && self.happens(self.options.restart) {
            self.sessions_added += 1;
            self.sequence_taken = message.sequence;
            faults.push(Fault::AfterRestart);
        }
        message.session += self.sessions_added;
        match (&mut message.native, message.kind) {
            (Some(native), _) => {
                message.sequence -= self.sequence_taken;
                native.session = message.session;
                native.sequence = message.sequence;
                message.payload = native.encode();
            }
            (None, MessageKind::Will) => message.payload = Status::will(message.session).encode(),
            (None, MessageKind::Status | MessageKind::Vitals) => self.renumber_status(message),
        }
    }

    /// Rewrites the session in a status message.
    fn renumber_status(&self, message: &mut OutgoingMessage) {
        if self.sessions_added == 0 {
            return;
        }
        let parsed =
            serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&message.payload);
        if let Ok(mut status) = parsed {
            status.insert("session".to_owned(), message.session.into());
            message.payload = serde_json::to_vec(&status).expect("a map of JSON values is JSON");
        }
    }

    fn skew(&mut self, message: &mut OutgoingMessage, faults: &mut Vec<Fault>) {
        if message.kind == MessageKind::Vitals && self.happens(self.options.clock_skew) {
            let most = self.options.clock_skew_max_ms.max(0);
            self.skew_ms = self.generator.random_range(-most..=most);
        }
        let Some(native) = message.native.as_mut().filter(|_| self.skew_ms != 0) else {
            return;
        };
        faults.push(Fault::ClockSkewed);
        native.sent = native.sent.map(|sent| sent + self.skew_ms);
        for moment in &mut native.moments {
            moment.t += self.skew_ms;
        }
        message.payload = native.encode();
    }

    fn hold(&mut self, message: OutgoingMessage) {
        self.held.insert((message.send_at_ms, self.pushed), message);
        self.pushed += 1;
    }

    fn record(&mut self, message: &OutgoingMessage, sent_at_ms: Vec<i64>, faults: Vec<Fault>) {
        self.log.records.push(SentRecord {
            device: message.device.clone(),
            session: message.session,
            sequence: message.sequence,
            kind: message.kind,
            made_at_ms: message.made_at_ms,
            sent_at_ms,
            moments: message
                .native
                .as_ref()
                .map_or(0, |native| native.moments.len()),
            faults,
        });
    }
}

#[cfg(test)]
#[path = "injector_tests.rs"]
mod tests;
