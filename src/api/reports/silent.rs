//! Silences that a person closed while they last: they are quiet, not over.

use super::bounds::Untold;
use super::handover::Line;
use super::told::Told;
use crate::api::moment::Moment;
use crate::api::source::ReadSource;
use crate::domain::{ClinicalTime, Condition, Handling, MeasuredTime, PatientNumber, Vital};
use crate::store::{ReadingsQuery, StandingView};

/// Kinds that say that nothing is heard.
const SILENCES: [&str; 4] = ["device_silent", "device_offline", "silent", "never_heard"];

/// Whether it says that nothing is heard.
pub(super) fn is_silence(told: &Told) -> bool {
    SILENCES.contains(&told.kind.as_str())
}

/// A silence that was closed, with its closing.
pub(super) struct ClosedSilence {
    told: Told,
    closed: Told,
}

impl ClosedSilence {
    /// One of a closed alert that held when it was closed.
    fn of(view: &StandingView) -> Result<Option<Self>, Untold> {
        let told = Told::read(&view.newest)?;
        let is_closed = told.handling == Handling::Resolved && told.condition == Condition::Active;
        let Some(closed) = view.closed.as_deref().filter(|_| is_closed) else {
            return Ok(None);
        };
        let closed = Told::read(closed)?;
        Ok(is_silence(&told).then_some(Self { told, closed }))
    }

    /// As the handover shows it.
    pub(super) fn line(self, names: (&str, &str), at: Moment) -> Line {
        Line {
            closed_by: self.closed.author,
            closed_at: Some(self.closed.at),
            ..Line::new(self.told, None, names, at)
        }
    }

    /// Whether an alert about the same was raised after it: then that one speaks.
    fn is_followed_by(&self, other: &Told) -> bool {
        other.kind == self.told.kind
            && other.vital == self.told.vital
            && other.raised_at > self.told.raised_at
    }
}

/// Those of a patient that nothing had ended when `at` began: of what was closed
/// no event tells the end, only a reading from after it.
pub(super) fn closed_silences(
    source: &dyn ReadSource,
    patient: PatientNumber,
    standing: &[StandingView],
    at: ClinicalTime,
) -> Result<Vec<ClosedSilence>, Untold> {
    let told: Result<Vec<Told>, Untold> = standing.iter().map(|v| Told::read(&v.newest)).collect();
    let told = told?;
    let mut silent = Vec::new();
    for view in standing {
        let Some(closed) = ClosedSilence::of(view)? else {
            continue;
        };
        let followed = told.iter().any(|other| closed.is_followed_by(other));
        if !followed && !is_heard(source, patient, &closed, at)? {
            silent.push(closed);
        }
    }
    Ok(silent)
}

/// Whether a reading of the vital, or of any, was known when `at` began that was
/// measured after the closing.
fn is_heard(
    source: &dyn ReadSource,
    patient: PatientNumber,
    silence: &ClosedSilence,
    at: ClinicalTime,
) -> Result<bool, Untold> {
    let vital = silence.told.vital.as_deref().and_then(Vital::from_name);
    let query = ReadingsQuery {
        patient,
        vitals: vital.into_iter().collect(),
        from: MeasuredTime::from_epoch_ms(silence.closed.at.0),
        until: MeasuredTime::from_epoch_ms(at.epoch_ms()),
        known_at: Some(at.plus_ms(-1)),
        limit: 1,
    };
    let (points, _) = source.readings(&query)?;
    Ok(!points.is_empty())
}
