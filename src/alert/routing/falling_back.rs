//! What no channel of a chain takes goes to everybody else, so that one broken
//! receiver is never the reason why nobody knows.
//!
//! It happens once a notification, as soon as every step was tried: the chain's
//! own channels go on being tried beside it, and one answer stops all of it.

use super::act::Outcome;
use super::call::Call;
use super::router::{Router, Turn};
use super::table::Step;
use super::target::Target;
use crate::alert::EventType;
use crate::domain::{AlertId, ClinicalTime, EndpointId};
use std::collections::BTreeSet;

/// The name under which it is shown that no route decided.
pub(super) const NO_ROUTE: &str = "(no route)";
/// For so long one of everybody may take it; nobody is tried after it.
const WITHIN_SECONDS: u32 = 5;

impl Router {
    /// Where no channel of a whole chain can be used, or none takes it, everybody
    /// else is told.
    pub(super) fn fall_back(&mut self, id: u64, at: ClinicalTime, turn: &mut Turn<'_>) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        if call.ended.is_some() || !call.is_spent() {
            return;
        }
        let unable = call.deliveries().next().is_none();
        if unable && call.again.is_none() {
            call.ended = Some(at);
        }
        if call.fell_back || call.route == NO_ROUTE {
            return;
        }
        if unable {
            call.fell_back = true;
            let (about, cause) = (call.about.clone(), (call.cause, call.seq));
            let why = "Nobody of the chain can be told: everybody who asked for such events is.";
            for alert in about {
                self.tell_everybody(&alert, cause, why, at, turn);
            }
        } else if self.reaches_nobody(id) {
            self.keep_members_back(id, at, turn);
            self.tell_the_others(id, at, turn);
        }
    }

    /// Whether no chain that tells of the same has reached anybody with it.
    fn reaches_nobody(&self, id: u64) -> bool {
        let Some(call) = self.calls.get(&id) else {
            return false;
        };
        let notices = call.members.iter().filter_map(|m| self.notices.get(m));
        let Some(priority) = notices.map(|notice| notice.facts.priority).max() else {
            return false;
        };
        let mut told = call.members.iter().flat_map(|m| self.calls_about(m));
        told.all(|other| {
            let other = self.calls.get(&other);
            other.is_none_or(|other| {
                let same = other.seq == call.seq && other.route != NO_ROUTE;
                !same || (other.is_spent() && other.is_untaken(priority))
            })
        })
    }

    /// Tells those whom no chain has tried yet, in the same message.
    fn tell_the_others(&mut self, id: u64, at: ClinicalTime, turn: &mut Turn<'_>) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let Some(lead) = call.members.first().cloned() else {
            call.winding_down = true;
            return;
        };
        let (about, digest) = (call.members.clone(), call.digest);
        let (route, cause, seq) = (call.route.clone(), call.cause, call.seq);
        let others = self.others(&lead, (cause, seq), turn);
        self.note_fallen_back(&lead, seq);
        let (outcome, words) = match others.is_empty() {
            true => (Outcome::Nobody, "there is nobody else to be told"),
            false => (Outcome::Sent, "everybody else who asked is told"),
        };
        for alert in &about {
            let why = format!("No channel of {route} took it: {words}.");
            self.say(alert, (outcome, cause), (why, None), None, turn);
        }
        for endpoint in others {
            let mut call = alone(about.clone(), (cause, seq), endpoint, at);
            call.digest = digest;
            self.insert_call(call, at, turn);
        }
    }

    /// All chains that tell of the same fell back together.
    fn note_fallen_back(&mut self, alert: &AlertId, seq: u64) {
        for id in self.calls_about(alert) {
            if let Some(call) = self.calls.get_mut(&id).filter(|call| call.seq == seq) {
                call.fell_back = true;
                self.save_call(id);
            }
        }
    }

    /// Who asked for such events and was not tried with this one.
    fn others(
        &self,
        alert: &AlertId,
        (cause, seq): (EventType, u64),
        turn: &Turn<'_>,
    ) -> Vec<EndpointId> {
        let calls = self.calls_about.of(alert);
        let calls = calls.iter().filter_map(|id| self.calls.get(id));
        let same = calls.filter(|call| call.seq == seq);
        let tried: BTreeSet<&EndpointId> = same.flat_map(Call::handed_to).collect();
        let Some(notice) = self.notices.get(alert) else {
            return Vec::new();
        };
        let mut able = turn.directory.able(&notice.facts.place, cause);
        able.retain(|endpoint| !tried.contains(endpoint));
        able
    }

    /// Tells everybody who asked for such events, each in a call of its own.
    pub(super) fn tell_everybody(
        &mut self,
        alert: &AlertId,
        (cause, seq): (EventType, u64),
        why: &str,
        at: ClinicalTime,
        turn: &mut Turn<'_>,
    ) {
        let Some(notice) = self.notices.get(alert) else {
            return;
        };
        let able = turn.directory.able(&notice.facts.place, cause);
        let outcome = match able.is_empty() {
            true => (
                Outcome::Nobody,
                "There is no endpoint that asks for such events.",
            ),
            false => (Outcome::Sent, why),
        };
        let words = (outcome.1.to_owned(), None);
        self.say(alert, (outcome.0, cause), words, None, turn);
        for endpoint in able {
            let call = alone(vec![alert.clone()], (cause, seq), endpoint, at);
            self.insert_call(call, at, turn);
        }
    }
}

/// A call of one endpoint beside all chains.
fn alone(
    about: Vec<AlertId>,
    told: (EventType, u64),
    endpoint: EndpointId,
    at: ClinicalTime,
) -> Call {
    let step = Step {
        after_seconds: 0,
        notify: vec![Target::Endpoint(endpoint)],
        within_seconds: WITHIN_SECONDS,
    };
    Call::new(about, told, NO_ROUTE, vec![step], at)
}
