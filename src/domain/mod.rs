//! Words of the trade: ids, times, vitals, readings, alerts.
//!
//! In: nothing. Out: types that every other room shares.
//!
//! Invariant: this room imports nothing of ours.
//! Invariant: identifiers and measured values print as a placeholder, so that
//! none can reach a log by accident.

mod alert;
mod canary;
mod channel;
mod context;
mod delivery;
mod finding;
mod id;
mod kind_pattern;
mod order;
mod quality;
mod quarantine;
mod reading;
mod rule_id;
mod silence;
mod status;
mod time;
mod treatment;
mod vital;

pub use alert::{AlertKind, Condition, Handling, Priority, Usefulness};
pub use canary::CANARY;
pub use channel::{ChannelFormat, ChannelOptions, ChannelTrouble, SecretUse};
pub use context::{ExpectedVital, PatientContext, PatientLimit, Pause, Period, Spo2Scale};
pub use delivery::{DeliveryReport, DeliveryVerdict};
pub use finding::{
    Evidence, EvidenceValue, Figure, Finding, FindingState, compact_kind, compact_quality,
};
pub use id::{
    AlertId, DeliveryId, DeviceId, DeviceNumber, EndpointId, IdError, PatientId, PatientNumber,
    TeamId, WardId,
};
pub use kind_pattern::{KindPattern, KindPatternError};
pub use order::{LinkRefused, LinkedAction, Order, OrderAction, OrderActionError, OrderWay};
pub use quality::{Quality, QualityReason};
pub use quarantine::QuarantineReason;
pub use reading::{DeviceMessage, Reading, ReadingSource, RejectedValue, RejectionReason};
pub use rule_id::{RuleId, RuleIdError};
pub use silence::{RotaOverride, Silence, SilenceScope};
pub use status::DeviceStatus;
pub use time::{ClinicalTime, MeasuredTime, WallTime};
pub use treatment::{
    Administration, AdministrationKind, NadirDays, Regimen, TreatmentContext, TreatmentWindow,
};
pub use vital::{Vital, VitalFacts};
