//! The names of the scenarios.

use std::fmt;
use std::str::FromStr;

/// Every scenario the simulators know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScenarioKind {
    /// Nothing happens.
    Healthy,
    /// Fever in the nadir, heart and breathing with it, pressure falling.
    NeutropenicSepsis,
    /// A short fever some hours after an infusion.
    FeverAfterInfusion,
    /// Cytokine release: fever, then low pressure and low oxygen.
    CytokineRelease,
    /// Oxygen saturation falls below 88 %.
    Hypoxia,
    /// Heart rate up, oxygen down, breathing up, no fever.
    PulmonaryEmbolism,
    /// Irregular, fast pulse that comes and goes.
    AtrialFibrillation,
    /// Resting heart rate up 1.5 personal SD over three days.
    SlowIllness,
    /// Weeks of less walking and a slowly rising heart rate.
    SlowDecline,
    /// A day of rising heart rate and falling pressure.
    Dehydration,
    /// The watch comes off for hours.
    OffWrist,
    /// The watch falls silent.
    SilentDevice,
    /// The battery runs out.
    DyingBattery,
    /// The watch's clock jumps an hour ahead.
    ClockJump,
    /// The phone is away for two hours and everything arrives at once.
    BackFill,
    /// The watch restarts.
    DeviceRestart,
}

impl ScenarioKind {
    /// All of them, in the order of the list above.
    pub const ALL: [Self; 16] = [
        Self::Healthy,
        Self::NeutropenicSepsis,
        Self::FeverAfterInfusion,
        Self::CytokineRelease,
        Self::Hypoxia,
        Self::PulmonaryEmbolism,
        Self::AtrialFibrillation,
        Self::SlowIllness,
        Self::SlowDecline,
        Self::Dehydration,
        Self::OffWrist,
        Self::SilentDevice,
        Self::DyingBattery,
        Self::ClockJump,
        Self::BackFill,
        Self::DeviceRestart,
    ];

    /// The name on the command line and in labels.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::NeutropenicSepsis => "neutropenic-sepsis",
            Self::FeverAfterInfusion => "fever-after-infusion",
            Self::CytokineRelease => "cytokine-release",
            Self::Hypoxia => "hypoxia",
            Self::PulmonaryEmbolism => "pulmonary-embolism",
            Self::AtrialFibrillation => "atrial-fibrillation",
            Self::SlowIllness => "slow-illness",
            Self::SlowDecline => "slow-decline",
            Self::Dehydration => "dehydration",
            Self::OffWrist => "off-wrist",
            Self::SilentDevice => "silent-device",
            Self::DyingBattery => "dying-battery",
            Self::ClockJump => "clock-jump",
            Self::BackFill => "back-fill",
            Self::DeviceRestart => "device-restart",
        }
    }

    /// One line for people.
    #[must_use]
    pub fn summary(self) -> &'static str {
        match self {
            Self::Healthy => "nothing happens: no alert is right",
            Self::NeutropenicSepsis => {
                "low-grade for hours, then 38.0 C within minutes; pulse and breathing up, pressure down"
            }
            Self::FeverAfterInfusion => {
                "rises an hour long to about 38.6 C and is gone after some hours"
            }
            Self::CytokineRelease => "fever, then low pressure and low oxygen (CAR-T, bispecifics)",
            Self::Hypoxia => "oxygen saturation falls to about 85 % within 20 minutes",
            Self::PulmonaryEmbolism => {
                "pulse +38/min, oxygen -6 points, breathing +9/min within minutes, no fever"
            }
            Self::AtrialFibrillation => "three hours of irregular pulse, +35/min",
            Self::SlowIllness => {
                "resting heart rate up 1.5 personal SD over three days, below every limit"
            }
            Self::SlowDecline => {
                "over three weeks walking falls to a quarter and the pulse rises 8/min"
            }
            Self::Dehydration => "over a day pulse +22/min, pressure -22, walking halved",
            Self::OffWrist => "off the wrist for four hours",
            Self::SilentDevice => "nothing arrives for six hours",
            Self::DyingBattery => "the battery falls 25 % an hour until the watch dies",
            Self::ClockJump => "the watch's clock jumps an hour ahead for three hours",
            Self::BackFill => "two hours are stored and then sent at once",
            Self::DeviceRestart => "session grows by one, seq starts again at 0",
        }
    }
}

impl fmt::Display for ScenarioKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that is no scenario's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no scenario is called {name:?}")]
pub struct UnknownScenario {
    /// What was asked for.
    pub name: String,
}

impl FromStr for ScenarioKind {
    type Err = UnknownScenario;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| UnknownScenario {
                name: name.to_owned(),
            })
    }
}
