//! Which measured times of a vital may have been seen, in bounded memory.

use crate::domain::{MeasuredTime, Vital};
use serde::{Deserialize, Serialize};

/// Spans remembered of a vital: the live stream, a backlog that comes in
/// beside it, and gaps from before that may still be filled.
const SPANS: usize = 4;
/// Times nearer to a span than this widen it: a cadence, not an outage.
const JOIN_MS: i64 = 2 * 60 * 1000;

/// The measured times of all vitals of a device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct SeenTimes {
    /// Until then anything may have been seen, ms.
    unknown_until: Option<i64>,
    /// The vitals that came, few of those there are.
    vitals: Vec<(Vital, Spans)>,
}

impl SeenTimes {
    /// Nothing is remembered of what came before: everything up to `last` may
    /// have been seen.
    pub(super) fn unknown_until(last: MeasuredTime) -> Self {
        Self {
            unknown_until: Some(last.epoch_ms()),
            vitals: Vec::new(),
        }
    }

    /// Whether a reading of this vital and time was certainly never noted.
    pub(super) fn is_new(&self, vital: Vital, at: MeasuredTime) -> bool {
        if self
            .unknown_until
            .is_some_and(|until| at.epoch_ms() <= until)
        {
            return false;
        }
        let mut spans = self.vitals.iter();
        let found = spans.find(|(of, _)| *of == vital);
        found.is_none_or(|(_, spans)| spans.is_new(at))
    }

    /// Notes a reading; says whether it was certainly new.
    pub(super) fn note(&mut self, vital: Vital, at: MeasuredTime) -> bool {
        let new = self.is_new(vital, at);
        if new {
            let place = self.vitals.iter().position(|(of, _)| *of == vital);
            let place = place.unwrap_or_else(|| {
                self.vitals.push((vital, Spans::default()));
                self.vitals.len() - 1
            });
            if let Some((_, spans)) = self.vitals.get_mut(place) {
                spans.widen(at.epoch_ms());
            }
        }
        new
    }
}

/// Closed spans of measured times, ascending, apart from each other. Every
/// time ever noted lies in one of them, so that a time outside all of them was
/// never seen; one inside may or may not have been.
///
/// A watch that was out of reach sends what is new and, beside it, hours of
/// backlog in order. Each lies in a gap, so that neither needs a look-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Spans {
    count: u8,
    spans: [(i64, i64); SPANS],
}

impl Spans {
    /// Whether a reading of this time was certainly never noted.
    fn is_new(&self, at: MeasuredTime) -> bool {
        let at = at.epoch_ms();
        // The live stream is newer than all: one comparison.
        match self.known().last() {
            Some((_, end)) if at <= *end => !self.known().iter().any(|s| s.0 <= at && at <= s.1),
            _ => true,
        }
    }

    #[cfg(test)]
    fn note(&mut self, at: MeasuredTime) -> bool {
        let new = self.is_new(at);
        if new {
            self.widen(at.epoch_ms());
        }
        new
    }

    fn known(&self) -> &[(i64, i64)] {
        self.spans
            .get(..usize::from(self.count))
            .unwrap_or_default()
    }

    /// Takes in a time that lies in no span.
    fn widen(&mut self, at: i64) {
        let above = self.known().partition_point(|span| span.1 < at);
        let below = above.checked_sub(1);
        let near = |from: i64, to: i64| to.saturating_sub(from) <= JOIN_MS;
        if let Some(span) = below.and_then(|place| self.spans.get_mut(place))
            && near(span.1, at)
        {
            span.1 = at;
            return;
        }
        if above < usize::from(self.count)
            && let Some(span) = self.spans.get_mut(above)
            && near(at, span.0)
        {
            span.0 = at;
            return;
        }
        self.insert(above, (at, at));
    }

    /// Puts a span at `place`; when there is no room, the oldest gap counts as
    /// seen from now on: it is the least likely to be filled.
    fn insert(&mut self, place: usize, span: (i64, i64)) {
        let mut all = [(0, 0); SPANS + 1];
        let (below, above) = self.known().split_at(place);
        let ordered = below.iter().chain([&span]).chain(above);
        for (slot, span) in all.iter_mut().zip(ordered) {
            *slot = *span;
        }
        if usize::from(self.count) == SPANS {
            let [oldest, second, ..] = &mut all;
            second.0 = oldest.0;
            all.rotate_left(1);
        } else {
            self.count += 1;
        }
        for (kept, span) in self.spans.iter_mut().zip(all) {
            *kept = span;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> MeasuredTime {
        MeasuredTime::from_epoch_ms(seconds * 1_000)
    }

    fn noted(times: impl IntoIterator<Item = i64>) -> Spans {
        let mut spans = Spans::default();
        for seconds in times {
            spans.note(at(seconds));
        }
        spans
    }

    #[test]
    fn what_was_noted_is_never_new() {
        let mut state = 7_u64;
        let mut times = Vec::new();
        let mut spans = Spans::default();
        for _ in 0..5_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let seconds = i64::try_from(state >> 48).unwrap();
            spans.note(at(seconds));
            times.push(seconds);
            assert!(times.iter().all(|seconds| !spans.is_new(at(*seconds))));
            assert!(spans.known().windows(2).all(|pair| pair[0].1 < pair[1].0));
            if times.len() % 50 == 0 {
                times.clear();
                spans = Spans::default();
            }
        }
    }

    #[test]
    fn a_live_stream_is_new_all_the_time() {
        let mut spans = Spans::default();
        assert!((0..10_000).all(|n| spans.note(at(n * 5))));
        assert_eq!(spans.count, 1);
    }

    #[test]
    fn a_backlog_in_order_is_new_beside_the_live_stream() {
        let mut spans = noted((0..100).map(|n| n * 5));
        let hours = 8 * 3_600;
        for n in 0..2_000 {
            assert!(spans.note(at(hours + n * 5)), "live {n}");
            assert!(spans.note(at(600 + n * 5)), "backlog {n}");
        }
    }

    #[test]
    fn a_backlog_newest_first_is_new_too() {
        let mut spans = noted((0..100).map(|n| n * 5));
        let hours = 8 * 3_600;
        for n in 0..2_000 {
            assert!(spans.note(at(hours + n * 5)), "live {n}");
            assert!(spans.note(at(hours - (n + 1) * 5)), "backlog {n}");
        }
    }

    #[test]
    fn a_gap_stays_open_while_older_ones_close() {
        let gaps = |n: i64| n * 10 * 3_600;
        let mut spans = noted((0..9).map(gaps));
        assert!(spans.note(at(gaps(7) + 3_600)));
        assert!(!spans.is_new(at(gaps(1) + 3_600)));
    }

    #[test]
    fn before_an_unknown_past_ends_nothing_is_new() {
        let mut seen = SeenTimes::unknown_until(at(100));
        assert!(!seen.note(Vital::HeartRate, at(-1_000_000)));
        assert!(!seen.note(Vital::HeartRate, at(100)));
        assert!(seen.note(Vital::HeartRate, at(101)));
        assert!(!seen.note(Vital::HeartRate, at(101)));
    }

    #[test]
    fn each_vital_has_its_own_times() {
        let mut seen = SeenTimes::default();
        assert!(seen.note(Vital::HeartRate, at(100)));
        assert!(seen.note(Vital::StepCount, at(100)));
        assert!(!seen.is_new(Vital::StepCount, at(100)));
        assert!(seen.is_new(Vital::OxygenSaturation, at(100)));
    }
}
