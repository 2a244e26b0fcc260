//! The body: what is true of a simulated patient at any moment, and what a sensor reads.
//!
//! Comes in: a seed, a [`Profile`] and [`BodyEffect`]s. Goes out: [`BodyState`] for any
//! time, and values with the error of a wearable. Figures come from
//! `reference/physiology.md`; those marked there as unverified are fields, not constants.
//!
//! Invariant: the state at a time depends on nothing but (seed, profile, effects, time).

mod activity;
mod beats;
mod course;
mod patient;
mod profile;
mod rhythm;
mod sensor;

pub use activity::{Activity, Daily};
pub use beats::beat_intervals;
pub use course::{BodyChange, BodyEffect, Course};
pub use patient::{BodyState, Patient};
pub use profile::Profile;
pub use rhythm::{HOUR_MS, MINUTE_MS, circadian, local_hour};
pub use sensor::Sensor;
