//! The open night: minutes at rest, closed by the arrival clock.

use crate::detect::local::{self, LocalSpan};
use crate::domain::PatientContext;
use serde::{Deserialize, Serialize};

const NEVER: i64 = i64::MAX;
/// Means are kept in tenths.
pub(super) const TENTHS: f64 = 10.0;

/// When nights are.
#[derive(Clone, Copy)]
pub(super) struct Hours {
    pub(super) from: u8,
    pub(super) until: u8,
    pub(super) grace_minutes: u32,
}

/// The night that is running, or the next one.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Night {
    pub(super) number: u16,
    pub(super) start: u32,
    pub(super) end: u32,
    /// Not closed before, seconds.
    not_before: u32,
    sum_tenths: u32,
    pub(super) minutes: u16,
    /// One bit an hour since the start.
    hours: u32,
    grace_minutes: u16,
    /// The first minute that is not closed.
    closed_until: u32,
}

impl Night {
    /// Takes a closed minute at rest. Gives a night that had to make room.
    pub(super) fn add(
        &mut self,
        context: &PatientContext,
        hours: Hours,
        minute: u32,
        value: f64,
        arrived_ms: i64,
    ) -> Option<Self> {
        if minute < self.closed_until {
            return None;
        }
        let made_room = if minute >= self.end {
            self.begin(context, hours, minute, arrived_ms)
        } else {
            None
        };
        if self.start <= minute && minute < self.end {
            let tenths = (value * TENTHS).round().clamp(0.0, 65_535.0) as u32;
            self.sum_tenths = self.sum_tenths.saturating_add(tenths);
            self.minutes = self.minutes.saturating_add(1);
            self.hours |= 1 << ((minute - self.start) / 60).min(31);
        }
        made_room
    }

    /// Mean of the minutes at rest, /min.
    pub(super) fn mean(&self) -> f64 {
        f64::from(self.sum_tenths) / (TENTHS * f64::from(self.minutes.max(1)))
    }

    /// The same, tenths of /min.
    pub(super) fn mean_tenths(&self) -> u16 {
        (self.mean() * TENTHS).round().min(65_535.0) as u16
    }

    /// Hours that have a minute at rest.
    pub(super) const fn hours(&self) -> u32 {
        self.hours.count_ones()
    }

    /// Closes the night when it is due.
    pub(super) fn close_due(&mut self, now_ms: i64) -> Option<Self> {
        (self.due_ms() <= now_ms).then(|| self.close())
    }

    /// Gives the running night up.
    pub(super) fn abandon(&mut self) {
        if self.minutes > 0 {
            self.close();
        }
    }

    /// When it is due; `i64::MAX` for never.
    pub(super) fn due_ms(&self) -> i64 {
        if self.minutes == 0 {
            return NEVER;
        }
        self.on_time_ms().max(i64::from(self.not_before) * 1_000)
    }

    /// Another night begins, or waits to: the one before gives way.
    fn begin(
        &mut self,
        context: &PatientContext,
        hours: Hours,
        minute: u32,
        arrived_ms: i64,
    ) -> Option<Self> {
        let made_room = (self.minutes > 0).then(|| self.close());
        let span = local::night(context, minute, hours.from, hours.until)?;
        let LocalSpan { number, start, end } = span;
        *self = Self {
            number,
            start: start.max(self.closed_until),
            end,
            grace_minutes: hours.grace_minutes as u16,
            closed_until: self.closed_until,
            ..Self::default()
        };
        if self.on_time_ms() <= arrived_ms {
            let grace_ms = i64::from(hours.grace_minutes) * 60_000;
            let seconds = arrived_ms.saturating_add(grace_ms).div_euclid(1_000) + 1;
            self.not_before = u32::try_from(seconds).unwrap_or(u32::MAX);
        }
        made_room
    }

    fn on_time_ms(&self) -> i64 {
        (i64::from(self.end) + i64::from(self.grace_minutes)) * 60_000
    }

    fn close(&mut self) -> Self {
        let closed = *self;
        *self = Self {
            start: self.end,
            end: self.end,
            closed_until: self.end,
            ..Self::default()
        };
        closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u32 = 60;
    const DAY: u32 = 24 * HOUR;
    /// 2025-11-23T00:00:00Z.
    const MIDNIGHT: u32 = 20_415 * DAY;
    const HOURS: Hours = Hours {
        from: 0,
        until: 7,
        grace_minutes: 60,
    };
    const DUE: u32 = MIDNIGHT + 8 * HOUR;

    fn ms(minute: u32) -> i64 {
        i64::from(minute) * 60_000
    }

    /// A minute at rest that is told when it is over.
    fn add(night: &mut Night, minute: u32) -> Option<Night> {
        let context = PatientContext::default();
        night.add(&context, HOURS, minute, 60.0, ms(minute + 1))
    }

    #[test]
    fn a_night_holds_its_minutes_and_no_other() {
        let mut night = Night::default();
        assert_eq!(night.due_ms(), NEVER);
        for minute in [
            MIDNIGHT - 1,
            MIDNIGHT,
            MIDNIGHT + 59,
            MIDNIGHT + 60,
            DUE - 61,
        ] {
            assert_eq!(add(&mut night, minute), None);
        }
        assert_eq!((night.minutes, night.hours()), (4, 3));
        assert_eq!((night.start, night.end), (MIDNIGHT, MIDNIGHT + 7 * HOUR));
        assert_eq!(night.due_ms(), ms(DUE));
        assert_eq!(night.close_due(ms(DUE) - 1), None);
        let closed = night.close_due(ms(DUE)).expect("due");
        assert_eq!((closed.minutes, closed.mean_tenths()), (4, 600));
        // What belongs to it comes too late.
        assert_eq!((add(&mut night, DUE - 61), night.minutes), (None, 0));
        // The first minute after it is of no night; then the next one begins.
        assert_eq!((add(&mut night, DUE - 60), night.minutes), (None, 0));
        assert_eq!((add(&mut night, MIDNIGHT + DAY), night.minutes), (None, 1));
    }

    #[test]
    fn a_night_that_comes_late_waits_for_its_grace() {
        let due = |arrives_ms: i64| {
            let mut night = Night::default();
            let context = PatientContext::default();
            night.add(&context, HOURS, MIDNIGHT, 60.0, arrives_ms);
            night.due_ms()
        };
        assert_eq!(due(ms(DUE) - 1), ms(DUE), "late, and still in time");
        assert_eq!(due(ms(DUE)), ms(DUE + 60) + 1_000);
    }

    #[test]
    fn a_night_that_is_given_up_takes_no_more_and_an_empty_one_does() {
        let mut night = Night::default();
        add(&mut night, MIDNIGHT - 5);
        night.abandon();
        add(&mut night, MIDNIGHT + 5);
        assert_eq!(night.minutes, 1, "nothing of it was given up");
        night.abandon();
        add(&mut night, MIDNIGHT + 6);
        assert_eq!((night.minutes, night.due_ms()), (0, NEVER));
        add(&mut night, MIDNIGHT + DAY);
        assert_eq!(night.minutes, 1, "the next one");
    }

    #[test]
    fn a_night_makes_room_and_those_of_a_traveller_do_not_overlap() {
        let mut night = Night::default();
        add(&mut night, MIDNIGHT + 10);
        let made_room = add(&mut night, MIDNIGHT + DAY).expect("the one before");
        assert_eq!((made_room.start, made_room.minutes), (MIDNIGHT, 1));
        night.close_due(ms(DUE + DAY)).expect("due");
        // In New York that night goes on until noon in London.
        let york = PatientContext {
            time_zone: "America/New_York".into(),
            ..PatientContext::default()
        };
        let minute = MIDNIGHT + DAY + 9 * HOUR;
        night.add(&york, HOURS, minute, 60.0, ms(minute + 1));
        let ends = [night.start, night.end].map(|end| end - MIDNIGHT - DAY);
        assert_eq!(ends, [7 * HOUR, 12 * HOUR]);
        let before = MIDNIGHT + DAY + 6 * HOUR;
        night.add(&york, HOURS, before, 90.0, ms(minute + 2));
        assert_eq!(night.minutes, 1, "that was London's night");
    }

    #[test]
    fn a_mean_is_exact_and_rounded_only_for_show() {
        let mut night = Night::default();
        let context = PatientContext::default();
        for (place, value) in [64.0, 64.0, 63.9, 63.9, 63.9].into_iter().enumerate() {
            let minute = MIDNIGHT + place as u32;
            night.add(&context, HOURS, minute, value, ms(minute));
        }
        assert_eq!((night.mean() * 100.0).round(), 6_394.0);
        assert_eq!(night.mean_tenths(), 639);
    }
}
