//! Resting heart rate of the night, higher than this patient's own.
//!
//! A night's value is the mean of the heart rate's minutes without steps
//! between two local hours, or the resting heart rate that the watch itself
//! sends. It stands against the running median of the nights before (28 are
//! kept), either by our own rule (so far above the median, in so many of the
//! last nights) or by that of NightSignal (Alavi et al., Nat Med 2022;28:175),
//! whose classes are kept to the letter. A night closes by the arrival clock.

mod judge;
mod night;
mod night_signal;
mod settings;
mod words;

pub(super) use judge::Overnight;
pub use settings::{NightSource, OvernightMode, OvernightRules};

#[cfg(test)]
pub(super) use night_signal::{NightClass, NightSignal};
