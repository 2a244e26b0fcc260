//! The routing state into rows and back.

use super::call::Call;
use super::facts::Facts;
use super::notice::Notice;
use super::router::{Key, Router};
use super::row::{Row, RowKind};
use super::table::{Step, Table};
use crate::alert::EventType;
use crate::domain::{AlertId, ClinicalTime, Handling};
use serde::Serialize;
use std::sync::Arc;

impl Router {
    /// The router of stored rows; also says how many could not be read.
    pub fn load(table: Arc<Table>, rows: impl IntoIterator<Item = Row>) -> (Self, usize) {
        let mut router = Self {
            table,
            ..Self::default()
        };
        let read = rows.into_iter().map(|row| router.take_row(&row).is_some());
        let unreadable = read.filter(|read| !read).count();
        router.arm_all();
        (router, unreadable)
    }

    fn take_row(&mut self, row: &Row) -> Option<()> {
        let text = row.document.as_deref()?;
        match row.kind {
            RowKind::Silence => {
                let silence = serde_json::from_str(text).ok()?;
                self.silences.insert(row.key.clone(), silence);
            }
            RowKind::Override => {
                let overrides = serde_json::from_str(text).ok()?;
                self.overrides.insert(row.key.clone(), overrides);
            }
            RowKind::Notice => {
                let notice: Notice = serde_json::from_str(text).ok()?;
                let alert = AlertId::new(&row.key).ok()?;
                let of = self.by_patient.entry(notice.facts.number).or_default();
                of.insert(alert.clone());
                self.notices.insert(alert, notice);
            }
            RowKind::Call => {
                let (id, call) = (
                    row.key.parse().ok()?,
                    serde_json::from_str::<Call>(text).ok()?,
                );
                let deliveries = call.deliveries().map(|number| (number, id));
                self.by_delivery.extend(deliveries);
                for alert in &call.about {
                    self.calls_about.add(alert, id);
                }
                self.calls.insert(id, call);
            }
            RowKind::Digest => {
                let (id, digest) = (row.key.parse().ok()?, serde_json::from_str(text).ok()?);
                self.insert_digest(id, digest);
            }
            RowKind::Flood => {
                let flood: super::flood::Flood = serde_json::from_str(text).ok()?;
                self.floods.insert(row.key.clone(), flood);
            }
        }
        Some(())
    }

    fn arm_all(&mut self) {
        for (alert, notice) in &self.notices {
            let until = notice.owed.as_ref().and_then(|owed| owed.until);
            self.timers.arm(Key::Notice(alert.clone()), until);
        }
        for (id, call) in &self.calls {
            self.timers
                .arm(Key::Call(*id), call.next().map(|(due, _)| due));
        }
        // One that began long ago finds nothing to do.
        for silence in self.silences.values() {
            let begins = (silence.from > silence.created).then_some(silence.from);
            self.timers.arm(Key::Silence(silence.id.clone()), begins);
        }
        for flood in self.floods.values() {
            let group = flood.group.clone();
            self.timers.arm(Key::Flood(group), Some(flood.end()));
        }
    }

    /// The rows that changed since they were last taken.
    pub fn take_rows(&mut self) -> Vec<Row> {
        let dirty = std::mem::take(&mut self.dirty);
        let row = |(kind, key): (RowKind, String)| Row {
            document: self.document(kind, &key),
            kind,
            key,
        };
        dirty.into_iter().map(row).collect()
    }

    fn document(&self, kind: RowKind, key: &str) -> Option<String> {
        match kind {
            RowKind::Silence => self.silences.get(key).map(text),
            RowKind::Override => self.overrides.get(key).map(text),
            RowKind::Notice => {
                let alert = AlertId::new(key).ok()?;
                self.notices.get(&alert).map(text)
            }
            RowKind::Call => self.calls.get(&key.parse().ok()?).map(text),
            RowKind::Digest => self.digests.get(&key.parse().ok()?).map(text),
            RowKind::Flood => self.floods.get(key).map(text),
        }
    }

    pub(super) fn insert_notice(&mut self, alert: &AlertId, notice: Notice) {
        let of = self.by_patient.entry(notice.facts.number).or_default();
        of.insert(alert.clone());
        self.notices.insert(alert.clone(), notice);
        self.save_notice(alert);
    }

    pub(super) fn save_notice(&mut self, alert: &AlertId) {
        self.dirty
            .insert((RowKind::Notice, alert.as_str().to_owned()));
    }

    pub(super) fn save_call(&mut self, id: u64) {
        self.dirty.insert((RowKind::Call, id.to_string()));
    }

    pub(super) fn forget_call(&mut self, id: u64) {
        let Some(call) = self.calls.remove(&id) else {
            return;
        };
        for delivery in call.deliveries() {
            self.by_delivery.remove(&delivery);
        }
        self.save_call(id);
        for alert in &call.about {
            self.calls_about.remove(alert, id);
            self.tidy(alert);
        }
    }

    /// Forgets an alert that is closed and of which nothing is under way.
    pub(super) fn tidy(&mut self, alert: &AlertId) {
        let Some(notice) = self.notices.get(alert) else {
            return;
        };
        // Without routes only what is kept back is known at all.
        let wanted = notice.facts.is_open() && self.table.has_routes();
        let grouped = self.digests_with.knows(alert);
        let called = self.calls_about.knows(alert);
        if wanted || grouped || called || notice.owed.is_some() {
            return;
        }
        let number = notice.facts.number;
        self.notices.remove(alert);
        if let Some(of) = self.by_patient.get_mut(&number) {
            of.remove(alert);
            if of.is_empty() {
                self.by_patient.remove(&number);
            }
        }
        self.timers.arm(Key::Notice(alert.clone()), None);
        self.save_notice(alert);
    }
}

fn text(document: &impl Serialize) -> String {
    serde_json::to_string(document).expect("our own documents have string keys and finite numbers")
}

impl Call {
    /// A call about these alerts; the steps are the chain as it is now.
    pub(super) fn new(
        about: Vec<AlertId>,
        (cause, seq): (EventType, u64),
        route: &str,
        steps: Vec<Step>,
        began: ClinicalTime,
    ) -> Self {
        Self {
            members: about.clone(),
            unanswered: about.clone(),
            about,
            digest: false,
            cause,
            seq,
            route: route.to_owned(),
            began,
            steps,
            repeat_after_seconds: 0,
            again: None,
            next: 0,
            tries: Vec::new(),
            winding_down: false,
            fell_back: false,
            ended: None,
        }
    }
}

impl Facts {
    /// Whether nobody has closed it.
    pub(super) fn is_open(&self) -> bool {
        self.handling != Handling::Resolved
    }
}
