//! The vitals of a span of time in stretches: lowest, mean and highest of each.

use crate::api::pages::catalogue;
use crate::api::pages::fields::Times;
use crate::api::pages::ward::Choice;
use crate::api::source::{Bucket, ReadError, ReadSource};
use crate::domain::{ClinicalTime, MeasuredTime, PatientNumber, Vital};
use crate::store::ReadingsQuery;

const MINUTE_MS: i64 = 60_000;

/// A span that can be looked at.
#[derive(Clone, Copy)]
pub(super) struct Span {
    name: &'static str,
    words: &'static str,
    span_ms: i64,
    stretch_ms: i64,
    /// The same of the charts, where more of them fit.
    drawn_ms: i64,
    /// How long a stretch of the table is, in words.
    pub(super) stretch: &'static str,
}

const SPANS: [Span; 3] = [
    Span {
        name: "1h",
        words: "1 hour",
        span_ms: 60 * MINUTE_MS,
        stretch_ms: 5 * MINUTE_MS,
        drawn_ms: MINUTE_MS,
        stretch: "5 minutes",
    },
    DAY,
    Span {
        name: "7d",
        words: "7 days",
        span_ms: 7 * 24 * 60 * MINUTE_MS,
        stretch_ms: 6 * 60 * MINUTE_MS,
        drawn_ms: 30 * MINUTE_MS,
        stretch: "6 hours",
    },
];

const DAY: Span = Span {
    name: "24h",
    words: "24 hours",
    span_ms: 24 * 60 * MINUTE_MS,
    stretch_ms: 60 * MINUTE_MS,
    drawn_ms: 5 * MINUTE_MS,
    stretch: "1 hour",
};

impl Span {
    /// The span of this name; a day where there is none.
    pub(super) fn named(name: &str) -> Self {
        let found = SPANS.into_iter().find(|span| span.name == name);
        found.unwrap_or(DAY)
    }

    /// By what it is asked for.
    pub(super) const fn name(self) -> &'static str {
        self.name
    }

    /// Starts of the stretches of a chart up to now.
    pub(super) fn drawn_starts(self, now: ClinicalTime) -> impl Iterator<Item = i64> {
        let width = self.drawn_ms;
        let first = (now.epoch_ms() + 1 - self.span_ms).div_euclid(width);
        (first..=now.epoch_ms().div_euclid(width)).map(move |stretch| stretch * width)
    }

    pub(super) fn choices(self) -> Vec<Choice> {
        let choice = |span: Self| Choice {
            value: span.name.to_owned(),
            words: span.words.to_owned(),
            is_chosen: span.name == self.name,
        };
        SPANS.into_iter().map(choice).collect()
    }
}

/// The table: a column a vital, a row a stretch with anything in it.
pub(super) struct Table {
    pub(super) vitals: Vec<String>,
    pub(super) rows: Vec<(String, Vec<String>)>,
}

/// What is said in words (awake, worn) has no mean, and of beats there are too many.
const fn is_summed_up(vital: Vital) -> bool {
    !matches!(
        vital,
        Vital::Consciousness | Vital::SupplementalOxygen | Vital::Worn | Vital::BeatIntervals
    )
}

/// The stretches of a patient's vitals up to now, for the table.
pub(super) fn read(
    source: &dyn ReadSource,
    patient: PatientNumber,
    span: Span,
    now: ClinicalTime,
) -> Result<Vec<Bucket>, ReadError> {
    summed_up(source, patient, (span.span_ms, span.stretch_ms), now)
}

/// The same for the charts: shorter ones.
pub(super) fn read_drawn(
    source: &dyn ReadSource,
    patient: PatientNumber,
    span: Span,
    now: ClinicalTime,
) -> Result<Vec<Bucket>, ReadError> {
    summed_up(source, patient, (span.span_ms, span.drawn_ms), now)
}

fn summed_up(
    source: &dyn ReadSource,
    patient: PatientNumber,
    (span_ms, stretch_ms): (i64, i64),
    now: ClinicalTime,
) -> Result<Vec<Bucket>, ReadError> {
    let until = now.epoch_ms() + 1;
    let stretches = (span_ms / stretch_ms) as usize + 2;
    let query = ReadingsQuery {
        patient,
        vitals: Vital::ALL
            .into_iter()
            .filter(|v| is_summed_up(*v))
            .collect(),
        from: MeasuredTime::from_epoch_ms(until - span_ms),
        until: MeasuredTime::from_epoch_ms(until),
        known_at: None,
        limit: stretches * Vital::COUNT,
    };
    let stretch_ms = u32::try_from(stretch_ms).unwrap_or(u32::MAX);
    Ok(source.bucketed(&query, stretch_ms)?.0)
}

impl Table {
    /// The newest stretch first.
    pub(super) fn of(stretches: &[Bucket], times: &Times) -> Self {
        let has = |vital: &Vital| stretches.iter().any(|one| one.vital == *vital);
        let vitals: Vec<_> = Vital::ALL.into_iter().filter(has).collect();
        let mut starts: Vec<_> = stretches.iter().map(|one| one.start.epoch_ms()).collect();
        starts.sort_unstable();
        starts.dedup();
        let cell = |start: i64, vital: Vital| {
            let of = |one: &&Bucket| one.vital == vital && one.start.epoch_ms() == start;
            stretches.iter().find(of).map_or_else(String::new, written)
        };
        let rows = starts.iter().rev().map(|start| {
            let at = times.zone.short(ClinicalTime::from_epoch_ms(*start));
            (
                at,
                vitals.iter().map(|vital| cell(*start, *vital)).collect(),
            )
        });
        Self {
            rows: rows.collect(),
            vitals: vitals
                .iter()
                .map(|vital| {
                    let (name, unit) = (vital.name(), catalogue::unit(vital.name()));
                    format!("{} {unit}", catalogue::vital(name))
                        .trim_end()
                        .to_owned()
                })
                .collect(),
        }
    }
}

fn written(one: &Bucket) -> String {
    let text = |value| catalogue::value(one.vital.name(), value);
    let doubtful = one.suspect + one.artefact;
    match (one.min, one.mean, one.max) {
        (Some(least), Some(mean), Some(most)) => {
            format!("{} | {} | {}", text(least), text(mean), text(most))
        }
        _ => format!("no good value, {doubtful} doubtful"),
    }
}
