//! Which alerts a route takes, and why not the others.

use super::facts::Facts;
use super::hours::Hours;
use super::table::{Quiet, Table};
use crate::alert::EventType;
use crate::domain::{ClinicalTime, KindPattern, Priority};

/// One route.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) name: String,
    pub(super) wards: Vec<String>,
    pub(super) teams: Vec<String>,
    pub(super) kinds: Vec<KindPattern>,
    pub(super) priorities: Vec<Priority>,
    pub(super) hours: Option<Hours>,
    pub(super) chain: String,
    pub(super) event_types: Vec<EventType>,
    pub(super) goes_on: bool,
    pub(super) quiet: Option<Quiet>,
}

/// What a route says to an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The route.
    pub route: String,
    /// Why it does not take the alert; empty when it does.
    pub against: Vec<String>,
    /// Whether it was not even tried, because one before it decided.
    pub skipped: bool,
}

impl Route {
    /// Whether it takes every alert at every time.
    pub(super) fn takes_all(&self) -> bool {
        self.wards.is_empty()
            && self.teams.is_empty()
            && self.kinds.is_empty()
            && self.priorities.is_empty()
            && self.hours.is_none()
            && self.event_types.is_empty()
    }

    /// Why it does not take the alert; nothing when it does.
    pub(super) fn against(&self, facts: &Facts, cause: EventType, at: ClinicalTime) -> Vec<String> {
        let mut against = Vec::new();
        let mut check = |fits: bool, why: &dyn Fn() -> String| {
            if !fits {
                against.push(why());
            }
        };
        let place = &facts.place;
        check(one_of(&self.wards, Some(place.ward.as_str())), &|| {
            format!("the patient's ward is {}", place.ward.as_str())
        });
        let team = place.team.as_ref().map(|team| team.as_str());
        check(one_of(&self.teams, team), &|| match team {
            Some(team) => format!("the patient's team is {team}"),
            None => "the patient has no team".to_owned(),
        });
        let kinds = &self.kinds;
        let named = kinds.iter().any(|k| k.matches(facts.kind, facts.one_vital));
        check(kinds.is_empty() || named, &|| {
            format!("the kind is {}", facts.kind.name())
        });
        let priorities = &self.priorities;
        let urgent = priorities.is_empty() || priorities.contains(&facts.priority);
        check(urgent, &|| {
            format!("the priority is {}", word(facts.priority))
        });
        let hours = self.hours.as_ref();
        let open = hours.is_none_or(|hours| hours.hold(at));
        check(open, &|| "it is not among its hours".to_owned());
        let events = &self.event_types;
        check(events.is_empty() || events.contains(&cause), &|| {
            format!("the event is {}", cause.name())
        });
        against
    }
}

impl Table {
    /// The routes that take an alert whose `cause` is told at `at`, in order.
    pub(super) fn matching(
        &self,
        facts: &Facts,
        cause: EventType,
        at: ClinicalTime,
    ) -> Vec<&Route> {
        let mut found = Vec::new();
        for route in &self.routes {
            if route.against(facts, cause, at).is_empty() {
                found.push(route);
                if !route.goes_on {
                    break;
                }
            }
        }
        found
    }

    /// The same with every route and its reasons.
    pub fn tried(&self, facts: &Facts, cause: EventType, at: ClinicalTime) -> Vec<Tried> {
        let mut decided = false;
        let tried = self.routes.iter().map(|route| {
            let against = route.against(facts, cause, at);
            let skipped = decided;
            decided |= against.is_empty() && !route.goes_on;
            Tried {
                route: route.name.clone(),
                against,
                skipped,
            }
        });
        tried.collect()
    }

    /// The route of this name.
    pub(super) fn route(&self, name: &str) -> Option<&Route> {
        self.routes.iter().find(|route| route.name == name)
    }
}

fn one_of(names: &[String], name: Option<&str>) -> bool {
    names.is_empty() || name.is_some_and(|name| names.iter().any(|n| n == name))
}

/// The word for a priority.
pub(super) const fn word(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low",
        Priority::Medium => "medium",
        Priority::High => "high",
    }
}
