//! The vitals of a period as numbers for the charts: single values where the period is
//! short and they are few, else smallest, mean and largest of each stretch. Nothing
//! stands where nothing was measured.

use super::marks::{self, Mark};
use super::news2::{self, Scored};
use super::page::patient_id;
use super::period::Period;
use super::values;
use crate::api::language::say;
use crate::api::pages::catalogue;
use crate::api::pages::fields::Fields;
use crate::api::pages::form::Form;
use crate::api::pages::refused::Refused;
use crate::api::pages::signed_in::SignedIn;
use crate::api::pages::tile;
use crate::api::pages::zones;
use crate::api::problem::Problem;
use crate::api::routes::alert_document;
use crate::api::source::{Bucket, ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::detect::Rules;
use crate::domain::{PatientId, PatientNumber, Vital};
use crate::registry::Permission;
use crate::store::{AlertFilter, PointView};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Unresolved alerts whose limits are drawn.
const ALERTS_MAX: usize = 50;
/// Single values of all charts; where there are more, they are summed up.
const SINGLE_MAX: usize = 8_000;

/// All charts of a patient.
#[derive(Serialize)]
pub(in crate::api::pages) struct Series {
    /// From when to when, epoch milliseconds.
    from: i64,
    until: i64,
    /// Whether single values are shown.
    is_single: bool,
    /// How long a stretch is otherwise, in seconds.
    stretch_seconds: i64,
    vitals: Vec<Line>,
    /// NEWS2 as a chart, where any was scored.
    news2: Option<Line>,
    marks: Vec<Mark>,
}

/// One chart; its lists are as long as `at`.
#[derive(Default, Serialize)]
struct Line {
    name: String,
    unit: &'static str,
    digits: usize,
    /// The vital's name, by which its alerts are found; empty for a score.
    vital: &'static str,
    /// Epoch seconds: when measured, or where a stretch begins.
    at: Vec<f64>,
    min: Vec<Option<f64>>,
    mean: Vec<Option<f64>>,
    max: Vec<Option<f64>>,
    /// Single values that the service did not trust.
    doubtful: Vec<Option<f64>>,
    /// The values again where any of the stretch came late.
    late: Vec<Option<f64>>,
    /// What is usual for the patient at present.
    usual: Option<(f64, f64)>,
    /// Limits by which alerts that are not resolved were judged.
    limits: Vec<f64>,
}

/// What was read for the charts.
struct Found {
    patient: PatientNumber,
    single: Option<Vec<PointView>>,
    stretches: Vec<Bucket>,
    scored: Vec<Scored>,
    /// Sums that the rules call urgent and an emergency.
    tiers: [u8; 2],
    marks: Vec<Mark>,
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
    let zone = zones::of_patient(&state, &caller, &id).await;
    let zone = zone.map_err(|problem| Refused::because(&state, &caller, &problem))?;
    let period = Period::asked(&form, &zone, state.clock().clinical());
    let late_ms = values::late_ms(&state);
    let rules = std::sync::Arc::clone(&state.inner.parts.rules);
    let series = async {
        let id = patient_id(&id)?;
        let (of, during) = (id.clone(), period.clone());
        let found = state.read(&caller, move |source| find(source, &of, &during, &rules));
        let found = found.await?.ok_or_else(|| Problem::not_found("patient"))?;
        state
            .audit_read(&caller, "read patient", id.as_str())
            .await?;
        let number = found.patient;
        let scores = state.ask_live(move |live| live.scores(number)).await?;
        Ok(drawn(found, scores.as_ref(), &period, late_ms))
    };
    let series: Result<Series, Problem> = series.await;
    series
        .map(Json)
        .map_err(|problem| Refused::because(&state, &caller, &problem))
}

fn find(
    source: &dyn ReadSource,
    id: &PatientId,
    period: &Period,
    rules: &Rules,
) -> Result<Option<Found>, ReadError> {
    let Some(patient) = source.patient(id)? else {
        return Ok(None);
    };
    let filter = AlertFilter {
        patient: Some(patient.id.clone()),
        handling: vec!["open".to_owned(), "acknowledged".to_owned()],
        limit: ALERTS_MAX,
        ..AlertFilter::default()
    };
    let alerts = source.alerts(&filter)?;
    let single = single(source, patient.number, period)?;
    Ok(Some(Found {
        patient: patient.number,
        stretches: match single {
            Some(_) => Vec::new(),
            None => values::read(source, patient.number, period, period.drawn_ms())?,
        },
        single,
        tiers: [rules.news2.medium, rules.news2.high].map(|tier| tier.at_least),
        scored: news2::over(source, &patient, period, period.drawn_ms(), rules)?,
        marks: marks::read(source, &patient, period)?.all,
        alerts: alerts.into_iter().map(alert_document::alert).collect(),
    }))
}

/// Every value of a short period; none where they are too many.
fn single(
    source: &dyn ReadSource,
    patient: PatientNumber,
    period: &Period,
) -> Result<Option<Vec<PointView>>, ReadError> {
    if !period.is_short() {
        return Ok(None);
    }
    let query = values::query(patient, period, SINGLE_MAX);
    let (points, is_more) = source.readings(&query)?;
    Ok((!is_more).then_some(points))
}

fn drawn(found: Found, scores: Option<&Value>, period: &Period, late_ms: i64) -> Series {
    let baselines = scores.and_then(|scores| scores.get("baselines"));
    let mut lines: BTreeMap<Vital, Line> = BTreeMap::new();
    let line = |vital: Vital| Line {
        name: catalogue::vital(vital.name()),
        unit: catalogue::unit(vital.name()),
        digits: catalogue::digits(vital.name()),
        vital: vital.name(),
        usual: tile::usual(baselines, vital),
        limits: limits(&found.alerts, vital),
        ..Line::default()
    };
    let is_single = found.single.is_some();
    for point in found.single.into_iter().flatten() {
        let place = lines.entry(point.vital);
        place
            .or_insert_with(|| line(point.vital))
            .point(&point, late_ms);
    }
    let width = period.drawn_ms();
    for one in &found.stretches {
        let place = lines.entry(one.vital);
        place
            .or_insert_with(|| line(one.vital))
            .stretch(one, width, late_ms);
    }
    Series {
        from: period.from.epoch_ms(),
        until: period.until.epoch_ms(),
        is_single,
        stretch_seconds: width / 1000,
        vitals: lines.into_values().collect(),
        news2: news2(&found.scored, found.tiers),
        marks: found.marks,
    }
}

impl Line {
    fn point(&mut self, point: &PointView, late_ms: i64) {
        let is_good = point.quality.is_good();
        let value = |wanted: bool| wanted.then_some(point.value);
        let is_late = point.arrived.epoch_ms() - point.at.epoch_ms() > late_ms;
        self.at.push(seconds(point.at.epoch_ms()));
        self.min.push(None);
        self.mean.push(value(is_good));
        self.max.push(None);
        self.doubtful.push(value(!is_good));
        self.late.push(value(is_late));
    }

    /// A line that ends where the next stretch has nothing joins nothing over it.
    fn stretch(&mut self, one: &Bucket, width: i64, late_ms: i64) {
        let start = seconds(one.start.epoch_ms());
        let after = self.at.last().map(|last| last + seconds(width));
        if let Some(after) = after.filter(|after| start - after > 0.5) {
            self.push(after, (None, None, None), None);
        }
        let is_late = one.delay_ms_max > late_ms;
        self.push(
            start,
            (one.min, one.mean, one.max),
            one.mean.filter(|_| is_late),
        );
    }

    fn push(
        &mut self,
        at: f64,
        (min, mean, max): (Option<f64>, Option<f64>, Option<f64>),
        late: Option<f64>,
    ) {
        self.at.push(at);
        self.min.push(min);
        self.mean.push(mean);
        self.max.push(max);
        self.doubtful.push(None);
        self.late.push(late);
    }
}

/// The least is proven; the most is what missing inputs could add.
fn news2(scored: &[Scored], tiers: [u8; 2]) -> Option<Line> {
    let mut line = Line {
        limits: tiers.map(f64::from).to_vec(),
        name: say!("NEWS2, the least and the most that it can be").to_owned(),
        ..Line::default()
    };
    let mut before = None;
    for one in scored {
        if before.is_some_and(|before| one.start > before) {
            let end = before.map_or(0.0, seconds);
            line.push(end, (None, None, None), None);
        }
        let (least, most) = (f64::from(one.least), f64::from(one.most));
        line.push(
            seconds(one.at),
            (Some(least), Some(least), Some(most)),
            None,
        );
        before = Some(one.at);
    }
    (!scored.is_empty()).then_some(line)
}

fn seconds(epoch_ms: i64) -> f64 {
    epoch_ms as f64 / 1000.0
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
