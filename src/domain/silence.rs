//! What people decide about notifications for a time: maintenance silences,
//! and who stands in for whom on a rota.

use super::{AlertKind, ClinicalTime, DeviceId, EndpointId, KindPattern, PatientId, WardId};
use serde::{Deserialize, Serialize};

/// For whom and what a silence holds: all that is given must fit.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SilenceScope {
    /// Patients of this ward.
    pub ward: Option<WardId>,
    /// This patient.
    pub patient: Option<PatientId>,
    /// Whoever wears this device.
    pub device: Option<DeviceId>,
    /// Alerts of any of these kinds; empty means all.
    pub kinds: Vec<KindPattern>,
}

impl SilenceScope {
    /// Whether it names anything at all: a silence of everything is none of ours.
    pub fn is_bounded(&self) -> bool {
        self.ward.is_some() || self.patient.is_some() || self.device.is_some()
    }

    /// Whether any of its kinds fits.
    pub fn names(&self, kind: AlertKind, one_vital: bool) -> bool {
        let mut kinds = self.kinds.iter();
        self.kinds.is_empty() || kinds.any(|pattern| pattern.matches(kind, one_vital))
    }
}

/// Notifications of some alerts are kept back for a while; the alerts stand.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Silence {
    /// `sil_` and its number.
    pub id: String,
    /// Of which alerts.
    pub scope: SilenceScope,
    /// First moment.
    pub from: ClinicalTime,
    /// First moment after.
    pub until: ClinicalTime,
    /// Who asked for it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When they did.
    pub created: ClinicalTime,
    /// When and by whom it was ended before its time.
    #[serde(default)]
    pub ended: Option<(ClinicalTime, String)>,
}

impl Silence {
    /// First moment at which it no longer holds.
    pub fn end(&self) -> ClinicalTime {
        let ended = self.ended.as_ref().map(|(at, _)| *at);
        ended.map_or(self.until, |at| at.min(self.until))
    }

    /// Whether it holds at `at`.
    pub fn holds(&self, at: ClinicalTime) -> bool {
        self.from <= at && at < self.end()
    }
}

/// Who is on call instead of the weekly shift, for a while.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RotaOverride {
    /// First moment.
    pub from: ClinicalTime,
    /// First moment after.
    pub until: ClinicalTime,
    /// The endpoint that is told instead.
    pub who: EndpointId,
}

impl RotaOverride {
    /// Whether it holds at `at`.
    pub fn holds(&self, at: ClinicalTime) -> bool {
        self.from <= at && at < self.until
    }
}
