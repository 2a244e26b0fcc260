//! Pictures of an alert's vitals over a day, and what they show in words.

use super::page::{alert_id, until};
use crate::api::access::Caller;
use crate::api::chart::Plot;
use crate::api::language::say;
use crate::api::pages::catalogue;
use crate::api::pages::fields::{Fields, Times};
use crate::api::pages::form::Form;
use crate::api::pages::refused::Refused;
use crate::api::pages::signed_in::SignedIn;
use crate::api::problem::Problem;
use crate::api::routes::{alert_document, charts};
use crate::api::state::ApiState;
use crate::domain::{AlertId, ClinicalTime, Vital};
use crate::registry::Permission;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;

/// Pictures of one page: an alert of many values shows the first of them.
const PICTURES_MAX: usize = 4;

/// A picture with its words.
pub(super) struct Picture {
    pub(super) path: String,
    pub(super) name: String,
    /// The numbers that it shows.
    pub(super) words: String,
}

/// The vitals that an alert is about and that have a course to draw.
fn vitals(alert: Fields<'_>) -> Vec<Vital> {
    let own = alert.some("/vital");
    let of_values = alert.items("/evidence/values");
    let named = own
        .into_iter()
        .chain(of_values.filter_map(|value| value.some("/vital")));
    let mut vitals = Vec::new();
    for vital in named.filter_map(Vital::from_name) {
        if is_drawn(vital) && !vitals.contains(&vital) && vitals.len() < PICTURES_MAX {
            vitals.push(vital);
        }
    }
    vitals
}

/// What is said in words (awake, worn) has no course.
const fn is_drawn(vital: Vital) -> bool {
    !matches!(
        vital,
        Vital::Consciousness | Vital::SupplementalOxygen | Vital::Worn
    )
}

/// The pictures of an alert up to a moment.
pub(super) async fn pictures(
    state: &ApiState,
    caller: &Caller,
    (id, alert): (&AlertId, Fields<'_>),
    until: ClinicalTime,
    times: &Times,
) -> Result<Vec<Picture>, Problem> {
    let mut pictures = Vec::new();
    for vital in vitals(alert) {
        let of = (id.clone(), vital);
        let plot = charts::plot(state, Some(caller), of, until.epoch_ms() + 1).await?;
        let (id, name) = (id.as_str(), vital.name());
        pictures.extend(plot.map(|plot| Picture {
            path: format!(
                "/alerts/{id}/chart.png?vital={name}&until={}",
                until.epoch_ms()
            ),
            name: catalogue::vital(name),
            words: words(vital, &plot, until, times),
        }));
    }
    Ok(pictures)
}

/// What a picture shows, for who does not see it.
fn words(vital: Vital, plot: &Plot, until: ClinicalTime, times: &Times) -> String {
    let unit = catalogue::unit(vital.name());
    let written = |value| catalogue::value(vital.name(), value);
    let (hours, end) = (plot.hours, times.zone.short(until));
    let Some(newest) = plot.stretches.last() else {
        return say!(
            "Nothing was measured in the {count} hours to {end}.",
            count = hours,
            end = end,
        );
    };
    let least = plot
        .stretches
        .iter()
        .map(|one| one.min)
        .fold(f64::MAX, f64::min);
    let most = plot
        .stretches
        .iter()
        .map(|one| one.max)
        .fold(f64::MIN, f64::max);
    let course = say!(
        "In the {count} hours to {end}: lowest {low}, highest {high}, last {last} {unit}.",
        count = hours,
        end = end,
        low = written(least),
        high = written(most),
        last = written(newest.mean),
        unit = unit,
    );
    let usual = plot.usual.map(|(low, high)| {
        let (low, high) = (written(low), written(high));
        match plot.usual_is_present {
            true => say!(
                "Usual for this patient at present (hatched): {low} to {high}.",
                low = low,
                high = high,
            ),
            false => say!(
                "Usual for this patient when the alert was raised (band): {low} to {high}.",
                low = low,
                high = high,
            ),
        }
    });
    let limit = plot.limit.map(written);
    let limit = limit.map(|limit| say!("Limit {value} (line).", value = limit));
    let parts = [Some(course), usual, limit];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.join(" ")
}

/// The picture itself: of a vital, the day up to a moment; the alert's own up to now
/// where neither is named.
pub(in crate::api::pages) async fn picture(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let caller = signed_in.who_may(Permission::SeePatients, &state)?;
    let drawn = async {
        let id = alert_id(&id)?;
        let (of, subject) = (id.clone(), id.as_str().to_owned());
        let view = state.read(&caller, move |source| source.alert(&of)).await?;
        let view = view.ok_or_else(|| Problem::not_found("alert"))?;
        let document = alert_document::alert(view);
        let alert = Fields(&document);
        let form = Form(query.as_deref().unwrap_or_default().as_bytes());
        let asked = Vital::from_name(&form.text("vital"));
        let vital = asked.or_else(|| vitals(alert).first().copied());
        let vital = vital.ok_or_else(|| Problem::not_found("picture"))?;
        let asked = form.text("until").parse().ok();
        let until = asked.map_or_else(
            || until(alert, state.clock().clinical()),
            ClinicalTime::from_epoch_ms,
        );
        let until_ms = until.epoch_ms().saturating_add(1);
        let plot = charts::plot(&state, Some(&caller), (id, vital), until_ms).await?;
        let plot = plot.ok_or_else(|| Problem::not_found("picture"))?;
        state.audit_read(&caller, "read chart", &subject).await?;
        Ok(charts::drawn(&plot))
    };
    let drawn: Result<Response, Problem> = drawn.await;
    drawn.map_err(|problem| Refused::because(&state, &caller, &problem))
}
