//! Times and names as people write them.

use crate::api::language::{current, say};
use crate::domain::ClinicalTime;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// The zone in which a page shows its times.
#[derive(Clone)]
pub(in crate::api) struct Zone(pub(super) TimeZone);

impl Zone {
    /// The zone of this name; UTC where there is none, and the pages say so.
    pub(in crate::api) fn named(name: &str) -> Self {
        Self(TimeZone::get(name).unwrap_or(TimeZone::UTC))
    }

    /// `22 Nov 03:10 GMT`.
    pub(super) fn short(&self, at: ClinicalTime) -> String {
        self.written(at, &current().dates.short)
    }

    /// `22 Nov 2026, 03:10:05 GMT`.
    pub(in crate::api) fn moment(&self, at: ClinicalTime) -> String {
        self.written(at, &current().dates.moment)
    }

    /// What the zone is called at a moment (`GMT`).
    pub(super) fn abbreviation(&self, at: ClinicalTime) -> String {
        self.written(at, "%Z")
    }

    /// What was put into a field for day and time (`2026-11-22T03:10`). A time that
    /// comes twice is the first of both; one that is skipped lies after the jump.
    pub(super) fn local(&self, text: &str) -> Option<ClinicalTime> {
        let typed: DateTime = text.trim().parse().ok()?;
        let at = typed.to_zoned(self.0.clone()).ok()?;
        Some(ClinicalTime::from_epoch_ms(at.timestamp().as_millisecond()))
    }

    /// The other moment at which the clock showed the same, in the night in which an
    /// hour comes twice.
    pub(super) fn twin(&self, at: ClinicalTime) -> Option<ClinicalTime> {
        let at = Timestamp::from_millisecond(at.epoch_ms()).ok()?;
        let shown = at.to_zoned(self.0.clone()).datetime();
        let AmbiguousOffset::Fold { before, after } = self.0.to_ambiguous_zoned(shown).offset()
        else {
            return None;
        };
        let both = [before, after].map(|offset| offset.to_timestamp(shown).ok());
        let other = both.into_iter().flatten().find(|other| *other != at)?;
        Some(ClinicalTime::from_epoch_ms(other.as_millisecond()))
    }

    /// Whether the clock skipped what was put into a field.
    pub(super) fn is_skipped(&self, text: &str) -> bool {
        let typed: Option<DateTime> = text.trim().parse().ok();
        typed.is_some_and(|typed| {
            let offset = self.0.to_ambiguous_zoned(typed).offset();
            matches!(offset, AmbiguousOffset::Gap { .. })
        })
    }

    fn written(&self, at: ClinicalTime, form: &str) -> String {
        let Ok(at) = Timestamp::from_millisecond(at.epoch_ms()) else {
            return say!("at an unknown time").to_owned();
        };
        let at = at.to_zoned(self.0.clone());
        let month = usize::from(at.month().unsigned_abs()).saturating_sub(1);
        let month = current().dates.months.get(month).map_or("", String::as_str);
        let form = form.replace("%b", &month.replace('%', "%%"));
        at.strftime(&form).to_string()
    }
}

/// `fever_on_treatment` as a person writes it.
pub(super) fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_with_its_zone_on_either_side_of_the_change() {
        let zone = Zone::named("Europe/London");
        let at = |ms| zone.moment(ClinicalTime::from_epoch_ms(ms));
        assert_eq!(at(1_792_888_200_000), "25 Oct 2026, 01:30:00 BST");
        assert_eq!(at(1_792_891_800_000), "25 Oct 2026, 01:30:00 GMT");
    }

    #[test]
    fn what_is_typed_is_a_time_of_the_zone() {
        let zone = Zone::named("Europe/London");
        let typed = |text| zone.local(text).map(ClinicalTime::epoch_ms);
        assert_eq!(typed("2026-10-25T01:30"), Some(1_792_888_200_000), "BST");
        assert_eq!(typed("2026-03-29T01:30"), typed("2026-03-29T02:30"));
        assert_eq!(typed("soon"), None);
    }

    #[test]
    fn what_comes_twice_and_what_is_skipped_is_known() {
        let zone = Zone::named("Europe/London");
        let (bst, gmt) = (1_792_888_200_000, 1_792_891_800_000);
        let twin = |ms| {
            let twin = zone.twin(ClinicalTime::from_epoch_ms(ms));
            twin.map(ClinicalTime::epoch_ms)
        };
        assert_eq!((twin(bst), twin(gmt)), (Some(gmt), Some(bst)));
        assert_eq!(twin(gmt + 3_600_000), None);
        assert!(zone.is_skipped("2026-03-29T01:30"));
        assert!(!zone.is_skipped("2026-03-29T02:30") && !zone.is_skipped("2026-10-25T01:30"));
    }
}
