//! What one shift hands to the next, as it stood at a moment.

use super::bounds::{Bounds, Untold};
use super::course::Course;
use super::notes::{self, Noted};
use super::silent::{closed_silences, is_silence};
use super::told::Told;
use super::wear::Wear;
use crate::api::moment::Moment;
use crate::api::source::ReadSource;
use crate::domain::{ClinicalTime, Condition, Handling, Priority, WardId};
use crate::registry::Patient;
use crate::store::StandingView;
use serde::Serialize;

const MINUTE_MS: i64 = 60_000;

/// The answer. An unresolved alert stands in one of the lists `open`, `snoozed`
/// and `acknowledged`, the most urgent first.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Handover {
    /// All is told as it was known when this moment began.
    pub(in crate::api) at: Moment,
    /// The ward; null for all.
    pub(in crate::api) ward: Option<String>,
    pub(in crate::api) patients: Patients,
    /// Nobody has answered, or a person must answer anew.
    pub(in crate::api) open: Vec<Line>,
    /// Quiet until a time that a person set.
    pub(in crate::api) snoozed: Vec<Line>,
    /// Acknowledged and not resolved.
    pub(in crate::api) acknowledged: Vec<Line>,
    /// Devices and vitals that are not heard: by the unresolved alerts about
    /// them, and by those that a person closed and that nothing has ended since.
    pub(in crate::api) silent: Vec<Line>,
    /// Monitored, but inside a planned pause.
    pub(in crate::api) paused: Vec<Paused>,
    /// Monitored, and nothing came in the last 24 hours: pseudonyms.
    pub(in crate::api) without_data: Vec<String>,
    /// Wear of each monitored patient, by pseudonym.
    pub(in crate::api) wear: Vec<Wear>,
    /// Notes of the last 12 hours that nobody withdrew, the newest first.
    pub(in crate::api) notes: Vec<Noted>,
}

/// How many patients.
#[derive(Default, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Patients {
    /// On the ward then.
    pub(in crate::api) on_ward: usize,
    /// Monitored then, outside a pause.
    pub(in crate::api) monitored: usize,
    /// Inside a planned pause.
    pub(in crate::api) paused: usize,
    /// Monitored, and nothing came in the last 24 hours.
    pub(in crate::api) without_data: usize,
}

/// An unresolved alert, or a silence that was closed while it lasts.
#[derive(Clone, Serialize, utoipa::ToSchema)]
#[schema(as = HandoverAlert)]
pub(in crate::api) struct Line {
    /// The patient's ward then.
    pub(in crate::api) ward: String,
    /// The pseudonym.
    pub(in crate::api) patient: String,
    pub(in crate::api) alert: String,
    pub(in crate::api) kind: String,
    pub(in crate::api) vital: Option<String>,
    pub(in crate::api) rule: Option<String>,
    /// `high`, `medium` or `low`.
    #[schema(value_type = String)]
    pub(in crate::api) priority: Priority,
    /// `active` or `ended`.
    #[schema(value_type = String)]
    pub(in crate::api) condition: Condition,
    pub(in crate::api) raised_at: Moment,
    /// When the condition began, by measured time; for a silence when it began.
    pub(in crate::api) began_at: Moment,
    /// Minutes since it was raised.
    pub(in crate::api) open_minutes: i64,
    /// Who acknowledged it, while that counts.
    pub(in crate::api) acknowledged_by: Option<String>,
    pub(in crate::api) acknowledged_at: Option<Moment>,
    /// Minutes it stands unresolved since then.
    pub(in crate::api) acknowledged_minutes: Option<i64>,
    /// Who takes care of it.
    pub(in crate::api) assigned_to: Option<String>,
    pub(in crate::api) snoozed_until: Option<Moment>,
    pub(in crate::api) snoozed_by: Option<String>,
    pub(in crate::api) snooze_reason: Option<String>,
    /// Who closed it although it lasts.
    pub(in crate::api) closed_by: Option<String>,
    pub(in crate::api) closed_at: Option<Moment>,
}

/// A planned pause.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Paused {
    pub(in crate::api) ward: String,
    pub(in crate::api) patient: String,
    pub(in crate::api) until: Moment,
}

/// Lists what stood at `at`.
///
/// # Errors
/// [`Untold`] when the store cannot be read, or there is too much.
pub(in crate::api) fn handover(
    source: &dyn ReadSource,
    ward: Option<&WardId>,
    at: ClinicalTime,
    mut bounds: Bounds,
) -> Result<Handover, Untold> {
    let patients = source.patients_ever_on(ward, bounds.patients + 1)?;
    bounds.check_patients(patients.len())?;
    let mut handover = Handover::empty(ward, at);
    for patient in &patients {
        bounds.check_time()?;
        handover.add(source, patient, (ward, at), &mut bounds)?;
    }
    for lines in [
        &mut handover.open,
        &mut handover.snoozed,
        &mut handover.acknowledged,
        &mut handover.silent,
    ] {
        lines.sort_by_key(|line| (std::cmp::Reverse(line.priority), line.raised_at));
    }
    let newest = |note: &Noted| std::cmp::Reverse(note.at);
    handover.notes.sort_by_key(newest);
    Ok(handover)
}

impl Handover {
    fn empty(ward: Option<&WardId>, at: ClinicalTime) -> Self {
        Self {
            at: at.into(),
            ward: ward.map(|ward| ward.as_str().to_owned()),
            patients: Patients::default(),
            open: Vec::new(),
            snoozed: Vec::new(),
            acknowledged: Vec::new(),
            silent: Vec::new(),
            paused: Vec::new(),
            without_data: Vec::new(),
            wear: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn add(
        &mut self,
        source: &dyn ReadSource,
        patient: &Patient,
        (asked, at): (Option<&WardId>, ClinicalTime),
        bounds: &mut Bounds,
    ) -> Result<(), Untold> {
        // What happens at the very moment may come after the question was answered.
        let known = at.plus_ms(-1);
        let orders = source.orders_about(&patient.id, bounds.rows + 1)?;
        let Some(course) = Course::of(patient, &orders, known)? else {
            return Ok(());
        };
        let Some(ward) = course.ward_at(at) else {
            return Ok(());
        };
        if asked.is_some_and(|asked| asked != ward) {
            return Ok(());
        }
        let names = (ward.as_str(), patient.id.as_str());
        self.patients.on_ward += 1;
        let notes = notes::read(source, patient.number, names, at, bounds)?;
        self.notes.extend(notes);
        let standing = source.standing_alerts(patient.number, known, bounds.rows + 1)?;
        bounds.take_rows(standing.len())?;
        for view in &standing {
            self.alert(view, names, at)?;
        }
        if let Some(until) = course.paused_until(at) {
            self.paused(names, until);
        } else if course.is_monitored(at) {
            let silent = closed_silences(source, patient.number, &standing, at)?;
            let lines = silent.into_iter().map(|one| one.line(names, at.into()));
            self.silent.extend(lines);
            let wear = Wear::read(source, patient.number, &course, names, at)?;
            self.monitored(wear);
        }
        Ok(())
    }

    fn alert(
        &mut self,
        view: &StandingView,
        names: (&str, &str),
        at: ClinicalTime,
    ) -> Result<(), Untold> {
        let told = Told::read(&view.newest)?;
        let acknowledged = view.acknowledged.as_deref().map(Told::read).transpose()?;
        if told.handling == Handling::Resolved {
            return Ok(());
        }
        let acknowledged = acknowledged.filter(|_| told.handling == Handling::Acknowledged);
        let is_acknowledged = acknowledged.is_some();
        let is_silence = is_silence(&told);
        let line = Line::new(told, acknowledged, names, at.into());
        if is_silence && line.condition == Condition::Active {
            self.silent.push(line.clone());
        }
        match (line.snoozed_until, is_acknowledged) {
            (Some(_), _) => self.snoozed.push(line),
            (None, true) => self.acknowledged.push(line),
            (None, false) => self.open.push(line),
        }
        Ok(())
    }

    fn paused(&mut self, (ward, patient): (&str, &str), until: ClinicalTime) {
        self.patients.paused += 1;
        self.paused.push(Paused {
            ward: ward.to_owned(),
            patient: patient.to_owned(),
            until: until.into(),
        });
    }

    fn monitored(&mut self, wear: Wear) {
        self.patients.monitored += 1;
        if wear.last_heard_at.is_none() {
            self.patients.without_data += 1;
            self.without_data.push(wear.patient.clone());
        }
        self.wear.push(wear);
    }
}

impl Line {
    pub(super) fn new(
        told: Told,
        acknowledged: Option<Told>,
        (ward, patient): (&str, &str),
        at: Moment,
    ) -> Self {
        let minutes = |since: Moment| (at.0 - since.0).div_euclid(MINUTE_MS);
        // One that is over by the clock is over, also before the engine says so.
        let snoozed = told.snoozed.filter(|snoozed| snoozed.until > at);
        let acknowledged_at = acknowledged.as_ref().map(|told| told.at);
        Self {
            ward: ward.to_owned(),
            patient: patient.to_owned(),
            alert: told.alert,
            kind: told.kind,
            vital: told.vital,
            rule: told.rule,
            priority: told.priority,
            condition: told.condition,
            raised_at: told.raised_at,
            began_at: told.began_at,
            open_minutes: minutes(told.raised_at),
            acknowledged_by: acknowledged.and_then(|told| told.author),
            acknowledged_at,
            acknowledged_minutes: acknowledged_at.map(minutes),
            assigned_to: told.assigned.map(|assigned| assigned.to),
            snoozed_until: snoozed.as_ref().map(|snoozed| snoozed.until),
            snoozed_by: snoozed.as_ref().map(|snoozed| snoozed.by.clone()),
            snooze_reason: snoozed.and_then(|snoozed| snoozed.reason),
            closed_by: None,
            closed_at: None,
        }
    }
}
