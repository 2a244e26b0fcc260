//! Minute epochs of one vital: what arrives in any order inside the grace
//! gives the same minutes.
//!
//! A minute closes `grace` after its end by the arrival clock. A minute whose
//! first reading comes later than that (store and forward) closes `grace`
//! after that reading, or as soon as newer minutes need its place. Minutes
//! close in their order; what comes for a closed one changes nothing.
//!
//! The value of a minute is the mean of whole multiples of the vital's
//! quantum, without the lowest and the highest when there are three or more:
//! sums of integers do not depend on order, and a lone spike has no say. At
//! most 64 readings a minute count, one in each of its 64 equal parts, which
//! also makes a repeated reading harmless.

use crate::domain::Vital;
use serde::{Deserialize, Serialize};

/// Minutes open at a time: the running one, the one in its grace, one spare
/// for a device whose clock is ahead.
const OPEN: usize = 3;
const PART_MS: u32 = 938;

/// The vitals that have minutes, in the order of their series.
pub(super) const EPOCH_VITALS: [Vital; 10] = [
    Vital::HeartRate,
    Vital::RespiratoryRate,
    Vital::OxygenSaturation,
    Vital::BodyTemperature,
    Vital::SkinTemperature,
    Vital::SystolicPressure,
    Vital::HeartRateVariabilityRmssd,
    Vital::HeartRateVariabilitySdnn,
    Vital::RestingHeartRate,
    Vital::DiastolicPressure,
];

/// The place of a vital's series.
pub(super) const fn series_of(vital: Vital) -> Option<usize> {
    match vital {
        Vital::HeartRate => Some(0),
        Vital::RespiratoryRate => Some(1),
        Vital::OxygenSaturation => Some(2),
        Vital::BodyTemperature => Some(3),
        Vital::SkinTemperature => Some(4),
        Vital::SystolicPressure => Some(5),
        Vital::HeartRateVariabilityRmssd => Some(6),
        Vital::HeartRateVariabilitySdnn => Some(7),
        Vital::RestingHeartRate => Some(8),
        Vital::DiastolicPressure => Some(9),
        Vital::BeatIntervals
        | Vital::StepCount
        | Vital::Worn
        | Vital::BatteryLevel
        | Vital::SupplementalOxygen
        | Vital::Consciousness => None,
    }
}

/// Quanta in one unit: hundredths of a degree, tenths of everything else.
pub(super) const fn quanta(vital: Vital) -> f64 {
    match vital {
        Vital::BodyTemperature | Vital::SkinTemperature => 100.0,
        _ => 10.0,
    }
}

/// The minute a measured time lies in, and how far into it, ms.
pub(super) fn minute_of(measured_ms: i64) -> (u32, u32) {
    let minute = u32::try_from(measured_ms.div_euclid(60_000)).unwrap_or(0);
    (minute, measured_ms.rem_euclid(60_000) as u32)
}

#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
struct Slot {
    minute: u32,
    /// Seconds since the epoch.
    due: u32,
    /// One bit for each part of the minute that has its reading.
    taken: [u32; 2],
    sum: i32,
    low: i16,
    high: i16,
}

impl Slot {
    fn count(&self) -> u32 {
        self.taken.iter().map(|half| half.count_ones()).sum()
    }

    fn is_open(&self) -> bool {
        self.taken != [0, 0]
    }
}

/// A closed minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Minute {
    pub(super) minute: u32,
    /// In the vital's unit.
    pub(super) value: f64,
    /// Whether all its readings were one value, and which (in quanta).
    pub(super) constant: Option<i16>,
}

/// The open minutes of one vital.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Slots {
    slots: [Slot; OPEN],
    /// The newest minute that is closed; 0 for none.
    closed: u32,
}

impl Slots {
    /// Takes a reading, by the vital's quantum. Returns a minute that had to
    /// make room.
    pub(super) fn add(
        &mut self,
        vital: Vital,
        measured_ms: i64,
        value: f64,
        arrived_ms: i64,
        grace_seconds: u32,
    ) -> Option<Minute> {
        let (minute, within) = minute_of(measured_ms);
        if minute <= self.closed {
            return None;
        }
        let mut made_room = None;
        let place = match self.place_of(minute) {
            Some(place) => place,
            None => {
                let oldest = self.oldest()?;
                if oldest > minute {
                    return None;
                }
                made_room = self.close(vital, oldest);
                self.place_of(minute)?
            }
        };
        let slot = self.slots.get_mut(place)?;
        if !slot.is_open() {
            *slot = Slot {
                minute,
                due: due_of(minute, arrived_ms, grace_seconds),
                low: i16::MAX,
                high: i16::MIN,
                ..Slot::default()
            };
        }
        let part = (within / PART_MS).min(63);
        let bit = 1_u32 << (part % 32);
        let half = slot.taken.get_mut(part as usize / 32)?;
        if *half & bit == 0 {
            let quantised = (value * quanta(vital)).round() as i16;
            *half |= bit;
            slot.sum += i32::from(quantised);
            slot.low = slot.low.min(quantised);
            slot.high = slot.high.max(quantised);
        }
        made_room
    }

    /// The slot that holds `minute`, or else a free one.
    fn place_of(&self, minute: u32) -> Option<usize> {
        let holds = |slot: &Slot| slot.is_open() && slot.minute == minute;
        let found = self.slots.iter().position(holds);
        found.or_else(|| self.slots.iter().position(|slot| !slot.is_open()))
    }

    fn oldest(&self) -> Option<u32> {
        self.open().map(|slot| slot.minute).min()
    }

    fn open(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter().filter(|slot| slot.is_open())
    }

    /// Closes the oldest minute if some minute is due at `at`; call until none.
    pub(super) fn close_due(&mut self, vital: Vital, at_ms: i64) -> Option<Minute> {
        let seconds = at_ms.div_euclid(1_000);
        let any_due = self.open().any(|slot| i64::from(slot.due) <= seconds);
        let oldest = self.oldest().filter(|_| any_due)?;
        self.close(vital, oldest)
    }

    fn close(&mut self, vital: Vital, minute: u32) -> Option<Minute> {
        let slot = self
            .slots
            .iter_mut()
            .find(|slot| slot.is_open() && slot.minute == minute)?;
        let count = slot.count() as i32;
        let (sum, of) = if count >= 3 {
            let inner = slot.sum - i32::from(slot.low) - i32::from(slot.high);
            (inner, count - 2)
        } else {
            (slot.sum, count)
        };
        let closed = Minute {
            minute,
            value: f64::from(sum) / (f64::from(of) * quanta(vital)),
            constant: (slot.low == slot.high).then_some(slot.low),
        };
        slot.taken = [0, 0];
        self.closed = minute;
        Some(closed)
    }

    /// When the next minute is due, ms; `i64::MAX` for none.
    pub(super) fn due_ms(&self) -> i64 {
        self.open()
            .map(|slot| i64::from(slot.due) * 1_000)
            .min()
            .unwrap_or(i64::MAX)
    }
}

fn due_of(minute: u32, arrived_ms: i64, grace_seconds: u32) -> u32 {
    let on_time = minute
        .saturating_add(1)
        .saturating_mul(60)
        .saturating_add(grace_seconds);
    if arrived_ms < i64::from(on_time) * 1_000 {
        return on_time;
    }
    let seconds = u32::try_from(arrived_ms.div_euclid(1_000) + 1).unwrap_or(u32::MAX);
    seconds.saturating_add(grace_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HR: Vital = Vital::HeartRate;

    fn close_all(slots: &mut Slots, at_ms: i64) -> Vec<Minute> {
        std::iter::from_fn(|| slots.close_due(HR, at_ms)).collect()
    }

    #[test]
    fn a_minute_closes_one_grace_after_its_end_and_later_data_changes_nothing() {
        let mut slots = Slots::default();
        slots.add(HR, 60_000, 70.0, 60_100, 60);
        assert_eq!(slots.due_ms(), 180_000);
        assert_eq!(close_all(&mut slots, 179_999), []);
        let closed = close_all(&mut slots, 180_000);
        assert_eq!(closed.len(), 1);
        assert_eq!((closed[0].minute, closed[0].value), (1, 70.0));
        slots.add(HR, 61_000, 200.0, 180_001, 60);
        assert_eq!(close_all(&mut slots, i64::MAX / 2), []);
    }

    #[test]
    fn a_lone_spike_and_a_repeated_reading_have_no_say() {
        let mut slots = Slots::default();
        for (at, value) in [(0, 70.0), (5_000, 72.0), (10_000, 180.0), (15_000, 71.0)] {
            slots.add(HR, 60_000 + at, value, 80_000, 60);
            slots.add(HR, 60_000 + at, value, 80_000, 60);
        }
        assert_eq!(close_all(&mut slots, 180_000)[0].value, 71.5);
    }

    #[test]
    fn stored_and_forwarded_minutes_close_in_their_order_as_newer_ones_need_room() {
        let mut slots = Slots::default();
        let mut closed = Vec::new();
        for minute in 1..=6_i64 {
            let value = 60.0 + minute as f64;
            closed.extend(slots.add(HR, minute * 60_000, value, 3_600_000, 60));
        }
        closed.extend(close_all(&mut slots, 3_600_000 + 61_000));
        let minutes: Vec<u32> = closed.iter().map(|m| m.minute).collect();
        assert_eq!(minutes, [1, 2, 3, 4, 5, 6]);
    }
}
