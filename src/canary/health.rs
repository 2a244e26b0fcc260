//! How the round trips are, for the health page.

use crate::domain::WallTime;
use std::sync::{Arc, Mutex, PoisonError};

/// How the round trips were when the canary last looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct CanaryState {
    /// When the last one ended.
    pub last_round: Option<WallTime>,
    /// How long it took, ms.
    pub took_ms: Option<i64>,
    /// Since when one is late.
    pub late_since: Option<WallTime>,
    /// How far that one got, as a stable code.
    pub seen: Option<&'static str>,
}

/// Shared with whoever shows it.
#[derive(Clone, Default)]
pub struct CanaryHealth(Arc<Mutex<CanaryState>>);

impl CanaryHealth {
    /// As it stands.
    pub fn state(&self) -> CanaryState {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, state: CanaryState) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}
