//! Flood control: what is too much becomes one message at the hour's end.

use super::act::Outcome;
use super::call::Call;
use super::facts::Facts;
use super::falling_back::NO_ROUTE;
use super::flood::{Digest, Flood, Group};
use super::notice::Owed;
use super::router::{Key, Router, Turn};
use super::row::RowKind;
use crate::alert::EventType;
use crate::domain::{AlertId, ClinicalTime, Priority};
use std::collections::BTreeSet;

impl Router {
    /// The group whose hour is full for such an alert, and when that ends.
    pub(super) fn full_group(
        &self,
        facts: &Facts,
        at: ClinicalTime,
    ) -> Option<(Group, ClinicalTime)> {
        if facts.priority == Priority::High {
            return None;
        }
        let full = |(group, limit): (Group, u32)| {
            let flood = self.floods.get(&group.key())?;
            flood.is_full(limit, at).then(|| (group, flood.end()))
        };
        self.groups(facts).into_iter().find_map(full)
    }

    /// Counts a notification.
    pub(super) fn count(&mut self, facts: &Facts, at: ClinicalTime) {
        if facts.priority == Priority::High {
            return;
        }
        for (group, limit) in self.groups(facts) {
            if limit == 0 {
                continue;
            }
            let fresh = Flood {
                group: group.clone(),
                began: at,
                count: 0,
            };
            let flood = self.floods.entry(group.key()).or_insert(fresh.clone());
            if at >= flood.end() {
                *flood = fresh;
            }
            flood.count = flood.count.saturating_add(1);
            let end = flood.end();
            self.dirty.insert((RowKind::Flood, group.key()));
            self.timers.arm(Key::Flood(group), Some(end));
        }
    }

    fn groups(&self, facts: &Facts) -> [(Group, u32); 2] {
        let patient = Group::Patient(facts.number);
        let ward = Group::Ward(facts.place.ward.clone());
        [
            (patient, self.table.patient_per_hour),
            (ward, self.table.ward_per_hour),
        ]
    }

    pub(super) fn forget_flood(&mut self, group: &Group) {
        self.floods.remove(&group.key());
        self.dirty.insert((RowKind::Flood, group.key()));
    }

    /// Leaves a notification for the digest of its group and route.
    pub(super) fn group(
        &mut self,
        alert: &AlertId,
        (cause, seq): (EventType, u64),
        (group, route, due): (Group, String, ClinicalTime),
        turn: &mut Turn<'_>,
    ) {
        let open = self.digest_of.get(&(group.clone(), route.clone())).copied();
        let open = open.filter(|id| self.digests.get(id).is_some_and(|d| !d.is_full()));
        let id = open.unwrap_or_else(|| self.free_id());
        let mut digest = self.digests.remove(&id).unwrap_or_else(|| Digest {
            group,
            route,
            due,
            members: Vec::new(),
        });
        digest.members.retain(|(member, _)| member != alert);
        digest.members.push((alert.clone(), seq));
        self.insert_digest(id, digest);
        self.dirty.insert((RowKind::Digest, id.to_string()));
        let why = "Too many for this hour, or over since: one message tells of them together.";
        let words = (why.to_owned(), None);
        self.say(alert, (Outcome::Grouped, cause), words, None, turn);
    }

    pub(super) fn insert_digest(&mut self, id: u64, digest: Digest) {
        for (alert, _) in &digest.members {
            self.digests_with.add(alert, id);
        }
        let place = (digest.group.clone(), digest.route.clone());
        let newest = self.digest_of.entry(place).or_insert(id);
        *newest = (*newest).max(id);
        self.timers.arm(Key::Digest(id), Some(digest.due));
        self.digests.insert(id, digest);
    }

    fn take_digest(&mut self, id: u64) -> Option<Digest> {
        let digest = self.digests.remove(&id)?;
        for (alert, _) in &digest.members {
            self.digests_with.remove(alert, id);
        }
        let place = (digest.group.clone(), digest.route.clone());
        if self.digest_of.get(&place) == Some(&id) {
            self.digest_of.remove(&place);
        }
        Some(digest)
    }

    /// Sends what was grouped.
    pub(super) fn send_digest(&mut self, id: u64, at: ClinicalTime, turn: &mut Turn<'_>) {
        let Some(mut digest) = self.take_digest(id) else {
            return;
        };
        self.dirty.insert((RowKind::Digest, id.to_string()));
        self.keep_grouped_back(&mut digest, at, turn);
        if let Some(end) = self.quiet_end(&digest, at) {
            digest.due = end;
            self.insert_digest(id, digest);
            return;
        }
        let about: Vec<AlertId> = digest
            .members
            .iter()
            .map(|(alert, _)| alert.clone())
            .collect();
        let Some((_, seq)) = digest.members.first().cloned() else {
            return;
        };
        let route = self
            .table
            .route(&digest.route)
            .map(|route| route.chain.as_str());
        let chain = route.and_then(|chain| self.table.chains.get(chain));
        let (route, steps) = match chain {
            Some(chain) => (digest.route.as_str(), chain.steps.clone()),
            None => (NO_ROUTE, Vec::new()),
        };
        let mut call = Call::new(about, (EventType::Raised, seq), route, steps, at);
        call.digest = true;
        call.members
            .retain(|alert| self.notices.get(alert).is_some_and(|n| n.facts.asks()));
        call.winding_down = call.members.is_empty();
        if call.steps.is_empty() {
            let why =
                "The route of the digest is gone: everybody who asked for such events is told.";
            for (alert, seq) in digest.members {
                self.tell_everybody(&alert, (EventType::Raised, seq), why, at, turn);
            }
            return;
        }
        let repeat = chain.map_or(0, |chain| chain.repeat_after_seconds);
        self.insert_call(call.repeating(repeat), at, turn);
    }

    /// What is silent or inhibited by now is told when that ends.
    fn keep_grouped_back(&mut self, digest: &mut Digest, at: ClinicalTime, turn: &mut Turn<'_>) {
        for (alert, seq) in std::mem::take(&mut digest.members) {
            let Some(notice) = self.notices.get(&alert) else {
                continue;
            };
            let asks = notice.facts.asks();
            let waits = self.notices.get_mut(&alert).and_then(|n| n.owed.as_mut());
            if let Some(owed) = waits {
                // It will be told when that ends, and stands for this too.
                owed.seq = owed.seq.max(seq);
                self.save_notice(&alert);
                continue;
            }
            match self.kept_back(&alert, at, turn.directory).filter(|_| asks) {
                Some(kept) => {
                    let owed = Owed {
                        cause: EventType::Raised,
                        seq,
                        since: at,
                        served: BTreeSet::new(),
                        why: None,
                        until: None,
                    };
                    self.keep(&alert, owed, kept, turn);
                }
                None => digest.members.push((alert, seq)),
            }
        }
    }

    /// When the quiet hours end that keep the whole digest back.
    fn quiet_end(&self, digest: &Digest, at: ClinicalTime) -> Option<ClinicalTime> {
        let quiet = self.table.route(&digest.route)?.quiet.as_ref()?;
        let mut priorities = digest
            .members
            .iter()
            .filter_map(|(alert, _)| self.notices.get(alert).map(|notice| notice.facts.priority));
        let kept = priorities.all(|priority| quiet.keeps(priority));
        quiet
            .hours
            .end(at)
            .filter(|_| kept && !digest.members.is_empty())
    }

    /// An answer came before the digest.
    pub(super) fn leave_digests(
        &mut self,
        alert: &AlertId,
        answer: EventType,
        turn: &mut Turn<'_>,
    ) {
        let why = format!("Answered before the digest was sent ({}).", answer.name());
        self.leave(alert, |_| true, &why, turn);
    }

    /// A newer notification came before the digest.
    pub(super) fn leave_digests_before(&mut self, alert: &AlertId, seq: u64, turn: &mut Turn<'_>) {
        let why = "A newer notification took its place.";
        self.leave(alert, |member| member != seq, why, turn);
    }

    fn leave(
        &mut self,
        alert: &AlertId,
        goes: impl Fn(u64) -> bool,
        why: &str,
        turn: &mut Turn<'_>,
    ) {
        let mut left = false;
        for id in self.digests_with.of(alert) {
            let Some(digest) = self.digests.get_mut(&id) else {
                continue;
            };
            let before = digest.members.len();
            digest
                .members
                .retain(|(member, seq)| member != alert || !goes(*seq));
            if digest.members.len() < before {
                left = true;
                self.digests_with.remove(alert, id);
                self.dirty.insert((RowKind::Digest, id.to_string()));
            }
        }
        if left {
            let words = (why.to_owned(), None);
            self.say(
                alert,
                (Outcome::Superseded, EventType::Raised),
                words,
                None,
                turn,
            );
        }
    }
}
