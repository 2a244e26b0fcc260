//! Hour epochs of the patient, all vitals on one clock.
//!
//! The hour that ends at 05:00 holds the minutes 04:01 to 05:00, the last one
//! included: what is measured on the full hour, as by a ward round or a bedside
//! monitor's record, is judged two minutes later and not an hour later. An hour
//! closes with its last minute. An hour whose first minute closes after that
//! (store and forward) closes a grace later, or when newer hours need its
//! place; hours close in order, and what comes for a closed one changes
//! nothing. Hours without a value are no epochs.
//!
//! The value of an hour is the mean of its good minutes, without the lowest
//! and the highest when there are three or more.

use crate::detect::epoch::quanta;
use crate::domain::Vital;
use serde::{Deserialize, Serialize};

/// The vitals that have hours, in the order of their places. Wrist skin
/// temperature has none: it follows the room more than the body, and no world
/// it could be measured in was at hand.
pub(super) const HOUR_VITALS: [Vital; 6] = [
    Vital::HeartRate,
    Vital::RespiratoryRate,
    Vital::OxygenSaturation,
    Vital::BodyTemperature,
    Vital::SystolicPressure,
    Vital::DiastolicPressure,
];
const PLACES: usize = HOUR_VITALS.len();
/// Hours open at a time: a vital measured seldom is handed over late when much
/// is forwarded at once.
const OPEN: usize = 3;

/// The hour epoch that holds a minute, by the hour it ends with.
pub(super) const fn hour_of(minute: u32) -> u32 {
    minute.div_ceil(60)
}

/// The last minute of an hour.
pub(in crate::detect) const fn last_minute_of(hour: u32) -> u32 {
    hour.saturating_mul(60)
}

#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
struct OpenHour {
    hour: u32,
    /// Seconds since the epoch.
    due: u32,
    sum: [i32; PLACES],
    low: [i16; PLACES],
    high: [i16; PLACES],
    count: [u8; PLACES],
}

/// A closed hour: a value for each place of [`HOUR_VITALS`] that had one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Hour {
    pub(super) hour: u32,
    pub(super) values: [Option<f64>; PLACES],
}

/// The open hours of a patient.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Hours {
    open: [OpenHour; OPEN],
    /// The newest hour that is closed; 0 for none.
    closed: u32,
}

impl Hours {
    /// Takes a good minute. Returns an hour that had to make room.
    pub(super) fn add(
        &mut self,
        vital: Vital,
        minute: u32,
        value: f64,
        now_ms: i64,
        grace_seconds: u32,
    ) -> Option<Hour> {
        let place = HOUR_VITALS.iter().position(|of| *of == vital)?;
        let hour = hour_of(minute);
        if hour <= self.closed {
            return None;
        }
        let mut made_room = None;
        if self.slot(hour).is_none() {
            let oldest = self.open.iter().map(|open| open.hour).min()?;
            if oldest > hour {
                return None;
            }
            made_room = self.close(oldest);
        }
        let open = self.slot(hour)?;
        if open.hour == 0 {
            *open = OpenHour {
                hour,
                due: due_of(hour, now_ms, grace_seconds),
                low: [i16::MAX; PLACES],
                high: [i16::MIN; PLACES],
                ..OpenHour::default()
            };
        }
        open.take(place, (value * quanta(vital)).round() as i16);
        made_room
    }

    /// The slot of the hour, or else a free one.
    fn slot(&mut self, hour: u32) -> Option<&mut OpenHour> {
        let find = |wanted| self.open.iter().position(|open| open.hour == wanted);
        let place = find(hour).or_else(|| find(0))?;
        self.open.get_mut(place)
    }

    /// Closes the oldest hour if some hour is due at `at_ms`; call until none.
    pub(super) fn close_due(&mut self, at_ms: i64) -> Option<Hour> {
        let open = self.open.iter().filter(|open| open.hour != 0);
        let oldest = open.map(|open| open.hour).min()?;
        (self.due_ms() <= at_ms).then(|| self.close(oldest))?
    }

    fn close(&mut self, hour: u32) -> Option<Hour> {
        let open = self.open.iter_mut().find(|open| open.hour == hour)?;
        let mut values = [None; PLACES];
        for (place, (value, vital)) in values.iter_mut().zip(HOUR_VITALS).enumerate() {
            *value = open.mean(place).map(|mean| mean / quanta(vital));
        }
        *open = OpenHour::default();
        self.closed = hour;
        Some(Hour { hour, values })
    }

    /// When the next hour is due, ms; `i64::MAX` for none.
    pub(super) fn due_ms(&self) -> i64 {
        let open = self.open.iter().filter(|open| open.hour != 0);
        open.map(|open| i64::from(open.due) * 1_000)
            .min()
            .unwrap_or(i64::MAX)
    }
}

impl OpenHour {
    fn take(&mut self, place: usize, quantised: i16) {
        let (Some(sum), Some(low), Some(high), Some(count)) = (
            self.sum.get_mut(place),
            self.low.get_mut(place),
            self.high.get_mut(place),
            self.count.get_mut(place),
        ) else {
            return;
        };
        *sum += i32::from(quantised);
        *low = (*low).min(quantised);
        *high = (*high).max(quantised);
        // At most the sixty minutes of the hour come, once each.
        *count = count.saturating_add(1);
    }

    fn mean(&self, place: usize) -> Option<f64> {
        let count = i32::from(*self.count.get(place)?);
        let sum = *self.sum.get(place)?;
        if count == 0 {
            return None;
        }
        if count < 3 {
            return Some(f64::from(sum) / f64::from(count));
        }
        let ends = i32::from(*self.low.get(place)?) + i32::from(*self.high.get(place)?);
        Some(f64::from(sum - ends) / f64::from(count - 2))
    }
}

fn due_of(hour: u32, now_ms: i64, grace_seconds: u32) -> u32 {
    let last_minute_ends = last_minute_of(hour).saturating_add(1).saturating_mul(60);
    let on_time = last_minute_ends.saturating_add(grace_seconds);
    if now_ms <= i64::from(on_time) * 1_000 {
        return on_time;
    }
    let seconds = u32::try_from(now_ms.div_euclid(1_000) + 1).unwrap_or(u32::MAX);
    seconds.saturating_add(grace_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HR: Vital = Vital::HeartRate;
    const HOUR_MS: i64 = 3_600_000;

    fn add(hours: &mut Hours, minute: u32, value: f64, now_ms: i64) -> Option<Hour> {
        hours.add(HR, minute, value, now_ms, 60)
    }

    #[test]
    fn an_hour_ends_with_the_minute_on_the_full_hour_and_closes_with_it() {
        assert_eq!(
            [hour_of(61), hour_of(119), hour_of(120), hour_of(121)],
            [2, 2, 2, 3]
        );
        let mut hours = Hours::default();
        add(&mut hours, 61, 70.0, 63 * 60_000);
        add(&mut hours, 120, 74.0, 122 * 60_000);
        assert_eq!(hours.due_ms(), 2 * HOUR_MS + 120_000);
        assert!(hours.close_due(2 * HOUR_MS + 119_999).is_none());
        let closed = hours.close_due(2 * HOUR_MS + 120_000).unwrap();
        assert_eq!(
            (closed.hour, closed.values[0], closed.values[1]),
            (2, Some(72.0), None)
        );
        assert_eq!(add(&mut hours, 119, 200.0, 3 * HOUR_MS), None);
        assert_eq!(hours.due_ms(), i64::MAX, "a closed hour stays closed");
    }

    #[test]
    fn a_minute_of_artefacts_has_no_say() {
        let mut hours = Hours::default();
        for (minute, value) in [(70, 70.0), (75, 72.0), (80, 230.0), (85, 71.0)] {
            add(&mut hours, minute, value, 0);
        }
        let closed = hours.close_due(i64::MAX / 2).unwrap();
        assert_eq!(closed.values[0], Some(71.5));
    }

    #[test]
    fn forwarded_hours_close_in_their_order() {
        let mut hours = Hours::default();
        let now = 40 * HOUR_MS;
        let mut closed = Vec::new();
        for hour in [3, 4, 5, 6, 7] {
            closed.extend(add(&mut hours, hour * 60, 60.0 + f64::from(hour), now));
        }
        while let Some(hour) = hours.close_due(now + 61_000) {
            closed.push(hour);
        }
        let closed: Vec<u32> = closed.iter().map(|hour| hour.hour).collect();
        assert_eq!(closed, [3, 4, 5, 6, 7]);
    }
}
