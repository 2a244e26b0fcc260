//! A patient's scores and baselines as they stand, for the API.

use super::core::Core;
use super::documents::rfc3339;
use crate::detect::{BaselineView, News2, News2Input, Rules, news2_bounds, urgency_in_treatment};
use crate::domain::{
    AlertKind, ClinicalTime, MeasuredTime, PatientContext, PatientNumber, Priority, Vital,
};
use serde_json::{Value, json};

impl Core {
    /// NEWS2 bounds with their inputs, ages and gaps, and the patient's own
    /// normal of each vital; none for a patient that does not exist.
    pub(super) fn scores(&self, patient: PatientNumber, now: ClinicalTime) -> Option<Value> {
        let state = self.patients.get(patient.0 as usize)?;
        let scored = state.monitor.news2(&state.context, &self.book.rules, now);
        let baselines: Vec<Value> = Vital::ALL
            .into_iter()
            .filter_map(|vital| {
                let (monitor, rules) = (&state.monitor, &self.book.rules);
                Some((vital, monitor.baseline(vital, &state.context, rules, now)?))
            })
            .map(|(vital, view)| baseline(vital, &view))
            .collect();
        Some(json!({
            "at": rfc3339(now.epoch_ms()),
            "news2": news2(&scored),
            "baselines": baselines,
            "treatment": treatment(&state.context, &self.book.rules, now),
            "simulated": self.book.simulated,
        }))
    }
}

/// What the engine tells of a patient whose newest good values are `newest`, in
/// the same form; without the own normal, which no newest value tells.
pub fn scores_of(
    newest: impl Fn(Vital) -> Option<News2Input>,
    context: &PatientContext,
    rules: &Rules,
    at: ClinicalTime,
) -> Value {
    json!({
        "at": rfc3339(at.epoch_ms()),
        "news2": news2(&news2_bounds(newest, context, rules, at)),
        "baselines": [],
        "treatment": treatment(context, rules, at),
    })
}

/// A sum of known parameters is a lower bound and is never called NEWS2 alone
/// (RCP 2017; news2.md, "What a partial score may and may not claim").
fn news2(scored: &News2) -> Value {
    let parts: Vec<Value> = scored
        .parts
        .iter()
        .map(|part| {
            json!({
                "parameter": part.parameter.words(),
                "value": part.value,
                "points": part.points,
                "measured_at": part.measured.map(|at| rfc3339(at.epoch_ms())),
                "age_seconds": part.age_ms.map(|age| age / 1000),
            })
        })
        .collect();
    let missing: Vec<&str> = scored
        .missing()
        .map(|parameter| parameter.words())
        .collect();
    json!({
        "score_min": scored.score_min,
        "score_max": scored.score_max,
        "complete": scored.complete,
        "single_parameter_three": scored.single_red,
        "band": scored.band,
        "oldest_age_seconds": scored.oldest_age_ms.map(|age| age / 1000),
        "missing": missing,
        "parts": parts,
        "source": "Royal College of Physicians, NEWS2, 2017",
    })
}

/// Where in the treatment the patient stands now.
fn treatment(context: &PatientContext, rules: &Rules, now: ClinicalTime) -> Value {
    // What is technical is no more urgent in any window: the sentence names none.
    let (kind, priority) = (AlertKind::DeviceOffline, Priority::Low);
    let at = MeasuredTime::from_arrival(now);
    let (_, standing) = urgency_in_treatment(context, rules, kind, priority, at);
    json!({
        "summary": standing.summary,
        "cycle": standing.cycle,
        "day": standing.day,
        "windows": standing.windows,
    })
}

fn baseline(vital: Vital, view: &BaselineView) -> Value {
    json!({
        "vital": vital.name(),
        "level": view.level,
        "rhythm": view.rhythm,
        "spread": view.spread,
        "source": view.source,
        "days": view.days,
    })
}
