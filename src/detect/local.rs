//! Days and nights where the patient lives. Detectors keep the bounds they
//! were given and ask again when those are over, once a day.

use crate::domain::PatientContext;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Where a patient lives whose time zone is not recorded.
const DEFAULT_ZONE: &str = "Europe/London";

/// A day or a night: its date, and its bounds in minutes since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LocalSpan {
    /// Days from 1970-01-01 to its date; a night has the date of its morning.
    pub(super) number: u16,
    pub(super) start: u32,
    /// The first minute after it.
    pub(super) end: u32,
}

/// The patient's calendar day that holds a minute; 23 or 25 hours when clocks
/// change.
pub(super) fn day(context: &PatientContext, minute: u32) -> Option<LocalSpan> {
    let zone = zone(context);
    let date = date_of(&zone, minute)?;
    let start = at_hour(&zone, date, 0)?;
    let end = at_hour(&zone, date.tomorrow().ok()?, 0)?;
    LocalSpan::of(date, start, end)
}

/// The first night that is not over at a minute: from one local hour until
/// another. When it begins later on the clock than it ends, it begins the
/// evening before.
pub(super) fn night(
    context: &PatientContext,
    minute: u32,
    from_hour: u8,
    until_hour: u8,
) -> Option<LocalSpan> {
    let zone = zone(context);
    let today = date_of(&zone, minute)?;
    for date in [today, today.tomorrow().ok()?] {
        let first = if from_hour < until_hour {
            date
        } else {
            date.yesterday().ok()?
        };
        let start = at_hour(&zone, first, from_hour)?;
        let end = at_hour(&zone, date, until_hour)?;
        if minute < end {
            return LocalSpan::of(date, start, end);
        }
    }
    None
}

/// The date of a number, for words.
pub(super) fn date_words(number: u16) -> String {
    let epoch = Date::constant(1970, 1, 1);
    epoch
        .checked_add(i64::from(number).days())
        .map_or_else(|_| String::new(), |date| date.to_string())
}

impl LocalSpan {
    fn of(date: Date, start: u32, end: u32) -> Option<Self> {
        let epoch = Date::constant(1970, 1, 1);
        let days = epoch.until(date).ok()?.get_days();
        (start < end).then_some(Self {
            number: u16::try_from(days).ok()?,
            start,
            end,
        })
    }
}

/// The calendar where a patient lives, for days far apart.
pub(super) struct Calendar(TimeZone);

impl Calendar {
    pub(super) fn of(context: &PatientContext) -> Self {
        Self(zone(context))
    }

    /// Days from 1970-01-01 to the date of a moment.
    pub(super) fn day(&self, epoch_ms: i64) -> Option<i32> {
        let moment = Timestamp::from_millisecond(epoch_ms).ok()?;
        let date = self.0.to_datetime(moment).date();
        Some(Date::constant(1970, 1, 1).until(date).ok()?.get_days())
    }

    /// The first moment of a day.
    pub(super) fn start_ms(&self, day: i32) -> Option<i64> {
        let epoch = Date::constant(1970, 1, 1);
        let date = epoch.checked_add(i64::from(day).days()).ok()?;
        let start = date.to_zoned(self.0.clone()).ok()?;
        Some(start.timestamp().as_millisecond())
    }
}

fn zone(context: &PatientContext) -> TimeZone {
    let name = match &*context.time_zone {
        "" => DEFAULT_ZONE,
        name => name,
    };
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

fn date_of(zone: &TimeZone, minute: u32) -> Option<Date> {
    let moment = Timestamp::from_second(i64::from(minute) * 60).ok()?;
    Some(zone.to_datetime(moment).date())
}

fn at_hour(zone: &TimeZone, date: Date, hour: u8) -> Option<u32> {
    let local = date.at(i8::try_from(hour).ok()?.clamp(0, 23), 0, 0, 0);
    let moment = local.to_zoned(zone.clone()).ok()?.timestamp();
    u32::try_from(moment.as_second().div_euclid(60)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(text: &str) -> u32 {
        let moment: Timestamp = text.parse().unwrap();
        u32::try_from(moment.as_second() / 60).unwrap()
    }

    fn in_zone(zone: &str) -> PatientContext {
        PatientContext {
            time_zone: zone.into(),
            ..PatientContext::default()
        }
    }

    #[test]
    fn a_day_lies_where_the_patient_lives_and_is_longer_when_clocks_go_back() {
        let at = minute("2026-10-25T12:00:00Z");
        let london = day(&in_zone(""), at).unwrap();
        assert_eq!(london.start, minute("2026-10-24T23:00:00Z"));
        assert_eq!(london.end - london.start, 25 * 60);
        assert_eq!(date_words(london.number), "2026-10-25");
        let auckland = day(&in_zone("Pacific/Auckland"), at).unwrap();
        assert_eq!(auckland.number, london.number + 1);
        assert_eq!(day(&in_zone("Mars/Base"), at).unwrap().start % 1_440, 0);
        assert_eq!(day(&in_zone(""), u32::MAX), None, "far in the future");
    }

    #[test]
    fn a_night_is_named_for_its_morning_and_may_begin_the_evening_before() {
        let context = in_zone("Europe/Berlin");
        let asked = minute("2026-11-22T10:00:00Z");
        let short = night(&context, asked, 0, 7).unwrap();
        assert_eq!(short.start, minute("2026-11-22T23:00:00Z"));
        assert_eq!(short.end, minute("2026-11-23T06:00:00Z"));
        assert_eq!(date_words(short.number), "2026-11-23");
        let long = night(&context, asked, 22, 6).unwrap();
        assert_eq!(long.start, minute("2026-11-22T21:00:00Z"));
        assert_eq!(long.number, short.number);
        let inside = night(&context, long.start + 200, 22, 6).unwrap();
        assert_eq!(inside, long);
    }
}
