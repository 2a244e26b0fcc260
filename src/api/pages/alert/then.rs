//! The page of one alert as it stood at a moment that has passed.

use super::page::{AlertPage, Found, Said, find, page};
use crate::api::access::Caller;
use crate::api::known;
use crate::api::pages::fields::{Fields, Times};
use crate::api::pages::frame::Html;
use crate::api::pages::past::Then;
use crate::api::pages::zones;
use crate::api::problem::Problem;
use crate::api::source::{ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::{AlertId, ClinicalTime};
use axum::http::StatusCode;
use serde_json::Value;

/// The page as the alert stood at the moment in the query.
pub(super) async fn look(
    state: &ApiState,
    caller: &Caller,
    id: AlertId,
    query: &str,
) -> Result<Html<AlertPage>, Problem> {
    let zone = zones::of_alert(state, caller, &id).await?;
    let then = Then::asked(state, caller, query, &zone).await?;
    let Then { at, bar } = then.ok_or_else(|| Problem::not_found("moment"))?;
    let of = id.clone();
    let found = state.read(caller, move |source| find_then(source, &of, at));
    let found = found.await?;
    let found = found.ok_or_else(|| Problem::not_found("alert"))?;
    let subject = known::subject(id.as_str(), at);
    state.audit_read(caller, "read alert", &subject).await?;
    let times = Times { zone, now: at };
    let page = page(state, caller, &found, Vec::new(), &times, Said::default());
    let page = page.in_the_past(bar);
    Ok(Html(StatusCode::OK, page))
}

fn find_then(
    source: &dyn ReadSource,
    id: &AlertId,
    at: ClinicalTime,
) -> Result<Option<Found>, ReadError> {
    let Some(found) = find(source, id)? else {
        return Ok(None);
    };
    let patient = match &found.patient {
        Some(today) => known::patient_then(source, today, at)?,
        None => None,
    };
    let mut events = found.events;
    events.retain(|event| Fields(event).moment("/data/at").is_some_and(|of| of <= at));
    Ok(stood(id, &events).map(|alert| Found {
        alert,
        patient,
        events,
        // What became of a message is not kept for every moment; the events tell
        // which were handed on.
        tellings: Vec::new(),
    }))
}

/// The alert as the newest event that changed it tells of it.
fn stood(id: &AlertId, events: &[Value]) -> Option<Value> {
    let is_change = |event: &&Value| {
        let event_type = Fields(event).text("/type");
        !matches!(event_type, "alert.notified" | "alert.suppressed")
    };
    let newest = events.iter().rev().find(is_change)?;
    let mut alert = newest.get("data")?.clone();
    let fields = alert.as_object_mut()?;
    fields.insert("id".to_owned(), id.as_str().into());
    Some(alert)
}
