//! What a page about one patient says of itself so that it can stay alive: `page.js`
//! follows what changes, and replaces the page's marked parts.

use crate::api::state::ApiState;
use crate::domain::ClinicalTime;

/// For readings an alert's page is asked for so often at most, ms: its pictures are drawn anew.
pub(super) const ALERT_EVERY_MS: u32 = 30_000;
/// The same of a patient's page.
pub(super) const PATIENT_EVERY_MS: u32 = 5000;

/// The page's outermost element.
pub(super) struct Living {
    /// The patient whom the page is about.
    pub(super) of: String,
    pub(super) every_ms: u32,
    pub(super) now_ms: i64,
    pub(super) scale: f64,
    /// The zone of the page's times.
    pub(super) zone: String,
    /// What is said aloud when it is no longer the same.
    pub(super) said: String,
}

impl Living {
    pub(super) fn new(
        state: &ApiState,
        (of, every_ms): (&str, u32),
        now: ClinicalTime,
        said: String,
    ) -> Self {
        Self {
            of: of.to_owned(),
            every_ms,
            now_ms: now.epoch_ms(),
            scale: state.clock().scale(),
            zone: state.settings().zone.clone(),
            said,
        }
    }
}
