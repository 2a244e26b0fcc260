//! Everything that is under way towards people, and the ways in: events,
//! reports, time.

use super::act::{Act, Note, Outcome, Told};
use super::call::Call;
use super::facts::{Directory, Happened};
use super::flood::{Digest, Flood, Group};
use super::index::Index;
use super::notice::Notice;
use super::row::RowKind;
use super::table::Table;
use super::timers::Timers;
use crate::alert::EventType;
use crate::domain::{AlertId, ClinicalTime, PatientNumber, RotaOverride, Silence};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The state of routing: a value, kept as rows.
#[derive(Clone, Debug, Default)]
pub struct Router {
    pub(super) table: Arc<Table>,
    pub(super) notices: BTreeMap<AlertId, Notice>,
    pub(super) by_patient: BTreeMap<PatientNumber, BTreeSet<AlertId>>,
    pub(super) calls: BTreeMap<u64, Call>,
    pub(super) calls_about: Index,
    pub(super) by_delivery: BTreeMap<u64, u64>,
    pub(super) digests: BTreeMap<u64, Digest>,
    pub(super) digests_with: Index,
    pub(super) digest_of: BTreeMap<(Group, String), u64>,
    pub(super) floods: BTreeMap<String, Flood>,
    pub(super) silences: BTreeMap<String, Silence>,
    pub(super) overrides: BTreeMap<String, Vec<RotaOverride>>,
    pub(super) timers: Timers<Key>,
    pub(super) dirty: BTreeSet<(RowKind, String)>,
}

/// What becomes due. At the same moment the first here comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// What keeps a notification back ends.
    Notice(AlertId),
    /// A step, a channel, or the end of a call's memory.
    Call(u64),
    /// A digest.
    Digest(u64),
    /// The hour of a group is over.
    Flood(Group),
    /// A silence begins.
    Silence(String),
}

/// One input's way through the router: what it looks up and what it decides.
pub struct Turn<'a> {
    /// Patients and endpoints as they are.
    pub directory: &'a dyn Directory,
    /// The number of the next delivery.
    pub next_delivery: u64,
    /// What was decided, in order.
    pub acts: Vec<Act>,
}

impl<'a> Turn<'a> {
    /// A turn in which nothing is decided yet.
    pub fn new(directory: &'a dyn Directory, next_delivery: u64) -> Self {
        Self {
            directory,
            next_delivery,
            acts: Vec::new(),
        }
    }

    pub(super) fn take_number(&mut self) -> u64 {
        let number = self.next_delivery;
        self.next_delivery += 1;
        number
    }
}

impl Router {
    /// The configuration in force.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Takes the events of one step of one patient, in order.
    pub fn on_events(&mut self, happened: &[Happened], turn: &mut Turn<'_>) {
        // All of them first: what is raised together may inhibit one another.
        for one in happened {
            self.learn(one, turn);
        }
        for one in happened {
            self.on_event(one, turn);
        }
        if let Some(last) = happened.last() {
            self.look_again(last.facts.number, last.at, turn);
        }
    }

    /// When [`Router::advance`] must be called even if nothing happens.
    pub fn next_due(&self) -> Option<ClinicalTime> {
        self.timers.next()
    }

    /// Does what is due at or before `now`, in the order of its times.
    pub fn advance(&mut self, now: ClinicalTime, turn: &mut Turn<'_>) {
        while let Some((_, key)) = self.timers.pop(now) {
            match key {
                Key::Notice(alert) => self.settle(&alert, now, turn),
                Key::Call(id) => self.run(id, now, turn),
                Key::Digest(id) => self.send_digest(id, now, turn),
                Key::Flood(group) => self.forget_flood(&group),
                Key::Silence(_) => self.look_at_inhibited(now, turn),
            }
        }
    }

    /// Whether anything is decided here for such an alert: without routes,
    /// silences and what they keep back everybody hears what they asked for.
    fn decides(&self) -> bool {
        self.table.has_routes() || !self.silences.is_empty() || !self.notices.is_empty()
    }

    fn learn(&mut self, one: &Happened, turn: &Turn<'_>) {
        if let Some(notice) = self.notices.get_mut(&one.alert) {
            notice.facts = one.facts.clone();
            self.save_notice(&one.alert);
        } else if self.table.has_routes() && one.facts.is_open() {
            let mut notice = Notice::new(one.facts.clone());
            if !one.event.starts_a_chain() {
                // It was raised before anything was routed: everybody was told.
                let everybody = turn.directory.able(&one.facts.place, EventType::Raised);
                notice.told.extend(everybody);
            }
            self.insert_notice(&one.alert, notice);
        }
    }

    fn on_event(&mut self, one: &Happened, turn: &mut Turn<'_>) {
        if !self.decides() {
            turn.acts.push(tell_all(one));
            return;
        }
        let starts = one.event.starts_a_chain() && one.facts.asks();
        match starts {
            true => self.owe(one, turn),
            false if one.event.stops_everything() => self.stop(one, turn),
            false if one.event == EventType::ConditionEnded => self.wind_down(one, turn),
            false => self.pass_on(one, turn),
        }
    }

    /// The patient belongs elsewhere, or wears another watch: steps to come go
    /// by that, and what is kept back is decided about anew.
    pub fn on_move(&mut self, patient: PatientNumber, at: ClinicalTime, turn: &mut Turn<'_>) {
        let Some(place) = turn.directory.place(patient) else {
            return;
        };
        let alerts = self.by_patient.get(&patient).cloned().unwrap_or_default();
        for alert in alerts {
            let Some(notice) = self.notices.get_mut(&alert) else {
                continue;
            };
            let moved = std::mem::replace(&mut notice.facts.place, place.clone()) != place;
            if moved {
                self.save_notice(&alert);
            }
            self.settle(&alert, at, turn);
        }
    }

    /// What other alerts of the patient kept back may go now.
    fn look_again(&mut self, patient: PatientNumber, at: ClinicalTime, turn: &mut Turn<'_>) {
        let alerts = self.by_patient.get(&patient).cloned().unwrap_or_default();
        for alert in alerts {
            let owed = self
                .notices
                .get(&alert)
                .and_then(|notice| notice.owed.as_ref());
            if owed.is_some_and(|owed| owed.is_inhibited()) {
                self.settle(&alert, at, turn);
            }
            self.tidy(&alert);
        }
    }

    /// Notes in an alert's history what became of its notification.
    pub(super) fn say(
        &self,
        alert: &AlertId,
        (outcome, cause): (Outcome, EventType),
        (why, by): (String, Option<String>),
        told: Option<Told>,
        turn: &mut Turn<'_>,
    ) {
        if let Some(notice) = self.notices.get(alert) {
            turn.acts.push(Act::Note(Box::new(Note {
                alert: alert.clone(),
                facts: notice.facts.clone(),
                outcome,
                cause,
                why,
                by,
                told,
            })));
        }
    }

    /// A number that no call and no digest has.
    pub(super) fn free_id(&self) -> u64 {
        let calls = self.calls.last_key_value().map(|(id, _)| *id);
        let digests = self.digests.last_key_value().map(|(id, _)| *id);
        calls.max(digests).map_or(1, |newest| newest + 1)
    }
}

/// The event as it is delivered where nothing is routed.
pub(super) fn tell_all(one: &Happened) -> Act {
    Act::TellAll {
        alert: one.alert.clone(),
        event: one.event,
        seq: one.seq,
    }
}
