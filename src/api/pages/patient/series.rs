//! The vitals of a span as numbers for the charts: smallest, mean and largest of each
//! stretch, nothing where nothing was measured.

use super::values::{self, Span};
use crate::api::pages::catalogue;
use crate::api::pages::fields::Fields;
use crate::api::pages::form::Form;
use crate::api::pages::refused::Refused;
use crate::api::pages::signed_in::SignedIn;
use crate::api::pages::tile;
use crate::api::problem::Problem;
use crate::api::routes::alert_document;
use crate::api::source::{Bucket, ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::{ClinicalTime, PatientId, PatientNumber, Vital};
use crate::registry::Permission;
use crate::store::AlertFilter;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Unresolved alerts whose limits are drawn.
const ALERTS_MAX: usize = 50;

/// All charts of a patient; their lists are as long as `at`.
#[derive(Serialize)]
pub(in crate::api::pages) struct Series {
    /// Starts of the stretches, epoch seconds.
    at: Vec<f64>,
    vitals: Vec<Line>,
}

/// One chart.
#[derive(Serialize)]
struct Line {
    name: String,
    unit: &'static str,
    digits: usize,
    min: Vec<Option<f64>>,
    mean: Vec<Option<f64>>,
    max: Vec<Option<f64>>,
    /// What is usual for the patient at present.
    usual: Option<(f64, f64)>,
    /// Limits by which alerts that are not resolved were judged.
    limits: Vec<f64>,
}

/// What was read for the charts.
struct Found {
    patient: PatientNumber,
    stretches: Vec<Bucket>,
    alerts: Vec<Value>,
}

/// The numbers of the charts.
pub(in crate::api::pages) async fn series(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Series>, Refused> {
    let caller = signed_in.who_may(Permission::SeePatients, &state)?;
    let form = Form(query.as_deref().unwrap_or_default().as_bytes());
    let (span, now) = (Span::named(&form.text("span")), state.clock().clinical());
    let series = async {
        let none = || Problem::not_found("patient");
        let id = PatientId::new(&id).map_err(|_| none())?;
        let of = id.clone();
        let found = state.read(&caller, move |source| find(source, &of, span, now));
        let found = found.await?.ok_or_else(none)?;
        state
            .audit_read(&caller, "read patient", id.as_str())
            .await?;
        let number = found.patient;
        let scores = state.ask_live(move |live| live.scores(number)).await?;
        Ok(drawn(&found, scores.as_ref(), span, now))
    };
    let series: Result<Series, Problem> = series.await;
    series
        .map(Json)
        .map_err(|problem| Refused::because(&state, &caller, &problem))
}

fn find(
    source: &dyn ReadSource,
    id: &PatientId,
    span: Span,
    now: ClinicalTime,
) -> Result<Option<Found>, ReadError> {
    let Some(patient) = source.patient(id)? else {
        return Ok(None);
    };
    let filter = AlertFilter {
        patient: Some(patient.id),
        handling: vec!["open".to_owned(), "acknowledged".to_owned()],
        limit: ALERTS_MAX,
        ..AlertFilter::default()
    };
    let alerts = source.alerts(&filter)?;
    Ok(Some(Found {
        patient: patient.number,
        stretches: values::read_drawn(source, patient.number, span, now)?,
        alerts: alerts.into_iter().map(alert_document::alert).collect(),
    }))
}

fn drawn(found: &Found, scores: Option<&Value>, span: Span, now: ClinicalTime) -> Series {
    let starts: Vec<_> = span.drawn_starts(now).collect();
    let mut by_vital: BTreeMap<Vital, BTreeMap<i64, &Bucket>> = BTreeMap::new();
    for one in &found.stretches {
        let of = by_vital.entry(one.vital).or_default();
        of.insert(one.start.epoch_ms(), one);
    }
    let baselines = scores.and_then(|scores| scores.get("baselines"));
    let line = |(vital, stretches): (Vital, BTreeMap<i64, &Bucket>)| {
        let each = |of: fn(&Bucket) -> Option<f64>| {
            let at = |start| stretches.get(start).and_then(|one| of(one));
            starts.iter().map(at).collect()
        };
        Line {
            name: catalogue::vital(vital.name()),
            unit: catalogue::unit(vital.name()),
            digits: catalogue::digits(vital.name()),
            min: each(|one| one.min),
            mean: each(|one| one.mean),
            max: each(|one| one.max),
            usual: tile::usual(baselines, vital),
            limits: limits(&found.alerts, vital),
        }
    };
    Series {
        vitals: by_vital.into_iter().map(line).collect(),
        at: starts.iter().map(|start| *start as f64 / 1000.0).collect(),
    }
}

fn limits(alerts: &[Value], vital: Vital) -> Vec<f64> {
    let values = alerts.iter().map(Fields);
    let values = values.flat_map(|alert| alert.items("/evidence/values"));
    let of = values.filter(|value| value.text("/vital") == vital.name());
    let mut limits: Vec<_> = of.filter_map(|value| value.number("/limit")).collect();
    limits.sort_by(f64::total_cmp);
    limits.dedup();
    limits
}
