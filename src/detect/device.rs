//! What the device says of itself: worn, battery, online, clock, gaps, and
//! signals that stand still. Technical conditions: "cannot measure".

use super::DeviceEvent;
use super::moment::Moment;
use super::step::{Step, minutes_ms};
use super::wear::{NotWorn, Wear};
use crate::domain::{AlertKind, ClinicalTime, Evidence, MeasuredTime, Priority, Reading, Vital};
use serde::{Deserialize, Serialize};

const VERSION: u32 = 2;
const NEVER: Moment = Moment::NEVER;

/// Settings of device conditions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceRules {
    /// Not worn is told after so many minutes …
    pub not_worn_minutes: u32,
    /// … but after so many when the watch is being charged, which takes one or
    /// two hours a day, …
    pub not_worn_charging_minutes: u32,
    /// … and shows once its battery has risen by so much since it was taken off, %.
    pub charging_percent: u8,
    /// How urgent that is.
    pub not_worn_priority: Priority,
    /// Offline (Last Will) is told after so many minutes: connections flap.
    pub offline_minutes: u32,
    /// How urgent that is.
    pub offline_priority: Priority,
    /// Battery low at or below, %.
    pub battery_low: f64,
    /// Battery well again at or above, %.
    pub battery_well: f64,
    /// How urgent a low battery is.
    pub battery_priority: Priority,
    /// How urgent a wrong clock is: with it no reading counts.
    pub clock_priority: Priority,
    /// How urgent a signal that stands still is.
    pub frozen_priority: Priority,
    /// How urgent missing messages are.
    pub missing_priority: Priority,
    /// How urgent a failure inside Wardlight is.
    pub internal_priority: Priority,
    /// Missing messages and internal errors are over after so many minutes without another.
    pub quiet_minutes: u32,
}

impl Default for DeviceRules {
    fn default() -> Self {
        Self {
            not_worn_minutes: 60,
            not_worn_charging_minutes: 180,
            charging_percent: 2,
            not_worn_priority: Priority::Low,
            offline_minutes: 10,
            offline_priority: Priority::Low,
            battery_low: 10.0,
            battery_well: 20.0,
            battery_priority: Priority::Low,
            clock_priority: Priority::Medium,
            frozen_priority: Priority::Low,
            missing_priority: Priority::Low,
            internal_priority: Priority::Medium,
            quiet_minutes: 60,
        }
    }
}

impl DeviceRules {
    pub(super) fn problems(&self, problems: &mut Vec<String>) {
        let battery = 0.0 <= self.battery_low
            && self.battery_low < self.battery_well
            && self.battery_well <= 100.0;
        if !battery {
            problems.push("device: 0 <= battery_low < battery_well <= 100 must hold".into());
        }
        if self.not_worn_charging_minutes < self.not_worn_minutes {
            problems
                .push("device.not_worn_charging_minutes must not be below not_worn_minutes".into());
        }
        if !(1..=50).contains(&self.charging_percent) {
            problems.push("device.charging_percent must be 1 to 50".into());
        }
        for (name, minutes) in [
            ("not_worn_minutes", self.not_worn_minutes),
            ("not_worn_charging_minutes", self.not_worn_charging_minutes),
            ("offline_minutes", self.offline_minutes),
            ("quiet_minutes", self.quiet_minutes),
        ] {
            if minutes > 10_080 {
                problems.push(format!("device.{name} must not be above 10080 (a week)"));
            }
        }
    }
}

/// What is remembered of the device.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct DeviceState {
    wear: Wear,
    /// Raised, one bit a kind (see `bit`).
    raised: u8,
    /// Frozen raised, one bit a vital.
    frozen: u16,
    offline_due: Moment,
    missing_over: Moment,
    internal_over: Moment,
}

impl Default for DeviceState {
    fn default() -> Self {
        Self {
            wear: Wear::default(),
            raised: 0,
            frozen: 0,
            offline_due: NEVER,
            missing_over: NEVER,
            internal_over: NEVER,
        }
    }
}

const fn bit(kind: AlertKind) -> u8 {
    match kind {
        AlertKind::NotWorn => 1,
        AlertKind::DeviceClock => 2,
        AlertKind::BatteryLow => 4,
        AlertKind::DeviceOffline => 8,
        AlertKind::MessagesMissing => 16,
        AlertKind::InternalError => 32,
        AlertKind::FeverOnTreatment
        | AlertKind::News2
        | AlertKind::IrregularPulse
        | AlertKind::ActivityDecline
        | AlertKind::OvernightHeartRate
        | AlertKind::BaselineDeviation(_)
        | AlertKind::Deterioration
        | AlertKind::SustainedChange
        | AlertKind::Silent(_)
        | AlertKind::DeviceSilent
        | AlertKind::NeverHeard(_)
        | AlertKind::Frozen(_)
        | AlertKind::Rule(_) => 0,
    }
}

const KINDS: [AlertKind; 6] = [
    AlertKind::NotWorn,
    AlertKind::DeviceClock,
    AlertKind::BatteryLow,
    AlertKind::DeviceOffline,
    AlertKind::MessagesMissing,
    AlertKind::InternalError,
];

impl DeviceState {
    /// Whether the newest word is that the watch is off.
    pub(super) const fn is_off(&self) -> bool {
        self.wear.is_off()
    }

    /// The next deadline, ms; `i64::MAX` for none.
    pub(super) fn due_ms(&self) -> i64 {
        (self.wear.due_ms())
            .min(self.offline_due.ms())
            .min(self.missing_over.ms())
            .min(self.internal_over.ms())
    }

    /// A word on wear. True when the watch is on again.
    pub(super) fn worn(&mut self, step: &mut Step<'_>, at: MeasuredTime, worn: bool) -> bool {
        let Some(was_off) = self.wear.say(&step.rules.device, step.at, at, worn) else {
            return false;
        };
        if worn {
            self.end(step, AlertKind::NotWorn, "The watch is worn again.");
        }
        was_off && worn
    }

    pub(super) fn battery(&mut self, step: &mut Step<'_>, reading: Reading) {
        self.wear.charge(reading);
        let rules = step.rules.device;
        if reading.value >= rules.battery_well {
            self.end(step, AlertKind::BatteryLow, "The battery is charged again.");
        } else if reading.value <= rules.battery_low
            && step.is_fresh(reading.at, super::Source::Watch)
        {
            let mut value = step.value(Vital::BatteryLevel, reading.value, reading.at);
            value.limit = Some(rules.battery_low);
            let evidence = Evidence {
                summary: format!("The watch's battery is at {:.0} %.", reading.value),
                values: vec![value],
                ..Evidence::default()
            };
            self.begin(
                step,
                AlertKind::BatteryLow,
                rules.battery_priority,
                reading.at,
                evidence,
            );
        }
    }

    /// A message came: whatever the Last Will said, the device lives.
    pub(super) fn heard(&mut self, step: &mut Step<'_>) {
        if self.offline_due != NEVER || self.raised & bit(AlertKind::DeviceOffline) != 0 {
            self.offline_due = NEVER;
            self.end(
                step,
                AlertKind::DeviceOffline,
                "The device is online again.",
            );
        }
    }

    pub(super) fn event(&mut self, step: &mut Step<'_>, event: DeviceEvent) {
        let rules = step.rules.device;
        let now = MeasuredTime::from_arrival(step.at);
        match event {
            DeviceEvent::Online => self.heard(step),
            DeviceEvent::Offline => {
                if self.raised & bit(AlertKind::DeviceOffline) == 0 {
                    let due = due(step.at, rules.offline_minutes).ms();
                    self.offline_due = self.offline_due.ms().min(due).into();
                }
            }
            DeviceEvent::ClockWrong => {
                let text = "The device's clock is wrong: moments are refused for their time.";
                self.begin(
                    step,
                    AlertKind::DeviceClock,
                    rules.clock_priority,
                    now,
                    says(text),
                );
            }
            DeviceEvent::ClockRight => {
                self.end(
                    step,
                    AlertKind::DeviceClock,
                    "The device's times are accepted again.",
                );
            }
            DeviceEvent::MessagesMissing { count } => self.missing(
                step,
                &format!(
                    "{count} messages are missing in the device's sequence: the broker or the device dropped them."
                ),
            ),
            DeviceEvent::PayloadConflict => self.missing(
                step,
                "The device sent two different messages under one sequence number: one may stand where another belongs.",
            ),
            DeviceEvent::InternalError => {
                self.internal_over = due(step.at, rules.quiet_minutes);
                let text = "A message could not be judged because of an error inside Wardlight; it is in quarantine.";
                let kind = AlertKind::InternalError;
                self.begin(step, kind, rules.internal_priority, now, says(text));
            }
        }
    }

    fn missing(&mut self, step: &mut Step<'_>, text: &str) {
        let rules = step.rules.device;
        self.missing_over = due(step.at, rules.quiet_minutes);
        let now = MeasuredTime::from_arrival(step.at);
        let kind = AlertKind::MessagesMissing;
        self.begin(step, kind, rules.missing_priority, now, says(text));
    }

    /// A signal stands still, or moves again.
    pub(super) fn still(
        &mut self,
        step: &mut Step<'_>,
        reading: Reading,
        since: Option<MeasuredTime>,
    ) {
        let (flag, kind) = (
            1_u16 << reading.vital.code(),
            AlertKind::Frozen(reading.vital),
        );
        let known = self.frozen & flag != 0;
        match since {
            Some(since) if !known && step.monitored => {
                if !step.is_fresh(reading.at, super::Source::Watch) {
                    return;
                }
                self.frozen |= flag;
                let name = reading.vital.words();
                let mut evidence = says(&format!(
                    "The signal of {name} stands still: it cannot be a living one."
                ));
                evidence.rule = kind.name().to_owned();
                evidence.values = vec![step.value(reading.vital, reading.value, reading.at)];
                step.raise(kind, step.rules.device.frozen_priority, since, evidence);
            }
            None if known => {
                self.frozen &= !flag;
                let text = "The signal moves again.".to_owned();
                step.clear(kind, kind.name(), VERSION, text);
            }
            Some(_) | None => {}
        }
    }

    /// Handles the deadlines that passed.
    pub(super) fn fire(&mut self, step: &mut Step<'_>) {
        let now = step.at.epoch_ms();
        let rules = step.rules.device;
        if let Some(not_worn) = self.wear.fire(&rules, step.at) {
            let priority = rules.not_worn_priority;
            let words = says(&not_worn_words(&not_worn));
            self.begin(step, AlertKind::NotWorn, priority, not_worn.since, words);
        }
        if self.offline_due.ms() <= now {
            self.offline_due = NEVER;
            let began = step.at.plus_ms(-minutes_ms(rules.offline_minutes));
            let began = MeasuredTime::from_arrival(began);
            let text = format!(
                "The device has been offline for {} minutes or more.",
                rules.offline_minutes
            );
            let kind = AlertKind::DeviceOffline;
            self.begin(step, kind, rules.offline_priority, began, says(&text));
        }
        if self.missing_over.ms() <= now {
            self.missing_over = NEVER;
            self.end(
                step,
                AlertKind::MessagesMissing,
                "No more messages went missing.",
            );
        }
        if self.internal_over.ms() <= now {
            self.internal_over = NEVER;
            self.end(step, AlertKind::InternalError, "Messages are judged again.");
        }
    }

    /// Monitoring goes on: what still holds is told after its own time.
    pub(super) fn resume(&mut self, step: &Step<'_>) {
        self.wear.resume(&step.rules.device, step.at);
    }

    /// Monitoring ended or pauses: the conditions end.
    pub(super) fn stop(&mut self, step: &mut Step<'_>, words: &str) {
        for kind in KINDS {
            self.end(step, kind, words);
        }
        for vital in Vital::ALL {
            if self.frozen & (1 << vital.code()) != 0 {
                let kind = AlertKind::Frozen(vital);
                step.clear(kind, kind.name(), VERSION, words.to_owned());
            }
        }
        self.frozen = 0;
        self.wear.wait_no_more();
    }

    fn begin(
        &mut self,
        step: &mut Step<'_>,
        kind: AlertKind,
        priority: Priority,
        began: MeasuredTime,
        mut evidence: Evidence,
    ) {
        if self.raised & bit(kind) != 0 || !step.monitored {
            return;
        }
        self.raised |= bit(kind);
        evidence.rule = kind.name().to_owned();
        step.raise(kind, priority, began, evidence);
    }

    fn end(&mut self, step: &mut Step<'_>, kind: AlertKind, words: &str) {
        if self.raised & bit(kind) != 0 {
            self.raised &= !bit(kind);
            step.clear(kind, kind.name(), VERSION, words.to_owned());
        }
    }
}

fn not_worn_words(not_worn: &NotWorn) -> String {
    let NotWorn { minutes, .. } = not_worn;
    let charged = match not_worn.was_charged {
        true => " Its battery was charged meanwhile.",
        false => "",
    };
    format!("The watch has not been worn for {minutes} minutes or more.{charged}")
}

fn says(text: &str) -> Evidence {
    Evidence {
        rule_version: VERSION,
        summary: text.to_owned(),
        ..Evidence::default()
    }
}

fn due(from: ClinicalTime, minutes: u32) -> Moment {
    from.epoch_ms().saturating_add(minutes_ms(minutes)).into()
}
