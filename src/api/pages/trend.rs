//! Which way a vital goes: the last ten minutes beside the forty before them.

use crate::api::language::say;
use crate::api::source::{ReadError, ReadSource};
use crate::domain::{ClinicalTime, MeasuredTime, PatientNumber, Vital};
use crate::store::ReadingsQuery;

const STRETCH_MS: u32 = 10 * 60_000;
const SPAN_MS: i64 = 50 * 60_000;

/// Which way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Trend {
    Rising,
    Falling,
    Steady,
}

impl Trend {
    pub(super) const fn arrow(self) -> &'static str {
        match self {
            Self::Rising => "↗",
            Self::Falling => "↘",
            Self::Steady => "→",
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Rising => say!("rising"),
            Self::Falling => say!("falling"),
            Self::Steady => say!("steady"),
        }
    }
}

/// The vitals that have one, and the change that counts: an engineering choice,
/// about twice what a healthy person's ten minutes differ by. It is a picture, and
/// raises nothing.
const CHANGES: [(Vital, f64); 5] = [
    (Vital::HeartRate, 8.0),
    (Vital::RespiratoryRate, 3.0),
    (Vital::OxygenSaturation, 2.0),
    (Vital::BodyTemperature, 0.3),
    (Vital::SkinTemperature, 0.5),
];

/// Trends of a patient's vitals, of what was known at a moment where one is named; one without values on both sides is left out.
pub(super) fn of(
    source: &dyn ReadSource,
    patient: PatientNumber,
    now: ClinicalTime,
    known_at: Option<ClinicalTime>,
) -> Result<Vec<(Vital, Trend)>, ReadError> {
    let end = now.epoch_ms();
    let query = ReadingsQuery {
        patient,
        vitals: CHANGES.map(|(vital, _)| vital).into(),
        from: MeasuredTime::from_epoch_ms(end - SPAN_MS),
        until: MeasuredTime::from_epoch_ms(end + 1),
        known_at,
        limit: 100,
    };
    let (stretches, _) = source.bucketed(&query, STRETCH_MS)?;
    let trend = |(vital, change): (Vital, f64)| {
        let of = stretches.iter().filter(|one| one.vital == vital);
        let (late, early): (Vec<_>, Vec<_>) =
            of.partition(|one| one.start.epoch_ms() > end - 2 * i64::from(STRETCH_MS));
        let mean = |stretches: &[&crate::api::Bucket]| {
            let values: Vec<f64> = stretches.iter().filter_map(|one| one.mean).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let difference = mean(&late)? - mean(&early)?;
        Some((
            vital,
            match difference {
                rise if rise >= change => Trend::Rising,
                fall if fall <= -change => Trend::Falling,
                _ => Trend::Steady,
            },
        ))
    };
    Ok(CHANGES.into_iter().filter_map(trend).collect())
}
