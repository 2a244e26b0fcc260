//! What of webhooks can be configured.

use crate::domain::Priority;
use serde::{Deserialize, Serialize};

/// Section `[webhooks]`. All times are wall time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Waits before each attempt; the first belongs to the first attempt.
    pub schedule_seconds: Vec<u32>,
    /// The same for what is of high priority.
    pub schedule_seconds_high: Vec<u32>,
    /// How far a wait may vary either way, as a share of it.
    pub jitter_share: f64,
    /// Longest wait that a `Retry-After` can ask for.
    pub retry_after_seconds_max: u32,
    /// For how long an endpoint is left alone after 429, 502, 503 or 504
    /// without `Retry-After`: doubles from the first to the second.
    pub slow_down_seconds_first: u32,
    /// See [`Self::slow_down_seconds_first`].
    pub slow_down_seconds_max: u32,
    /// For connecting, sending and the answer's status together.
    pub timeout_seconds: u32,
    /// Attempts under way at once to one endpoint that works.
    pub in_flight_max: u32,
    /// After so many failures in a row an endpoint is only probed.
    pub circuit_failures: u32,
    /// The longest wait between two probes.
    pub probe_seconds_max: u32,
    /// An endpoint that fails for longer is reported as failing.
    pub failing_after_seconds: u32,
    /// So long after that it is reported again, and so on while it fails; 0: never.
    pub failing_again_minutes: u32,
    /// Where people reach the live page, for links in messages.
    pub public_url: Option<String>,
    /// For how long a link to a picture is good.
    pub chart_hours: u32,
    /// For how long a link by which a receiver answers is good.
    pub action_hours: u32,
    /// For how long such a link snoozes.
    pub action_snooze_minutes: u16,
    /// Certificates (PEM) of authorities trusted beside the system's.
    pub authorities_file: Option<String>,
    /// Hosts, as `name:port`, that may lie at a private address and be spoken
    /// to without TLS.
    pub dangerous_allow_private_hosts: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            // The head is dense because the first minutes of a clinical alert
            // matter; the tail lasts four days, so a long weekend is bridged.
            schedule_seconds: vec![
                0, 1, 5, 15, 30, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
            ],
            // An hour at most five minutes apart, then a working day a quarter
            // of an hour apart.
            schedule_seconds_high: [
                &[0, 1, 2, 5, 10, 15, 30, 60, 60, 60, 60][..],
                &[120; 5],
                &[300; 9],
                &[900; 12],
                &[1_800; 16],
                &[7_200; 6],
                &[43_200; 5],
            ]
            .concat(),
            jitter_share: 0.2,
            retry_after_seconds_max: 900,
            slow_down_seconds_first: 2,
            slow_down_seconds_max: 60,
            timeout_seconds: 20,
            in_flight_max: 4,
            circuit_failures: 5,
            probe_seconds_max: 15,
            failing_after_seconds: 120,
            failing_again_minutes: 60,
            public_url: None,
            chart_hours: 24,
            action_hours: 24,
            action_snooze_minutes: 30,
            authorities_file: None,
            dangerous_allow_private_hosts: Vec::new(),
        }
    }
}

impl Settings {
    /// What is wrong, each naming its key.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        self.check_ranges(&mut problems);
        check_schedule("schedule_seconds", &self.schedule_seconds, &mut problems);
        let high = &self.schedule_seconds_high;
        check_schedule("schedule_seconds_high", high, &mut problems);
        if let Some(url) = self.public_url.as_deref().filter(|url| !is_base(url)) {
            problems.push(format!(
                "`public_url` is `{url}`; write for example `https://wardlight.example.org`"
            ));
        }
        if !(0.0..=0.5).contains(&self.jitter_share) {
            problems.push(format!(
                "`jitter_share` is {}; give 0 to 0.5",
                self.jitter_share
            ));
        }
        if self.slow_down_seconds_first > self.slow_down_seconds_max {
            problems.push(format!(
                "`slow_down_seconds_first` is {}, more than `slow_down_seconds_max`, {}",
                self.slow_down_seconds_first, self.slow_down_seconds_max
            ));
        }
        for host in &self.dangerous_allow_private_hosts {
            if super::guard::allowed_host(host).is_none() {
                problems.push(format!(
                    "`dangerous_allow_private_hosts` holds `{host}`, which is not `name:port`; write for example `receiver.local:8080` or `[::1]:8080`"
                ));
            }
        }
        problems
    }

    /// Seconds until the attempt after `made` others, of a delivery that was
    /// written `age_ms` ago; none when its time is used up. Later events of a
    /// patient bring the waits of earlier ones forward, so attempts may be used
    /// up long before the time is: then the last wait is repeated.
    pub(super) fn wait(&self, urgency: Priority, made: usize, age_ms: i64) -> Option<u32> {
        let schedule = match urgency {
            Priority::High => &self.schedule_seconds_high,
            Priority::Medium | Priority::Low => &self.schedule_seconds,
        };
        let span_ms: f64 = schedule.iter().map(|wait| f64::from(*wait) * 1000.0).sum();
        let over = age_ms as f64 >= span_ms * (1.0 - self.jitter_share);
        let last = schedule.last().filter(|_| !over);
        schedule.get(made).or(last).copied()
    }

    /// Where people reach the live page, without a slash at its end.
    pub(super) fn public_url(&self) -> Option<&str> {
        self.public_url
            .as_deref()
            .map(|url| url.trim_end_matches('/'))
    }

    fn check_ranges(&self, problems: &mut Vec<String>) {
        let ranges = [
            ("timeout_seconds", self.timeout_seconds, 1, 60),
            ("in_flight_max", self.in_flight_max, 1, 64),
            (
                "retry_after_seconds_max",
                self.retry_after_seconds_max,
                1,
                86_400,
            ),
            (
                "slow_down_seconds_first",
                self.slow_down_seconds_first,
                1,
                3_600,
            ),
            (
                "slow_down_seconds_max",
                self.slow_down_seconds_max,
                1,
                3_600,
            ),
            ("circuit_failures", self.circuit_failures, 1, 100),
            ("probe_seconds_max", self.probe_seconds_max, 1, 600),
            ("chart_hours", self.chart_hours, 1, 168),
            ("action_hours", self.action_hours, 1, 168),
            (
                "action_snooze_minutes",
                u32::from(self.action_snooze_minutes),
                1,
                1_440,
            ),
            (
                "failing_after_seconds",
                self.failing_after_seconds,
                1,
                86_400,
            ),
            (
                "failing_again_minutes",
                self.failing_again_minutes,
                0,
                1_440,
            ),
        ];
        for (key, value, low, high) in ranges {
            if !(low..=high).contains(&value) {
                problems.push(format!("`{key}` is {value}; give {low} to {high}"));
            }
        }
    }

    /// What is legal but risky, each naming its key.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let first_minute = self
            .schedule_seconds
            .iter()
            .scan(0_u64, |sum, wait| {
                *sum += u64::from(*wait);
                Some(*sum)
            })
            .filter(|at| *at <= 60)
            .count();
        if first_minute < 3 {
            warnings.push(format!(
                "`schedule_seconds` makes {first_minute} attempts within the first minute; a short outage of the receiver delays alerts"
            ));
        }
        if self.timeout_seconds > 30 {
            warnings.push(format!(
                "`timeout_seconds` is {}; Standard Webhooks advises 15 to 30",
                self.timeout_seconds
            ));
        }
        if self.retry_after_seconds_max > 3_600 {
            warnings.push(format!(
                "`retry_after_seconds_max` is {}; a receiver can hold back alerts for so long",
                self.retry_after_seconds_max
            ));
        }
        warnings
    }
}

fn check_schedule(key: &str, waits: &[u32], problems: &mut Vec<String>) {
    if !(1..=64).contains(&waits.len()) {
        problems.push(format!("`{key}` has {} waits; give 1 to 64", waits.len()));
    }
    if let Some(wait) = waits.iter().find(|w| **w > 604_800) {
        problems.push(format!(
            "`{key}` holds a wait of {wait} s; the longest is a week, 604800"
        ));
    }
}

/// Whether links can be made by appending to it.
fn is_base(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|parsed| {
        matches!(parsed.scheme(), "http" | "https")
            && parsed.query().is_none()
            && parsed.fragment().is_none()
            && parsed.username().is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_right_and_not_risky() {
        assert_eq!(Settings::default().problems(), Vec::<String>::new());
        assert_eq!(Settings::default().warnings(), Vec::<String>::new());
    }

    #[test]
    fn every_problem_is_reported_and_names_its_key() {
        let settings = Settings {
            schedule_seconds: vec![700_000],
            jitter_share: f64::NAN,
            retry_after_seconds_max: 0,
            slow_down_seconds_first: 90,
            timeout_seconds: 90,
            in_flight_max: 0,
            failing_after_seconds: 0,
            schedule_seconds_high: Vec::new(),
            circuit_failures: 0,
            probe_seconds_max: 0,
            chart_hours: 0,
            action_hours: 169,
            action_snooze_minutes: 0,
            public_url: Some("wardlight.example.org".to_owned()),
            dangerous_allow_private_hosts: vec!["receiver".to_owned()],
            ..Settings::default()
        };
        let problems = settings.problems().join("\n");
        for key in [
            "schedule_seconds",
            "jitter_share",
            "retry_after_seconds_max",
            "slow_down_seconds_first",
            "timeout_seconds",
            "in_flight_max",
            "failing_after_seconds",
            "schedule_seconds_high",
            "circuit_failures",
            "probe_seconds_max",
            "chart_hours",
            "action_hours",
            "action_snooze_minutes",
            "public_url",
            "dangerous_allow_private_hosts",
        ] {
            assert!(problems.contains(&format!("`{key}`")), "{key}: {problems}");
        }
    }

    #[test]
    fn a_schedule_without_a_dense_head_is_risky() {
        let settings = Settings {
            schedule_seconds: vec![0, 300],
            timeout_seconds: 45,
            retry_after_seconds_max: 7_200,
            ..Settings::default()
        };
        assert_eq!(settings.warnings().len(), 3);
    }
}
