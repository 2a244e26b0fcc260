//! Answers stop everything; what happens beside them goes to whoever was told.

use super::act::{Act, Message, Outcome};
use super::facts::Happened;
use super::notice::{Closing, Why};
use super::router::{Router, Turn};
use crate::alert::EventType;
use crate::domain::{AlertId, ClinicalTime, EndpointId};
use std::collections::BTreeSet;

/// Deliveries of later events that an answer may still overtake.
const PASSED_MAX: usize = 64;

impl Router {
    /// The alert was answered, or is over. A person's answer overtakes what
    /// waits; without one whoever is not told yet still hears all of it.
    pub(super) fn stop(&mut self, one: &Happened, turn: &mut Turn<'_>) {
        self.stop_owing(one, turn);
        let mut overtaken = Vec::new();
        for id in self.calls_about(&one.alert) {
            let Some(call) = self.calls.get_mut(&id) else {
                continue;
            };
            match one.by_person {
                true => overtaken.extend(call.answered(&one.alert, one.at)),
                false => call.leave(&one.alert),
            }
            self.run(id, one.at, turn);
        }
        let mut waiting = self.waits_for(&one.alert);
        let Some(notice) = self.notices.get_mut(&one.alert) else {
            return self.pass_on(one, turn);
        };
        notice.closing = Some(Closing {
            event: one.event,
            seq: one.seq,
        });
        let mut to = notice.told.clone();
        if one.by_person {
            overtaken.append(&mut notice.passed);
        } else {
            notice.told.append(&mut waiting);
            to.clone_from(&notice.told);
        }
        if !overtaken.is_empty() {
            overtaken.sort_unstable();
            turn.acts.push(Act::Supersede(overtaken));
        }
        self.save_notice(&one.alert);
        self.tell_each(one, &to, turn);
    }

    /// Who may still turn out to have been told of an alert.
    fn waits_for(&self, alert: &AlertId) -> BTreeSet<EndpointId> {
        let calls = self.calls_about.of(alert);
        let calls = calls.iter().filter_map(|id| self.calls.get(id));
        calls.flat_map(|call| call.waits_for().cloned()).collect()
    }

    /// What was kept back need not be told any more.
    fn stop_owing(&mut self, one: &Happened, turn: &mut Turn<'_>) {
        let notice = self.notices.get(&one.alert);
        let owed = notice.and_then(|notice| notice.owed.clone());
        if one.by_person {
            self.leave_digests(&one.alert, one.event, turn);
            if let Some(owed) = owed {
                let why = format!("Answered before it was told ({}).", one.event.name());
                let about = (Outcome::Superseded, owed.cause);
                self.say(&one.alert, about, (why, None), None, turn);
                self.owe_nothing(&one.alert);
            }
        } else if owed.is_some() {
            self.settle(&one.alert, one.at, turn);
        }
    }

    /// The condition ended: what began goes on, nothing new begins.
    pub(super) fn wind_down(&mut self, one: &Happened, turn: &mut Turn<'_>) {
        if !one.facts.asks() {
            for id in self.calls_about(&one.alert) {
                if let Some(call) = self.calls.get_mut(&id) {
                    call.leave(&one.alert);
                }
                self.run(id, one.at, turn);
            }
            self.settle(&one.alert, one.at, turn);
        }
        self.pass_on(one, turn);
    }

    /// Tells whoever was told of the alert what else happened to it.
    pub(super) fn pass_on(&mut self, one: &Happened, turn: &mut Turn<'_>) {
        match self.notices.get(&one.alert) {
            Some(notice) if self.table.has_routes() => {
                let told = notice.told.clone();
                match self.not_now(one, turn.directory) {
                    Some((outcome, why, by)) => {
                        let about = (outcome, one.event);
                        self.say(&one.alert, about, (why, by), None, turn);
                    }
                    None => self.tell_each(one, &told, turn),
                }
            }
            // What is kept back is kept back whole.
            Some(notice) if notice.owed.is_some() => {}
            Some(_) | None if one.event.speaks_again() && self.is_silenced(one, turn) => {}
            // Long over, or from before anything was routed: nobody knows any
            // more who was told.
            Some(_) | None => turn.acts.push(super::router::tell_all(one)),
        }
    }

    fn is_silenced(&self, one: &Happened, turn: &Turn<'_>) -> bool {
        let silence = self.silence_of(&one.facts, one.at, turn.directory);
        silence.is_some()
    }

    fn tell_each(&mut self, one: &Happened, to: &BTreeSet<EndpointId>, turn: &mut Turn<'_>) {
        for endpoint in to {
            self.tell_one(&one.alert, endpoint, (one.event, one.seq), turn);
        }
    }

    /// Writes one delivery beside all chains, if the endpoint takes such events.
    pub(super) fn tell_one(
        &mut self,
        alert: &AlertId,
        endpoint: &EndpointId,
        (event, seq): (EventType, u64),
        turn: &mut Turn<'_>,
    ) {
        let Some(notice) = self.notices.get_mut(alert) else {
            return;
        };
        if turn
            .directory
            .unable(endpoint, &notice.facts.place, event)
            .is_some()
        {
            return;
        }
        let number = turn.take_number();
        if event.is_superseded_by_an_answer() {
            notice.passed.push(number);
            let surplus = notice.passed.len().saturating_sub(PASSED_MAX);
            notice.passed.drain(..surplus);
        }
        turn.acts.push(Act::Send(Message {
            number,
            endpoint: endpoint.clone(),
            about: vec![alert.clone()],
            digest: false,
            event,
            seq,
            facts: vec![notice.facts.clone()],
        }));
        self.save_notice(alert);
    }

    /// A newer notification of an alert takes the place of what is under way.
    pub(super) fn replace(
        &mut self,
        alert: &AlertId,
        seq: u64,
        at: ClinicalTime,
        turn: &mut Turn<'_>,
    ) {
        self.leave_digests_before(alert, seq, turn);
        let mut overtaken = Vec::new();
        for id in self.calls_about(alert) {
            let Some(call) = self.calls.get_mut(&id).filter(|call| call.seq != seq) else {
                continue;
            };
            overtaken.extend(call.answered(alert, at));
            self.run(id, at, turn);
        }
        if !overtaken.is_empty() {
            turn.acts.push(Act::Supersede(overtaken));
        }
    }
}

impl super::notice::Owed {
    pub(super) fn is_inhibited(&self) -> bool {
        matches!(self.why, Some(Why::Inhibited { .. }))
    }
}
