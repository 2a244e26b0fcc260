//! Trouble of the watch, not of the patient.

use super::{Scenario, ScenarioKind, Timing, Truth, TruthKind};
use crate::device::{DeviceChange, DeviceEffect};
use crate::physiology::HOUR_MS;

/// Off the wrist for four hours.
pub(super) fn off_wrist(timing: Timing) -> Scenario {
    trouble(
        ScenarioKind::OffWrist,
        timing,
        Some(4),
        DeviceChange::OffWrist,
        TruthKind::NotWorn,
        Some("not worn"),
    )
}

/// Connected, but nothing is sent for six hours.
pub(super) fn silent_device(timing: Timing) -> Scenario {
    trouble(
        ScenarioKind::SilentDevice,
        timing,
        Some(6),
        DeviceChange::Silent,
        TruthKind::Silent,
        Some("silent"),
    )
}

/// 25 % an hour, and nobody charges it.
pub(super) fn dying_battery(timing: Timing) -> Scenario {
    let drain = DeviceChange::BatteryDrain {
        percent_per_hour: 25.0,
    };
    trouble(
        ScenarioKind::DyingBattery,
        timing,
        None,
        drain,
        TruthKind::Battery,
        Some("battery, then silent"),
    )
}

/// An hour ahead for three hours.
pub(super) fn clock_jump(timing: Timing) -> Scenario {
    let step = DeviceChange::ClockStep { by_ms: HOUR_MS };
    trouble(
        ScenarioKind::ClockJump,
        timing,
        Some(3),
        step,
        TruthKind::Clock,
        Some("clock"),
    )
}

/// The phone is away for two hours.
pub(super) fn back_fill(timing: Timing) -> Scenario {
    trouble(
        ScenarioKind::BackFill,
        timing,
        Some(2),
        DeviceChange::PhoneAway,
        TruthKind::Late,
        Some("silent, then none for what is past"),
    )
}

/// One restart.
pub(super) fn device_restart(timing: Timing) -> Scenario {
    trouble(
        ScenarioKind::DeviceRestart,
        timing,
        None,
        DeviceChange::Restart,
        TruthKind::Restart,
        None,
    )
}

fn trouble(
    kind: ScenarioKind,
    timing: Timing,
    hours: Option<i64>,
    change: DeviceChange,
    truth: TruthKind,
    expected_alert: Option<&'static str>,
) -> Scenario {
    let until_ms = hours.map(|hours| timing.onset_ms + hours * HOUR_MS);
    Scenario {
        kind,
        body: Vec::new(),
        device: vec![DeviceEffect {
            from_ms: timing.onset_ms,
            until_ms,
            change,
        }],
        truths: vec![Truth {
            kind: truth,
            onset_ms: timing.onset_ms,
            ends_ms: until_ms,
            expected_alert,
        }],
    }
}
