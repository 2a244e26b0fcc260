//! Moments as the fields of a form hold them: without a zone, in that of the pages.

use super::words::Zone;
use crate::api::language::say;
use crate::domain::ClinicalTime;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

impl Zone {
    /// `Europe/London`, to be said beside a field.
    pub(super) fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// `2026-11-22T03:10`, for a field of the type `datetime-local`.
    pub(super) fn field(&self, at: ClinicalTime) -> String {
        self.as_field(at, "%Y-%m-%dT%H:%M")
    }

    /// `2026-11-22`, for a field of the type `date`.
    pub(super) fn day_field(&self, at: ClinicalTime) -> String {
        self.as_field(at, "%Y-%m-%d")
    }

    fn as_field(&self, at: ClinicalTime, form: &str) -> String {
        let at = Timestamp::from_millisecond(at.epoch_ms()).unwrap_or_default();
        at.to_zoned(self.0.clone()).strftime(form).to_string()
    }

    /// The moment of a `datetime-local`. Of an hour that the clocks repeat it is the
    /// first, as browsers take it; one that they leave out is moved on by it.
    pub(super) fn typed(&self, text: &str) -> Option<ClinicalTime> {
        let typed: DateTime = text.parse().ok()?;
        let at = typed.to_zoned(self.0.clone()).ok()?;
        Some(ClinicalTime::from_epoch_ms(at.timestamp().as_millisecond()))
    }

    /// The start of the day of a `date`, so many days later.
    pub(super) fn day(&self, text: &str, days_later: i8) -> Option<ClinicalTime> {
        let typed: Date = text.parse().ok()?;
        let day = typed.checked_add(jiff::Span::new().days(days_later)).ok()?;
        let at = day.to_zoned(self.0.clone()).ok()?;
        Some(ClinicalTime::from_epoch_ms(at.timestamp().as_millisecond()))
    }
}

/// `95` minutes as `1 h 35 min`.
pub(super) fn minutes(minutes: i64) -> String {
    match minutes {
        ..60 => say!("{count} min", count = minutes.max(0)),
        60..2880 => say!(
            "{hours} h {minutes} min",
            hours = minutes / 60,
            minutes = minutes % 60
        ),
        _ => say!(
            "{days} days {hours} h",
            days = minutes / 1440,
            hours = minutes % 1440 / 60
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_of_the_pages_zone_on_either_side_of_the_change() {
        let zone = Zone::named("Europe/London");
        let typed = |text| zone.typed(text).map(ClinicalTime::epoch_ms);
        assert_eq!(typed("2026-07-01T12:00"), Some(1_782_903_600_000));
        assert_eq!(typed("2026-12-01T12:00:30"), Some(1_796_126_430_000));
        assert_eq!(typed("2026-10-25T01:30"), Some(1_792_888_200_000));
        assert_eq!(typed("2026-03-29T01:30"), Some(1_774_747_800_000));
        for wrong in ["", "now", "2026-02-30T12:00", "2026-07-01T12:00Z"] {
            assert_eq!(typed(wrong), None, "{wrong}");
        }
        let at = ClinicalTime::from_epoch_ms(1_782_903_600_000);
        assert_eq!(zone.field(at), "2026-07-01T12:00");
        assert_eq!(zone.day_field(at), "2026-07-01");
    }

    #[test]
    fn a_day_begins_at_midnight_of_the_pages_zone() {
        let zone = Zone::named("Europe/London");
        let day = |text, later| zone.day(text, later).map(ClinicalTime::epoch_ms);
        assert_eq!(day("2026-10-25", 0), Some(1_792_882_800_000));
        // That day has 25 hours.
        assert_eq!(
            day("2026-10-25", 1),
            Some(1_792_882_800_000 + 25 * 3_600_000)
        );
        assert_eq!(day("25/10/2026", 0), None);
    }

    #[test]
    fn how_long_something_lasts_is_said_as_people_do() {
        let told = [-1, 0, 95, 3000].map(minutes);
        assert_eq!(told, ["0 min", "0 min", "1 h 35 min", "2 days 2 h"]);
    }
}
