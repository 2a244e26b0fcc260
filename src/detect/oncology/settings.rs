//! Settings of the course of treatment.

use crate::detect::epoch::EPOCH_VITALS;
use crate::domain::{
    Administration, AdministrationKind, AlertKind, NadirDays, TreatmentWindow, Vital,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// From low to high it is no more than this.
const STEPS_MAX: u8 = 2;

/// What follows from an administration, and what a window makes more urgent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OncologyRules {
    /// A cycle is at most so many days long. After that no day of a cycle is
    /// told, and an equal number is that of another course.
    pub cycle_days_max: u16,
    /// After systemic anticancer treatment.
    pub systemic_anticancer: KindWindows,
    /// After a bispecific antibody.
    pub bispecific: KindWindows,
    /// After CAR-T cells.
    pub car_t: KindWindows,
    /// By how many steps each window makes each kind of alert more urgent.
    pub more_urgent: UrgencySteps,
}

/// What follows from an administration of one kind, where it says nothing itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindWindows {
    /// First day of the expected nadir; 0: none is expected.
    pub nadir_first_day: u16,
    /// Last day of it.
    pub nadir_last_day: u16,
    /// A reaction is looked for during so many hours; 0: for none.
    pub post_infusion_hours: u16,
}

/// The table of steps, one row a window. Where several hold, the largest counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrgencySteps {
    /// In a nadir expected after an administration.
    pub expected_nadir: WindowSteps,
    /// While neutropenia is recorded.
    pub neutropenia: WindowSteps,
    /// After an infusion.
    pub post_infusion: WindowSteps,
}

/// Steps (0 to 2) of each kind of alert in one window. Fever on treatment is
/// not among them, it asks for neutropenia itself; nor are clinical rules,
/// which name the windows in their conditions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowSteps {
    /// Several vitals together.
    pub deterioration: u8,
    /// NEWS2.
    pub news2: u8,
    /// Irregular pulse.
    pub irregular_pulse: u8,
    /// Fewer steps than usual.
    pub activity_decline: u8,
    /// Resting heart rate of the night.
    pub overnight_heart_rate: u8,
    /// A course that keeps departing.
    pub sustained_change: u8,
    /// Departures from the patient's own normal, a vital each.
    pub baseline_deviation: DeviationSteps,
}

/// Steps for each vital that has a normal of its own.
pub type DeviationSteps = BTreeMap<Vital, u8>;

impl Default for OncologyRules {
    fn default() -> Self {
        let windows = |first, last, hours| KindWindows {
            nadir_first_day: first,
            nadir_last_day: last,
            post_infusion_hours: hours,
        };
        let infection = [
            Vital::HeartRate,
            Vital::RespiratoryRate,
            Vital::BodyTemperature,
        ];
        let reaction = [Vital::OxygenSaturation, Vital::SystolicPressure];
        Self {
            cycle_days_max: 42,
            systemic_anticancer: windows(7, 14, 0),
            bispecific: windows(0, 0, 72),
            car_t: windows(0, 0, 336),
            more_urgent: UrgencySteps {
                expected_nadir: WindowSteps::one_for(&infection),
                neutropenia: WindowSteps::one_for(&infection),
                post_infusion: WindowSteps::one_for(&[&infection[..], &reaction].concat()),
            },
        }
    }
}

impl OncologyRules {
    /// When the nadir after an administration is expected, if one is.
    pub(super) fn nadir_days(&self, given: &Administration) -> Option<NadirDays> {
        let own = self.of_kind(given.kind);
        let usual = NadirDays {
            first: own.nadir_first_day,
            last: own.nadir_last_day,
        };
        given.nadir_days.or((usual.first > 0).then_some(usual))
    }

    /// For how long a reaction to an administration is looked for, ms.
    pub(super) fn post_infusion_ms(&self, given: &Administration) -> i64 {
        let usual = self.of_kind(given.kind).post_infusion_hours;
        i64::from(given.post_infusion_hours.unwrap_or(usual)) * 3_600_000
    }

    /// By how many steps a window makes a kind of alert more urgent.
    pub(super) fn steps(&self, window: TreatmentWindow, kind: AlertKind) -> u8 {
        let row = match window {
            TreatmentWindow::ExpectedNadir => &self.more_urgent.expected_nadir,
            TreatmentWindow::Neutropenia => &self.more_urgent.neutropenia,
            TreatmentWindow::PostInfusion => &self.more_urgent.post_infusion,
        };
        row.of(kind)
    }

    fn of_kind(&self, kind: AdministrationKind) -> &KindWindows {
        match kind {
            AdministrationKind::SystemicAnticancer => &self.systemic_anticancer,
            AdministrationKind::Bispecific => &self.bispecific,
            AdministrationKind::CarT => &self.car_t,
        }
    }

    pub(in crate::detect) fn problems(&self, problems: &mut Vec<String>) {
        if !(1..=365).contains(&self.cycle_days_max) {
            problems.push("oncology.cycle_days_max must be 1 to 365".into());
        }
        let kinds = [
            ("systemic_anticancer", &self.systemic_anticancer),
            ("bispecific", &self.bispecific),
            ("car_t", &self.car_t),
        ];
        for (name, windows) in kinds {
            windows.problems(name, problems);
        }
        let rows = [
            ("expected_nadir", &self.more_urgent.expected_nadir),
            ("neutropenia", &self.more_urgent.neutropenia),
            ("post_infusion", &self.more_urgent.post_infusion),
        ];
        for (name, row) in rows {
            row.problems(&format!("oncology.more_urgent.{name}"), problems);
        }
    }
}

impl KindWindows {
    fn problems(&self, name: &str, problems: &mut Vec<String>) {
        let days = NadirDays {
            first: self.nadir_first_day,
            last: self.nadir_last_day,
        };
        if days != (NadirDays { first: 0, last: 0 }) && !days.is_in_order() {
            problems.push(format!(
                "oncology.{name}.nadir_first_day must be 1 to nadir_last_day, and that at most {}; \
                 both are 0 where none is expected",
                Administration::NADIR_DAY_MAX
            ));
        }
        if self.post_infusion_hours > Administration::POST_INFUSION_HOURS_MAX {
            problems.push(format!(
                "oncology.{name}.post_infusion_hours must be 0 to {}",
                Administration::POST_INFUSION_HOURS_MAX
            ));
        }
    }
}

impl WindowSteps {
    /// One step for what may be an infection or a reaction, and for departures
    /// of `vitals`.
    fn one_for(vitals: &[Vital]) -> Self {
        let of = |vital: Vital| (vital, u8::from(vitals.contains(&vital)));
        Self {
            deterioration: 1,
            news2: 1,
            irregular_pulse: 0,
            activity_decline: 0,
            overnight_heart_rate: 1,
            sustained_change: 1,
            baseline_deviation: EPOCH_VITALS.into_iter().map(of).collect(),
        }
    }

    fn of(&self, kind: AlertKind) -> u8 {
        match kind {
            AlertKind::Deterioration => self.deterioration,
            AlertKind::News2 => self.news2,
            AlertKind::IrregularPulse => self.irregular_pulse,
            AlertKind::ActivityDecline => self.activity_decline,
            AlertKind::OvernightHeartRate => self.overnight_heart_rate,
            AlertKind::SustainedChange => self.sustained_change,
            AlertKind::BaselineDeviation(vital) => {
                self.baseline_deviation.get(&vital).copied().unwrap_or(0)
            }
            AlertKind::FeverOnTreatment
            | AlertKind::Rule(_)
            | AlertKind::Silent(_)
            | AlertKind::DeviceSilent
            | AlertKind::NeverHeard(_)
            | AlertKind::NotWorn
            | AlertKind::Frozen(_)
            | AlertKind::DeviceClock
            | AlertKind::BatteryLow
            | AlertKind::DeviceOffline
            | AlertKind::MessagesMissing
            | AlertKind::InternalError => 0,
        }
    }

    fn problems(&self, section: &str, problems: &mut Vec<String>) {
        let kinds = [
            ("deterioration", self.deterioration),
            ("news2", self.news2),
            ("irregular_pulse", self.irregular_pulse),
            ("activity_decline", self.activity_decline),
            ("overnight_heart_rate", self.overnight_heart_rate),
            ("sustained_change", self.sustained_change),
        ];
        for (name, _) in kinds.iter().filter(|(_, steps)| *steps > STEPS_MAX) {
            problems.push(format!("{section}.{name} must be 0 to {STEPS_MAX}"));
        }
        for (vital, steps) in &self.baseline_deviation {
            if *steps > STEPS_MAX || !EPOCH_VITALS.contains(vital) {
                problems.push(format!(
                    "{section}.baseline_deviation.{} must be 0 to {STEPS_MAX}, for a vital that \
                     has a normal of its own",
                    vital.name()
                ));
            }
        }
    }
}
