//! Whether the watch is on the wrist, since when it is not, and whether that
//! is because it is on its charger.
//!
//! A watch is charged an hour or two a day. Its battery says so itself: once it
//! has risen by some percent since the watch was taken off, it gets the time
//! of a charge before it counts as forgotten. It gets no more than that: a
//! watch that is left on the charger is told too.

use super::device::DeviceRules;
use super::moment::Moment;
use super::step::minutes_ms;
use crate::domain::{ClinicalTime, MeasuredTime, Reading};
use serde::{Deserialize, Serialize};

const NEVER: Moment = Moment::NEVER;

/// What is remembered of wear.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Wear {
    /// The newest word.
    said_at: Moment,
    off: bool,
    /// The first word of being off.
    off_since: Moment,
    due: Moment,
    /// Whether the time of a charge was given.
    waits_for_charge: bool,
    /// The newest battery level, %, when it was measured, and the lowest since
    /// the watch was taken off.
    battery_at: Moment,
    battery: u8,
    lowest: u8,
}

/// A watch that has been off for too long.
pub(super) struct NotWorn {
    pub(super) since: MeasuredTime,
    pub(super) minutes: u32,
    pub(super) was_charged: bool,
}

impl Default for Wear {
    fn default() -> Self {
        Self {
            said_at: Moment::NEVER_YET,
            off: false,
            off_since: Moment::NEVER_YET,
            due: NEVER,
            waits_for_charge: false,
            battery_at: Moment::NEVER_YET,
            battery: 0,
            lowest: 0,
        }
    }
}

impl Wear {
    /// Whether the newest word is that the watch is off.
    pub(super) const fn is_off(&self) -> bool {
        self.off
    }

    /// The next deadline, ms; `i64::MAX` for none.
    pub(super) const fn due_ms(&self) -> i64 {
        self.due.ms()
    }

    /// Takes a word on wear; none when a newer one is known. Else whether the
    /// watch was off before.
    pub(super) fn say(
        &mut self,
        rules: &DeviceRules,
        now: ClinicalTime,
        at: MeasuredTime,
        worn: bool,
    ) -> Option<bool> {
        if at.epoch_ms() < self.said_at.ms() {
            return None;
        }
        self.said_at = at.epoch_ms().into();
        let was_off = std::mem::replace(&mut self.off, !worn);
        if worn {
            self.wait_no_more();
        } else if !was_off {
            self.off_since = self.said_at;
            self.lowest = self.battery;
            self.wait_from(rules, now);
        }
        Some(was_off)
    }

    /// Takes a battery level, %.
    pub(super) fn charge(&mut self, reading: Reading) {
        let at = reading.at.epoch_ms();
        if at < self.battery_at.ms() {
            return;
        }
        let is_first = self.battery_at == Moment::NEVER_YET;
        self.battery_at = at.into();
        self.battery = reading.value.clamp(0.0, 100.0) as u8;
        if is_first || !self.off || at <= self.off_since.ms() {
            self.lowest = self.battery;
        }
        self.lowest = self.lowest.min(self.battery);
    }

    /// Handles the deadline: told when it has been off for too long.
    pub(super) fn fire(&mut self, rules: &DeviceRules, now: ClinicalTime) -> Option<NotWorn> {
        if self.due.ms() > now.epoch_ms() {
            return None;
        }
        let was_charged = self.is_charged(rules);
        let longer = rules
            .not_worn_charging_minutes
            .saturating_sub(rules.not_worn_minutes);
        if was_charged && !self.waits_for_charge && longer > 0 {
            self.waits_for_charge = true;
            self.due = self.due.ms().saturating_add(minutes_ms(longer)).into();
            return None;
        }
        let minutes = match self.waits_for_charge {
            true => rules.not_worn_charging_minutes,
            false => rules.not_worn_minutes,
        };
        self.wait_no_more();
        Some(NotWorn {
            since: MeasuredTime::from_epoch_ms(self.off_since.ms()),
            minutes,
            was_charged,
        })
    }

    /// Monitoring goes on: a watch that is off gets its whole time again.
    pub(super) fn resume(&mut self, rules: &DeviceRules, now: ClinicalTime) {
        if self.off {
            self.wait_from(rules, now);
        }
    }

    /// Nothing is waited for.
    pub(super) fn wait_no_more(&mut self) {
        (self.due, self.waits_for_charge) = (NEVER, false);
    }

    fn wait_from(&mut self, rules: &DeviceRules, now: ClinicalTime) {
        let wait_ms = minutes_ms(rules.not_worn_minutes);
        self.due = now.epoch_ms().saturating_add(wait_ms).into();
        self.waits_for_charge = false;
    }

    /// Whether the battery has risen since the watch was taken off.
    fn is_charged(&self, rules: &DeviceRules) -> bool {
        let risen = self.battery.saturating_sub(self.lowest);
        risen >= rules.charging_percent
    }
}
