//! `/v1/alerts`: what was raised, and what became of it.

use super::{Answer, alert_document};
use crate::api::access::{Caller, SeesPatients};
use crate::api::cursor::{self, Page};
use crate::api::extract::At;
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::query::Asked;
use crate::api::state::ApiState;
use crate::domain::{AlertId, AlertKind, PatientId, WardId};
use crate::store::{AlertFilter, AlertView};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

/// Events of one alert that are shown; an episode has few.
const EVENTS_MAX: usize = 1000;

/// One alert episode. Fields beyond these depend on its kind.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Alert)]
pub(in crate::api) struct AlertShape {
    id: String,
    /// The patient's pseudonym.
    patient: String,
    /// `fever_on_treatment`, `news2`, `baseline_deviation`, `irregular_pulse`,
    /// `sustained_change`, `activity_decline`, `overnight_heart_rate`, `silent`,
    /// `rule`, …
    kind: String,
    /// The vital it is about, where there is one.
    vital: Option<String>,
    /// The clinical rule it is about, for the kind `rule`.
    rule: Option<String>,
    /// `high`, `medium` or `low`.
    priority: String,
    /// The highest it has been.
    highest_priority: String,
    /// `active` or `ended`.
    condition: String,
    /// `open`, `acknowledged` or `resolved`.
    handling: String,
    /// When it was raised.
    raised_at: Moment,
    /// When the condition began, by measured time.
    began_at: Moment,
    /// Until when it is quiet, and because of whom.
    snoozed: Option<SnoozedShape>,
    /// Who takes care of it.
    assigned: Option<AssignedShape>,
    /// When a person last acknowledged, snoozed, resolved or reopened it.
    answered_at: Option<Moment>,
    /// The same in the words of IHE ACM.
    acm: AcmShape,
    /// Sequence of its newest event.
    newest_event: u64,
    /// From what it was raised.
    evidence: EvidenceShape,
}

/// What an alert rests on. Fields beyond these depend on the rule.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Evidence)]
pub(in crate::api) struct EvidenceShape {
    /// The rule's name.
    rule: String,
    /// One sentence for a nurse.
    summary: String,
    /// Where in the treatment the patient stood; only alerts about the body have it.
    treatment: Option<TreatmentShape>,
}

/// Where in the treatment a patient stood when an alert was judged.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Treatment)]
pub(in crate::api) struct TreatmentShape {
    /// One sentence for a nurse.
    summary: String,
    /// The moment it speaks of: that of the newest deciding value.
    at: Moment,
    /// The cycle that runs by the record; absent where none does.
    cycle: Option<u16>,
    /// Its day, from 1.
    day: Option<u16>,
    /// `expected_nadir`, `neutropenia`, `post_infusion`.
    windows: Vec<String>,
    /// How urgent the alert would be without the windows: `high`, `medium` or `low`.
    priority_without: String,
}

/// A person made the alert quiet.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Snoozed)]
pub(in crate::api) struct SnoozedShape {
    until: Moment,
    by: String,
    at: Moment,
    reason: Option<String>,
}

/// A named person or team takes care of the alert.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Assigned)]
pub(in crate::api) struct AssignedShape {
    to: String,
    by: String,
    at: Moment,
}

/// The alert in the words of IHE ACM (ISO/IEEE 11073).
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Acm)]
pub(in crate::api) struct AcmShape {
    /// Of its newest event: `start`, `continue`, `end`, `update`, `escalate`,
    /// `deescalate`, `reset`; none for what ACM does not report.
    phase: Option<String>,
    /// `inactive`, `active`, `latched`.
    state: String,
    /// `enabled`, or `audio-paused` (snoozed) and `alert-acknowledged`.
    inactivation: Vec<String>,
    /// `SP` physiological, `ST` technical.
    #[serde(rename = "type")]
    alert_type: String,
    /// `PL`, `PM` or `PH`.
    priority: String,
}

/// Something that happened to an alert.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = AlertEvent)]
pub(in crate::api) struct EventShape {
    /// Its place in the order of all events; the stream's event id.
    seq: u64,
    /// `alert.raised`, `alert.acknowledged`, …
    #[serde(rename = "type")]
    event_type: String,
    /// The ward of its patient.
    ward: String,
    /// What happened.
    #[schema(value_type = Object)]
    data: serde_json::Value,
}

/// Which alerts.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct AlertsAsk {
    /// Only this patient's.
    #[param(value_type = Option<String>)]
    patient: Option<PatientId>,
    /// Only this ward's.
    #[param(value_type = Option<String>)]
    ward: Option<WardId>,
    /// `open`, `acknowledged`, `resolved`, separated by commas.
    handling: Option<String>,
    /// `active`, `ended`, separated by commas.
    condition: Option<String>,
    /// Kinds separated by commas.
    kind: Option<String>,
    /// `high`, `medium`, `low`, separated by commas.
    priority: Option<String>,
    /// Only raised at or after.
    raised_from: Option<Moment>,
    /// Page length, 1 to 1000.
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Alerts, the one with the newest event first.
#[utoipa::path(get, path = "/v1/alerts", tag = "alerts", security(("token" = ["see_patients"])),
    params(AlertsAsk), responses((status = 200, body = Page<AlertShape>)))]
pub(in crate::api) async fn list(
    SeesPatients(caller): SeesPatients,
    State(state): State<ApiState>,
    Asked(ask): Asked<AlertsAsk>,
) -> Answer<Page<serde_json::Value>> {
    let limit = cursor::limit(ask.limit)?;
    let subject = match (&ask.patient, &ask.ward) {
        (Some(patient), _) => patient.as_str().to_owned(),
        (None, Some(ward)) => ward.as_str().to_owned(),
        (None, None) => String::from("*"),
    };
    let filter = AlertFilter {
        handling: words(
            "handling",
            ask.handling,
            &["open", "acknowledged", "resolved"],
        )?,
        condition: words("condition", ask.condition, &["active", "ended"])?,
        kind: words("kind", ask.kind, &AlertKind::NAMES)?,
        priority: words("priority", ask.priority, &["high", "medium", "low"])?,
        patient: ask.patient,
        wards: ask.ward.into_iter().collect(),
        raised_from: ask.raised_from.map(Moment::clinical),
        after: cursor::decode(ask.cursor.as_deref())?,
        limit: limit + 1,
    };
    let alerts = state
        .read(&caller, move |source| source.alerts(&filter))
        .await?;
    state.audit_read(&caller, "list alerts", &subject).await?;
    let place = |last: &AlertView| (last.newest_event, last.id.clone());
    Ok(Json(cursor::page(
        alerts,
        limit,
        place,
        alert_document::alert,
    )))
}

/// One alert.
#[utoipa::path(get, path = "/v1/alerts/{id}", tag = "alerts", security(("token" = ["see_patients"])),
    params(("id" = String, Path)), responses((status = 200, body = AlertShape)))]
pub(in crate::api) async fn one(
    SeesPatients(caller): SeesPatients,
    State(state): State<ApiState>,
    At(id): At<AlertId>,
) -> Answer<serde_json::Value> {
    let alert = find(&state, &caller, id).await?;
    state
        .audit_read(&caller, "read alert", alert.id.as_str())
        .await?;
    Ok(Json(alert_document::alert(alert)))
}

/// What happened to one alert.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Events {
    /// Oldest first.
    #[schema(value_type = Vec<EventShape>)]
    items: Vec<serde_json::Value>,
}

/// What happened to one alert, oldest first.
#[utoipa::path(get, path = "/v1/alerts/{id}/events", tag = "alerts",
    security(("token" = ["see_patients"])), params(("id" = String, Path)),
    responses((status = 200, body = Events)))]
pub(in crate::api) async fn events(
    SeesPatients(caller): SeesPatients,
    State(state): State<ApiState>,
    At(id): At<AlertId>,
) -> Answer<Events> {
    let alert = find(&state, &caller, id).await?;
    state
        .audit_read(&caller, "read alert", alert.id.as_str())
        .await?;
    let events = state
        .read(&caller, move |source| source.alert_events_of(&alert.id))
        .await?;
    let items = events
        .iter()
        .take(EVENTS_MAX)
        .map(alert_document::event)
        .collect();
    Ok(Json(Events { items }))
}

/// An alert judged again from what was known then, by the rules of then: whether it
/// comes out the same, and whether what is stored is what was judged.
///
/// `verdict` is `confirmed`, `mismatch` (`problems` say what differs), `other_version`
/// and `not_recomputed` (`notes` say why it was not judged again), or `cannot` (nothing
/// is left to judge from).
#[utoipa::path(get, path = "/v1/alerts/{id}/explanation", tag = "alerts",
    security(("token" = ["see_patients"])), params(("id" = String, Path)),
    responses((status = 200, body = Object)))]
pub(in crate::api) async fn explanation(
    SeesPatients(caller): SeesPatients,
    State(state): State<ApiState>,
    At(id): At<AlertId>,
) -> Answer<serde_json::Value> {
    Ok(Json(explained(&state, &caller, id).await?))
}

/// An alert judged again, its times in words.
pub(in crate::api) async fn explained(
    state: &ApiState,
    caller: &Caller,
    id: AlertId,
) -> Result<serde_json::Value, Problem> {
    let subject = id.clone();
    let found = state.read(caller, move |source| source.explanation(&id));
    let found = found.await?.ok_or_else(|| Problem::not_found("alert"))?;
    state
        .audit_read(caller, "read alert", subject.as_str())
        .await?;
    Ok(alert_document::state(found))
}

async fn find(state: &ApiState, caller: &Caller, id: AlertId) -> Result<AlertView, Problem> {
    let found = state.read(caller, move |source| source.alert(&id)).await?;
    found.ok_or_else(|| Problem::not_found("alert"))
}

/// Words separated by commas, each of the `known` ones.
fn words(name: &str, text: Option<String>, known: &[&str]) -> Result<Vec<String>, Problem> {
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    let words: Vec<String> = text.split(',').map(|word| word.trim().to_owned()).collect();
    let is_known = |word: &String| known.contains(&word.as_str());
    if words.len() > 32 || !words.iter().all(is_known) {
        let detail = format!("must be of {} separated by commas", known.join(", "));
        return Err(Problem::parameter(name, detail));
    }
    Ok(words)
}
