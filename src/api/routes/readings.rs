//! `/v1/patients/{id}/readings`: stored readings, also as known at a moment.

use super::Answer;
use super::patients::find;
use crate::api::access::SeesPatients;
use crate::api::cursor::{self, Page};
use crate::api::extract::At;
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::query::Asked;
use crate::api::source::{ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::{
    ClinicalTime, DeviceNumber, MeasuredTime, PatientId, PatientNumber, Quality, QualityReason,
    Vital,
};
use crate::store::{PointView, ReadingsQuery};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A day, the span when none is asked for.
const DAY_MS: i64 = 86_400_000;
/// Readings of one moment that a page may begin behind; more stand only in a forged cursor.
const SKIP_MAX: usize = 10_000;

/// One stored reading.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct ReadingView {
    /// The vital's full name (`heart_rate`).
    pub(super) vital: &'static str,
    /// UCUM unit, empty for a state.
    pub(super) unit: &'static str,
    /// In that unit. States: `worn` and `supplemental_oxygen` 1 or 0,
    /// `consciousness` 0 Alert, 1 Confusion, 2 Voice, 3 Pain, 4 Unresponsive.
    pub(super) value: f64,
    pub(super) measured_at: Moment,
    pub(super) arrived_at: Moment,
    /// `good`, `suspect` or `artefact`.
    pub(super) quality: &'static str,
    /// Why it is not good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) quality_reason: Option<QualityName>,
    /// The device that measured it; absent for what staff or an app entered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device: Option<String>,
}

/// A reason with its stable name.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub(in crate::api) struct QualityName(QualityReason);

impl QualityName {
    /// As JSON has it.
    pub(super) const fn text(&self) -> &'static str {
        self.0.name()
    }
}

impl ReadingView {
    pub(super) fn new(point: &PointView, devices: &BTreeMap<u32, String>) -> Self {
        let facts = point.vital.facts();
        let (quality, reason) = match point.quality {
            Quality::Good | Quality::GoodLiftsPrevious => ("good", None),
            Quality::Suspect(reason) => ("suspect", Some(reason)),
            Quality::Artefact(reason) => ("artefact", Some(reason)),
        };
        Self {
            vital: facts.name,
            unit: facts.unit,
            value: point.value,
            measured_at: point.at.into(),
            arrived_at: point.arrived.into(),
            quality,
            quality_reason: reason.map(QualityName),
            device: devices.get(&point.device.0).cloned(),
        }
    }
}

/// The identifiers of the devices that measured `points`.
pub(super) fn devices_of<'a>(
    source: &dyn ReadSource,
    points: impl Iterator<Item = &'a PointView>,
) -> Result<BTreeMap<u32, String>, ReadError> {
    let mut names: BTreeMap<u32, Option<String>> = BTreeMap::new();
    for point in points {
        if let std::collections::btree_map::Entry::Vacant(place) = names.entry(point.device.0) {
            let device = source.device_by_number(DeviceNumber(point.device.0))?;
            place.insert(device.map(|device| device.id.into()));
        }
    }
    Ok(names
        .into_iter()
        .filter_map(|(number, name)| name.map(|name| (number, name)))
        .collect())
}

/// Which readings.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct ReadingsAsk {
    /// Full names separated by commas; all vitals when left out.
    vitals: Option<String>,
    /// First measured moment; a day before `until` when left out.
    from: Option<Moment>,
    /// First measured moment after; now when left out.
    until: Option<Moment>,
    /// Only what was known at that time of arrival.
    known_at: Option<Moment>,
    /// Page length, 1 to 1000.
    limit: Option<usize>,
    /// `next` of the page before; the other parameters must stay the same.
    cursor: Option<String>,
}

/// Readings by vital, then measured time.
#[utoipa::path(get, path = "/v1/patients/{id}/readings", tag = "readings",
    security(("token" = ["see_patients"])), params(("id" = String, Path), ReadingsAsk),
    responses((status = 200, body = Page<ReadingView>)))]
pub(in crate::api) async fn list(
    SeesPatients(caller): SeesPatients,
    State(state): State<ApiState>,
    At(id): At<PatientId>,
    Asked(ask): Asked<ReadingsAsk>,
) -> Answer<Page<ReadingView>> {
    let limit = cursor::limit(ask.limit)?;
    let place: Option<Place> = cursor::decode(ask.cursor.as_deref())?;
    if place.is_some_and(|place| place.skip > SKIP_MAX) {
        return Err(Problem::parameter("cursor", cursor::NOT_OURS));
    }
    let patient = find(&state, &caller, &id).await?;
    let range = (ask.vitals.as_deref(), ask.from, ask.until, ask.known_at);
    let mut query = query(patient.number, range, state.clock().clinical())?;
    query.limit = limit;
    let page = state
        .read(&caller, move |source| page(source, query, place))
        .await?;
    state
        .audit_read(&caller, "read readings", id.as_str())
        .await?;
    Ok(Json(page))
}

/// Where the next page begins: with a vital at a moment, behind so many
/// readings of that moment.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Place {
    vital: Vital,
    at: i64,
    skip: usize,
}

/// A page of readings from a place on.
pub(super) fn page(
    source: &dyn ReadSource,
    mut query: ReadingsQuery,
    place: Option<Place>,
) -> Result<Page<ReadingView>, ReadError> {
    let limit = query.limit;
    if query.vitals.is_empty() {
        query.vitals = Vital::ALL.to_vec();
    }
    let (mut points, mut more, mut skip) = (Vec::new(), false, 0);
    if let Some(place) = place {
        let mut of_vital = query.clone();
        of_vital.vitals = vec![place.vital];
        of_vital.from = query.from.max(MeasuredTime::from_epoch_ms(place.at));
        of_vital.limit = limit + place.skip;
        (points, more) = source.readings(&of_vital)?;
        query.vitals.retain(|vital| *vital > place.vital);
        skip = place.skip;
    }
    let room = (limit + skip).saturating_sub(points.len());
    if !more && !query.vitals.is_empty() {
        // Without room, one reading tells whether another page has any.
        query.limit = room.max(1);
        let (further, more_further) = source.readings(&query)?;
        more = more_further || (room == 0 && !further.is_empty());
        points.extend(further.into_iter().take(room));
    }
    let next = points.last().filter(|_| more).map(|last| {
        let is_same = |point: &&PointView| (point.vital, point.at) == (last.vital, last.at);
        cursor::encode(&Place {
            vital: last.vital,
            at: last.at.epoch_ms(),
            skip: points.iter().rev().take_while(is_same).count(),
        })
    });
    let shown = points.get(skip..).unwrap_or_default();
    let devices = devices_of(source, shown.iter())?;
    let items = shown
        .iter()
        .map(|point| ReadingView::new(point, &devices))
        .collect();
    Ok(Page { items, next })
}

type Range<'a> = (
    Option<&'a str>,
    Option<Moment>,
    Option<Moment>,
    Option<Moment>,
);

/// The store's question for (vitals, from, until, known at), without a limit yet.
pub(super) fn query(
    patient: PatientNumber,
    (vitals, from, until, known_at): Range<'_>,
    now: ClinicalTime,
) -> Result<ReadingsQuery, Problem> {
    // The end is exclusive; without one, what was measured just now counts.
    let until = until.map_or(now.epoch_ms().saturating_add(1), |until| until.0);
    let from = from.map_or(until.saturating_sub(DAY_MS), |from| from.0);
    if from >= until {
        return Err(Problem::parameter("from", "must be before `until`"));
    }
    Ok(ReadingsQuery {
        patient,
        vitals: vitals.map(vitals_of).transpose()?.unwrap_or_default(),
        from: MeasuredTime::from_epoch_ms(from),
        until: MeasuredTime::from_epoch_ms(until),
        known_at: known_at.map(Moment::clinical),
        limit: 0,
    })
}

fn vitals_of(text: &str) -> Result<Vec<Vital>, Problem> {
    let unknown = || {
        let names = Vital::ALL.map(Vital::name).join(", ");
        Problem::parameter("vitals", format!("must be of {names} separated by commas"))
    };
    let mut vitals = Vec::new();
    for name in text.split(',').map(str::trim) {
        let vital = Vital::from_name(name).ok_or_else(unknown)?;
        if !vitals.contains(&vital) {
            vitals.push(vital);
        }
    }
    Ok(vitals)
}
