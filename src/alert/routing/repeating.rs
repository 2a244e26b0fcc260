//! A chain begins anew while nobody answers: a signal ends because somebody
//! answered it, not because everybody was told once.

use super::act::Act;
use super::call::Call;
use super::router::{Router, Turn};
use crate::domain::ClinicalTime;

impl Router {
    /// Begins the chain of a call anew for those members that nobody has
    /// answered; in the quiet hours of its route it waits for their end.
    pub(super) fn begin_anew(&mut self, id: u64, at: ClinicalTime, turn: &mut Turn<'_>) {
        self.keep_members_back(id, at, turn);
        let quiet_until = self
            .calls
            .get(&id)
            .and_then(|call| self.quiet_for(call, at));
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
        let (members, cause) = (call.members.clone(), (call.cause, call.seq));
        let mut anew = Call::new(members, cause, &call.route, call.steps.clone(), at)
            .repeating(call.repeat_after_seconds);
        anew.digest = call.digest;
        if !overtaken.is_empty() {
            turn.acts.push(Act::Supersede(overtaken));
        }
        self.insert_call(anew, at, turn);
    }

    /// When the quiet hours end in which all members of a call wait.
    fn quiet_for(&self, call: &Call, at: ClinicalTime) -> Option<ClinicalTime> {
        let quiet = self.table.route(&call.route)?.quiet.as_ref()?;
        let notices = call.members.iter().map(|alert| self.notices.get(alert));
        let waits = |notice: &super::notice::Notice| quiet.keeps(notice.facts.priority);
        let all = notices.into_iter().all(|notice| notice.is_some_and(waits));
        quiet.hours.end(at).filter(|_| all)
    }
}
