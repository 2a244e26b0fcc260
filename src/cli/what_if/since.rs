//! From when on alerts are compared.

use crate::domain::ClinicalTime;
use std::str::FromStr;

const HOUR_MS: i64 = 3_600_000;
const FORM: &str = "write RFC 3339 (2026-01-01T05:00:00Z), a date (2026-01-01, UTC), or a time \
                    before the newest data such as 30d or 12h";

/// A moment, or so long before the newest data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// That moment.
    At(ClinicalTime),
    /// So many milliseconds before.
    Before(i64),
}

impl Since {
    /// The moment, when the newest data are of `newest`.
    pub(super) const fn moment(self, newest: ClinicalTime) -> ClinicalTime {
        match self {
            Self::At(at) => at,
            Self::Before(ms) => newest.plus_ms(-ms),
        }
    }
}

impl FromStr for Since {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let at =
            |time: jiff::Timestamp| Self::At(ClinicalTime::from_epoch_ms(time.as_millisecond()));
        if let Ok(time) = text.parse::<jiff::Timestamp>() {
            return Ok(at(time));
        }
        if let Ok(date) = text.parse::<jiff::civil::Date>() {
            let start = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| FORM)?;
            return Ok(at(start.timestamp()));
        }
        let hours = [("d", 24), ("h", 1)].into_iter().find_map(|(unit, hours)| {
            let count: u16 = text.strip_suffix(unit)?.parse().ok()?;
            Some(i64::from(count) * hours)
        });
        Ok(Self::Before(hours.ok_or(FORM)? * HOUR_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_a_date_and_a_span_before_the_newest_data_are_read() {
        let newest = ClinicalTime::from_epoch_ms(1_767_243_600_000);
        let moment = |text: &str| Since::from_str(text).map(|since| since.moment(newest));
        let midnight = ClinicalTime::from_epoch_ms(1_767_225_600_000);
        assert_eq!(moment("2026-01-01T05:00:00Z"), Ok(newest));
        assert_eq!(moment("2026-01-01"), Ok(midnight));
        assert_eq!(moment("5h"), Ok(midnight));
        assert_eq!(moment("1d"), Ok(newest.plus_ms(-24 * HOUR_MS)));
        assert_eq!(moment("soon"), Err(FORM));
        assert_eq!(moment("-1d"), Err(FORM));
    }
}
