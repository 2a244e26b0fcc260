//! How far the copy is safe.

use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// What was acknowledged, and since when it may be believed.
///
/// A server may lose what it acknowledged in its last seconds. A row counts as
/// safe when it was acknowledged longer ago than the overlap, with no failed
/// write since; after a failure everything that is not safe is sent again.
/// A server that is killed and back between two writes is not noticed: under
/// load that is less than a second, and nothing in the protocol would tell.
#[derive(Debug)]
pub(super) struct Progress {
    overlap: Duration,
    safe: u64,
    sent: u64,
    acknowledged: VecDeque<(Instant, u64)>,
    step_began: Instant,
}

impl Progress {
    pub(super) fn new(overlap: Duration, cursor: u64) -> Self {
        Self {
            overlap,
            safe: cursor,
            sent: cursor,
            acknowledged: VecDeque::new(),
            step_began: Instant::now(),
        }
    }

    /// Rows after this are to be sent next.
    pub(super) const fn sent(&self) -> u64 {
        self.sent
    }

    /// Rows up to this are safe.
    pub(super) const fn safe(&self) -> u64 {
        self.safe
    }

    /// The server acknowledged everything up to `seq`.
    pub(super) fn on_acknowledged(&mut self, seq: u64, now: Instant) {
        self.sent = seq;
        // One entry for each hundredth of the overlap bounds the memory. The
        // newest entry takes what follows until its step is full, and holds
        // the time of its last row: safe late, never too early.
        let step = self.overlap / 100;
        let full = now.duration_since(self.step_began) >= step;
        match self.acknowledged.back_mut() {
            Some(newest) if !full => *newest = (now, seq),
            _ => {
                self.step_began = now;
                self.acknowledged.push_back((now, seq));
            }
        }
        self.settle(now);
    }

    /// Time passed: moves the safe mark; says whether it moved.
    pub(super) fn settle(&mut self, now: Instant) -> bool {
        let before = self.safe;
        while let Some((at, seq)) = self.acknowledged.front() {
            if now.duration_since(*at) < self.overlap {
                break;
            }
            self.safe = *seq;
            self.acknowledged.pop_front();
        }
        self.safe != before
    }

    /// A write failed: the server may have lost what is not safe.
    pub(super) fn on_failed(&mut self) {
        self.sent = self.safe;
        self.acknowledged.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OVERLAP: Duration = Duration::from_secs(60);

    #[test]
    fn a_row_is_safe_only_after_the_overlap() {
        let start = Instant::now();
        let mut progress = Progress::new(OVERLAP, 10);
        progress.on_acknowledged(20, start);
        assert_eq!((progress.sent(), progress.safe()), (20, 10));
        assert!(!progress.settle(start + OVERLAP - Duration::from_millis(1)));
        assert!(progress.settle(start + OVERLAP));
        assert_eq!(progress.safe(), 20);
    }

    #[test]
    fn after_a_failure_everything_not_safe_is_sent_again() {
        let start = Instant::now();
        let mut progress = Progress::new(OVERLAP, 0);
        progress.on_acknowledged(5, start);
        progress.on_acknowledged(9, start + OVERLAP);
        progress.on_failed();
        assert_eq!((progress.sent(), progress.safe()), (5, 5));
        assert!(!progress.settle(start + OVERLAP * 3));
    }

    #[test]
    fn a_steady_stream_is_remembered_in_bounded_memory_and_still_becomes_safe() {
        let mut now = Instant::now();
        let mut progress = Progress::new(OVERLAP, 0);
        for seq in 1..=100_000 {
            now += Duration::from_millis(10);
            progress.on_acknowledged(seq, now);
        }
        assert!(progress.acknowledged.len() <= 102);
        let late = 100_000 - progress.safe();
        assert!((6_000..=6_200).contains(&late), "{late} rows behind");
    }
}
