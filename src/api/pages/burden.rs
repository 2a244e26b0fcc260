//! The alarm burden of a span: how often alerts interrupted, and what for.

use super::burden_figures::{Table, tables, total};
use super::filters;
use super::form::Form;
use super::frame::{Frame, Html};
use super::refused::Refused;
use super::signed_in::SignedIn;
use super::ward::Choice;
use super::wards::Wards;
use super::words::Zone;
use crate::api::access::Caller;
use crate::api::language::say;
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::reports::SPAN_DAYS_MAX;
use crate::api::routes::reports::tell_burden;
use crate::api::state::ApiState;
use crate::domain::ClinicalTime;
use crate::registry::Permission;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;

const PATH: &str = "/burden";
const DAY_MS: i64 = 86_400_000;
/// Days that are shown when none are asked for, today among them.
const DAYS: i64 = 7;

#[derive(Template)]
#[template(path = "burden.html")]
pub(super) struct BurdenPage {
    frame: Frame,
    fault: String,
    ward: String,
    wards: Vec<Choice>,
    zone: String,
    first: String,
    last: String,
    told: Option<BurdenTold>,
}

/// The report in words.
struct BurdenTold {
    span: String,
    csv: String,
    total: Vec<(&'static str, String)>,
    tables: Vec<Table>,
}

/// The burden's page.
pub(super) async fn burden(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Html<BurdenPage>, Refused> {
    let caller = signed_in.who_may(Permission::SeeFigures, &state)?;
    let form = Form(query.as_deref().unwrap_or_default().as_bytes());
    let page = look(&state, &caller, &form).await;
    let page = page.map_err(|problem| Refused::because(&state, &caller, &problem))?;
    Ok(Html(StatusCode::OK, page))
}

async fn look(state: &ApiState, caller: &Caller, form: &Form<'_>) -> Result<BurdenPage, Problem> {
    let wards = Wards::of(state, caller, &form.text("ward")).await?;
    let zone = wards.zone(&state.settings().zone);
    let now = state.clock().clinical();
    let or = |typed: String, other: ClinicalTime| match typed.is_empty() {
        true => zone.day_field(other),
        false => typed,
    };
    let first = or(form.text("from"), now.plus_ms(-(DAYS - 1) * DAY_MS));
    let last = or(form.text("until"), now);
    let (told, fault) = match span(&zone, &first, &last, now) {
        Ok(span) => (
            Some(tell(state, caller, &wards, &zone, span).await?),
            String::new(),
        ),
        Err(fault) => (None, fault),
    };
    Ok(BurdenPage {
        frame: Frame::new(state, Some(caller), PATH),
        fault,
        ward: wards.title(),
        wards: wards.choices,
        zone: zone.name().to_owned(),
        first,
        last,
        told,
    })
}

/// From the start of the first day to the end of the last, or to now.
fn span(
    zone: &Zone,
    first: &str,
    last: &str,
    now: ClinicalTime,
) -> Result<(Moment, Moment), String> {
    let (Some(from), Some(until)) = (zone.day(first, 0), zone.day(last, 1)) else {
        return Err(say!("These are no days: give the first and the last.").to_owned());
    };
    let until = until.min(now);
    if from >= until {
        let fault = say!("The first day must not lie after the last, nor in the future.");
        return Err(fault.to_owned());
    }
    if until.epoch_ms() - from.epoch_ms() > SPAN_DAYS_MAX * DAY_MS {
        return Err(say!(
            "A report covers {count} days at most.",
            count = SPAN_DAYS_MAX
        ));
    }
    Ok((from.into(), until.into()))
}

async fn tell(
    state: &ApiState,
    caller: &Caller,
    wards: &Wards,
    zone: &Zone,
    (from, until): (Moment, Moment),
) -> Result<BurdenTold, Problem> {
    let report = tell_burden(state, caller, wards.asked.clone(), (from, until)).await?;
    let (began, ended) = (zone.short(from.clinical()), zone.short(until.clinical()));
    Ok(BurdenTold {
        span: say!("{from} to {until}", from = began, until = ended),
        csv: csv(wards, from, until),
        total: total(&report),
        tables: tables(&report, wards),
    })
}

/// The same as a table.
fn csv(wards: &Wards, from: Moment, until: Moment) -> String {
    let ward = wards.asked.as_ref().map(|ward| ("ward", ward.as_str()));
    let (from, until) = (from.text(), until.text());
    let pairs = [
        ("from", from.as_str()),
        ("until", &until),
        ("format", "csv"),
    ];
    let pairs: Vec<_> = ward.into_iter().chain(pairs).collect();
    let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
    format!("/v1/reports/alarm-burden?{query}")
}
