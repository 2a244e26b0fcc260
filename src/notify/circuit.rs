//! How hard an endpoint that fails is knocked at. Pure.
//!
//! While it works, as many attempts as its window holds run at once. After its
//! first failure they run one at a time; after a few in a row the circuit is
//! open: only now and then one attempt probes whether it works again. The
//! deliveries that wait meanwhile spend none of their attempts.

use crate::domain::WallTime;
use crate::runtime::Backoff;
use std::time::Duration;

/// The first wait between two probes; it doubles.
const PROBE_FIRST: Duration = Duration::from_secs(1);

/// The state of one endpoint.
pub(super) struct Circuit {
    failures: u32,
    failures_max: u32,
    probes: Backoff,
    open_until: Option<WallTime>,
    last_success: Option<WallTime>,
}

impl Circuit {
    /// Closed; opens after `failures_max` failures in a row, and probes at
    /// least every `probe_seconds_max`.
    pub(super) fn new(failures_max: u32, probe_seconds_max: u32) -> Self {
        let cap = Duration::from_secs(probe_seconds_max.into());
        Self {
            failures: 0,
            failures_max,
            probes: Backoff::new(PROBE_FIRST.min(cap), cap),
            open_until: None,
            last_success: None,
        }
    }

    /// How many attempts may run at once.
    pub(super) fn window(&self, in_flight_max: u32) -> usize {
        if self.failures == 0 {
            usize::try_from(in_flight_max).unwrap_or(1)
        } else {
            1
        }
    }

    /// Until when nothing but what is new and urgent is tried; none while the
    /// circuit is closed or a probe is due.
    pub(super) fn open_until(&self, now: WallTime) -> Option<WallTime> {
        self.open_until.filter(|until| *until > now)
    }

    /// The end of the last attempt that succeeded.
    pub(super) const fn last_success(&self) -> Option<WallTime> {
        self.last_success
    }

    pub(super) fn succeeded(&mut self, at: WallTime) {
        self.failures = 0;
        self.open_until = None;
        self.last_success = Some(at);
        self.probes.reset();
    }

    pub(super) fn failed(&mut self, at: WallTime, random: u64) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= self.failures_max {
            let wait = self.probes.next(random).as_millis();
            let wait_ms = i64::try_from(wait).unwrap_or(i64::MAX);
            self.open_until = Some(at.plus_ms(wait_ms));
        }
    }

    /// The endpoint's document changed: what kept it from working may be over.
    pub(super) fn forgive(&mut self) {
        self.open_until = None;
        self.probes.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: WallTime = WallTime::from_epoch_ms(1_000_000);

    #[test]
    fn it_opens_after_failures_in_a_row_probes_ever_more_seldom_and_closes_at_a_success() {
        let mut circuit = Circuit::new(3, 15);
        circuit.failed(START, u64::MAX);
        assert_eq!((circuit.window(4), circuit.open_until(START)), (1, None));
        circuit.failed(START, u64::MAX);
        let mut waits = Vec::new();
        for _ in 0..6 {
            circuit.failed(START, u64::MAX);
            let until = circuit.open_until(START).unwrap();
            waits.push(until.ms_since(START) / 1000);
            assert_eq!(circuit.open_until(until), None, "the probe is due");
        }
        assert_eq!(waits, [1, 2, 4, 8, 15, 15]);
        circuit.succeeded(START);
        assert_eq!((circuit.window(4), circuit.open_until(START)), (4, None));
        circuit.failed(START, u64::MAX);
        assert_eq!(circuit.open_until(START), None, "the count starts over");
    }
}
