//! Whether a notification goes out now, on which routes, or what keeps it back.

use super::act::Outcome;
use super::call::Call;
use super::facts::{Directory, Facts, Happened};
use super::notice::{Notice, Owed, Why};
use super::router::{Key, Router, Turn, tell_all};
use super::table::Chain;
use crate::domain::{AlertId, ClinicalTime, Silence};
use std::collections::BTreeSet;

/// Alerts that inhibit one another in a row are followed so far.
const HOPS_MAX: usize = 8;

impl Router {
    /// Somebody has to be told of the event.
    pub(super) fn owe(&mut self, one: &Happened, turn: &mut Turn<'_>) {
        if !self.table.has_routes() && !self.is_kept_without_routes(one, turn.directory) {
            turn.acts.push(tell_all(one));
            return;
        }
        if !self.notices.contains_key(&one.alert) {
            self.insert_notice(&one.alert, Notice::new(one.facts.clone()));
        }
        let Some(notice) = self.notices.get_mut(&one.alert) else {
            return;
        };
        notice.closing = None;
        // What nobody was told of stays what it was.
        let cause = notice.owed.as_ref().map_or(one.event, |owed| owed.cause);
        let why = notice.owed.take().and_then(|owed| owed.why);
        notice.owed = Some(Owed {
            cause,
            seq: one.seq,
            since: one.at,
            served: BTreeSet::new(),
            why,
            until: None,
        });
        self.settle(&one.alert, one.at, turn);
    }

    fn is_kept_without_routes(&self, one: &Happened, directory: &dyn Directory) -> bool {
        let owed = self
            .notices
            .get(&one.alert)
            .is_some_and(|n| n.owed.is_some());
        owed || self.silence_of(&one.facts, one.at, directory).is_some()
    }

    /// Decides about what is owed for an alert.
    pub(super) fn settle(&mut self, alert: &AlertId, at: ClinicalTime, turn: &mut Turn<'_>) {
        let Some(notice) = self.notices.get_mut(alert) else {
            return;
        };
        let Some(owed) = notice.owed.clone() else {
            return;
        };
        if let Some(place) = turn.directory.place(notice.facts.number) {
            notice.facts.place = place;
        }
        if !notice.facts.asks() {
            return self.lapse(alert, &owed, at, turn);
        }
        match self.kept_back(alert, at, turn.directory) {
            Some((why, until)) => self.keep(alert, owed, (why, until), turn),
            None => self.dispatch(alert, owed, at, turn),
        }
    }

    /// What keeps an alert back whatever its route is.
    pub(super) fn kept_back(
        &self,
        alert: &AlertId,
        at: ClinicalTime,
        directory: &dyn Directory,
    ) -> Option<(Why, Option<ClinicalTime>)> {
        let notice = self.notices.get(alert)?;
        if let Some(by) = self.inhibitor_of(alert, at, directory) {
            return Some((Why::Inhibited { by }, None));
        }
        let silence = self.silence_of(&notice.facts, at, directory)?;
        let by = silence.id.clone();
        Some((Why::Silenced { by }, Some(silence.end())))
    }

    /// The alert that says more.
    fn inhibitor_of(
        &self,
        alert: &AlertId,
        at: ClinicalTime,
        directory: &dyn Directory,
    ) -> Option<AlertId> {
        let facts = &self.notices.get(alert)?.facts;
        let others = self.by_patient.get(&facts.number)?;
        let inhibits = |other: &&AlertId| {
            let of = self.notices.get(*other).map(|notice| &notice.facts);
            *other != alert
                && of.is_some_and(|of| self.table.inhibits(of, facts))
                && !self.leads_to(other, alert)
                // Making one alert quiet must leave all others as they are.
                && of.is_some_and(|of| self.silence_of(of, at, directory).is_none())
        };
        others.iter().find(inhibits).cloned()
    }

    /// Whether `from` is itself kept back by `to`, directly or not.
    fn leads_to(&self, from: &AlertId, to: &AlertId) -> bool {
        let mut next = from.clone();
        for _ in 0..HOPS_MAX {
            let owed = self
                .notices
                .get(&next)
                .and_then(|notice| notice.owed.as_ref());
            match owed.and_then(|owed| owed.why.as_ref()) {
                Some(Why::Inhibited { by }) if by == to => return true,
                Some(Why::Inhibited { by }) => next = by.clone(),
                _ => return false,
            }
        }
        true
    }

    /// The silence that covers an alert.
    pub(super) fn silence_of(
        &self,
        facts: &Facts,
        at: ClinicalTime,
        directory: &dyn Directory,
    ) -> Option<&Silence> {
        let covers = |silence: &&Silence| {
            silence.holds(at) && super::silencing::covers(&silence.scope, facts, directory)
        };
        self.silences
            .values()
            .filter(covers)
            .max_by_key(|silence| silence.end())
    }

    /// Keeps a notification back.
    pub(super) fn keep(
        &mut self,
        alert: &AlertId,
        owed: Owed,
        (why, until): (Why, Option<ClinicalTime>),
        turn: &mut Turn<'_>,
    ) {
        let news = owed.why.as_ref() != Some(&why);
        let cause = owed.cause;
        if let Some(notice) = self.notices.get_mut(alert) {
            notice.owed = Some(Owed {
                why: Some(why.clone()),
                until,
                ..owed
            });
        }
        self.timers.arm(Key::Notice(alert.clone()), until);
        self.save_notice(alert);
        if news {
            let (outcome, words, by) = why.told();
            self.say(alert, (outcome, cause), (words, by), None, turn);
        }
    }

    /// Nothing keeps it back: each route that matches decides.
    fn dispatch(&mut self, alert: &AlertId, mut owed: Owed, at: ClinicalTime, turn: &mut Turn<'_>) {
        let Some(notice) = self.notices.get(alert) else {
            return;
        };
        let facts = notice.facts.clone();
        let table = std::sync::Arc::clone(&self.table);
        let routes = table.matching(&facts, owed.cause, at);
        if routes.is_empty() && owed.served.is_empty() {
            let why = match table.has_routes() {
                true => "No route matches: everybody who asked for such events is told.",
                false => "Nothing is routed: everybody who asked for such events is told.",
            };
            self.replace(alert, owed.seq, at, turn);
            self.tell_everybody(alert, (owed.cause, owed.seq), why, at, turn);
        }
        let mut held: Option<(ClinicalTime, String)> = None;
        for route in routes {
            if owed.served.contains(&route.name) {
                continue;
            }
            let quiet = route
                .quiet
                .as_ref()
                .filter(|quiet| quiet.keeps(facts.priority));
            if let Some(end) = quiet.and_then(|quiet| quiet.hours.end(at)) {
                let sooner = held.as_ref().is_none_or(|(before, _)| end < *before);
                held = sooner.then(|| (end, route.name.clone())).or(held);
                continue;
            }
            owed.served.insert(route.name.clone());
            match self.full_group(&facts, at) {
                Some((group, due)) => {
                    let filed = (group, route.name.clone(), due);
                    self.group(alert, (owed.cause, owed.seq), filed, turn);
                }
                None => {
                    self.count(&facts, at);
                    self.replace(alert, owed.seq, at, turn);
                    if let Some(chain) = table.chains.get(&route.chain) {
                        self.start(alert, &owed, (&route.name, chain), at, turn);
                    }
                }
            }
        }
        match held {
            Some((end, route)) => self.keep(alert, owed, (Why::Held { route }, Some(end)), turn),
            None => self.owe_nothing(alert),
        }
    }

    pub(super) fn owe_nothing(&mut self, alert: &AlertId) {
        if let Some(notice) = self.notices.get_mut(alert) {
            notice.owed = None;
            self.timers.arm(Key::Notice(alert.clone()), None);
            self.save_notice(alert);
        }
    }

    fn start(
        &mut self,
        alert: &AlertId,
        owed: &Owed,
        (route, chain): (&str, &Chain),
        at: ClinicalTime,
        turn: &mut Turn<'_>,
    ) {
        let about = vec![alert.clone()];
        let steps = chain.steps.clone();
        let call = Call::new(about, (owed.cause, owed.seq), route, steps, at);
        self.insert_call(call.repeating(chain.repeat_after_seconds), at, turn);
    }

    /// It was over before what kept it back.
    fn lapse(&mut self, alert: &AlertId, owed: &Owed, at: ClinicalTime, turn: &mut Turn<'_>) {
        match &owed.why {
            Some(Why::Held { route }) => {
                if owed.until.is_some_and(|until| at < until) {
                    return;
                }
                let number = self.notices.get(alert).map(|notice| notice.facts.number);
                if let Some(number) = number {
                    let filed = (super::flood::Group::Patient(number), route.clone(), at);
                    self.group(alert, (owed.cause, owed.seq), filed, turn);
                }
            }
            Some(Why::Inhibited { .. } | Why::Silenced { .. }) | None => {
                let why = "It was over before what kept it back.".to_owned();
                let about = (Outcome::Lapsed, owed.cause);
                self.say(alert, about, (why, None), None, turn);
            }
        }
        self.owe_nothing(alert);
        self.tidy(alert);
    }
}
