//! One window of beats: gathered, settled minute by minute, and closed.

use super::beats::{Beat, Strip, UNIT_MS};
use super::features::{BEATS, Features};
use crate::detect::minutes::Minutes;
use crate::domain::{MeasuredTime, Reading};
use serde::{Deserialize, Serialize};

const MINUTE_MS: i64 = 60_000;
const NEVER: i64 = i64::MAX;
/// Minutes behind the newest beat that are settled without waiting: stored
/// and forwarded data come faster than the clock, and steps and wear of more
/// than four minutes are not remembered.
const SETTLED_BEHIND: u32 = 3;
/// Minutes before the first beat to come in which another, still in time, may
/// lie: the grace is a minute at most.
const STILL_OPEN: u32 = 2;

/// What a window turned out to be.
pub(super) enum Outcome {
    /// Judged by its features.
    Judged {
        features: Features,
        /// When its first beat ended.
        from: MeasuredTime,
        /// When its last beat ended.
        to: MeasuredTime,
    },
    /// Not at rest, not worn, or with gaps.
    LeftOut,
}

/// How a window is gathered.
#[derive(Clone, Copy)]
pub(super) struct Gathering {
    pub(super) every_minutes: u32,
    pub(super) grace_seconds: u32,
    pub(super) rest_below_steps: u32,
    pub(super) gaps_max: u8,
}

/// The window that is being gathered.
///
/// The time is cut into pieces of `every_minutes`; a window takes the first
/// beats of a piece. None of the last minute are taken: when the next piece
/// begins, nothing of this one can be on its way any more.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Window {
    strip: Strip,
    /// The piece that is open, or was last.
    piece: u32,
    /// The first minute of the piece that may still get a beat.
    settled: u8,
    /// Minutes that were not at rest or not worn, one bit each.
    restless: u16,
    /// Nothing is settled before, seconds.
    not_before: u32,
    /// The newest piece that is closed.
    closed: u32,
}

impl Window {
    /// Takes a beat. Gives the outcome of a window that it completes, or that
    /// had to make room.
    pub(super) fn add(
        &mut self,
        gathering: Gathering,
        minutes: &Minutes,
        reading: Reading,
        arrived_ms: i64,
    ) -> Option<Outcome> {
        let place = Place::of(gathering.every_minutes, reading.at)?;
        let taken = place.minute + 1 < gathering.every_minutes;
        if !taken || place.piece <= self.closed || place.piece < self.piece {
            return None;
        }
        let mut outcome = None;
        if place.piece > self.piece {
            outcome = self.close(gathering, minutes);
            self.open(gathering, place, arrived_ms);
        }
        if place.minute < u32::from(self.settled) {
            return outcome;
        }
        while u32::from(self.settled) + SETTLED_BEHIND <= place.minute {
            self.settle(gathering, minutes);
        }
        self.strip.add(Beat {
            unit: place.unit,
            interval: reading.value.round() as u16,
        });
        if self.is_complete(gathering) {
            outcome = outcome.or_else(|| self.close(gathering, minutes));
        }
        outcome
    }

    /// Settles what is due.
    pub(super) fn fire(
        &mut self,
        gathering: Gathering,
        minutes: &Minutes,
        now_ms: i64,
    ) -> Option<Outcome> {
        while self.due_ms(gathering.every_minutes, gathering.grace_seconds) <= now_ms {
            self.settle(gathering, minutes);
            if self.is_complete(gathering) {
                return self.close(gathering, minutes);
            }
        }
        None
    }

    /// Gives the window up.
    pub(super) fn abandon(&mut self) {
        self.strip = Strip::default();
        self.closed = self.piece.max(self.closed);
    }

    /// When the next minute can be settled.
    pub(super) fn due_ms(&self, every_minutes: u32, grace_seconds: u32) -> i64 {
        if self.strip.is_empty() {
            return NEVER;
        }
        let minute = i64::from(self.piece) * i64::from(every_minutes) + i64::from(self.settled);
        let on_time = (minute + 1) * MINUTE_MS + i64::from(grace_seconds) * 1_000;
        on_time.max(i64::from(self.not_before) * 1_000)
    }

    fn open(&mut self, gathering: Gathering, place: Place, arrived_ms: i64) {
        *self = Self {
            piece: place.piece,
            settled: place.minute.saturating_sub(STILL_OPEN) as u8,
            closed: self.closed,
            ..Self::default()
        };
        let minute =
            i64::from(place.piece) * i64::from(gathering.every_minutes) + i64::from(place.minute);
        let grace_ms = i64::from(gathering.grace_seconds) * 1_000;
        let late = (minute + 1) * MINUTE_MS + grace_ms <= arrived_ms;
        let wait_ms = if late { grace_ms } else { 0 };
        let seconds = arrived_ms.saturating_add(wait_ms).div_euclid(1_000) + 1;
        self.not_before = u32::try_from(seconds.max(0)).unwrap_or(u32::MAX);
    }

    fn settle(&mut self, gathering: Gathering, minutes: &Minutes) {
        let first = self.piece.saturating_mul(gathering.every_minutes);
        let minute = first.saturating_add(u32::from(self.settled));
        let restless =
            minutes.was_off_in(minute) || minutes.steps_in(minute) >= gathering.rest_below_steps;
        self.restless |= u16::from(restless) << self.settled.min(15);
        self.settled = self.settled.saturating_add(1);
    }

    /// Whether nothing that may still come could belong to the window.
    fn is_complete(&self, gathering: Gathering) -> bool {
        let last = self.strip.last().filter(|_| self.strip.is_full());
        let over = u32::from(self.settled) + 1 >= gathering.every_minutes;
        over || last.is_some_and(|last| minute_of(last) < self.settled)
    }

    /// Closes the piece; none when it has too few beats.
    fn close(&mut self, gathering: Gathering, minutes: &Minutes) -> Option<Outcome> {
        let strip = std::mem::take(&mut self.strip);
        self.closed = self.piece.max(self.closed);
        let (first, last) = (strip.first()?, strip.last()?);
        while self.settled <= minute_of(last) {
            self.settle(gathering, minutes);
        }
        let intervals: [u16; BEATS] = strip.intervals()?;
        let within = (minute_of(first)..=minute_of(last)).any(|m| self.restless >> m & 1 == 1);
        if within || strip.breaks() > usize::from(gathering.gaps_max) {
            return Some(Outcome::LeftOut);
        }
        let start_ms = i64::from(self.piece) * i64::from(gathering.every_minutes) * MINUTE_MS;
        let at =
            |beat: Beat| MeasuredTime::from_epoch_ms(start_ms + i64::from(beat.unit) * UNIT_MS);
        Some(Outcome::Judged {
            features: Features::of(&intervals),
            from: at(first),
            to: at(last),
        })
    }
}

/// The minute of its piece in which a beat ended, at most 15.
fn minute_of(beat: Beat) -> u8 {
    (i64::from(beat.unit) * UNIT_MS / MINUTE_MS).clamp(0, 15) as u8
}

/// Where a moment lies.
#[derive(Clone, Copy)]
struct Place {
    piece: u32,
    minute: u32,
    unit: u16,
}

impl Place {
    fn of(every_minutes: u32, at: MeasuredTime) -> Option<Self> {
        let every_minutes = every_minutes.max(1);
        let minute = u32::try_from(at.epoch_ms().div_euclid(MINUTE_MS)).ok()?;
        let within = at
            .epoch_ms()
            .rem_euclid(i64::from(every_minutes) * MINUTE_MS);
        Some(Self {
            piece: minute / every_minutes,
            minute: minute % every_minutes,
            unit: (within / UNIT_MS) as u16,
        })
    }
}
