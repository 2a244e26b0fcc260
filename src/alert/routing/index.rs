//! What belongs to which alert, so that a mass outage stays cheap to decide about.

use crate::domain::AlertId;
use std::collections::{BTreeMap, BTreeSet};

/// Numbers of calls or digests by the alerts they are about.
#[derive(Clone, Debug, Default)]
pub(super) struct Index(BTreeMap<AlertId, BTreeSet<u64>>);

impl Index {
    pub(super) fn add(&mut self, alert: &AlertId, id: u64) {
        self.0.entry(alert.clone()).or_default().insert(id);
    }

    pub(super) fn remove(&mut self, alert: &AlertId, id: u64) {
        if let Some(ids) = self.0.get_mut(alert) {
            ids.remove(&id);
            if ids.is_empty() {
                self.0.remove(alert);
            }
        }
    }

    /// The numbers of an alert, in order.
    pub(super) fn of(&self, alert: &AlertId) -> Vec<u64> {
        let ids = self.0.get(alert);
        ids.into_iter().flatten().copied().collect()
    }

    pub(super) fn knows(&self, alert: &AlertId) -> bool {
        self.0.contains_key(alert)
    }
}
