//! Commands about wards and patients.

use super::apply::{Applied, Change};
use super::{Command, CommandError, Patient, Registry, Ward};
use crate::domain::{
    Administration, ClinicalTime, ExpectedVital, PatientContext, PatientId, PatientLimit,
    PatientNumber, Pause, Period, TeamId, WardId,
};

/// Bound of each list in a patient's context.
const LIST_MAX: usize = 1_000;

impl Registry {
    pub(super) fn apply_to_patient(
        &mut self,
        command: &Command,
        author: &str,
        now: ClinicalTime,
    ) -> Result<Applied, CommandError> {
        match command {
            Command::PutWard {
                id,
                label,
                time_zone,
            } => self.put_ward(id, label, time_zone.as_deref()),
            Command::PutPatient { id, .. } => self.put_patient(id, command),
            Command::StartMonitoring { patient, start } => {
                self.change_context(patient, |context| start_monitoring(context, *start))
            }
            Command::PauseMonitoring { patient, pause } => {
                self.change_context(patient, |context| add_pause(context, pause))
            }
            Command::Discharge { patient, end } => {
                self.change_context(patient, |context| discharge(context, *end))
            }
            Command::SetLimit { patient, limit } => {
                self.change_context(patient, |context| set_limit(context, limit, author, now))
            }
            _ => Ok(Applied::default()),
        }
    }

    fn put_ward(
        &mut self,
        id: &WardId,
        label: &str,
        time_zone: Option<&str>,
    ) -> Result<Applied, CommandError> {
        check_label(label)?;
        let known = self.wards.get(id).and_then(|ward| ward.time_zone.clone());
        let time_zone = match time_zone {
            None => known,
            Some("") => None,
            Some(zone) => {
                check_time_zone(zone)?;
                Some(zone.to_owned())
            }
        };
        let ward = Ward {
            id: id.clone(),
            label: label.to_owned(),
            time_zone,
        };
        self.wards.insert(id.clone(), ward);
        Ok(Applied::new(id.as_str(), vec![Change::Ward(id.clone())]))
    }

    fn put_patient(&mut self, id: &PatientId, command: &Command) -> Result<Applied, CommandError> {
        let Command::PutPatient { label, ward, .. } = command else {
            return Ok(Applied::default());
        };
        if let Some(ward) = ward
            && !self.wards.contains_key(ward)
        {
            return Err(CommandError::NotFound { what: "ward" });
        }
        let known = self
            .patient_number(id)
            .and_then(|number| self.patient(number))
            .cloned();
        let mut patient = match known {
            Some(patient) => patient,
            None => Patient {
                number: PatientNumber(u32::try_from(self.patients.len()).unwrap_or(u32::MAX)),
                id: id.clone(),
                label: label.clone().unwrap_or_else(|| id.as_str().to_owned()),
                ward: ward.clone().ok_or(CommandError::Missing {
                    what: "patient",
                    field: "ward",
                })?,
                team: None,
                context: PatientContext::default(),
            },
        };
        let before = patient.context.clone();
        merge(&mut patient, command)?;
        let change = Change::Patient {
            number: patient.number,
            context: before != patient.context || patient.number.0 as usize == self.patients.len(),
        };
        self.insert_patient(patient);
        Ok(Applied::new(id.as_str(), vec![change]))
    }

    /// Takes a watch's own cadences for vitals that have none yet; true when
    /// something changed. What a person registered stays.
    pub fn expect(&mut self, number: PatientNumber, announced: &[ExpectedVital]) -> bool {
        let Some(patient) = self.patients.get_mut(number.0 as usize) else {
            return false;
        };
        let expected = &mut patient.context.expected;
        let before = expected.len();
        for vital in announced.iter().filter(|vital| vital.every_seconds > 0) {
            if !expected.iter().any(|known| known.vital == vital.vital) {
                expected.push(*vital);
            }
        }
        expected.len() != before
    }

    fn change_context(
        &mut self,
        id: &PatientId,
        change: impl FnOnce(&mut PatientContext) -> Result<(), CommandError>,
    ) -> Result<Applied, CommandError> {
        let number = self
            .patient_number(id)
            .ok_or(CommandError::NotFound { what: "patient" })?;
        let patient = self
            .patients
            .get_mut(number.0 as usize)
            .ok_or(CommandError::NotFound { what: "patient" })?;
        let mut context = patient.context.clone();
        change(&mut context)?;
        patient.context = context;
        Ok(Applied::new(
            id.as_str(),
            vec![Change::Patient {
                number,
                context: true,
            }],
        ))
    }
}

/// Copies what the command gives into the patient.
fn merge(patient: &mut Patient, command: &Command) -> Result<(), CommandError> {
    let Command::PutPatient {
        label,
        ward,
        team,
        time_zone,
        spo2_scale,
        oxygen,
        treatment,
        neutropenia,
        post_infusion,
        administrations,
        expected,
        ..
    } = command
    else {
        return Ok(());
    };
    if let Some(label) = label {
        check_label(label)?;
        patient.label.clone_from(label);
    }
    if let Some(ward) = ward {
        patient.ward = ward.clone();
    }
    if let Some(team) = team {
        patient.team = read_team(team)?;
    }
    if let Some(zone) = time_zone {
        check_time_zone(zone)?;
        patient.context.time_zone = zone.as_str().into();
    }
    let context = &mut patient.context;
    for (name, given, known) in [
        ("treatment", treatment, &mut context.treatment),
        ("neutropenia", neutropenia, &mut context.neutropenia),
        ("post_infusion", post_infusion, &mut context.post_infusion),
    ] {
        if let Some(periods) = given {
            periods.iter().try_for_each(check_period)?;
            check_length(name, periods.len())?;
            known.clone_from(periods);
        }
    }
    if let Some(given) = administrations {
        check_administrations(given)?;
        context.administrations.clone_from(given);
        context.administrations.sort_by_key(|given| given.given_at);
    }
    if let Some(expected) = expected {
        check_length("expected", expected.len())?;
        if expected.iter().any(|vital| vital.every_seconds == 0) {
            return Err(invalid(
                "expected",
                "needs at least 1 second between two readings",
            ));
        }
        patient.context.expected.clone_from(expected);
    }
    patient.context.spo2_scale = spo2_scale.or(patient.context.spo2_scale);
    patient.context.oxygen = oxygen.or(patient.context.oxygen);
    Ok(())
}

/// What a command that was taken made of a patient: for whoever tells how it was
/// from the audit. Limits of the patient's own are not among what is told.
pub fn patient_after(patient: &mut Patient, command: &Command) {
    let done = merge(patient, command);
    // What the registry took then, it takes again.
    debug_assert!(done.is_ok(), "a command of the audit was taken");
    watched_after(&mut patient.context, command);
}

/// What a command that was taken made of the monitoring periods and pauses:
/// for whoever tells how it was from the audit. Others change nothing.
pub fn watched_after(context: &mut PatientContext, command: &Command) {
    let done = match command {
        Command::StartMonitoring { start, .. } => start_monitoring(context, *start),
        Command::PauseMonitoring { pause, .. } => add_pause(context, pause),
        Command::Discharge { end, .. } => discharge(context, *end),
        _ => return,
    };
    // What the registry took then, it takes again.
    debug_assert!(done.is_ok(), "a command of the audit was taken");
}

fn start_monitoring(context: &mut PatientContext, start: ClinicalTime) -> Result<(), CommandError> {
    if context
        .monitoring
        .iter()
        .any(|period| period.contains(start))
    {
        return Err(CommandError::Conflict {
            problem: "the patient is already monitored then; discharge first".to_owned(),
        });
    }
    check_length("monitoring", context.monitoring.len() + 1)?;
    let next = context
        .monitoring
        .iter()
        .map(|period| period.start)
        .filter(|s| *s > start)
        .min();
    context.monitoring.push(Period { start, end: next });
    context.monitoring.sort_by_key(|period| period.start);
    Ok(())
}

fn add_pause(context: &mut PatientContext, pause: &Pause) -> Result<(), CommandError> {
    check_order(pause.start, pause.end)?;
    if pause.reason.trim().is_empty() {
        return Err(invalid("reason", "must say why monitoring pauses"));
    }
    check_length("pauses", context.pauses.len() + 1)?;
    context.pauses.push(pause.clone());
    Ok(())
}

fn discharge(context: &mut PatientContext, end: ClinicalTime) -> Result<(), CommandError> {
    let Some(period) = context
        .monitoring
        .iter_mut()
        .find(|period| period.end.is_none())
    else {
        return Err(CommandError::Conflict {
            problem: "the patient is not monitored; there is nothing to end".to_owned(),
        });
    };
    check_order(period.start, end)?;
    period.end = Some(end);
    Ok(())
}

fn set_limit(
    context: &mut PatientContext,
    limit: &PatientLimit,
    author: &str,
    now: ClinicalTime,
) -> Result<(), CommandError> {
    if !limit.value.is_finite() {
        return Err(invalid("value", "must be a finite number"));
    }
    if limit.expires <= now {
        return Err(invalid(
            "expires",
            "must lie in the future: every own limit ends",
        ));
    }
    if limit.reason.trim().is_empty() {
        return Err(invalid("reason", "must say why the limit differs"));
    }
    context.limits.retain(|known| now < known.expires);
    check_length("limits", context.limits.len() + 1)?;
    context.limits.push(PatientLimit {
        author: author.to_owned(),
        ..limit.clone()
    });
    Ok(())
}

fn check_label(label: &str) -> Result<(), CommandError> {
    match label.chars().count() {
        1..=120 => Ok(()),
        _ => Err(invalid("label", "must have 1 to 120 characters")),
    }
}

/// The empty text is no team.
fn read_team(text: &str) -> Result<Option<TeamId>, CommandError> {
    if text.is_empty() {
        return Ok(None);
    }
    let team = TeamId::new(text);
    team.map(Some).map_err(|error| CommandError::Invalid {
        field: "team",
        problem: error.to_string(),
    })
}

fn check_time_zone(zone: &str) -> Result<(), CommandError> {
    match jiff::tz::TimeZone::get(zone) {
        Ok(_) => Ok(()),
        Err(_) => Err(invalid(
            "time_zone",
            "must be an IANA name such as Europe/London",
        )),
    }
}

fn check_period(period: &Period) -> Result<(), CommandError> {
    period
        .end
        .map_or(Ok(()), |end| check_order(period.start, end))
}

fn check_order(start: ClinicalTime, end: ClinicalTime) -> Result<(), CommandError> {
    if start < end {
        Ok(())
    } else {
        Err(CommandError::EndBeforeStart { start, end })
    }
}

fn check_administrations(given: &[Administration]) -> Result<(), CommandError> {
    if given.len() > Administration::COUNT_MAX {
        return Err(invalid("administrations", "holds at most 100 entries"));
    }
    match given.iter().flat_map(Administration::problems).next() {
        Some((field, problem)) => Err(invalid(field, problem)),
        None => Ok(()),
    }
}

fn check_length(field: &'static str, length: usize) -> Result<(), CommandError> {
    if length <= LIST_MAX {
        Ok(())
    } else {
        Err(invalid(field, "holds at most 1,000 entries"))
    }
}

pub(super) fn invalid(field: &'static str, problem: &str) -> CommandError {
    CommandError::Invalid {
        field,
        problem: problem.to_owned(),
    }
}
