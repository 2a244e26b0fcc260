//! Calls on their way: steps, channels, and what is reported of deliveries.

use super::act::{Act, Message, Outcome, Told};
use super::call::{Call, Channel, ChannelState, Next, Try};
use super::notice::{Owed, Why};
use super::router::{Key, Router, Turn};
use super::table::Step;
use super::target::Target;
use crate::domain::{AlertId, ClinicalTime, EndpointId};
use std::collections::BTreeSet;

/// What became of an attempt to deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The receiver took it.
    Delivered,
    /// It did not, or not for certain.
    Failed {
        /// Whether the receiver may have taken it all the same.
        perhaps_received: bool,
        /// Whether it is not tried again.
        given_up: bool,
    },
}

impl Router {
    /// Begins a call.
    pub(super) fn insert_call(&mut self, call: Call, at: ClinicalTime, turn: &mut Turn<'_>) {
        let id = self.free_id();
        for alert in &call.about {
            self.calls_about.add(alert, id);
        }
        self.calls.insert(id, call);
        self.run(id, at, turn);
    }

    /// Does everything that is due in a call.
    pub(super) fn run(&mut self, id: u64, at: ClinicalTime, turn: &mut Turn<'_>) {
        while let Some((due, next)) = self.calls.get(&id).and_then(Call::next) {
            if due > at {
                break;
            }
            match next {
                Next::Step(step) => self.begin_step(id, step, at, turn),
                Next::Channel(place) => self.next_channel(id, place, at, turn),
                Next::Again => self.begin_anew(id, at, turn),
                Next::Forget => self.forget_call(id),
            }
        }
        self.fall_back(id, at, turn);
        if let Some(call) = self.calls.get_mut(&id) {
            // What a receiver may still take, an answer may still overtake.
            let waits = call.waits_for().next().is_some();
            if call.ended.is_none() && call.members.is_empty() && call.is_spent() && !waits {
                call.ended = Some(at);
            }
            let due = call.next().map(|(due, _)| due);
            self.timers.arm(Key::Call(id), due);
            self.save_call(id);
        }
    }

    fn begin_step(&mut self, id: u64, step: usize, at: ClinicalTime, turn: &mut Turn<'_>) {
        if step > 0 {
            self.keep_members_back(id, at, turn);
        }
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        if step > 0 && call.members.is_empty() {
            call.winding_down = true;
            return;
        }
        call.next = step + 1;
        call.tries.push(Try {
            step,
            channels: Vec::new(),
            moves_on: None,
            done: false,
        });
        let place = call.tries.len().saturating_sub(1);
        self.next_channel(id, place, at, turn);
    }

    /// What became silent or inhibited since goes no further, and is told once
    /// when that ends.
    pub(super) fn keep_members_back(&mut self, id: u64, at: ClinicalTime, turn: &mut Turn<'_>) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        let (cause, seq) = (call.cause, call.seq);
        for alert in call.members.clone() {
            let Some((why, until)) = self.kept_back(&alert, at, turn.directory) else {
                continue;
            };
            if let Some(call) = self.calls.get_mut(&id) {
                call.members.retain(|member| *member != alert);
            }
            let waits = self.notices.get(&alert).is_some_and(|n| n.owed.is_some());
            // Something newer waits already, and stands for this too.
            if waits || self.digests_with.knows(&alert) {
                continue;
            }
            let owed = Owed {
                cause,
                seq,
                since: at,
                served: BTreeSet::new(),
                why: None,
                until: None,
            };
            self.keep(&alert, owed, (why, until), turn);
        }
    }

    /// Tries the next channel of a step that can be used at all.
    fn next_channel(&mut self, id: u64, place: usize, at: ClinicalTime, turn: &mut Turn<'_>) {
        while let Some((step, target, within_seconds)) = self.next_target(id, place) {
            let number = turn.next_delivery;
            let chosen = self.choose(id, &target, at, turn);
            let told = |endpoint: Option<&EndpointId>, route: String| Told {
                route,
                step: step + 1,
                target: target.clone(),
                endpoint: endpoint.cloned(),
            };
            let Some(call) = self.calls.get_mut(&id) else {
                return;
            };
            let Some(one) = call.tries.get_mut(place) else {
                return;
            };
            let sent = chosen.is_ok();
            one.channels.push(Channel {
                target: target.clone(),
                endpoint: chosen.as_ref().ok().cloned(),
                delivery: sent.then_some(number),
                state: match sent {
                    true => ChannelState::Waiting,
                    false => ChannelState::Unable,
                },
            });
            one.moves_on = sent.then(|| at.plus_ms(i64::from(within_seconds) * 1000));
            let (route, cause, about) = (call.route.clone(), call.cause, call.about.clone());
            let (outcome, why) = match &chosen {
                Ok(_) => (
                    Outcome::Sent,
                    format!("Step {} of {route}: {target}.", step + 1),
                ),
                Err(why) => (Outcome::Unable, format!("{target} cannot be told: {why}.")),
            };
            for alert in &about {
                let told = told(chosen.as_ref().ok(), route.clone());
                self.say(
                    alert,
                    (outcome, cause),
                    (why.clone(), None),
                    Some(told),
                    turn,
                );
            }
            if let Ok(endpoint) = chosen {
                self.by_delivery.insert(number, id);
                self.send(id, endpoint, turn);
                return;
            }
        }
        let one = self
            .calls
            .get_mut(&id)
            .and_then(|call| call.tries.get_mut(place));
        if let Some(one) = one {
            (one.moves_on, one.done) = (None, true);
        }
    }

    /// Step, channel and its time, if the step has one left.
    fn next_target(&self, id: u64, place: usize) -> Option<(usize, Target, u32)> {
        let call = self.calls.get(&id)?;
        let one = call.tries.get(place).filter(|one| !one.done)?;
        let step: &Step = call.steps.get(one.step)?;
        let target = step.notify.get(one.channels.len())?;
        Some((one.step, target.clone(), step.within_seconds))
    }

    /// The endpoint that a channel means now, or why there is none.
    fn choose(
        &self,
        id: u64,
        target: &Target,
        at: ClinicalTime,
        turn: &Turn<'_>,
    ) -> Result<EndpointId, String> {
        let call = self.calls.get(&id).ok_or("it is over")?;
        let lead = call.about.first().and_then(|alert| self.notices.get(alert));
        let place = &lead.ok_or("it is over")?.facts.place;
        let endpoint = self.table.means(&self.overrides, target, at)?;
        match turn.directory.unable(&endpoint, place, call.cause) {
            None => Ok(endpoint),
            Some(why) => Err(why),
        }
    }

    fn send(&self, id: u64, endpoint: EndpointId, turn: &mut Turn<'_>) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        let facts = |alert: &AlertId| self.notices.get(alert).map(|n| n.facts.clone());
        let facts = call.about.iter().filter_map(facts).collect();
        let number = turn.take_number();
        turn.acts.push(Act::Send(Message {
            number,
            endpoint,
            about: call.about.clone(),
            digest: call.digest,
            event: call.cause,
            seq: call.seq,
            facts,
        }));
    }

    /// Takes what became of an attempt.
    pub fn on_report(
        &mut self,
        delivery: u64,
        attempt: Attempt,
        at: ClinicalTime,
        turn: &mut Turn<'_>,
    ) {
        let Some(id) = self.by_delivery.get(&delivery).copied() else {
            return;
        };
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let Some((place, channel_place)) = call.place_of(delivery) else {
            return;
        };
        let ended = call.ended.is_some();
        let about = call.about.clone();
        let Some(one) = call.tries.get_mut(place) else {
            return;
        };
        let last = channel_place + 1 == one.channels.len();
        let Some(channel) = one.channels.get_mut(channel_place) else {
            return;
        };
        let endpoint = channel.endpoint.clone();
        let received = match attempt {
            Attempt::Delivered => {
                channel.state = ChannelState::Delivered;
                (one.moves_on, one.done) = (None, true);
                true
            }
            Attempt::Failed {
                perhaps_received,
                given_up,
            } => {
                let first = channel.state == ChannelState::Waiting;
                if channel.is_waiting() {
                    channel.state = match given_up {
                        true => ChannelState::GivenUp,
                        false => ChannelState::Failing,
                    };
                }
                if first && last && !one.done && !ended {
                    self.next_channel(id, place, at, turn);
                }
                perhaps_received
            }
        };
        if let (true, Some(endpoint)) = (received, endpoint) {
            for alert in &about {
                self.was_told(alert, &endpoint, turn);
            }
        }
        self.run(id, at, turn);
    }

    /// An endpoint heard of an alert; if it is answered since, it hears that too.
    fn was_told(&mut self, alert: &AlertId, endpoint: &EndpointId, turn: &mut Turn<'_>) {
        let Some(notice) = self.notices.get_mut(alert) else {
            return;
        };
        let news = notice.told.insert(endpoint.clone());
        let closing = notice.closing.clone().filter(|_| news);
        self.save_notice(alert);
        if let Some(closing) = closing {
            self.tell_one(alert, endpoint, (closing.event, closing.seq), turn);
        }
    }

    /// The calls about an alert that have not ended.
    pub(super) fn calls_about(&self, alert: &AlertId) -> Vec<u64> {
        let goes_on = |call: &Call| call.ended.is_none();
        let mut calls = self.calls_about.of(alert);
        calls.retain(|id| self.calls.get(id).is_some_and(goes_on));
        calls
    }
}

impl Why {
    /// The outcome, its words and who keeps it back.
    pub(super) fn told(&self) -> (Outcome, String, Option<String>) {
        match self {
            Self::Inhibited { by } => {
                let words = format!("Inhibited by {}.", by.as_str());
                (Outcome::Inhibited, words, Some(by.as_str().to_owned()))
            }
            Self::Silenced { by } => {
                let words = format!("Silenced by {by}.");
                (Outcome::Silenced, words, Some(by.clone()))
            }
            Self::Held { route } => {
                let words = format!("Held in the quiet hours of {route}.");
                (Outcome::Held, words, None)
            }
        }
    }
}
