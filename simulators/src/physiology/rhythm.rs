//! The rhythm of the day.

/// One minute in milliseconds.
pub const MINUTE_MS: i64 = 60_000;
/// One hour in milliseconds.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Hours since local midnight, 0 to below 24.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of one day are exact in f64"
)]
pub fn local_hour(time_ms: i64, utc_offset_minutes: i32) -> f64 {
    let local_ms = time_ms + i64::from(utc_offset_minutes) * MINUTE_MS;
    local_ms.rem_euclid(24 * HOUR_MS) as f64 / HOUR_MS as f64
}

/// A cosine over the day: 1 at the peak hour, -1 twelve hours later.
#[must_use]
pub fn circadian(hour: f64, peak_hour: f64) -> f64 {
    (std::f64::consts::TAU * (hour - peak_hour) / 24.0).cos()
}

#[cfg(test)]
mod tests {
    use super::{HOUR_MS, circadian, local_hour};

    #[test]
    fn local_hour_honours_the_offset_of_the_zone() {
        assert!((local_hour(23 * HOUR_MS, 120) - 1.0).abs() < 1e-9);
        assert!((local_hour(HOUR_MS, -120) - 23.0).abs() < 1e-9);
    }

    #[test]
    fn the_rhythm_peaks_at_its_peak_hour() {
        assert!((circadian(17.0, 17.0) - 1.0).abs() < 1e-9);
        assert!((circadian(5.0, 17.0) + 1.0).abs() < 1e-9);
    }
}
