//! Judges readings: the gate, minutes, NEWS2, fever, clinical rules from files, the
//! patient's own normal, deterioration, sustained change, pulse, activity, nights,
//! silence and the device, and what the course of treatment makes of them. One
//! detector, one file or folder.
//!
//! In: the readings of one message with their arrival ([`Observed`]), device
//! facts ([`DeviceEvent`]), the clinical context and the [`Rules`]. Out: one
//! quality a reading, and [`Finding`](crate::domain::Finding)s on transitions.
//! State: one [`Monitor`] a patient. What every patient has is flat; what needs
//! an input that this patient's devices may never send (`lane.rs`, beats, steps,
//! nights) is allocated with the first such input, because a million patients
//! send a few vitals each and not all sixteen. Copying a monitor over another
//! writes into the allocations that are there: judging on a copy, as the engine
//! does, allocates nothing once both have heard the same vitals.
//!
//! Invariant: stepping is a function of state, input, stamp and rules; no
//! clock, no randomness, and timers fire at their deadlines however late
//! [`Monitor::advance`] is called.
//! Invariant: any order of arrival inside the grace, and any repetition, close
//! the same minutes, hours, nights and days, and so raise the same alerts from
//! them (everything but the next). High fever counts readings inside a time, and
//! what staff measure acts on arrival, which has no order either; only `at` may
//! differ. One exception is kept: a lone jump that arrives
//! before any neighbour cannot be known for one.
//! Invariant: late data changes no closed minute and pages only for what holds
//! at the newest reading, while that is fresh.
//! Invariant: skin temperature feeds neither fever nor NEWS2; only good
//! readings open anything.

mod active;
mod activity;
mod base;
mod baseline;
mod budget;
mod clinical;
mod daily_wave;
mod departures;
mod deterioration;
mod deviation;
mod deviation_limit;
mod deviation_words;
mod device;
mod drift;
mod early_warning;
mod epoch;
mod extremes;
mod fever;
mod fever_late;
mod fever_low;
mod fever_rules;
mod gate;
mod lane;
mod local;
mod minutes;
mod moment;
mod monitor;
mod newest;
mod news2;
mod news2_evidence;
mod news2_late;
mod news2_rules;
mod observed;
mod on_demand;
mod oncology;
mod overnight;
mod passage;
mod persistence;
mod provenance;
mod recent;
mod rhythm;
mod rules;
mod silence;
mod step;
mod table;
mod watch_silence;
mod wear;
mod wording;

#[cfg(test)]
mod tests;

pub use active::{ActiveRise, ActiveRules};
pub use activity::ActivityDeclineRules;
pub use baseline::{BaselineSource, BaselineView, BaselineVital, LearningRules, Side};
pub use budget::{AlarmBudget, AlarmBudgets, BudgetError, BudgetPeriod};
pub use clinical::{BrokenRule, ClinicalRule, RuleFile, RuleSet, Switches};
pub use deterioration::{
    AcuteRules, AcuteVital, AcuteVitals, CalibrationRules, DeteriorationRules, PaceRules,
    RarityRules, SlowRules, SlowScale, SlowVital, SlowVitals,
};
pub use deviation::BaselineRules;
pub use device::DeviceRules;
pub use drift::{
    Bet, BettingRules, CusumRules, DriftVital, DriftVitals, EwmaRules, MultivariateRules,
    PastRules, SustainedChangeRules, TrendRules,
};
pub use early_warning::news2_bounds;
pub use extremes::OwnLimitRules;
pub use fever_low::OwnLowRules;
pub use fever_rules::{FeverRules, NeutropeniaRules, TemperatureTier};
pub use gate::{GateLimits, GateRules};
pub use monitor::Monitor;
pub use newest::Newest;
pub use news2::{News2, News2Band, News2Input, News2Parameter, News2Part, points};
pub use news2_rules::{InputAges, News2Rules, ScoreTier};
pub use observed::{DeviceEvent, Observed, Source};
pub use oncology::{
    DeviationSteps, KindWindows, OncologyRules, UrgencySteps, WindowSteps, next_window,
    urgency_in_treatment,
};
pub use overnight::{NightSource, OvernightMode, OvernightRules};
pub use provenance::{Provenance, Provenances};
pub use rhythm::IrregularPulseRules;
pub use rules::{EpochRules, LateRules, Rules};
pub use silence::{SilenceRules, SilenceVital};
pub use table::VitalTable;
