//! A channel that fails is told of on the others, in the commit that notes it.

use super::core::Core;
use super::documents::{put, rfc3339};
use super::telling::Told;
use crate::domain::{
    ChannelTrouble, ClinicalTime, DeliveryReport, DeliveryVerdict, EndpointId, Priority, WallTime,
};
use crate::registry::{Command, Endpoint};
use crate::store::{DeliveryOrigin, JournalKind, Write};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) const CHANNEL_FAILING: &str = "system.channel_failing";
const CHANNEL_RECOVERED: &str = "system.channel_recovered";
const DEAD_LETTER: &str = "system.dead_letter";
/// A dead letter of a channel is told of at most so often: a channel that is
/// down for days gives up everything it was to tell.
const DEAD_LETTER_EVERY_MS: i64 = 10 * 60_000;

/// What happened to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelChange {
    /// It has taken nothing for longer than the configured limit.
    Failing {
        /// Its first failed attempt.
        since: WallTime,
        /// The code of the last one.
        error: &'static str,
    },
    /// It takes deliveries again.
    Recovered,
    /// The machine's clock was set back: what was to be tried again at a moment
    /// of the old clock would wait for as long as that.
    ClockSetBack,
}

/// When a dead letter of each channel was last told of, and how many were not.
#[derive(Default)]
pub(super) struct DeadLetters(BTreeMap<EndpointId, (ClinicalTime, u64)>);

impl DeadLetters {
    /// How many to tell of now; none while the last telling is too young.
    fn note(&mut self, endpoint: &EndpointId, now: ClinicalTime) -> Option<u64> {
        let (told, untold) = self
            .0
            .entry(endpoint.clone())
            .or_insert((ClinicalTime::from_epoch_ms(i64::MIN), 0));
        *untold += 1;
        if now.ms_since(*told) < DEAD_LETTER_EVERY_MS {
            return None;
        }
        *told = now;
        Some(std::mem::take(untold))
    }
}

impl Core {
    pub(super) fn on_delivery_report(
        &mut self,
        stamp: ClinicalTime,
        received: WallTime,
        report: DeliveryReport,
    ) {
        let body = json!({
            "delivery": report.delivery.as_str(),
            "status": report.status,
            "error": report.error,
            "delivered": report.verdict == DeliveryVerdict::Delivered,
        });
        self.journal_plain(stamp, JournalKind::DeliveryReport, None, &body);
        let at = (stamp, received);
        match report.verdict {
            DeliveryVerdict::Delivered | DeliveryVerdict::RetryAt(_) => {}
            DeliveryVerdict::GivenUp => self.on_given_up(at, &report),
            DeliveryVerdict::EndpointGone => self.on_gone(at, &report),
        }
        self.route_report(at, &report);
        self.batch.write(Write::DeliveryReport(report));
    }

    /// 410: the endpoint is switched off, and that is said aloud.
    fn on_gone(&mut self, at: (ClinicalTime, WallTime), report: &DeliveryReport) {
        let Some(origin) = self.history.delivery_of(&report.delivery) else {
            return;
        };
        let command = Command::DisableEndpoint {
            id: origin.endpoint.clone(),
            reason: Some(Endpoint::GONE.to_owned()),
        };
        // The endpoint is known: it was just looked up.
        let _ = self.on_command(at.0, at.1, &command, "wardlight");
        let data = json!({
            "since": rfc3339(report.at.epoch_ms()),
            "error": report.error,
            "switched_off": true,
            "alert": origin.alert,
        });
        let urgency = Priority::High;
        self.tell_others(at, &origin.endpoint, CHANNEL_FAILING, urgency, data);
    }

    fn on_given_up(&mut self, at: (ClinicalTime, WallTime), report: &DeliveryReport) {
        let Some(origin) = self.history.delivery_of(&report.delivery) else {
            return;
        };
        // A channel that is down must not be told of for ever because others
        // that are down could not be told of it.
        if origin.event_type.starts_with("system.") || origin.endpoint.is_canary() {
            return;
        }
        // An answer came before it arrived: nobody missed it.
        if origin.superseded {
            return;
        }
        let Some(count) = self.dead_letters.note(&origin.endpoint, at.0) else {
            return;
        };
        let data = dead_letter(report, &origin, count);
        let urgency = origin.urgency.max(Priority::Medium);
        self.tell_others(at, &origin.endpoint, DEAD_LETTER, urgency, data);
    }

    /// An endpoint began to fail, or works again: noted, and told once.
    pub(super) fn on_channel(
        &mut self,
        at: (ClinicalTime, WallTime),
        endpoint: &EndpointId,
        change: ChannelChange,
    ) {
        if change == ChannelChange::ClockSetBack {
            self.wake(at, endpoint);
            return;
        }
        // Its round trips are told of as a whole: this would say it twice.
        if endpoint.is_canary() {
            return;
        }
        let (event, urgency, trouble) = match change {
            ChannelChange::Failing { since, error } => {
                let error = error.to_owned();
                let told = Some(at.0);
                let trouble = Some(ChannelTrouble { since, error, told });
                (CHANNEL_FAILING, Priority::High, trouble)
            }
            ChannelChange::Recovered | ChannelChange::ClockSetBack => {
                (CHANNEL_RECOVERED, Priority::Low, None)
            }
        };
        let before = self.registry.endpoint(endpoint);
        let before = before.and_then(|endpoint| endpoint.trouble.clone());
        let Some(changed) = self.registry.note_trouble(endpoint, trouble.clone()) else {
            return;
        };
        let body = json!({
            "endpoint": endpoint.as_str(),
            "failing": trouble.is_some(),
        });
        self.journal_plain(at.0, JournalKind::DeliveryReport, None, &body);
        self.on_change(at.0, at.1, changed);
        if trouble.is_none() {
            // What waited for a late retry goes now.
            let (endpoint, at) = (endpoint.clone(), at.1);
            self.batch.write(Write::WakeDeliveries { endpoint, at });
        }
        let shown = trouble.or(before);
        let data = json!({
            "since": shown.as_ref().map(|t| rfc3339(t.since.epoch_ms())),
            "error": shown.map(|t| t.error),
            "switched_off": false,
        });
        self.tell_others(at, endpoint, event, urgency, data);
    }

    /// All that waits for an endpoint is due now.
    fn wake(&mut self, at: (ClinicalTime, WallTime), endpoint: &EndpointId) {
        let body = json!({ "endpoint": endpoint.as_str(), "clock_set_back": true });
        self.journal_plain(at.0, JournalKind::DeliveryReport, None, &body);
        let (endpoint, at) = (endpoint.clone(), at.1);
        self.batch.write(Write::WakeDeliveries { endpoint, at });
        self.batch.new_deliveries = true;
    }

    /// Tells every other channel that wants to hear of it.
    pub(super) fn tell_others(
        &mut self,
        at: (ClinicalTime, WallTime),
        failed: &EndpointId,
        event: &'static str,
        urgency: Priority,
        data: Value,
    ) {
        let others: Vec<_> = self
            .registry
            .endpoints()
            .filter(|e| e.id != *failed && e.disabled.is_none() && e.channel.system_events)
            .map(|endpoint| endpoint.id.clone())
            .collect();
        for endpoint in others {
            self.tell_of_channel(at, endpoint, failed, (event, urgency), data.clone());
        }
    }

    /// Writes `endpoint` a delivery about the channel `of`.
    pub(super) fn tell_of_channel(
        &mut self,
        at: (ClinicalTime, WallTime),
        endpoint: EndpointId,
        of: &EndpointId,
        (event_type, urgency): (&'static str, Priority),
        mut data: Value,
    ) {
        let about = self.registry.endpoint(of);
        put(&mut data, "channel", of.as_str());
        put(&mut data, "label", about.map(|about| about.label.as_str()));
        put(
            &mut data,
            "format",
            about.map(|about| about.channel.format.name()),
        );
        put(&mut data, "priority", json!(urgency));
        put(&mut data, "simulated", self.book.simulated);
        put(&mut data, "href", format!("/v1/webhooks/{}", of.as_str()));
        let body = json!({
            "type": event_type,
            "timestamp": rfc3339(at.0.epoch_ms()),
            "data": data,
        });
        let told = Told {
            event: 0,
            event_type,
            patient: None,
            urgency,
            body,
        };
        self.deliver(at, endpoint, told);
    }
}

fn dead_letter(report: &DeliveryReport, origin: &DeliveryOrigin, count: u64) -> Value {
    json!({
        "delivery": report.delivery.as_str(),
        "event_type": origin.event_type,
        "alert": origin.alert,
        "reason": "schedule_used_up",
        "error": report.error,
        "status": report.status,
        "dead_letters": count,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_letters_of_one_channel_are_told_at_most_every_ten_minutes_with_their_number() {
        let mut letters = DeadLetters::default();
        let at = ClinicalTime::from_epoch_ms;
        let board = EndpointId::new("board").unwrap();
        let other = EndpointId::new("other").unwrap();
        assert_eq!(letters.note(&board, at(0)), Some(1));
        assert_eq!(letters.note(&board, at(1)), None);
        assert_eq!(letters.note(&other, at(1)), Some(1));
        assert_eq!(letters.note(&board, at(DEAD_LETTER_EVERY_MS - 1)), None);
        assert_eq!(letters.note(&board, at(DEAD_LETTER_EVERY_MS)), Some(3));
    }
}
