//! A patient as shown and as changed.

use super::administration_view::{self, AdministrationView};
use super::text::{Faults, LABEL_MAX};
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::domain::{
    ClinicalTime, ExpectedVital, PatientId, PatientLimit, Period, Spo2Scale, TeamId, Vital, WardId,
};
use crate::registry::{Command, Patient};
use serde::{Deserialize, Serialize};

/// Most entries of any list in a patient's context.
const ENTRIES_MAX: usize = 100;

/// From `start` until before `end`, or open.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct PeriodView {
    /// First moment inside.
    start: Moment,
    /// First moment after; absent while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<Moment>,
}

/// A planned pause of monitoring.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct PauseView {
    start: Moment,
    end: Moment,
    reason: String,
}

/// A vital that should keep coming.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct ExpectedView {
    /// The vital's full name (`heart_rate`).
    vital: String,
    /// Seconds between two readings.
    every_seconds: u32,
}

/// A limit for one patient.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct LimitView {
    rule: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    vital: Option<&'static str>,
    value: f64,
    author: String,
    reason: String,
    expires: Moment,
}

impl From<&PatientLimit> for LimitView {
    fn from(limit: &PatientLimit) -> Self {
        Self {
            rule: limit.rule.clone(),
            vital: limit.vital.map(Vital::name),
            value: limit.value,
            author: limit.author.clone(),
            reason: limit.reason.clone(),
            expires: limit.expires.into(),
        }
    }
}

/// A patient, known by a pseudonym.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct PatientView {
    id: String,
    label: String,
    ward: String,
    /// The team that looks after the patient, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<String>,
    /// Whether the patient is monitored now.
    monitored: bool,
    time_zone: String,
    /// 1 or 2; null while no clinician has set it, and SpO2 is not scored.
    spo2_scale: Option<u8>,
    /// Whether oxygen is given at home; null when not recorded.
    oxygen: Option<bool>,
    treatment: Vec<PeriodView>,
    /// When neutropenia is expected or known: fever counts from a lower limit on.
    neutropenia: Vec<PeriodView>,
    /// When a reaction to an infusion is looked for.
    post_infusion: Vec<PeriodView>,
    /// What was given when, oldest first.
    administrations: Vec<AdministrationView>,
    monitoring: Vec<PeriodView>,
    pauses: Vec<PauseView>,
    limits: Vec<LimitView>,
    expected: Vec<ExpectedView>,
}

impl PatientView {
    pub(super) fn new(patient: Patient, now: ClinicalTime) -> Self {
        let context = patient.context;
        let periods = |periods: &[Period]| periods.iter().map(show_period).collect();
        Self {
            id: patient.id.into(),
            label: patient.label,
            ward: patient.ward.into(),
            team: patient.team.map(String::from),
            monitored: context.is_monitored(now),
            spo2_scale: context.spo2_scale.map(|scale| match scale {
                Spo2Scale::One => 1,
                Spo2Scale::Two => 2,
            }),
            oxygen: context.oxygen,
            treatment: periods(&context.treatment),
            neutropenia: periods(&context.neutropenia),
            post_infusion: periods(&context.post_infusion),
            administrations: context
                .administrations
                .into_iter()
                .map(AdministrationView::from)
                .collect(),
            monitoring: periods(&context.monitoring),
            pauses: context.pauses.into_iter().map(show_pause).collect(),
            limits: context.limits.iter().map(LimitView::from).collect(),
            expected: context.expected.into_iter().map(show_expected).collect(),
            time_zone: context.time_zone.into(),
        }
    }
}

fn show_period(period: &Period) -> PeriodView {
    PeriodView {
        start: period.start.into(),
        end: period.end.map(Moment::from),
    }
}

fn show_pause(pause: crate::domain::Pause) -> PauseView {
    PauseView {
        start: pause.start.into(),
        end: pause.end.into(),
        reason: pause.reason,
    }
}

fn show_expected(expected: ExpectedVital) -> ExpectedView {
    ExpectedView {
        vital: expected.vital.name().to_owned(),
        every_seconds: expected.every_seconds,
    }
}

/// What is to change about a patient; what is left out stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct PutPatient {
    /// What the ward board shows; needed for a new patient. No names.
    label: Option<String>,
    /// The ward that answers; needed for a new patient.
    ward: Option<String>,
    /// The team that looks after the patient; an empty text for none.
    team: Option<String>,
    /// IANA time zone.
    time_zone: Option<String>,
    /// 1 for everybody, 2 only where a clinician set a target of 88 to 92 %.
    spo2_scale: Option<u8>,
    /// Whether oxygen is given at home.
    oxygen: Option<bool>,
    /// Periods on systemic anticancer treatment.
    treatment: Option<Vec<PeriodView>>,
    /// When neutropenia is expected or known.
    neutropenia: Option<Vec<PeriodView>>,
    /// When a reaction to an infusion is looked for (CAR-T, bispecifics).
    post_infusion: Option<Vec<PeriodView>>,
    /// What was given when, all of it: the list takes the place of the one known.
    administrations: Option<Vec<AdministrationView>>,
    /// Vitals that should keep coming.
    expected: Option<Vec<ExpectedView>>,
}

impl PutPatient {
    /// The command, or everything that is wrong.
    pub(super) fn command(self, id: PatientId) -> Result<Command, Problem> {
        let mut faults = Faults::default();
        faults.optional_text(self.label.as_deref(), LABEL_MAX, "#/label");
        let ward = self.ward.map(|ward| WardId::new(&ward));
        if let Some(Err(error)) = &ward {
            faults.unless(false, "#/ward", error.to_string());
        }
        if let Some(zone) = &self.time_zone {
            let known = jiff::tz::TimeZone::get(zone).is_ok();
            faults.unless(
                known,
                "#/time_zone",
                "must be an IANA time zone (`Europe/London`)",
            );
        }
        let team = self.team.as_deref().filter(|team| !team.is_empty());
        if let Some(Err(error)) = team.map(TeamId::new) {
            faults.unless(false, "#/team", error.to_string());
        }
        let scale = self.spo2_scale.map(|scale| match scale {
            1 => Some(Spo2Scale::One),
            2 => Some(Spo2Scale::Two),
            _ => None,
        });
        faults.unless(scale != Some(None), "#/spo2_scale", "must be 1 or 2");
        let mut periods = |given: Option<Vec<PeriodView>>, key| {
            given.map(|periods| take_periods(&periods, key, &mut faults))
        };
        let treatment = periods(self.treatment, "treatment");
        let neutropenia = periods(self.neutropenia, "neutropenia");
        let post_infusion = periods(self.post_infusion, "post_infusion");
        let administrations = self
            .administrations
            .map(|given| administration_view::take(given, &mut faults));
        let expected = self
            .expected
            .map(|expected| take_expected(&expected, &mut faults));
        faults.check()?;
        Ok(Command::PutPatient {
            id,
            label: self.label,
            ward: ward.and_then(Result::ok),
            team: self.team,
            time_zone: self.time_zone,
            spo2_scale: scale.flatten(),
            oxygen: self.oxygen,
            treatment,
            neutropenia,
            post_infusion,
            administrations,
            expected,
        })
    }
}

fn take_periods(periods: &[PeriodView], key: &str, faults: &mut Faults) -> Vec<Period> {
    faults.unless(
        periods.len() <= ENTRIES_MAX,
        &format!("#/{key}"),
        "holds at most 100 periods",
    );
    for (index, period) in periods.iter().enumerate() {
        let in_order = period.end.is_none_or(|end| period.start < end);
        faults.unless(
            in_order,
            &format!("#/{key}/{index}/end"),
            "must be after the start",
        );
    }
    let take = |period: &PeriodView| Period {
        start: period.start.clinical(),
        end: period.end.map(Moment::clinical),
    };
    periods.iter().map(take).collect()
}

fn take_expected(expected: &[ExpectedView], faults: &mut Faults) -> Vec<ExpectedVital> {
    faults.unless(
        expected.len() <= Vital::COUNT,
        "#/expected",
        "holds a vital at most once",
    );
    let mut taken: Vec<ExpectedVital> = Vec::new();
    for (index, entry) in expected.iter().enumerate().take(Vital::COUNT) {
        let pointer = |field: &str| format!("#/expected/{index}/{field}");
        let fine = (1..=7 * 86_400).contains(&entry.every_seconds);
        faults.unless(fine, &pointer("every_seconds"), "must be 1 to 604800");
        match Vital::from_name(&entry.vital) {
            Some(vital) if taken.iter().all(|other| other.vital != vital) => {
                taken.push(ExpectedVital {
                    vital,
                    every_seconds: entry.every_seconds,
                });
            }
            Some(_) => faults.unless(false, &pointer("vital"), "stands here twice"),
            None => faults.unless(false, &pointer("vital"), "is not a vital"),
        }
    }
    taken
}
