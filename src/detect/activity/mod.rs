//! Activity decline: fewer steps than this patient usually makes.
//!
//! The mean of the newest three *worn* days against the median of the worn
//! days before them, absolutely and relatively: that mean is what predicted
//! hospitalisation in patients on chemoradiotherapy (Ohri 2017: 38 % less risk
//! for each 1 000 steps more a day). A day that was not worn long enough is
//! missing, never a day without steps. Days are those of the patient's time
//! zone and close by the arrival clock, long after their end because nothing
//! here is urgent and watches deliver late.

mod days;
mod judge;
mod settings;
mod words;

pub(super) use judge::Activity;
pub use settings::ActivityDeclineRules;
