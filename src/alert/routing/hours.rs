//! Local times of day on days of the week, in a zone with daylight saving.
//!
//! A window is a span between two moments, not a set of readings of a clock.
//! A boundary that the clock skips is the moment it jumps, and one that it
//! shows twice is the first of the two. So windows that follow one another on
//! paper do so on every day of the year: no moment falls between them, and
//! none belongs to both.

use crate::domain::ClinicalTime;
use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};

const MINUTES_OF_A_DAY: u16 = 24 * 60;
const MINUTES_OF_A_WEEK: i32 = 7 * 24 * 60;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Windows may follow one another without an end; beyond so many it is "always".
const JOINED_MAX: usize = 32;

/// A span of local time on some days of the week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// Monday first: the days on which it begins.
    pub days: [bool; 7],
    /// Minute of the day.
    pub from: u16,
    /// Minute of the day, of the next day when it is not later than `from`.
    pub until: u16,
}

/// Windows in one zone.
#[derive(Clone, Debug)]
pub(super) struct Hours {
    zone: TimeZone,
    windows: Vec<Window>,
}

impl Hours {
    /// These windows in this zone.
    pub(super) fn new(zone: TimeZone, windows: Vec<Window>) -> Self {
        Self { zone, windows }
    }

    /// Whether any window holds at `at`.
    pub(super) fn hold(&self, at: ClinicalTime) -> bool {
        self.end_after(at).is_some()
    }

    /// The first window that holds at `at`.
    pub(super) fn first(&self, at: ClinicalTime) -> Option<usize> {
        let holds = |window: &Window| {
            self.spans(window, at)
                .any(|(from, until)| from <= at && at < until)
        };
        self.windows.iter().position(holds)
    }

    /// The first time of an ordinary week at which no window holds, such as
    /// `fri 20:00`.
    pub(super) fn first_gap(&self) -> Option<String> {
        let covered = |minute: &i32| self.windows.iter().any(|window| window.covers(*minute));
        let gap = (0..MINUTES_OF_A_WEEK).find(|minute| !covered(minute))?;
        let (day, minute) = (gap / 1440, gap % 1440);
        let day = DAYS.get(usize::try_from(day).ok()?)?;
        Some(format!("{day} {:02}:{:02}", minute / 60, minute % 60))
    }

    /// First moment after `at` at which no window holds; none when none holds
    /// at `at`. Where windows follow one another without an end it is the last
    /// that was looked at.
    pub(super) fn end(&self, at: ClinicalTime) -> Option<ClinicalTime> {
        let mut end = self.end_after(at)?;
        for _ in 0..JOINED_MAX {
            match self.end_after(end) {
                Some(later) => end = later,
                None => break,
            }
        }
        Some(end)
    }

    /// The latest end of the windows that hold at `at`.
    fn end_after(&self, at: ClinicalTime) -> Option<ClinicalTime> {
        let spans = self
            .windows
            .iter()
            .flat_map(|window| self.spans(window, at));
        spans
            .filter(|(from, until)| *from <= at && at < *until)
            .map(|(_, until)| until)
            .max()
    }

    /// The window on the days around `at`.
    fn spans<'a>(
        &'a self,
        window: &'a Window,
        at: ClinicalTime,
    ) -> impl Iterator<Item = (ClinicalTime, ClinicalTime)> + 'a {
        let today = Timestamp::from_millisecond(at.epoch_ms())
            .ok()
            .map(|at| at.to_zoned(self.zone.clone()).date());
        let near = |today: Date| [today.yesterday().ok(), Some(today), today.tomorrow().ok()];
        let days = today.into_iter().flat_map(near).flatten();
        days.filter(|day| window.begins_on(day.weekday()))
            .filter_map(|day| {
                let next = window.until <= window.from;
                let last = if next { day.tomorrow().ok()? } else { day };
                Some((
                    self.moment(day, window.from)?,
                    self.moment(last, window.until)?,
                ))
            })
    }

    /// The moment of a minute of a local day.
    fn moment(&self, day: Date, minute: u16) -> Option<ClinicalTime> {
        let (day, minute) = match minute {
            MINUTES_OF_A_DAY => (day.tomorrow().ok()?, 0),
            minute => (day, minute),
        };
        let (hour, minute) = (
            i8::try_from(minute / 60).ok()?,
            i8::try_from(minute % 60).ok()?,
        );
        let local = day.at(hour, minute, 0, 0);
        let moment = match self.zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local),
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(local),
            AmbiguousOffset::Gap { after, .. } => {
                let earlier = after.to_timestamp(local).ok()?;
                return self.next_jump(earlier);
            }
        };
        Some(ClinicalTime::from_epoch_ms(moment.ok()?.as_millisecond()))
    }

    fn next_jump(&self, after: Timestamp) -> Option<ClinicalTime> {
        let jump = self.zone.following(after).next()?.timestamp();
        Some(ClinicalTime::from_epoch_ms(jump.as_millisecond()))
    }
}

impl Window {
    fn begins_on(&self, day: Weekday) -> bool {
        let place = usize::try_from(day.to_monday_zero_offset()).ok();
        place.and_then(|place| self.days.get(place)).copied() == Some(true)
    }

    /// Whether it holds at a minute of an ordinary week, Monday's midnight first.
    fn covers(&self, minute: i32) -> bool {
        let (day, from) = (i32::from(MINUTES_OF_A_DAY), i32::from(self.from));
        let length = (i32::from(self.until) - from + day - 1).rem_euclid(day) + 1;
        let begins = (0..).zip(self.days).filter(|(_, on)| *on);
        begins
            .map(|(place, _)| place * day + from)
            .any(|begin| (minute - begin).rem_euclid(MINUTES_OF_A_WEEK) < length)
    }
}

/// A minute of the day from `HH:MM`, up to `24:00`.
pub(super) fn minute_of_day(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(hours) || !digits(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= MINUTES_OF_A_DAY).then_some(minute)
}

/// A day of the week, Monday first.
pub(super) fn day_of_week(text: &str) -> Option<usize> {
    DAYS.iter().position(|day| *day == text)
}
