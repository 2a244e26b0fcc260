//! `/v1/reports`: the alarm burden of a span, and what a shift hands over.

use crate::api::access::{Caller, SeesFigures, SeesPatients};
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::query::Asked;
use crate::api::reports::{
    Bounds, Burden, BurdenAsked, Handover, SPAN_DAYS_MAX, TooMuch, Untold, burden, burden_csv,
    handover, handover_csv,
};
use crate::api::source::{ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::{ClinicalTime, WardId};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::time::Duration;

const DAY_MS: i64 = 86_400_000;
/// The span when none is asked for.
const SPAN_DAYS: i64 = 7;

/// Which span.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct BurdenAsk {
    /// Only this ward; a patient counts while on it.
    #[param(value_type = Option<String>)]
    ward: Option<WardId>,
    /// First moment; seven days before `until` when left out. At most 92 days.
    from: Option<Moment>,
    /// First moment after, not in the future; now when left out.
    until: Option<Moment>,
    /// `json` or `csv`; when left out, what `Accept` asks for.
    format: Option<String>,
}

/// Which moment.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct HandoverAsk {
    /// Only patients who were on this ward.
    #[param(value_type = Option<String>)]
    ward: Option<WardId>,
    /// As it stood then, not in the future; now when left out.
    at: Option<Moment>,
    /// `json` or `csv`; when left out, what `Accept` asks for.
    format: Option<String>,
}

/// Alerts for each patient-day by ward, kind and priority, and what became of
/// them, as known when the span ended. CSV has a row for everything, each ward,
/// each kind, each priority and each of the patients with the most alerts.
#[utoipa::path(get, path = "/v1/reports/alarm-burden", tag = "reports",
    security(("token" = ["see_figures"])), params(BurdenAsk),
    responses((status = 200, content((Burden = "application/json"), (String = "text/csv")))))]
pub(in crate::api) async fn alarm_burden(
    SeesFigures(caller): SeesFigures,
    State(state): State<ApiState>,
    headers: HeaderMap,
    Asked(ask): Asked<BurdenAsk>,
) -> Result<Response, Problem> {
    let form = Form::of(ask.format.as_deref(), &headers)?;
    let now = Moment::from(state.clock().clinical());
    let until = past("until", ask.until, now)?;
    let from = ask
        .from
        .unwrap_or(Moment(until.0.saturating_sub(SPAN_DAYS * DAY_MS)));
    let report = tell_burden(&state, &caller, ask.ward, (from, until)).await?;
    Ok(form.answer(&report, burden_csv, "alarm-burden.csv"))
}

/// The alarm burden of a span that has passed, noted in the audit.
///
/// # Errors
/// The problem to answer with: the ward, the span, the store, or too much of it.
pub(in crate::api) async fn tell_burden(
    state: &ApiState,
    caller: &Caller,
    ward: Option<WardId>,
    (from, until): (Moment, Moment),
) -> Result<Burden, Problem> {
    check_span(from, until)?;
    let asked = BurdenAsked {
        ward: chosen_ward(state, caller, ward).await?,
        from,
        until,
        targets: state.settings().acknowledge_minutes,
    };
    let subject = subject(asked.ward.as_ref());
    let bounds = Bounds::of_burden(longest(state));
    let telling = move |source: &dyn ReadSource| burden(source, &asked, bounds);
    let report = told(state, caller, telling).await?;
    state
        .audit_read(caller, "read alarm burden", &subject)
        .await?;
    Ok(report)
}

/// Unresolved alerts, what is silent, and wear, as known at a moment. CSV has a
/// row for each.
#[utoipa::path(get, path = "/v1/reports/handover", tag = "reports",
    security(("token" = ["see_patients"])), params(HandoverAsk),
    responses((status = 200, content((Handover = "application/json"), (String = "text/csv")))))]
pub(in crate::api) async fn shift_handover(
    SeesPatients(caller): SeesPatients,
    State(state): State<ApiState>,
    headers: HeaderMap,
    Asked(ask): Asked<HandoverAsk>,
) -> Result<Response, Problem> {
    let form = Form::of(ask.format.as_deref(), &headers)?;
    let now = Moment::from(state.clock().clinical());
    let at = past("at", ask.at, now)?.clinical();
    let report = tell_handover(&state, &caller, ask.ward, at).await?;
    Ok(form.answer(&report, handover_csv, "handover.csv"))
}

/// The handover of a moment that has passed, noted in the audit.
///
/// # Errors
/// The problem to answer with: the ward, the store, or too much of it.
pub(in crate::api) async fn tell_handover(
    state: &ApiState,
    caller: &Caller,
    ward: Option<WardId>,
    at: ClinicalTime,
) -> Result<Handover, Problem> {
    let ward = chosen_ward(state, caller, ward).await?;
    let subject = subject(ward.as_ref());
    let bounds = Bounds::of_handover(longest(state));
    let telling = move |source: &dyn ReadSource| handover(source, ward.as_ref(), at, bounds);
    let report = told(state, caller, telling).await?;
    state.audit_read(caller, "read handover", &subject).await?;
    Ok(report)
}

/// Nothing is known of what comes: a report of it would change.
fn past(name: &str, given: Option<Moment>, now: Moment) -> Result<Moment, Problem> {
    match given.unwrap_or(now) {
        at if at <= now => Ok(at),
        _ => Err(Problem::parameter(name, "must not lie in the future")),
    }
}

fn check_span(from: Moment, until: Moment) -> Result<(), Problem> {
    let longest = SPAN_DAYS_MAX * DAY_MS;
    match until.0.saturating_sub(from.0) {
        ..=0 => Err(Problem::parameter("from", "must be before `until`")),
        span if span > longest => {
            let detail = format!("must be at most {SPAN_DAYS_MAX} days before `until`");
            Err(Problem::parameter("from", detail))
        }
        _ => Ok(()),
    }
}

/// A ward that is not there has no alarms: a slip must not look like peace. Who
/// sees one ward only means that one; who sees some says which.
async fn chosen_ward(
    state: &ApiState,
    caller: &Caller,
    asked: Option<WardId>,
) -> Result<Option<WardId>, Problem> {
    let mut own = caller.wards.wards();
    let ward = match (asked, own.next(), own.next()) {
        (Some(ward), ..) => ward,
        (None, Some(only), None) => only.clone(),
        (None, None, _) => return Ok(None),
        (None, Some(_), Some(_)) => {
            return Err(Problem::parameter("ward", "must be one of your wards"));
        }
    };
    let wards = state.read(caller, |source| source.wards()).await?;
    match wards.iter().any(|known| known.id == ward) {
        true => Ok(Some(ward)),
        false => Err(Problem::parameter("ward", "must be a ward that is known")),
    }
}

fn subject(ward: Option<&WardId>) -> String {
    ward.map_or("*", WardId::as_str).to_owned()
}

fn longest(state: &ApiState) -> Duration {
    Duration::from_secs(state.settings().request_seconds_max)
}

async fn told<T: Send + 'static>(
    state: &ApiState,
    caller: &Caller,
    telling: impl FnOnce(&dyn ReadSource) -> Result<T, Untold> + Send + 'static,
) -> Result<T, Problem> {
    let reading = move |source: &dyn ReadSource| -> Result<Result<T, TooMuch>, ReadError> {
        match telling(source) {
            Ok(report) => Ok(Ok(report)),
            Err(Untold::TooMuch(too_much)) => Ok(Err(too_much)),
            Err(Untold::Read(error)) => Err(error),
        }
    };
    state.read(caller, reading).await?.map_err(Problem::from)
}

/// How a report is shown.
#[derive(Clone, Copy)]
enum Form {
    Json,
    Csv,
}

impl Form {
    /// The parameter's word; without one, what the caller accepts.
    fn of(given: Option<&str>, headers: &HeaderMap) -> Result<Self, Problem> {
        match given {
            Some("json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv),
            Some(_) => Err(Problem::parameter("format", "must be json or csv")),
            None if accepts_csv(headers) => Ok(Self::Csv),
            None => Ok(Self::Json),
        }
    }

    fn answer<T: Serialize>(
        self,
        report: &T,
        csv: impl FnOnce(&T) -> String,
        file: &'static str,
    ) -> Response {
        let mut response = match self {
            Self::Json => Json(report).into_response(),
            Self::Csv => {
                let kind = "text/csv; charset=utf-8; header=present";
                let saved = format!("attachment; filename=\"{file}\"");
                let headers = [
                    (header::CONTENT_TYPE, kind.to_owned()),
                    (header::CONTENT_DISPOSITION, saved),
                ];
                (headers, csv(report)).into_response()
            }
        };
        let vary = HeaderValue::from_static("accept");
        response.headers_mut().insert(header::VARY, vary);
        response
    }
}

/// Whether `Accept` names CSV and not JSON.
fn accepts_csv(headers: &HeaderMap) -> bool {
    let given = headers.get(header::ACCEPT);
    let given = given
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let types = || given.split(',').filter_map(|one| one.split(';').next());
    let names = |wanted: &str| types().any(|one| one.trim().eq_ignore_ascii_case(wanted));
    names("text/csv") && !names("application/json")
}
