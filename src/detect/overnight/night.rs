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

    /// Mean of the minutes at rest, tenths of /min.
    pub(super) fn mean_tenths(&self) -> u16 {
        let mean = f64::from(self.sum_tenths) / f64::from(self.minutes.max(1));
        mean.round().min(65_535.0) as u16
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
