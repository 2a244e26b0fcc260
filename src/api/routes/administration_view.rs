//! What was given to a patient, as shown and as entered.

use super::text::Faults;
use crate::api::moment::Moment;
use crate::domain::{Administration, AdministrationKind, NadirDays, Regimen};
use serde::{Deserialize, Serialize};

/// One dose of systemic treatment. The day of the cycle, the expected nadir and
/// the post-infusion window follow from it.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct AdministrationView {
    /// When it began to be given.
    given_at: Moment,
    /// Which cycle of the course it belongs to, from 1.
    cycle: u16,
    /// What the team calls the regimen, at most 60 characters; nothing is decided by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    regimen: Option<String>,
    /// `systemic_anticancer`, `bispecific` or `car_t`.
    kind: String,
    /// When its own nadir is expected; absent: by the settings of its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nadir_days: Option<NadirDaysView>,
    /// For how many hours a reaction to it is looked for, 0 for none; absent: by
    /// the settings of its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    post_infusion_hours: Option<u16>,
}

/// Days of an expected nadir, both included; day 1 is the calendar day of the
/// administration in the patient's time zone.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NadirDaysView {
    /// First day.
    first: u16,
    /// Last day.
    last: u16,
}

const KINDS: [(&str, AdministrationKind); 3] = [
    (
        "systemic_anticancer",
        AdministrationKind::SystemicAnticancer,
    ),
    ("bispecific", AdministrationKind::Bispecific),
    ("car_t", AdministrationKind::CarT),
];

impl From<Administration> for AdministrationView {
    fn from(given: Administration) -> Self {
        let kind = KINDS.iter().find(|(_, kind)| *kind == given.kind);
        Self {
            given_at: given.given_at.into(),
            cycle: given.cycle,
            regimen: given.regimen.map(|regimen| regimen.0),
            kind: kind.map_or("", |(name, _)| name).to_owned(),
            nadir_days: given.nadir_days.map(|days| NadirDaysView {
                first: days.first,
                last: days.last,
            }),
            post_infusion_hours: given.post_infusion_hours,
        }
    }
}

/// The administrations of a body; everything wrong with them goes to `faults`.
pub(super) fn take(given: Vec<AdministrationView>, faults: &mut Faults) -> Vec<Administration> {
    faults.unless(
        given.len() <= Administration::COUNT_MAX,
        "#/administrations",
        "holds at most 100 administrations",
    );
    let checked = given.into_iter().take(Administration::COUNT_MAX);
    let taken = checked.enumerate();
    taken
        .map(|(index, view)| view.take(index, faults))
        .collect()
}

impl AdministrationView {
    fn take(self, index: usize, faults: &mut Faults) -> Administration {
        let pointer = |field: &str| format!("#/administrations/{index}/{field}");
        let kind = KINDS.iter().find(|(name, _)| *name == self.kind);
        faults.unless(
            kind.is_some(),
            &pointer("kind"),
            "must be systemic_anticancer, bispecific or car_t",
        );
        let given = Administration {
            given_at: self.given_at.clinical(),
            cycle: self.cycle,
            regimen: self.regimen.map(Regimen),
            kind: kind.map_or(AdministrationKind::SystemicAnticancer, |(_, kind)| *kind),
            nadir_days: self.nadir_days.map(|days| NadirDays {
                first: days.first,
                last: days.last,
            }),
            post_infusion_hours: self.post_infusion_hours,
        };
        for (field, problem) in given.problems() {
            faults.unless(false, &pointer(field), problem);
        }
        given
    }
}
