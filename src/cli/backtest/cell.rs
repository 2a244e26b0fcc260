//! Single cells of a CSV file: times and values.

use crate::domain::{MeasuredTime, RejectionReason, Vital};

/// 1971-01-01. Epoch seconds taken for milliseconds lie in January 1970.
const FROM_MS: i64 = 31_536_000_000;
/// 2105-12-31. Deadlines are kept in 32 bits of seconds.
const UNTIL_MS: i64 = 4_291_660_800_000;

/// Reads RFC 3339 or epoch milliseconds.
///
/// # Errors
/// What is wrong, and what to do.
pub(super) fn time(text: &str) -> Result<MeasuredTime, String> {
    let ms = match text.parse::<i64>() {
        Ok(ms) => ms,
        Err(_) => {
            let time = text.parse::<jiff::Timestamp>().map_err(|_| {
                format!(
                    "{text:?} is no time: write RFC 3339 with an offset \
                     (2026-01-01T05:00:00Z) or epoch milliseconds"
                )
            })?;
            let ms = time.as_nanosecond().div_euclid(1_000_000);
            i64::try_from(ms).unwrap_or(i64::MAX)
        }
    };
    if (FROM_MS..UNTIL_MS).contains(&ms) {
        return Ok(MeasuredTime::from_epoch_ms(ms));
    }
    Err(
        if ms < FROM_MS && (FROM_MS..UNTIL_MS).contains(&ms.saturating_mul(1_000)) {
            format!("{text} are epoch seconds: write milliseconds, three digits more")
        } else {
            format!("{text} is not in the years 1971 to 2105: move the dates there")
        },
    )
}

/// RFC 3339 in UTC, with milliseconds where there are any.
pub(super) fn show(epoch_ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(epoch_ms) {
        Ok(time) => time.to_string(),
        Err(_) => epoch_ms.to_string(),
    }
}

/// Reads a vital's value, refused for the reasons for which a watch's is.
pub(super) fn value(vital: Vital, text: &str) -> Result<f64, RejectionReason> {
    let word = match (vital, text) {
        (Vital::Worn | Vital::SupplementalOxygen, "true") => Some(1.0),
        (Vital::Worn | Vital::SupplementalOxygen, "false") => Some(0.0),
        (Vital::Consciousness, "A") => Some(0.0),
        (Vital::Consciousness, "C") => Some(1.0),
        (Vital::Consciousness, "V") => Some(2.0),
        (Vital::Consciousness, "P") => Some(3.0),
        (Vital::Consciousness, "U") => Some(4.0),
        _ => None,
    };
    let number = word.map_or_else(|| text.parse().map_err(|_| RejectionReason::WrongType), Ok);
    let (value, facts): (f64, _) = (number?, vital.facts());
    if (facts.physics_min..=facts.physics_max).contains(&value) {
        Ok(value)
    } else {
        Err(RejectionReason::OutsidePhysics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_time_are_read_and_shown_alike() {
        let ms = 1_767_243_600_000;
        for text in [
            "2026-01-01T05:00:00Z",
            "2026-01-01T06:00:00+01:00",
            "1767243600000",
        ] {
            assert_eq!(time(text), Ok(MeasuredTime::from_epoch_ms(ms)), "{text}");
        }
        assert_eq!(show(ms), "2026-01-01T05:00:00Z");
        assert_eq!(show(ms + 250), "2026-01-01T05:00:00.25Z");
    }

    #[test]
    fn what_is_no_time_says_what_to_write() {
        for (text, what) in [
            ("", "RFC 3339"),
            ("2026-01-01 05:00", "with an offset"),
            ("1767243600", "three digits more"),
            ("0", "years 1971 to 2105"),
            ("2180-07-01T00:00:00Z", "move the dates"),
        ] {
            let error = time(text).unwrap_err();
            assert!(error.contains(what), "{text}: {error}");
        }
    }

    #[test]
    fn a_value_is_refused_for_its_type_or_for_physics() {
        assert_eq!(value(Vital::HeartRate, "72.5"), Ok(72.5));
        assert_eq!(value(Vital::Worn, "false"), Ok(0.0));
        assert_eq!(value(Vital::Consciousness, "V"), Ok(2.0));
        let wrong_type = Err(RejectionReason::WrongType);
        assert_eq!(value(Vital::HeartRate, ""), wrong_type);
        assert_eq!(value(Vital::HeartRate, "true"), wrong_type);
        for text in ["-1", "501", "NaN", "inf"] {
            let refused = value(Vital::HeartRate, text);
            assert_eq!(refused, Err(RejectionReason::OutsidePhysics), "{text}");
        }
    }
}
