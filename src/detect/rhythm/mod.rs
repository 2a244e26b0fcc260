//! Irregular pulse from beat intervals, which may be atrial fibrillation.
//!
//! Once in a quarter of an hour (as shipped) the first 128 beats make a
//! window. It is judged when no beat of it can still arrive in time, so that
//! the order of arrival inside the grace changes nothing, and left out when
//! any of its minutes was not at rest, the watch was off, or beats are
//! missing. A window is irregular by the three features of Dash, Lu and Chon
//! (2009); several irregular windows, far apart, raise one alert, and regular
//! ones end it. A pulse is no ECG: the words never say more than "possible".

mod beats;
mod features;
mod judge;
mod settings;
mod window;
mod words;

pub(super) use judge::Rhythm;
pub use settings::IrregularPulseRules;

#[cfg(test)]
pub(super) use features::{BEATS, Features};
