//! `/charts/{token}.png`: the picture that messages link to.
//!
//! Open to whoever has the link, which is signed and expires: chat services and
//! mail programs fetch it without a token. Each alert's picture leaves a line in
//! the audit.

use crate::api::access::Caller;
use crate::api::chart::{Plot, Stretch, draw};
use crate::api::problem::Problem;
use crate::api::source::{ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::{AlertId, MeasuredTime, PatientId, PatientNumber, Vital};
use crate::engine::UsualThen;
use crate::store::{Bucket, ReadingsQuery};
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// The hours that a picture shows.
const HOURS: u32 = 24;
const SPAN_MS: i64 = HOURS as i64 * 3_600_000;
const BUCKET_MS: u32 = 600_000;
/// Spreads either side of the level that count as usual.
const USUAL_SPREADS: f64 = 2.0;

/// What is read for a picture.
struct Found {
    patient: PatientNumber,
    limit: Option<f64>,
    usual: UsualThen,
    buckets: Vec<Bucket>,
}

/// The picture of an alert's vital over the day before its message, with the
/// patient's usual range when the alert was raised; where that is no longer kept,
/// the present one, hatched. The link is made by Wardlight, signed, and expires.
#[utoipa::path(get, path = "/charts/{token}", tag = "webhooks",
    params(("token" = String, Path)),
    responses((status = 200, content_type = "image/png", body = Vec<u8>),
        (status = 429, description = "Refused too often; wait as long as `Retry-After` says")))]
pub(in crate::api) async fn chart(
    State(state): State<ApiState>,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let none = || Problem::not_found("chart");
    let token = token.strip_suffix(".png").ok_or_else(none)?;
    let now = state.clock().clinical().epoch_ms().div_euclid(1000);
    let (alert, vital, at) = (state.inner.parts.chart_check)(token, now).ok_or_else(none)?;
    let alert = AlertId::new(&alert).map_err(|_| none())?;
    let subject = alert.as_str().to_owned();
    // What decided may have been measured in the very second of the message.
    let until_ms = at.saturating_add(1).saturating_mul(1000);
    let plot = plot(&state, None, (alert, vital), until_ms).await?;
    let plot = plot.ok_or_else(none)?;
    state.audit_link("read chart", &subject).await?;
    Ok(drawn(&plot))
}

/// A chart on its way out.
pub(in crate::api) fn drawn(plot: &Plot) -> Response {
    ([(header::CONTENT_TYPE, "image/png")], draw(plot)).into_response()
}

/// What the picture of an alert's vital shows of the day before a moment; none where
/// there is no such alert on the caller's wards. Whoever came with a signed link is
/// no caller.
pub(in crate::api) async fn plot(
    state: &ApiState,
    caller: Option<&Caller>,
    (alert, vital): (AlertId, Vital),
    until_ms: i64,
) -> Result<Option<Plot>, Problem> {
    let reading = move |source: &dyn ReadSource| find(source, (&alert, vital), until_ms);
    let found = match caller {
        Some(caller) => state.read(caller, reading).await?,
        None => state.read_all(reading).await?,
    };
    let Some(found) = found else {
        return Ok(None);
    };
    let number = found.patient;
    let (known, is_present) = match found.usual {
        UsualThen::Was(known) => (known, false),
        UsualThen::NotKept => {
            let present = state.ask_live(move |live| usual(&live.scores(number)?, vital));
            (present.await?, true)
        }
    };
    Ok(Some(Plot {
        hours: HOURS,
        stretches: stretches(&found.buckets, until_ms),
        usual: known.map(range),
        usual_is_present: is_present,
        limit: found.limit,
    }))
}

fn find(
    source: &dyn ReadSource,
    (alert, vital): (&AlertId, Vital),
    until_ms: i64,
) -> Result<Option<Found>, ReadError> {
    let Some(view) = source.alert(alert)? else {
        return Ok(None);
    };
    let document: Value = serde_json::from_str(&view.document).unwrap_or_default();
    let Some(patient) = patient(source, &view.patient)? else {
        return Ok(None);
    };
    let query = ReadingsQuery {
        patient,
        vitals: vec![vital],
        from: MeasuredTime::from_epoch_ms(until_ms.saturating_sub(SPAN_MS)),
        until: MeasuredTime::from_epoch_ms(until_ms),
        known_at: None,
        limit: (SPAN_MS / i64::from(BUCKET_MS)) as usize + 2,
    };
    let (buckets, _) = source.bucketed(&query, BUCKET_MS)?;
    Ok(Some(Found {
        patient,
        limit: limit(&document, vital),
        usual: source.usual_when_raised(alert, vital)?,
        buckets,
    }))
}

fn patient(source: &dyn ReadSource, id: &PatientId) -> Result<Option<PatientNumber>, ReadError> {
    Ok(source.patient(id)?.map(|patient| patient.number))
}

/// The limit that decided.
fn limit(document: &Value, vital: Vital) -> Option<f64> {
    let values = document.pointer("/evidence/values")?.as_array()?;
    let is_of_vital =
        |value: &&Value| value.get("vital").and_then(Value::as_str) == Some(vital.name());
    values.iter().find(is_of_vital)?.get("limit")?.as_f64()
}

/// What counts as usual, of a level and its spread.
fn range((level, spread): (f64, f64)) -> (f64, f64) {
    let spread = spread * USUAL_SPREADS;
    (level - spread, level + spread)
}

/// The patient's present level and spread of a vital.
fn usual(scores: &Value, vital: Vital) -> Option<(f64, f64)> {
    let baselines = scores.get("baselines")?.as_array()?;
    let of_vital = |b: &&Value| b.get("vital").and_then(Value::as_str) == Some(vital.name());
    let baseline = baselines.iter().find(of_vital)?;
    let number = |name: &str| baseline.get(name)?.as_f64();
    number("level").zip(number("spread"))
}

fn stretches(buckets: &[Bucket], until_ms: i64) -> Vec<Stretch> {
    let from_ms = until_ms.saturating_sub(SPAN_MS);
    let shown = |bucket: &Bucket| {
        let middle = bucket.start.epoch_ms() + i64::from(BUCKET_MS / 2);
        Some(Stretch {
            at: (middle - from_ms) as f64 / SPAN_MS as f64,
            min: bucket.min?,
            max: bucket.max?,
            mean: bucket.mean?,
        })
    };
    let mut shown: Vec<_> = buckets.iter().filter_map(shown).collect();
    // What decided is the newest value, not a mean that it has a part in.
    let newest = buckets.iter().rev().find_map(|bucket| bucket.last);
    if let Some((last, newest)) = shown.last_mut().zip(newest) {
        last.mean = newest;
    }
    shown
}
