//! The priority from which each detector's steps are counted.

use super::Rules;
use crate::domain::{AlertKind, Priority, Vital};

impl Rules {
    /// The lowest priority that the detector of a kind says with its thresholds
    /// in force; everything more urgent is a step above it.
    pub fn base_priority(&self, kind: AlertKind) -> Priority {
        let device = &self.device;
        match kind {
            AlertKind::FeverOnTreatment => {
                let tiers = [self.fever.high, self.fever.raised, self.fever.low];
                lowest_of(tiers.map(|tier| (tier.enabled, tier.priority)))
            }
            AlertKind::News2 => {
                lowest_of(self.news2.tiers().map(|tier| (tier.enabled, tier.priority)))
            }
            AlertKind::BaselineDeviation(_) => {
                lowest_of(Vital::ALL.map(|of| (true, self.baseline.vitals.get(of).priority)))
            }
            AlertKind::Deterioration => self.deterioration.priority,
            AlertKind::IrregularPulse => self.irregular_pulse.priority,
            AlertKind::ActivityDecline => self.activity_decline.priority,
            AlertKind::OvernightHeartRate => self.overnight_heart_rate.priority,
            AlertKind::SustainedChange => self.sustained_change.priority,
            AlertKind::Silent(_) | AlertKind::NeverHeard(_) | AlertKind::DeviceSilent => {
                lowest_of(Vital::ALL.map(|of| (true, self.silence.vitals.get(of).priority)))
            }
            AlertKind::NotWorn => device.not_worn_priority,
            AlertKind::Frozen(_) => device.frozen_priority,
            AlertKind::DeviceClock => device.clock_priority,
            AlertKind::BatteryLow => device.battery_priority,
            AlertKind::DeviceOffline => device.offline_priority,
            AlertKind::MessagesMissing => device.missing_priority,
            AlertKind::InternalError => device.internal_priority,
            AlertKind::Rule(id) => {
                let rule = self.clinical.get(id);
                rule.map_or(Priority::Low, |rule| rule.priority)
            }
        }
    }
}

/// The lowest of those that are switched on.
fn lowest_of<const N: usize>(all: [(bool, Priority); N]) -> Priority {
    let on = all.into_iter().filter(|(enabled, _)| *enabled);
    on.map(|(_, priority)| priority)
        .min()
        .unwrap_or(Priority::Low)
}
