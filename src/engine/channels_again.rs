//! A channel that goes on failing is told of on the others again and again, until
//! it works or somebody switches it off: no single lost message may hide it.

use super::channels::CHANNEL_FAILING;
use super::core::Core;
use super::documents::rfc3339;
use crate::domain::{ClinicalTime, EndpointId, Priority, WallTime};
use crate::registry::Endpoint;
use crate::store::JournalKind;
use serde_json::json;

impl Core {
    /// Endpoints may be otherwise than before: notes when to look next.
    pub(super) fn arm_channels(&mut self) {
        let failing = self.registry.endpoints();
        let dues = failing.filter_map(|endpoint| self.due_again(endpoint));
        self.channels_again = dues.min();
    }

    /// When an endpoint is told of again; none while it works or is off.
    fn due_again(&self, endpoint: &Endpoint) -> Option<ClinicalTime> {
        let every_ms = i64::from(self.book.failing_again_minutes) * 60_000;
        let trouble = endpoint.trouble.as_ref()?;
        // The canary is told of as a whole.
        if every_ms == 0 || endpoint.disabled.is_some() || endpoint.id.is_canary() {
            return None;
        }
        // One that an earlier version noted was told of then, nobody knows when.
        let told = trouble.told.unwrap_or(self.clock);
        Some(told.plus_ms(every_ms))
    }

    /// Tells of every channel whose time has come, once however long ago that was.
    pub(super) fn tell_again_of_channels(&mut self, at: (ClinicalTime, WallTime)) {
        let is_due = |endpoint: &&Endpoint| self.due_again(endpoint).is_some_and(|due| due <= at.0);
        let due = self.registry.endpoints().filter(is_due);
        let due: Vec<EndpointId> = due.map(|endpoint| endpoint.id.clone()).collect();
        for endpoint in due {
            self.tell_again_of(at, &endpoint);
        }
        self.arm_channels();
    }

    fn tell_again_of(&mut self, at: (ClinicalTime, WallTime), endpoint: &EndpointId) {
        let Some(changed) = self.registry.note_told_of_trouble(endpoint, at.0) else {
            return;
        };
        let body = json!({ "endpoint": endpoint.as_str(), "failing": true });
        self.journal_plain(at.0, JournalKind::DeliveryReport, None, &body);
        self.on_change(at.0, at.1, changed);
        let known = self.registry.endpoint(endpoint);
        let trouble = known.and_then(|endpoint| endpoint.trouble.as_ref());
        let data = json!({
            "since": trouble.map(|t| rfc3339(t.since.epoch_ms())),
            "error": trouble.map(|t| t.error.as_str()),
            "switched_off": false,
            "again": true,
        });
        self.tell_others(at, endpoint, CHANNEL_FAILING, Priority::High, data);
    }
}
