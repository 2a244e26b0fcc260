//! Deterioration: several vitals together depart from what is usual, at a rate
//! of false alarms that is the site's choice (`alarm_budget`).
//!
//! In: closed minutes and daily values. Out: one kind of finding,
//! [`AlertKind::Deterioration`](crate::domain::AlertKind). Way of an hour:
//! [`hours`] closes it, [`acute`] says how surprising the last hours are (`G`),
//! [`slow`] how far the last days drifted (`S`), [`rarity`] puts both on one
//! scale (`D`, the logarithm of the hours between two chance occurrences),
//! [`calibration`] learns how often this patient reaches which `D`, [`pace`]
//! keeps the speed of spending, [`judge`] decides, [`words`] tells.
//!
//! What a constant rests on stands in `settings.rs` and at each default.
//! Shapes and constants of `G` are round physiological figures and no
//! optimiser chose any, but they are not blind: labelled figures of a
//! development set of intensive-care stays were looked at before the form was
//! fixed (smoothing on, diastolic pressure in, told again after eight hours,
//! the low side at half weight; temperature's spread narrowed, respiratory
//! rate's widened). Expect some loss on other data. The hourly priors of `S`
//! are those of healthy people in the simulators; they are outweighed within
//! two days.

mod acute;
mod acute_settings;
mod calibration;
mod channel;
mod day;
mod hours;
mod judge;
mod pace;
mod rarity;
mod run;
mod settings;
mod slow;
mod slow_settings;
mod surprise;
mod words;

pub use acute_settings::{AcuteRules, AcuteVital, AcuteVitals};
pub use settings::{CalibrationRules, DeteriorationRules, PaceRules, RarityRules};
pub use slow_settings::{SlowRules, SlowScale, SlowVital, SlowVitals};

pub(super) use judge::Deterioration;
