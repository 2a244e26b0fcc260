//! The ward as it was known at a moment.

use super::Then;
use crate::api::access::Caller;
use crate::api::known::too_long;
use crate::api::language::Text;
use crate::api::moment::Moment;
use crate::api::pages::filters;
use crate::api::pages::form::Form;
use crate::api::pages::frame::{Frame, Html};
use crate::api::pages::refused::Refused;
use crate::api::pages::signed_in::SignedIn;
use crate::api::pages::tile::{self, Tile};
use crate::api::pages::ward::{self, Asked, Choice, PATIENTS_MAX};
use crate::api::pages::zones::{self, Zones};
use crate::api::problem::Problem;
use crate::api::source::{ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::{ClinicalTime, WardId};
use crate::registry::{Patient, Permission, Ward, WardScope};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Patients who are looked at, whether they were there then: whoever ever was.
const CANDIDATES_MAX: usize = 5_000;

#[derive(Template)]
#[template(path = "ward_then.html")]
pub(in crate::api::pages) struct WardThen {
    frame: Frame,
    wards: Vec<Choice>,
    teams: Vec<Choice>,
    states: Vec<Choice>,
    tiles: Vec<Tile>,
    counts: String,
    is_cut: bool,
    at: String,
    /// The moment as the query names it.
    moment: String,
    is_rows: bool,
    views: Vec<Choice>,
    columns: Vec<(String, &'static str)>,
}

/// The ward's page, of now or of a moment that has passed.
pub(in crate::api::pages) async fn ward(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let asked = query.as_deref().unwrap_or_default().as_bytes();
    if Form(asked).text("at").is_empty() {
        let page = ward::ward(signed_in, State(state), RawQuery(query)).await?;
        return Ok(page.into_response());
    }
    let caller = signed_in.who_may(Permission::SeePatients, &state)?;
    let page = look(&state, &caller, query.as_deref().unwrap_or_default()).await;
    let page = page.map_err(|problem| Refused::because(&state, &caller, &problem))?;
    Ok(Html(StatusCode::OK, page).into_response())
}

async fn look(state: &ApiState, caller: &Caller, query: &str) -> Result<WardThen, Problem> {
    let asked = Asked::of(Some(query));
    let zone = zones::of_ward(state, caller, asked.ward.as_ref()).await?;
    let then = Then::asked(state, caller, query, &zone).await?;
    let Then { at, bar } = then.ok_or_else(|| Problem::not_found("moment"))?;
    let moment = Moment::from(at).text();
    let subject = asked.ward.as_ref().map_or("*", WardId::as_str);
    let subject = format!("{subject} as known at {moment}");
    let found = find(state, caller, asked.ward.clone(), at).await?;
    let (read, wards, is_cut) = found.ok_or_else(too_long)?;
    state.audit_read(caller, "read board", &subject).await?;
    let teams = teams(&read);
    let zones = Zones::of(&state.settings().zone, &wards);
    let mut tiles = tiles(state, caller, read, (at, &zones), &bar.link);
    let counts = ward::counts(&tiles);
    tiles.retain(|tile| asked.fits(tile));
    tiles.sort_by_cached_key(Tile::place);
    let chosen = asked.ward.as_ref().map_or("", WardId::as_str);
    let own = |(value, words): (&str, Text)| (value.to_owned(), words.said().to_owned());
    Ok(WardThen {
        frame: Frame::new(state, Some(caller), "/").in_the_past(bar),
        wards: ward::choices(wards.iter().map(ward::ward_choice), chosen),
        teams: ward::choices(
            teams.into_iter().map(|team| (team.clone(), team)),
            &asked.team,
        ),
        states: ward::choices(ward::STATES.into_iter().map(own), &asked.state),
        tiles,
        counts,
        is_cut,
        at: zone.moment(at),
        moment,
        is_rows: asked.is_rows,
        views: ward::views(query, asked.is_rows),
        columns: tile::column_names(),
    })
}

/// What was read, the wards to choose of, and whether somebody is left out.
type Found = (Vec<tile::Read>, Vec<Ward>, bool);

/// Reads who was there; none where it takes too long.
async fn find(
    state: &ApiState,
    caller: &Caller,
    ward: Option<WardId>,
    at: ClinicalTime,
) -> Result<Option<Found>, Problem> {
    let scope = caller.wards.clone();
    let longest = Duration::from_secs(state.settings().request_seconds_max);
    let ends = Instant::now() + longest * 4 / 5;
    let reading = move |source: &dyn ReadSource| {
        let wards = source.wards()?;
        let patients = candidates(source, &scope, ward.as_ref())?;
        let mut is_cut = patients.len() > CANDIDATES_MAX;
        let mut found = Vec::new();
        for today in patients.values().take(CANDIDATES_MAX) {
            if Instant::now() > ends {
                return Ok(None);
            }
            let Some(read) = tile::read_then(source, today, at)? else {
                continue;
            };
            let on = read.ward();
            if !scope.includes(on) || ward.as_ref().is_some_and(|ward| ward != on) {
                continue;
            }
            if found.len() == PATIENTS_MAX {
                is_cut = true;
                break;
            }
            found.push(read);
        }
        Ok(Some((found, wards, is_cut)))
    };
    state.read(caller, reading).await
}

/// Whoever is, or ever was, on a ward that is asked for, by id.
fn candidates(
    source: &dyn ReadSource,
    scope: &WardScope,
    ward: Option<&WardId>,
) -> Result<BTreeMap<String, Patient>, ReadError> {
    let asked: Vec<Option<WardId>> = match (ward, scope) {
        (Some(ward), _) => vec![Some(ward.clone())],
        (None, WardScope::Only(wards)) => wards.iter().cloned().map(Some).collect(),
        (None, WardScope::All) => vec![None],
    };
    let mut found = BTreeMap::new();
    for ward in asked {
        let patients = source.patients_ever_on(ward.as_ref(), CANDIDATES_MAX + 1)?;
        let by_id = patients.into_iter();
        found.extend(by_id.map(|patient| (patient.id.as_str().to_owned(), patient)));
    }
    Ok(found)
}

fn teams(read: &[tile::Read]) -> Vec<String> {
    let teams = read.iter().filter_map(tile::Read::team);
    let mut teams: Vec<_> = teams.collect();
    teams.sort();
    teams.dedup();
    teams
}

/// The tiles. Who is on a ward of others today is shown without a link: how it went
/// on is theirs.
fn tiles(
    state: &ApiState,
    caller: &Caller,
    read: Vec<tile::Read>,
    (at, zones): (ClinicalTime, &Zones),
    link: &str,
) -> Vec<Tile> {
    let rules = &state.inner.parts.rules;
    let minutes = state.settings().fresh_minutes;
    let tile = |one: tile::Read| {
        let is_linked = caller.wards.includes(&one.ward_today);
        let scores = one.scores(rules, at);
        let zone = zones.ward(Some(one.ward())).clone();
        Tile::new(one, Some(&scores), at, &zone, minutes).in_the_past(link, is_linked)
    };
    read.into_iter().map(tile).collect()
}
