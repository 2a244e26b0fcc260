//! The open days: steps and worn hours, closed by the arrival clock.

use crate::detect::local::LocalSpan;
use crate::domain::PatientContext;
use serde::{Deserialize, Serialize};

/// The running day and the one in its grace.
const OPEN: usize = 2;
const NEVER: i64 = i64::MAX;

/// A day's steps, and the hours in which somebody wore the watch.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Day {
    pub(super) number: u16,
    /// Minutes since 1970; 0 for a free place.
    pub(super) start: u32,
    pub(super) end: u32,
    /// Not closed before, seconds.
    not_before: u32,
    pub(super) steps: u32,
    /// One bit an hour since the start.
    worn: u32,
    /// Hours of which steps are known to be lost.
    lost: u32,
}

impl Day {
    const fn is_open(&self) -> bool {
        self.end != 0
    }

    const fn holds(&self, minute: u32) -> bool {
        self.start <= minute && minute < self.end
    }

    /// Hours that count as worn.
    pub(super) const fn worn_hours(&self) -> u32 {
        (self.worn & !self.lost).count_ones()
    }

    fn bit(&self, minute: u32) -> u32 {
        1 << (minute.saturating_sub(self.start) / 60).min(31)
    }

    fn due_ms(&self, grace_minutes: u32) -> i64 {
        let on_time = (i64::from(self.end) + i64::from(grace_minutes)) * 60_000;
        on_time.max(i64::from(self.not_before) * 1_000)
    }
}

/// What was told of one minute.
#[derive(Clone, Copy)]
pub(super) enum Told {
    /// So many steps more.
    Steps(u32),
    /// The watch was on the wrist.
    Worn,
    /// Steps that came too late to be counted.
    Lost,
}

/// The open days of one patient. What is told adds up in any order.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Days {
    open: [Day; OPEN],
    /// The first minute that is not closed.
    closed_until: u32,
    grace_minutes: u16,
}

impl Days {
    /// Takes what is told of a minute. Gives a day that had to make room.
    pub(super) fn note(
        &mut self,
        context: &PatientContext,
        grace_minutes: u32,
        minute: u32,
        told: Told,
        arrived_ms: i64,
    ) -> Option<Day> {
        if minute < self.closed_until {
            return None;
        }
        let mut made_room = None;
        if !self.each().any(|day| day.holds(minute)) {
            if matches!(told, Told::Lost) {
                return None;
            }
            let new = self.begin(context, grace_minutes, minute, arrived_ms)?;
            if !self.open.iter().any(|day| !day.is_open()) {
                let oldest = self.each().map(|day| day.start).min()?;
                if new.start < oldest {
                    return None;
                }
                made_room = self.close(oldest);
            }
            *self.open.iter_mut().find(|day| !day.is_open())? = new;
        }
        let day = self.open.iter_mut().find(|day| day.holds(minute))?;
        let bit = day.bit(minute);
        match told {
            Told::Steps(steps) => {
                day.steps = day.steps.saturating_add(steps);
                day.worn |= if steps > 0 { bit } else { 0 };
            }
            Told::Worn => day.worn |= bit,
            Told::Lost => day.lost |= bit,
        }
        made_room
    }

    /// Closes the oldest day when some day is due; call until none.
    pub(super) fn close_due(&mut self, now_ms: i64) -> Option<Day> {
        if self.due_ms() > now_ms {
            return None;
        }
        let oldest = self.each().map(|day| day.start).min()?;
        self.close(oldest)
    }

    /// Gives the open days up.
    pub(super) fn abandon(&mut self) {
        let ends = self.each().map(|day| day.end);
        self.closed_until = ends.fold(self.closed_until, u32::max);
        self.open = [Day::default(); OPEN];
    }

    /// When the next day is due; `i64::MAX` for none.
    pub(super) fn due_ms(&self) -> i64 {
        let dues = self
            .each()
            .map(|day| day.due_ms(u32::from(self.grace_minutes)));
        dues.min().unwrap_or(NEVER)
    }

    /// The day of a minute, without what belongs to closed and open ones: a
    /// patient who travels has days that overlap.
    fn begin(
        &mut self,
        context: &PatientContext,
        grace_minutes: u32,
        minute: u32,
        arrived_ms: i64,
    ) -> Option<Day> {
        self.grace_minutes = grace_minutes as u16;
        let LocalSpan { number, start, end } = crate::detect::local::day(context, minute)?;
        let before = self.each().filter(|day| day.end <= minute);
        let start = before.map(|day| day.end).fold(start, u32::max);
        let after = self.each().filter(|day| minute < day.start);
        let end = after.map(|day| day.start).fold(end, u32::min);
        let mut day = Day {
            number,
            start: start.max(self.closed_until),
            end,
            ..Day::default()
        };
        if day.due_ms(grace_minutes) <= arrived_ms {
            let due_ms = arrived_ms.saturating_add(i64::from(grace_minutes) * 60_000);
            day.not_before = u32::try_from(due_ms.div_euclid(1_000) + 1).unwrap_or(u32::MAX);
        }
        Some(day)
    }

    fn each(&self) -> impl Iterator<Item = &Day> {
        self.open.iter().filter(|day| day.is_open())
    }

    fn close(&mut self, start: u32) -> Option<Day> {
        let is_it = |day: &&mut Day| day.is_open() && day.start == start;
        let place = self.open.iter_mut().find(is_it)?;
        let day = std::mem::take(place);
        self.closed_until = self.closed_until.max(day.end);
        Some(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: u32 = 180;
    const HOUR: u32 = 60;
    const DAY: u32 = 24 * HOUR;
    /// 2025-11-23T00:00:00Z.
    const MIDNIGHT: u32 = 20_415 * DAY;

    fn ms(minute: u32) -> i64 {
        i64::from(minute) * 60_000
    }

    fn in_zone(zone: &str) -> PatientContext {
        PatientContext {
            time_zone: zone.into(),
            ..PatientContext::default()
        }
    }

    /// Told as soon as it was measured.
    fn worn(days: &mut Days, zone: &str, minute: u32) -> Option<Day> {
        days.note(&in_zone(zone), GRACE, minute, Told::Worn, ms(minute))
    }

    fn spans(days: &Days) -> Vec<(u32, u32)> {
        days.each().map(|day| (day.start, day.end)).collect()
    }

    #[test]
    fn a_day_closes_after_its_grace_and_one_that_comes_late_after_its_own() {
        let mut days = Days::default();
        assert_eq!(days.due_ms(), NEVER);
        worn(&mut days, "", MIDNIGHT);
        let due = ms(MIDNIGHT + DAY + GRACE);
        assert_eq!(days.due_ms(), due);
        assert_eq!((days.close_due(due - 1), days.closed_until), (None, 0));
        let day = days.close_due(due).expect("due");
        assert_eq!(
            (day.start, day.end, day.worn_hours()),
            (MIDNIGHT, MIDNIGHT + DAY, 1)
        );
        // It was over, but not its grace: nothing more is waited for.
        let late = |arrives: u32| {
            let mut days = Days::default();
            days.note(&in_zone(""), GRACE, MIDNIGHT, Told::Worn, ms(arrives));
            days.due_ms()
        };
        assert_eq!(late(MIDNIGHT + DAY + GRACE - 1), due);
        assert_eq!(late(MIDNIGHT + DAY + GRACE), due + ms(GRACE) + 1_000);
    }

    #[test]
    fn what_belongs_to_a_closed_or_given_up_day_opens_nothing() {
        for given_up in [false, true] {
            let mut days = Days::default();
            worn(&mut days, "", MIDNIGHT + 8 * HOUR);
            if given_up {
                days.abandon();
            } else {
                days.close_due(ms(MIDNIGHT + DAY + GRACE)).expect("due");
            }
            worn(&mut days, "", MIDNIGHT + DAY - 1);
            assert_eq!(spans(&days), [], "given up: {given_up}");
            worn(&mut days, "", MIDNIGHT + DAY);
            assert_eq!(spans(&days), [(MIDNIGHT + DAY, MIDNIGHT + 2 * DAY)]);
        }
    }

    #[test]
    fn two_days_are_open_and_an_older_one_gets_no_place() {
        let mut days = Days::default();
        for number in [5, 6] {
            assert_eq!(worn(&mut days, "", MIDNIGHT + number * DAY), None);
        }
        assert_eq!(worn(&mut days, "", MIDNIGHT + 3 * DAY), None, "too old");
        assert_eq!(worn(&mut days, "", MIDNIGHT + 5 * DAY + HOUR), None);
        let made_room = worn(&mut days, "", MIDNIGHT + 7 * DAY).expect("the oldest gives way");
        assert_eq!(
            (made_room.start, made_room.worn_hours()),
            (MIDNIGHT + 5 * DAY, 2)
        );
        assert_eq!(spans(&days).len(), OPEN);
    }

    #[test]
    fn lost_steps_take_their_hour_from_an_open_day_and_open_none() {
        let mut days = Days::default();
        let lost = |days: &mut Days, minute| {
            days.note(&in_zone(""), GRACE, minute, Told::Lost, ms(MIDNIGHT))
        };
        lost(&mut days, MIDNIGHT);
        assert_eq!(spans(&days), []);
        for hour in 0..10 {
            worn(&mut days, "", MIDNIGHT + hour * HOUR);
        }
        lost(&mut days, MIDNIGHT + 3 * HOUR + 59);
        lost(&mut days, MIDNIGHT + 20 * HOUR);
        assert_eq!(days.open[0].worn_hours(), 9);
    }

    #[test]
    fn days_of_a_traveller_do_not_overlap() {
        let (london, york) = ("Europe/London", "America/New_York");
        let evening = MIDNIGHT + 20 * HOUR;
        let mut days = Days::default();
        worn(&mut days, london, evening);
        // New York's day would have begun at five in the morning.
        worn(&mut days, york, MIDNIGHT + DAY);
        let (first, second) = (
            (MIDNIGHT, MIDNIGHT + DAY),
            (MIDNIGHT + DAY, MIDNIGHT + 29 * HOUR),
        );
        assert_eq!(spans(&days), [first, second]);
        days.close_due(ms(MIDNIGHT + 29 * HOUR + GRACE))
            .expect("due");
        days.close_due(ms(MIDNIGHT + 29 * HOUR + GRACE))
            .expect("due");
        // Back in London, that day has begun already.
        worn(&mut days, london, MIDNIGHT + 30 * HOUR);
        assert_eq!(spans(&days), [(MIDNIGHT + 29 * HOUR, MIDNIGHT + 2 * DAY)]);
        // Late news of the hours before New York's day.
        let mut days = Days::default();
        worn(&mut days, york, MIDNIGHT + 6 * HOUR);
        worn(&mut days, london, MIDNIGHT + HOUR);
        assert_eq!(spans(&days)[1], (MIDNIGHT, MIDNIGHT + 5 * HOUR));
    }
}
