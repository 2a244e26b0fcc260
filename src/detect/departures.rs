//! What a closed hour says of each vital against the patient's own course: the
//! common input of detectors that judge by hours.

use crate::domain::Vital;

/// The vitals whose hours have a course, in the order of their places.
pub(super) const COURSE_VITALS: [Vital; 4] = [
    Vital::HeartRate,
    Vital::RespiratoryRate,
    Vital::OxygenSaturation,
    Vital::BodyTemperature,
];
/// How many they are.
pub(super) const COURSES: usize = COURSE_VITALS.len();

/// One vital's hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Departure {
    /// What was not expected, whitened, in standard deviations; positive above.
    pub(super) z: f64,
    /// The spread that departures really have over half a day and longer, in
    /// standard deviations, at least one: what whole days have in common.
    pub(super) long_run: f64,
    pub(super) value: f64,
    /// The course's level, without the daily wave.
    pub(super) level: f64,
    /// The daily wave's part at this hour.
    pub(super) wave: f64,
    /// Variance of the hours around the course.
    pub(super) variance: f64,
    /// Correlation of an hour with the one before.
    pub(super) correlation: f64,
    /// Hours with a value that the course rests on.
    pub(super) hours_known: f64,
}

/// An hour's departures, by the places of [`COURSE_VITALS`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Departures {
    pub(super) hour: u32,
    pub(super) vitals: [Option<Departure>; COURSES],
}
