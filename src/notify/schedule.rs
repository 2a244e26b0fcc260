//! Decides what follows an attempt. Pure: time and chance come in as values.

use super::Settings;
use super::client::{Answer, SendError};
use crate::domain::{DeliveryVerdict, Priority, WallTime};

/// What follows an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Judgement {
    /// For the report.
    pub(super) verdict: DeliveryVerdict,
    /// A stable code for what went wrong.
    pub(super) error: Option<&'static str>,
    /// Whether the endpoint as a whole must be left alone for a while.
    pub(super) hold: Option<Hold>,
    /// Whether it no longer holds back what comes after it.
    pub(super) aside: bool,
    /// Whether some receivers took it, so that the endpoint works.
    pub(super) by_some: bool,
}

/// What is known of a delivery before the attempt that is judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tried {
    /// Attempts before.
    pub(super) before: u32,
    /// How urgent it is.
    pub(super) urgency: Priority,
    /// When it was written.
    pub(super) since: WallTime,
    /// Whether the endpoint took others since the attempt before.
    pub(super) others_taken: bool,
}

/// Refused so often, while others were taken, a delivery no longer holds back
/// what comes after it: the fault is its own.
const ASIDE_AFTER: usize = 6;

/// For how long an endpoint is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// It said so itself.
    Until(WallTime),
    /// It is overloaded and did not say for how long.
    BackOff,
}

/// Judges an attempt that ended at `now`. `random` is any number; all its bits
/// are used.
pub(super) fn judge(
    settings: &Settings,
    tried: &Tried,
    answer: &Result<Answer, SendError>,
    now: WallTime,
    random: u64,
) -> Judgement {
    let (error, asked, hold) = match answer {
        Ok(answer) => match answer.status {
            200..=299 => return ended(DeliveryVerdict::Delivered, None),
            410 => return ended(DeliveryVerdict::EndpointGone, Some("gone")),
            status => {
                let asked = asked_wait(settings, answer, now);
                let overloaded = matches!(status, 429 | 502 | 503 | 504);
                let hold = overloaded.then_some(asked.map_or(Hold::BackOff, Hold::Until));
                let code = match status {
                    300..=399 => "redirect_refused",
                    _ if overloaded => "slow_down",
                    _ => "http_status",
                };
                (code, asked, hold)
            }
        },
        Err(error) => (error.code(), None, None),
    };
    let made = usize::try_from(tried.before).map_or(usize::MAX, |n| n.saturating_add(1));
    let verdict = match settings.wait(tried.urgency, made, now.ms_since(tried.since)) {
        None => DeliveryVerdict::GivenUp,
        Some(wait) => {
            let next = now.plus_ms(jittered_ms(wait, settings.jitter_share, random));
            DeliveryVerdict::RetryAt(asked.map_or(next, |asked| next.max(asked)))
        }
    };
    let refused = match answer {
        Ok(_) => hold.is_none(),
        Err(error) => matches!(error, SendError::MailRefused | SendError::Format),
    };
    let by_some = matches!(answer, Err(SendError::MailDeferredBySome));
    Judgement {
        verdict,
        error: Some(error),
        hold,
        aside: by_some || (refused && tried.others_taken && made >= ASIDE_AFTER),
        by_some,
    }
}

const fn ended(verdict: DeliveryVerdict, error: Option<&'static str>) -> Judgement {
    Judgement {
        verdict,
        error,
        hold: None,
        aside: false,
        by_some: false,
    }
}

/// When a `Retry-After` (RFC 9110, section 10.2.3: seconds or a date) wants
/// to see us again, at most the configured wait from now.
fn asked_wait(settings: &Settings, answer: &Answer, now: WallTime) -> Option<WallTime> {
    let value = answer.retry_after.as_deref()?.trim();
    let seconds = value.bytes().all(|b| b.is_ascii_digit()) && !value.is_empty();
    let wait_ms = if seconds {
        // Too many digits for a number still mean "very long".
        value
            .parse::<i64>()
            .unwrap_or(i64::MAX)
            .saturating_mul(1000)
    } else {
        http_date_ms(value)?.saturating_sub(now.epoch_ms())
    };
    let cap_ms = i64::from(settings.retry_after_seconds_max) * 1000;
    Some(now.plus_ms(wait_ms.clamp(0, cap_ms)))
}

/// The three forms of a date that RFC 9110, section 5.6.7, wants to be read; a
/// year of two digits is one of the years from 1969 to 2068.
fn http_date_ms(text: &str) -> Option<i64> {
    let modern = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text);
    let obsolete = || {
        let forms = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
        let mut read = forms.iter().filter_map(|form| {
            let broken_down = jiff::fmt::strtime::parse(form, text).ok()?;
            let at = broken_down.to_datetime().ok()?;
            at.to_zoned(jiff::tz::TimeZone::UTC).ok()
        });
        read.next().map(|at| at.timestamp())
    };
    let at = modern.ok().or_else(obsolete)?;
    Some(at.as_millisecond())
}

fn jittered_ms(wait_seconds: u32, share: f64, random: u64) -> i64 {
    let wait_ms = f64::from(wait_seconds) * 1000.0;
    let unit = random as f64 / u64::MAX as f64;
    (wait_ms * (1.0 + share * (2.0 * unit - 1.0))) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: WallTime = WallTime::from_epoch_ms(1_763_787_600_000);
    const MIDDLE: u64 = u64::MAX / 2;

    fn answered(status: u16, retry_after: Option<&str>) -> Result<Answer, SendError> {
        Ok(Answer {
            status,
            retry_after: retry_after.map(str::to_owned),
        })
    }

    fn tried(before: u32) -> Tried {
        Tried {
            before,
            urgency: Priority::Medium,
            since: NOW.plus_ms(-7 * 86_400_000),
            others_taken: true,
        }
    }

    fn wait_ms(attempts_before: u32, answer: &Result<Answer, SendError>, random: u64) -> i64 {
        match judge(
            &Settings::default(),
            &tried(attempts_before),
            answer,
            NOW,
            random,
        )
        .verdict
        {
            DeliveryVerdict::RetryAt(at) => at.ms_since(NOW),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_2xx_is_a_success() {
        for (status, error) in [
            (200, None),
            (204, None),
            (299, None),
            (199, Some("http_status")),
            (301, Some("redirect_refused")),
            (304, Some("redirect_refused")),
            (400, Some("http_status")),
            (410, Some("gone")),
            (429, Some("slow_down")),
            (500, Some("http_status")),
            (504, Some("slow_down")),
        ] {
            let judged = judge(
                &Settings::default(),
                &tried(0),
                &answered(status, None),
                NOW,
                0,
            );
            assert_eq!(judged.error, error, "{status}");
            let delivered = judged.verdict == DeliveryVerdict::Delivered;
            assert_eq!(delivered, error.is_none(), "{status}");
        }
    }

    #[test]
    fn waits_follow_the_schedule_and_end_with_it() {
        let schedule = Settings::default().schedule_seconds;
        let failed = Err(SendError::Timeout);
        for (before, wait) in schedule.iter().skip(1).enumerate() {
            let before = u32::try_from(before).unwrap();
            let waited = wait_ms(before, &failed, MIDDLE);
            assert!((waited - i64::from(*wait) * 1000).abs() <= 1, "{before}");
        }
        let attempts = u32::try_from(schedule.len()).unwrap();
        let last = judge(
            &Settings::default(),
            &tried(attempts - 1),
            &failed,
            NOW,
            MIDDLE,
        );
        assert_eq!(last.verdict, DeliveryVerdict::GivenUp);
        let replayed = judge(&Settings::default(), &tried(u32::MAX), &failed, NOW, MIDDLE);
        assert_eq!(replayed.verdict, DeliveryVerdict::GivenUp);
    }

    #[test]
    fn jitter_stays_within_its_share() {
        let failed = Err(SendError::Connect);
        assert_eq!(wait_ms(5, &failed, 0), 240_000);
        assert_eq!(wait_ms(5, &failed, u64::MAX), 360_000);
    }

    #[test]
    fn retry_after_is_honoured_in_both_forms_up_to_its_cap() {
        for (value, expected_ms) in [
            ("120", 120_000),
            ("0", 1_000),
            ("99999999999999999999999", 900_000),
            ("Sat, 22 Nov 2025 05:05:00 GMT", 300_000),
            ("Saturday, 22-Nov-25 05:05:00 GMT", 300_000),
            ("Sat Nov 22 05:05:00 2025", 300_000),
            ("Sun Nov  2 05:05:00 2025", 1_000),
            ("Sat, 22 Nov 2025 04:00:00 GMT", 1_000),
            ("Sat, 22 Nov 2031 04:00:00 GMT", 900_000),
            ("soon", 1_000),
            ("-5", 1_000),
            ("", 1_000),
        ] {
            let waited = wait_ms(0, &answered(400, Some(value)), MIDDLE);
            assert!((waited - expected_ms).abs() <= 1, "{value}: {waited}");
        }
    }

    #[test]
    fn an_overloaded_endpoint_is_left_alone_for_as_long_as_it_asks() {
        let hold = |status, retry_after| {
            let answer = answered(status, retry_after);
            judge(&Settings::default(), &tried(0), &answer, NOW, MIDDLE).hold
        };
        assert_eq!(
            hold(429, Some("60")),
            Some(Hold::Until(NOW.plus_ms(60_000)))
        );
        for status in [429, 502, 503, 504] {
            assert_eq!(hold(status, None), Some(Hold::BackOff), "{status}");
        }
        assert_eq!(hold(500, Some("60")), None);
    }

    #[test]
    fn what_is_urgent_is_tried_more_densely_and_nothing_is_given_up_before_its_time() {
        let failed = Err(SendError::Timeout);
        let settings = Settings::default();
        let waits = |urgency, ago_ms: i64| {
            let after = |before| {
                let tried = Tried {
                    before,
                    urgency,
                    since: NOW.plus_ms(-ago_ms),
                    others_taken: false,
                };
                judge(&settings, &tried, &failed, NOW, MIDDLE).verdict
            };
            [after(7), after(13), after(63)]
        };
        let [high, ..] = waits(Priority::High, 0);
        assert_eq!(high, DeliveryVerdict::RetryAt(NOW.plus_ms(60_000)));
        let [low, later, last] = waits(Priority::Low, 86_400_000);
        assert!(matches!(low, DeliveryVerdict::RetryAt(at) if at.ms_since(NOW) > 7_000_000));
        // Later events of its patient made it use up its attempts early.
        for verdict in [later, last] {
            assert!(
                matches!(verdict, DeliveryVerdict::RetryAt(_)),
                "{verdict:?}"
            );
        }
        let [.., last] = waits(Priority::High, 7 * 86_400_000);
        assert_eq!(last, DeliveryVerdict::GivenUp);
    }

    #[test]
    fn only_what_is_refused_again_and_again_while_others_are_taken_steps_aside() {
        let aside = |before, others_taken, answer| {
            let tried = Tried {
                others_taken,
                ..tried(before)
            };
            judge(&Settings::default(), &tried, &answer, NOW, MIDDLE).aside
        };
        assert!(aside(5, true, answered(400, None)));
        assert!(!aside(4, true, answered(400, None)));
        assert!(!aside(5, false, answered(400, None)));
        assert!(!aside(5, true, answered(503, None)));
        assert!(!aside(5, true, Err(SendError::Connect)));
        assert!(aside(5, true, Err(SendError::MailRefused)));
        let some_have_it = Err(SendError::MailDeferredBySome);
        assert!(aside(0, false, some_have_it), "who has it waits for nobody");
    }
}
