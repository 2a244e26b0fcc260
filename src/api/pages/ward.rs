//! The ward: who needs help, the most urgent first.

use super::catalogue;
use super::crowd::{self, Counted, Crowd};
use super::filters;
use super::form::{self, Form};
use super::frame::{Frame, Html};
use super::refused::Refused;
use super::signed_in::SignedIn;
use super::tile::{self, Extent, Tile};
use super::zones::Zones;
use crate::api::access::Caller;
use crate::api::language::{Text, say, text};
use crate::api::problem::Problem;
use crate::api::routes::alert_document;
use crate::api::source::{ComponentHealth, HealthState, ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::{PatientId, WardId};
use crate::registry::{Patient, Permission, Ward};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;

/// Patients of a page; a ward with more is looked at by team.
pub(super) const PATIENTS_MAX: usize = 500;
/// Patients asked for again at once.
const AGAIN_MAX: usize = 100;

/// A choice of a filter.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) words: String,
    pub(super) is_chosen: bool,
}

#[derive(Template)]
#[template(path = "ward.html")]
pub(super) struct WardPage {
    frame: Frame,
    wards: Vec<Choice>,
    teams: Vec<Choice>,
    states: Vec<Choice>,
    pub(super) tiles: Vec<Tile>,
    pub(super) counts: String,
    /// What of the service itself does not work: who relies on it does not see this.
    pub(super) faults: String,
    /// Who is not on the page, where there are more patients than it holds.
    left_out: String,
    at: String,
    /// The zone of the page's times (`Europe/London`).
    zone: String,
    pub(super) now_ms: i64,
    time_scale: f64,
    query: String,
    is_rows: bool,
    view: &'static str,
    views: Vec<Choice>,
    /// What the columns of vitals are called, where patients stand in rows.
    columns: Vec<(String, &'static str)>,
}

/// Tiles without a page around them.
#[derive(Template)]
#[template(path = "tiles.html")]
pub(super) struct Tiles {
    tiles: Vec<Tile>,
    is_rows: bool,
}

/// What is looked at.
pub(super) struct Asked {
    pub(super) ward: Option<WardId>,
    pub(super) team: String,
    pub(super) state: String,
    pub(super) is_rows: bool,
}

/// States by which one looks, in their order.
pub(super) const STATES: [(&str, Text); 4] = [
    ("", text!("everybody")),
    ("alert", text!("with an alert about the body")),
    ("cannot", text!("who cannot be measured")),
    (
        "unanswered",
        text!("with an alert that nobody acknowledged"),
    ),
];

/// How patients can stand on the page.
const TILES: &str = "tiles";
const ROWS: &str = "rows";

impl Asked {
    pub(super) fn of(query: Option<&str>) -> Self {
        let form = Form(query.unwrap_or_default().as_bytes());
        Self {
            ward: WardId::new(&form.text("ward")).ok(),
            team: form.text("team"),
            state: form.text("state"),
            is_rows: is_rows(&form),
        }
    }

    pub(super) fn fits(&self, tile: &Tile) -> bool {
        let mut all = tile.alerts.iter().chain(&tile.cannot);
        (self.team.is_empty() || tile.team == self.team)
            && match self.state.as_str() {
                "alert" => !tile.alerts.is_empty(),
                "cannot" => !tile.cannot.is_empty(),
                "unanswered" => all.any(|line| line.is_open),
                _ => true,
            }
    }
}

/// Whether patients stand in rows instead of tiles.
fn is_rows(form: &Form<'_>) -> bool {
    form.text("view") == ROWS
}

const fn view(is_rows: bool) -> &'static str {
    if is_rows { ROWS } else { TILES }
}

/// Tiles or rows, as links.
pub(super) fn views(query: &str, is_rows: bool) -> Vec<Choice> {
    let choice = |name: &str| Choice {
        value: form::with(query, "view", name),
        words: catalogue::named(name),
        is_chosen: name == view(is_rows),
    };
    [TILES, ROWS].map(choice).into()
}

/// The ward's page.
pub(super) async fn ward(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Html<WardPage>, Refused> {
    let caller = signed_in.who_may(Permission::SeePatients, &state)?;
    let page = look(&state, &caller, query.as_deref(), Extent::Whole).await;
    let page = page.map_err(|problem| Refused::because(&state, &caller, &problem))?;
    Ok(Html(StatusCode::OK, page))
}

/// What the query asks for, as the caller may see it.
pub(super) async fn look(
    state: &ApiState,
    caller: &Caller,
    query: Option<&str>,
    extent: Extent,
) -> Result<WardPage, Problem> {
    let asked = Asked::of(query);
    let subject = asked.ward.as_ref().map_or("*", WardId::as_str).to_owned();
    let ward = asked.ward.clone();
    let (patients, wards) = state
        .read(caller, move |source| {
            Ok((
                source.patients(ward.as_ref(), None, PATIENTS_MAX + 1)?,
                source.wards()?,
            ))
        })
        .await?;
    let crowd = match patients.len() > PATIENTS_MAX {
        true => Some(crowd_of(state, caller, &asked).await?),
        false => None,
    };
    let teams = crowd.as_ref().map(|crowd| crowd.teams.clone());
    let teams = teams.unwrap_or_else(|| teams_of(&patients));
    let (patients, counts, left_out) = match crowd {
        Some(crowd) => (crowd.patients, Some(crowd.counts), crowd.left_out),
        None => (patients, None, String::new()),
    };
    let mut tiles = tiles_of(state, caller, patients, extent).await?;
    state.audit_read(caller, "read board", &subject).await?;
    let counts = counts.unwrap_or_else(|| self::counts(&tiles));
    let faults = state.ask_live(|live| faults(&live.health())).await?;
    tiles.retain(|tile| asked.fits(tile));
    tiles.sort_by_cached_key(Tile::place);
    let clock = state.clock();
    let now = clock.clinical();
    let zones = Zones::of(&state.settings().zone, &wards);
    let zone = zones.ward(asked.ward.as_ref());
    Ok(WardPage {
        frame: Frame::new(state, Some(caller), "/"),
        wards: choices(
            wards.iter().map(ward_choice),
            asked.ward.as_ref().map_or("", WardId::as_str),
        ),
        teams: choices(
            teams.into_iter().map(|team| (team.clone(), team)),
            &asked.team,
        ),
        states: choices(
            STATES
                .iter()
                .map(|(value, words)| ((*value).to_owned(), words.said().to_owned())),
            &asked.state,
        ),
        tiles,
        counts,
        faults,
        left_out,
        at: zone.moment(now),
        zone: zone.name().to_owned(),
        now_ms: now.epoch_ms(),
        time_scale: clock.scale(),
        is_rows: asked.is_rows,
        view: view(asked.is_rows),
        views: views(query.unwrap_or_default(), asked.is_rows),
        columns: tile::column_names(),
        query: query.unwrap_or_default().to_owned(),
    })
}

/// Those in most need, of more than a page holds.
async fn crowd_of(state: &ApiState, caller: &Caller, asked: &Asked) -> Result<Crowd, Problem> {
    let (ward, team) = (asked.ward.clone(), asked.team.clone());
    let now = state.clock().clinical();
    let reading = move |source: &dyn ReadSource| crowd::crowd(source, (ward.as_ref(), &team), now);
    state.read(caller, reading).await
}

fn teams_of(patients: &[Patient]) -> Vec<String> {
    let teams = patients.iter().filter_map(|patient| patient.team.clone());
    let mut teams: Vec<String> = teams.map(String::from).collect();
    teams.sort();
    teams.dedup();
    teams
}

pub(super) fn ward_choice(ward: &Ward) -> (String, String) {
    (ward.id.as_str().to_owned(), ward.label.clone())
}

pub(super) fn choices(of: impl Iterator<Item = (String, String)>, chosen: &str) -> Vec<Choice> {
    let choice = |(value, words): (String, String)| Choice {
        is_chosen: value == chosen,
        value,
        words,
    };
    of.map(choice).collect()
}

/// Tiles of these patients, in their order.
async fn tiles_of(
    state: &ApiState,
    caller: &Caller,
    patients: Vec<Patient>,
    extent: Extent,
) -> Result<Vec<Tile>, Problem> {
    let now = state.clock().clinical();
    let general = state.settings().zone.clone();
    let minutes = state.settings().fresh_minutes;
    let reading = move |source: &dyn ReadSource| {
        let patients = patients.into_iter().take(PATIENTS_MAX);
        let all = patients.map(|patient| tile::read(source, patient, now, extent));
        let all = all.collect::<Result<Vec<_>, ReadError>>()?;
        Ok((all, Zones::of(&general, &source.wards()?)))
    };
    let (read, zones) = state.read(caller, reading).await?;
    state
        .ask_live(move |live| {
            let tile = |one: tile::Read| {
                let scores = live.scores(one.patient.number).map(alert_document::state);
                let zone = zones.ward(Some(one.ward())).clone();
                Tile::new(one, scores.as_ref(), now, &zone, minutes)
            };
            read.into_iter().map(tile).collect()
        })
        .await
}

fn faults(health: &[ComponentHealth]) -> String {
    let faulty = health
        .iter()
        .filter(|part| part.state != HealthState::Working);
    let told = faulty.map(|part| part.reason.as_deref().unwrap_or(part.name));
    told.collect::<Vec<_>>().join("; ")
}

pub(super) fn counts(tiles: &[Tile]) -> String {
    let with = |fits: &dyn Fn(&Tile) -> bool| tiles.iter().filter(|tile| fits(tile)).count();
    let lines = tiles
        .iter()
        .flat_map(|tile| tile.alerts.iter().chain(&tile.cannot));
    counts_in_words(Counted {
        patients: tiles.len(),
        high: with(&|tile| tile.priority() == "high"),
        body: with(&|tile| !tile.alerts.is_empty()),
        cannot: with(&|tile| !tile.cannot.is_empty()),
        unwatched: with(&|tile| !tile.not_watched.is_empty()),
        open: lines.filter(|line| line.is_open).count(),
    })
}

pub(super) fn counts_in_words(counted: Counted) -> String {
    let Counted {
        patients,
        high,
        body,
        cannot,
        unwatched,
        open,
    } = counted;
    say!(
        "{patients}: {high} with a high alert, {body} with any about the body, {cannot} who cannot be measured, {unwatched} not monitored; {open}",
        patients = say!("{count} patients", count = patients),
        high = high,
        body = body,
        cannot = cannot,
        unwatched = unwatched,
        open = say!("{count} alerts that nobody acknowledged", count = open),
    )
}

/// Some tiles anew, by `ids`; who is not on the caller's wards is left out.
pub(super) async fn tiles(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Html<Tiles>, Refused> {
    let caller = signed_in.who_may(Permission::SeePatients, &state)?;
    let form = Form(query.as_deref().unwrap_or_default().as_bytes());
    let asked = form.text("ids");
    let ids = asked.split(',').take(AGAIN_MAX);
    let ids: Vec<_> = ids.filter_map(|id| PatientId::new(id).ok()).collect();
    let reading = move |source: &dyn ReadSource| {
        let found = ids.iter().map(|id| source.patient(id));
        let found = found.collect::<Result<Vec<_>, ReadError>>()?;
        Ok(found.into_iter().flatten().collect())
    };
    let tiles = async {
        let patients = state.read(&caller, reading).await?;
        let tiles = tiles_of(&state, &caller, patients, Extent::Whole).await?;
        state.audit_read(&caller, "read board", "*").await?;
        Ok(tiles)
    };
    let tiles = tiles.await;
    let tiles = tiles.map_err(|problem| Refused::because(&state, &caller, &problem))?;
    let is_rows = is_rows(&form);
    Ok(Html(StatusCode::OK, Tiles { tiles, is_rows }))
}
