//! What becomes due when, each thing at one time.

use crate::domain::ClinicalTime;
use std::collections::{BTreeMap, BTreeSet};

/// Deadlines by key; the earliest first, then the smaller key.
#[derive(Clone, Debug)]
pub(super) struct Timers<K> {
    due: BTreeSet<(ClinicalTime, K)>,
    armed: BTreeMap<K, ClinicalTime>,
}

impl<K> Default for Timers<K> {
    fn default() -> Self {
        Self {
            due: BTreeSet::new(),
            armed: BTreeMap::new(),
        }
    }
}

impl<K: Ord + Clone> Timers<K> {
    /// Sets the deadline of `key`; none disarms it.
    pub(super) fn arm(&mut self, key: K, due: Option<ClinicalTime>) {
        if let Some(before) = self.armed.remove(&key) {
            self.due.remove(&(before, key.clone()));
        }
        if let Some(due) = due {
            self.due.insert((due, key.clone()));
            self.armed.insert(key, due);
        }
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<ClinicalTime> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Takes the earliest deadline at or before `now`; it is disarmed.
    pub(super) fn pop(&mut self, now: ClinicalTime) -> Option<(ClinicalTime, K)> {
        let (due, key) = self.due.first().cloned()?;
        if due > now {
            return None;
        }
        self.arm(key.clone(), None);
        Some((due, key))
    }
}
