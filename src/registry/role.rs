//! Who may do what: one table of roles and permissions, and by ward.

use crate::domain::WardId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a person or a system is to Wardlight.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A display on a wall, or a system that only reads.
    Viewer,
    /// Answers alerts, enters what was measured by hand, and writes notes.
    #[serde(alias = "clinician")]
    Nurse,
    /// And sets a patient's own limits.
    Doctor,
    /// Runs wards: patients, watches, silences, and who is told.
    #[serde(alias = "coordinator")]
    WardAdministrator,
    /// Connects systems: devices, their credentials, channels. Sees no vitals
    /// but those in a message that could not be read.
    Integrator,
    /// Reads the audit and the figures, no vitals.
    Auditor,
    /// Everything.
    Administrator,
}

/// Something that needs leave.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Permission {
    /// What Wardlight is and how it does: version, wards, routing, metrics.
    SeeSystem,
    /// Patients, their vitals, scores and alerts; the handover.
    SeePatients,
    /// Devices and who wears them.
    SeeDevices,
    /// The alarm burden.
    SeeFigures,
    /// Acknowledge, snooze, resolve, comment; enter observations.
    AnswerAlerts,
    /// Notes on patients.
    WriteNotes,
    /// A patient's own limits.
    SetLimits,
    /// Patients, monitoring, assignments, wards.
    ManagePatients,
    /// Silences and who is on call.
    ManageRouting,
    /// Devices, and what lies in quarantine.
    ManageDevices,
    /// Credentials of devices.
    ManageCredentials,
    /// Webhooks, their secrets, what they were sent.
    ManageChannels,
    /// The audit.
    ReadAudit,
    /// Accounts and tokens.
    ManageAccess,
}

use Permission::{
    AnswerAlerts, ManageAccess, ManageChannels, ManageCredentials, ManageDevices, ManagePatients,
    ManageRouting, ReadAudit, SeeDevices, SeeFigures, SeePatients, SeeSystem, SetLimits,
    WriteNotes,
};

impl Role {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Viewer,
        Self::Nurse,
        Self::Doctor,
        Self::WardAdministrator,
        Self::Integrator,
        Self::Auditor,
        Self::Administrator,
    ];

    /// As configuration, the API and the audit write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Nurse => "nurse",
            Self::Doctor => "doctor",
            Self::WardAdministrator => "ward_administrator",
            Self::Integrator => "integrator",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }

    /// What it may do: the table.
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Viewer => &[SeeSystem, SeePatients, SeeDevices, SeeFigures],
            Self::Nurse => &[
                SeeSystem,
                SeePatients,
                SeeDevices,
                SeeFigures,
                AnswerAlerts,
                WriteNotes,
            ],
            Self::Doctor => &[
                SeeSystem,
                SeePatients,
                SeeDevices,
                SeeFigures,
                AnswerAlerts,
                WriteNotes,
                SetLimits,
            ],
            Self::WardAdministrator => &[
                SeeSystem,
                SeePatients,
                SeeDevices,
                SeeFigures,
                AnswerAlerts,
                WriteNotes,
                SetLimits,
                ManagePatients,
                ManageRouting,
                ManageDevices,
                ManageChannels,
            ],
            Self::Integrator => &[
                SeeSystem,
                SeeDevices,
                ManageDevices,
                ManageCredentials,
                ManageChannels,
            ],
            Self::Auditor => &[SeeSystem, SeeFigures, ReadAudit],
            Self::Administrator => &Permission::ALL,
        }
    }

    /// Whether it can be given for some wards only: the others look after what
    /// belongs to no ward.
    pub const fn is_by_ward(self) -> bool {
        match self {
            Self::Viewer | Self::Nurse | Self::Doctor | Self::WardAdministrator => true,
            Self::Integrator | Self::Auditor | Self::Administrator => false,
        }
    }

    /// Whether it may.
    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 14] = [
        SeeSystem,
        SeePatients,
        SeeDevices,
        SeeFigures,
        AnswerAlerts,
        WriteNotes,
        SetLimits,
        ManagePatients,
        ManageRouting,
        ManageDevices,
        ManageCredentials,
        ManageChannels,
        ReadAudit,
        ManageAccess,
    ];

    /// As the description of the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            SeeSystem => "see_system",
            SeePatients => "see_patients",
            SeeDevices => "see_devices",
            SeeFigures => "see_figures",
            AnswerAlerts => "answer_alerts",
            WriteNotes => "write_notes",
            SetLimits => "set_limits",
            ManagePatients => "manage_patients",
            ManageRouting => "manage_routing",
            ManageDevices => "manage_devices",
            ManageCredentials => "manage_credentials",
            ManageChannels => "manage_channels",
            ReadAudit => "read_audit",
            ManageAccess => "manage_access",
        }
    }
}

/// The wards that somebody may see; a patient is seen where the patient is now.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(from = "BTreeSet<WardId>", into = "BTreeSet<WardId>")]
pub enum WardScope {
    /// The whole installation; written as an empty list.
    #[default]
    All,
    /// These.
    Only(BTreeSet<WardId>),
}

impl WardScope {
    /// Whether a ward is among them.
    pub fn includes(&self, ward: &WardId) -> bool {
        match self {
            Self::All => true,
            Self::Only(wards) => wards.contains(ward),
        }
    }

    /// The wards by id; empty for all.
    pub fn wards(&self) -> impl Iterator<Item = &WardId> {
        let only = match self {
            Self::All => None,
            Self::Only(wards) => Some(wards),
        };
        only.into_iter().flatten()
    }
}

impl From<BTreeSet<WardId>> for WardScope {
    fn from(wards: BTreeSet<WardId>) -> Self {
        match wards.is_empty() {
            true => Self::All,
            false => Self::Only(wards),
        }
    }
}

impl From<WardScope> for BTreeSet<WardId> {
    fn from(scope: WardScope) -> Self {
        match scope {
            WardScope::All => Self::new(),
            WardScope::Only(wards) => wards,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_roles_is_what_the_documentation_says() {
        let table: Vec<String> = Role::ALL
            .iter()
            .map(|role| {
                let may = Permission::ALL.map(|one| if role.may(one) { 'x' } else { '.' });
                format!("{:>18} {}", role.name(), String::from_iter(may))
            })
            .collect();
        assert_eq!(
            table,
            [
                "            viewer xxxx..........",
                "             nurse xxxxxx........",
                "            doctor xxxxxxx.......",
                "ward_administrator xxxxxxxxxx.x..",
                "        integrator x.x......xxx..",
                "           auditor x..x........x.",
                "     administrator xxxxxxxxxxxxxx",
            ]
        );
    }

    #[test]
    fn roles_and_permissions_are_read_as_they_are_written() {
        for role in Role::ALL {
            let text = serde_json::to_string(&role).unwrap();
            assert_eq!(text, format!("\"{}\"", role.name()));
            assert_eq!(serde_json::from_str::<Role>(&text).unwrap(), role);
        }
        let older = serde_json::from_str::<Vec<Role>>(r#"["clinician","coordinator"]"#).unwrap();
        assert_eq!(older, [Role::Nurse, Role::WardAdministrator]);
    }

    #[test]
    fn an_empty_list_of_wards_is_all_of_them() {
        let one = WardId::new("ward-a").unwrap();
        let all: WardScope = serde_json::from_str("[]").unwrap();
        assert!(all.includes(&one));
        let only: WardScope = serde_json::from_str(r#"["ward-b"]"#).unwrap();
        assert!(!only.includes(&one));
        assert_eq!(serde_json::to_string(&only).unwrap(), r#"["ward-b"]"#);
    }
}
