//! What one shift hands to the next, as it stood at a moment.

use super::filters;
use super::form::Form;
use super::frame::{Frame, Html};
use super::handover_lines::{NoteRow, PausedRow, Section, Told, WearRow};
use super::refused::Refused;
use super::signed_in::SignedIn;
use super::ward::Choice;
use super::wards::Wards;
use super::words::Zone;
use crate::api::access::Caller;
use crate::api::language::say;
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::reports::Handover;
use crate::api::routes::reports::tell_handover;
use crate::api::source::{ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::{ClinicalTime, PatientId};
use crate::registry::Permission;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use std::collections::{BTreeMap, BTreeSet};

const PATH: &str = "/handover";

#[derive(Template)]
#[template(path = "handover.html")]
pub(super) struct HandoverPage {
    frame: Frame,
    fault: &'static str,
    ward: String,
    wards: Vec<Choice>,
    zone: String,
    /// What was typed; empty: now.
    typed: String,
    told: Option<HandoverTold>,
}

/// The report in words.
struct HandoverTold {
    at: String,
    csv: String,
    counts: String,
    sections: Vec<Section>,
    paused: Vec<PausedRow>,
    unheard: Vec<(String, String)>,
    wear: Vec<WearRow>,
    notes: Vec<NoteRow>,
}

/// The handover's page.
pub(super) async fn handover(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Html<HandoverPage>, Refused> {
    let caller = signed_in.who_may(Permission::SeePatients, &state)?;
    let form = Form(query.as_deref().unwrap_or_default().as_bytes());
    let (ward, typed) = (form.text("ward"), form.text("at"));
    let page = look(&state, &caller, &ward, typed).await;
    let page = page.map_err(|problem| Refused::because(&state, &caller, &problem))?;
    Ok(Html(StatusCode::OK, page))
}

async fn look(
    state: &ApiState,
    caller: &Caller,
    ward: &str,
    typed: String,
) -> Result<HandoverPage, Problem> {
    let wards = Wards::of(state, caller, ward).await?;
    let zone = wards.zone(&state.settings().zone);
    let (told, fault) = match asked_moment(&zone, &typed, state.clock().clinical()) {
        Ok(at) => (Some(tell(state, caller, &wards, &zone, at).await?), ""),
        Err(fault) => (None, fault),
    };
    Ok(HandoverPage {
        frame: Frame::new(state, Some(caller), PATH),
        fault,
        ward: wards.title(),
        wards: wards.choices,
        zone: zone.name().to_owned(),
        typed,
        told,
    })
}

fn asked_moment(zone: &Zone, typed: &str, now: ClinicalTime) -> Result<ClinicalTime, &'static str> {
    if typed.is_empty() {
        return Ok(now);
    }
    let at = zone.typed(typed);
    let fault = say!("This is no moment: give a day and a time, or leave it empty for now.");
    let at = at.ok_or(fault)?;
    match at <= now {
        true => Ok(at),
        false => Err(say!(
            "This moment is still to come: choose one that has passed."
        )),
    }
}

async fn tell(
    state: &ApiState,
    caller: &Caller,
    wards: &Wards,
    zone: &Zone,
    at: ClinicalTime,
) -> Result<HandoverTold, Problem> {
    let report = tell_handover(state, caller, wards.asked.clone(), at).await?;
    let ids = named(&report);
    let reading = move |source: &dyn ReadSource| labels(source, ids);
    let labels = state.read(caller, reading).await?;
    let told = Told {
        zone,
        wards,
        labels: &labels,
        at: report.at,
    };
    Ok(HandoverTold {
        at: zone.moment(at),
        csv: csv(wards, report.at),
        counts: counts(&report),
        sections: told.sections(&report),
        paused: report.paused.iter().map(|one| told.paused(one)).collect(),
        unheard: report
            .without_data
            .iter()
            .map(|id| (told.label(id), id.clone()))
            .collect(),
        wear: report.wear.iter().map(|one| told.wear(one)).collect(),
        notes: report.notes.iter().map(|one| told.note(one)).collect(),
    })
}

/// The same as a table.
fn csv(wards: &Wards, at: Moment) -> String {
    let ward = wards.asked.as_ref().map(|ward| ("ward", ward.as_str()));
    let at = at.text();
    let pairs = [("at", at.as_str()), ("format", "csv")];
    let pairs: Vec<_> = ward.into_iter().chain(pairs).collect();
    let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
    format!("/v1/reports/handover?{query}")
}

fn counts(report: &Handover) -> String {
    let patients = &report.patients;
    say!(
        "Patients on the ward: {all}; monitored {monitored}, paused {paused}, nothing heard in 24 hours from {unheard}.",
        all = patients.on_ward,
        monitored = patients.monitored,
        paused = patients.paused,
        unheard = patients.without_data,
    )
}

/// Everybody whom the report names.
fn named(report: &Handover) -> BTreeSet<String> {
    let lists = [
        &report.open,
        &report.snoozed,
        &report.acknowledged,
        &report.silent,
    ];
    let of_alerts = lists.into_iter().flatten().map(|line| &line.patient);
    let of_pauses = report.paused.iter().map(|paused| &paused.patient);
    let of_wear = report.wear.iter().map(|wear| &wear.patient);
    let of_notes = report.notes.iter().map(|note| &note.patient);
    let all = of_alerts.chain(of_pauses).chain(of_wear).chain(of_notes);
    all.cloned().collect()
}

/// What people call each of them, by pseudonym.
fn labels(
    source: &dyn ReadSource,
    ids: BTreeSet<String>,
) -> Result<BTreeMap<String, String>, ReadError> {
    let mut labels = BTreeMap::new();
    for id in ids {
        let Ok(known) = PatientId::new(&id) else {
            continue;
        };
        if let Some(patient) = source.patient(&known)? {
            labels.insert(id, patient.label);
        }
    }
    Ok(labels)
}
