//! What is told again. A chain begins anew while nobody answers: a signal ends
//! because somebody answered it, not because everybody was told once. Updates
//! and reminders go to whoever was told, unless people asked for quiet.

use super::act::{Act, Outcome};
use super::call::Call;
use super::facts::{Directory, Happened};
use super::router::{Router, Turn};
use crate::alert::EventType;
use crate::domain::{AlertId, ClinicalTime};

impl Router {
    /// Begins the chain of a call anew for those members that nobody has
    /// answered; in the quiet hours of its route it waits for their end.
    pub(super) fn begin_anew(&mut self, id: u64, at: ClinicalTime, turn: &mut Turn<'_>) {
        self.keep_members_back(id, at, turn);
        let quiet_until = self
            .calls
            .get(&id)
            .and_then(|call| self.quiet_for(&call.route, &call.members, at));
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        if call.members.is_empty() {
            call.winding_down = true;
            return;
        }
        if quiet_until.is_some() {
            call.again = quiet_until;
            return;
        }
        // What still waits says the same as what begins now.
        let overtaken = call.overtake(at);
        let (about, cause) = (call.unanswered.clone(), (call.cause, call.seq));
        let mut anew = Call::new(about, cause, &call.route, call.steps.clone(), at)
            .repeating(call.repeat_after_seconds);
        anew.members.clone_from(&call.members);
        (anew.digest, anew.fell_back) = (call.digest, call.fell_back);
        if !overtaken.is_empty() {
            turn.acts.push(Act::Supersede(overtaken));
        }
        self.insert_call(anew, at, turn);
    }

    /// What keeps an update or a reminder from being told. Its alert's history
    /// has it, and people see it with the next thing that they are told.
    pub(super) fn not_now(
        &self,
        one: &Happened,
        directory: &dyn Directory,
    ) -> Option<(Outcome, String, Option<String>)> {
        if !one.event.speaks_again() {
            return None;
        }
        if let Some((why, _)) = self.kept_back(&one.alert, one.at, directory) {
            return Some(why.told());
        }
        let routes = self.table.matching(&one.facts, EventType::Raised, one.at);
        let alert = std::slice::from_ref(&one.alert);
        let mut quiet = routes
            .iter()
            .filter(|route| self.quiet_for(&route.name, alert, one.at).is_some());
        if let Some(route) = quiet.next()
            && quiet.count() + 1 == routes.len()
        {
            let why = format!("Not told again in the quiet hours of {}.", route.name);
            return Some((Outcome::Held, why, None));
        }
        let why = || "Not told again: too many for this hour.".to_owned();
        let full = self.full_group(&one.facts, one.at);
        full.map(|_| (Outcome::Grouped, why(), None))
    }

    /// When the quiet hours of a route end in which all these alerts wait.
    fn quiet_for(&self, route: &str, alerts: &[AlertId], at: ClinicalTime) -> Option<ClinicalTime> {
        let quiet = self.table.route(route)?.quiet.as_ref()?;
        let waits = |alert: &AlertId| {
            let notice = self.notices.get(alert);
            notice.is_some_and(|notice| quiet.keeps(notice.facts.priority))
        };
        let end = quiet.hours.end(at);
        end.filter(|_| alerts.iter().all(waits))
    }
}
