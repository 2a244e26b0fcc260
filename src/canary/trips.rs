//! Decides what is sent, what is late and what is told. No clock, no socket.

use crate::domain::{ClinicalTime, WallTime};
use crate::engine::{CanaryChange, CanaryLate};

/// A clock that was set back by less, ms, does not make a reading of the next
/// moments late for alerts: readings may be older than that and still page.
const SET_BACK_MS_MAX: i64 = 300_000;
/// A reading says what was a second before it, too.
const SPAN_MS: i64 = 2_000;

/// How far a round trip got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seen {
    /// Nothing left us: the way in did not let the canary in.
    NotSent,
    /// The reading left, and was not acknowledged.
    Sent,
    /// The way in acknowledged it; our own listener does so after the commit.
    Acknowledged,
    /// The reading is stored.
    Stored,
}

impl Seen {
    /// The stable code in messages and on the health page.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Sent => "sent_not_acknowledged",
            Self::Acknowledged => "acknowledged_not_delivered",
            Self::Stored => "stored_not_delivered",
        }
    }
}

/// One reading on its way.
#[derive(Clone, Copy, Debug)]
struct Trip {
    begun: WallTime,
    measured: ClinicalTime,
    seen: Seen,
}

/// How long things may take, ms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) every: i64,
    pub(super) late_after: i64,
    pub(super) start_grace: i64,
}

/// A round trip that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Round {
    pub(super) took_ms: i64,
}

/// The round trips of one run of the service.
pub(super) struct Trips {
    limits: Limits,
    /// The oldest that has not come round, and the newest; often one and the same.
    waiting: Option<(Trip, Trip)>,
    last_begun: Option<WallTime>,
    last_round: Option<WallTime>,
    /// What the engine was told last; nothing yet in this run.
    told_late: Option<bool>,
    /// Whether one came round since then.
    came: bool,
    /// When the clock was last looked at.
    looked: Option<WallTime>,
    /// A jump of the clock was taken off what waits.
    forgiven: bool,
    last_measured: Option<ClinicalTime>,
}

impl Trips {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            waiting: None,
            last_begun: None,
            last_round: None,
            told_late: None,
            came: false,
            looked: None,
            forgiven: false,
            last_measured: None,
        }
    }

    /// Time passes. A clock that jumps (it was set, or the machine slept) makes
    /// nobody late; once for each that waits, so that a machine which hardly
    /// runs is told of all the same.
    pub(super) fn look(&mut self, now: WallTime) {
        let passed = self.looked.map_or(0, |looked| now.ms_since(looked));
        self.looked = Some(now);
        let jumped = passed > self.limits.every + self.limits.late_after;
        // What was told stays told.
        let excused = jumped && !self.forgiven && self.told_late != Some(true);
        if let Some((oldest, newest)) = self.waiting.as_mut().filter(|_| excused) {
            for trip in [oldest, newest] {
                trip.begun = trip.begun.plus_ms(passed);
            }
            self.forgiven = true;
        }
    }

    /// When a reading that is sent now says it was measured: after the one
    /// before, though the clock was set back a little.
    pub(super) fn measure(&mut self, now: ClinicalTime) -> ClinicalTime {
        let set_back = self.last_measured.map(|last| (last, last.ms_since(now)));
        let measured = match set_back {
            Some((last, by)) if by > -SPAN_MS && by < SET_BACK_MS_MAX => last.plus_ms(SPAN_MS),
            _ => now,
        };
        self.last_measured = Some(measured);
        measured
    }

    /// Whether the next reading is due. A clock that was set back makes it so.
    pub(super) fn is_due(&self, now: WallTime) -> bool {
        let passed = self.last_begun.map(|begun| now.ms_since(begun));
        passed.is_none_or(|passed| passed < 0 || passed >= self.limits.every)
    }

    pub(super) fn begin(&mut self, now: WallTime, measured: ClinicalTime) {
        let trip = Trip {
            begun: now,
            measured,
            seen: Seen::NotSent,
        };
        self.last_begun = Some(now);
        let oldest = self.waiting.map_or(trip, |(oldest, _)| oldest);
        self.waiting = Some((oldest, trip));
    }

    /// The newest got so far.
    pub(super) fn got(&mut self, measured: ClinicalTime, seen: Seen) {
        let Some((oldest, newest)) = &mut self.waiting else {
            return;
        };
        for trip in [oldest, newest] {
            if trip.measured == measured {
                trip.seen = trip.seen.max(seen);
            }
        }
    }

    /// A verified alert arrived that was raised at `raised`. One that is older
    /// than the newest reading ends no round trip.
    pub(super) fn came(&mut self, now: WallTime, raised: ClinicalTime) -> Option<Round> {
        let (_, newest) = self
            .waiting
            .filter(|(_, newest)| raised >= newest.measured)?;
        self.waiting = None;
        self.forgiven = false;
        self.last_round = Some(now);
        self.came = true;
        let took_ms = now.ms_since(newest.begun).max(0);
        Some(Round { took_ms })
    }

    /// What the engine should be told now; until [`Self::told`] says that it
    /// was, the answer stays the same.
    pub(super) fn change(&self, now: WallTime) -> Option<CanaryChange> {
        match (self.late_since(now), self.told_late) {
            (Some(_), Some(true)) | (None, Some(false)) => None,
            (Some(since), _) => Some(CanaryChange::Late(CanaryLate {
                since,
                last_round: self.last_round,
                seen: self.seen().code(),
                // Nothing here is left to chance: whoever tells it adds it.
                seed: 0,
            })),
            // Over is said by one that comes round and by nothing less; by the
            // first after a start too, for it may have been late before.
            (None, _) => self.came.then_some(CanaryChange::OnTime),
        }
    }

    pub(super) fn told(&mut self, change: CanaryChange) {
        self.told_late = Some(matches!(change, CanaryChange::Late(_)));
        self.came = false;
    }

    /// Since when a reading has been on its way for too long.
    pub(super) fn late_since(&self, now: WallTime) -> Option<WallTime> {
        let (oldest, _) = self.waiting?;
        let first = self.last_round.is_none();
        let grace = if first { self.limits.start_grace } else { 0 };
        let late = now.ms_since(oldest.begun) >= self.limits.late_after + grace;
        late.then_some(oldest.begun)
    }

    /// How far the reading got that is told of.
    pub(super) fn seen(&self) -> Seen {
        self.waiting.map_or(Seen::NotSent, |(oldest, newest)| {
            oldest.seen.max(newest.seen)
        })
    }

    pub(super) const fn last_round(&self) -> Option<WallTime> {
        self.last_round
    }

    /// When the oldest reading was measured, while it is under way: the one that
    /// is told of when it is late.
    pub(super) fn measured(&self) -> Option<ClinicalTime> {
        self.waiting.map(|(oldest, _)| oldest.measured)
    }
}
