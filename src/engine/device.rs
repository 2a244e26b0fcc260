//! What the engine remembers of a device: which messages it has seen.
//!
//! Identity of a message is (device, session, sequence) with the hash of its
//! payload; of a reading (device, vital, measured time). Memory is bounded: a
//! high-water mark and a window of messages, a few spans of measured times;
//! what they cannot tell is looked up in the store.

use super::spans::SeenTimes;
use crate::domain::{ClinicalTime, MeasuredTime, RejectedValue};
use serde::{Deserialize, Serialize};

/// Messages below the high-water mark that are remembered one by one.
const WINDOW: u64 = 64;
/// How long a message with neither sequence nor times is remembered by its content.
const CONTENT_MEMORY_MS: i64 = 10 * 60 * 1000;
/// At most so many contents; at one message a second that is the ten minutes.
const CONTENTS_MAX: usize = 600;
/// A missing message is waited for this long before it is called dropped.
const GAP_GRACE_MS: i64 = 2 * 60 * 1000;
/// Rejected moments in a row until the device's clock is called wrong.
const CLOCK_STRIKES: u8 = 3;

/// What a message's identity says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// Never seen.
    New,
    /// The very same message.
    Repeat,
    /// The same session and sequence with another payload: stored and reported.
    Conflict,
    /// Older than the memory, or without a sequence: its readings decide.
    Unknown,
}

/// One device's memory, a fold of its journal rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct DeviceState {
    session: Option<u64>,
    highest: Option<u64>,
    /// First sequence of the session that came; what is below it is not missing.
    lowest: u64,
    /// Bit `i` is set when sequence `highest - i` was seen.
    seen: u64,
    /// Bit `i` is set when sequence `highest - i` was counted as missing.
    reported: u64,
    /// Hash of sequence `n` at place `n % 64`, cut to 32 bits.
    hashes: Vec<u32>,
    /// Which measured times may have been seen.
    pub(super) times: SeenTimes,
    contents: Vec<(u64, i64)>,
    missing_since: Option<i64>,
    clock_strikes: u8,
    clock_wrong: bool,
    /// Estimated device clock minus arrival clock, ms, from `sent`.
    pub(super) drift_ms: Option<i64>,
    /// Whether the device last said it is online, and in which session.
    pub(super) online: Option<(bool, Option<u64>)>,
}

/// What the sequence showed when a message was noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Noted {
    /// Messages that are missing for longer than the grace.
    pub(super) missing: u32,
}

/// How far a measured time may lie ahead of its arrival; decoding refuses more.
const AHEAD_MAX_MS: i64 = 5 * 60 * 1000;

impl DeviceState {
    /// A device of which nothing is remembered although it may have sent much
    /// before `clock`: whatever may have come by then is looked up in the store.
    pub(super) fn unknown_until(clock: ClinicalTime) -> Self {
        let last = clock.epoch_ms().saturating_add(AHEAD_MAX_MS);
        Self {
            times: SeenTimes::unknown_until(MeasuredTime::from_epoch_ms(last)),
            ..Self::default()
        }
    }

    /// Whether the message was seen before.
    pub(super) fn seen(
        &self,
        session: Option<u64>,
        sequence: Option<u64>,
        hash: u64,
        timeless: bool,
        now: ClinicalTime,
    ) -> Seen {
        let Some(sequence) = sequence else {
            return if timeless {
                self.seen_content(hash, now)
            } else {
                Seen::Unknown
            };
        };
        if session != self.session {
            let newer = self.session.is_none() || session > self.session;
            return if newer { Seen::New } else { Seen::Unknown };
        }
        let Some(highest) = self.highest else {
            return Seen::New;
        };
        let Some(behind) = highest.checked_sub(sequence) else {
            return Seen::New;
        };
        if behind >= WINDOW {
            return Seen::Unknown;
        }
        if self.seen & (1 << behind) == 0 {
            return Seen::New;
        }
        match self.hashes.get((sequence % WINDOW) as usize) {
            Some(known) if *known == hash as u32 => Seen::Repeat,
            _ => Seen::Conflict,
        }
    }

    fn seen_content(&self, hash: u64, now: ClinicalTime) -> Seen {
        let fresh = now.epoch_ms() - CONTENT_MEMORY_MS;
        let known = self
            .contents
            .iter()
            .any(|(h, at)| *h == hash && *at > fresh);
        if known { Seen::Repeat } else { Seen::New }
    }

    /// Notes a message that is going to be stored.
    pub(super) fn note(
        &mut self,
        session: Option<u64>,
        sequence: Option<u64>,
        hash: u64,
        timeless: bool,
        now: ClinicalTime,
    ) -> Noted {
        let Some(sequence) = sequence else {
            if timeless {
                self.note_content(hash, now);
            }
            return Noted::default();
        };
        if session != self.session {
            if session < self.session {
                return Noted::default();
            }
            (self.session, self.highest, self.missing_since) = (session, None, None);
        }
        let lost = self.note_sequence(sequence, now);
        if self.hashes.len() != WINDOW as usize {
            self.hashes.resize(WINDOW as usize, 0);
        }
        if let Some(place) = self.hashes.get_mut((sequence % WINDOW) as usize) {
            *place = hash as u32;
        }
        Noted {
            missing: lost.saturating_add(self.overdue(now)),
        }
    }

    /// Moves the window; gives how many missing messages fell out of it.
    fn note_sequence(&mut self, sequence: u64, now: ClinicalTime) -> u32 {
        let Some(highest) = self.highest else {
            (self.highest, self.lowest, self.seen, self.reported) =
                (Some(sequence), sequence, 1, 0);
            return 0;
        };
        if let Some(behind) = highest.checked_sub(sequence) {
            self.lowest = self.lowest.min(sequence);
            if behind < WINDOW {
                self.seen |= 1 << behind;
            }
            if self.missing() == 0 {
                self.missing_since = None;
            }
            return 0;
        }
        let ahead = sequence - highest;
        let shifted = |bits: u64| {
            u32::try_from(ahead)
                .ok()
                .and_then(|by| bits.checked_shl(by))
        };
        let fallen_out = match u32::try_from(ahead) {
            Ok(by) if by < 64 => self.missing() & (u64::MAX << (64 - by)),
            _ => self.missing(),
        };
        let beyond = u32::try_from(ahead.saturating_sub(WINDOW)).unwrap_or(u32::MAX);
        self.seen = shifted(self.seen).unwrap_or(0) | 1;
        self.reported = shifted(self.reported).unwrap_or(0);
        self.highest = Some(sequence);
        if ahead > 1 {
            self.missing_since.get_or_insert(now.epoch_ms());
        }
        fallen_out.count_ones().saturating_add(beyond)
    }

    /// The window's messages that did not come and are not yet counted.
    fn missing(&self) -> u64 {
        let known = self
            .highest
            .map_or(0, |highest| highest.saturating_sub(self.lowest) + 1);
        let valid = if known >= WINDOW {
            u64::MAX
        } else {
            (1 << known) - 1
        };
        !self.seen & !self.reported & valid
    }

    /// Missing messages whose grace ended; they are counted once.
    fn overdue(&mut self, now: ClinicalTime) -> u32 {
        match self.missing_since {
            Some(since) if now.epoch_ms() - since >= GAP_GRACE_MS => {
                let missing = self.missing();
                self.reported |= missing;
                self.missing_since = None;
                missing.count_ones()
            }
            _ => 0,
        }
    }

    fn note_content(&mut self, hash: u64, now: ClinicalTime) {
        let fresh = now.epoch_ms() - CONTENT_MEMORY_MS;
        self.contents.retain(|(_, at)| *at > fresh);
        if self.contents.len() >= CONTENTS_MAX {
            self.contents.remove(0);
        }
        self.contents.push((hash, now.epoch_ms()));
    }

    /// Sets what a journaled event says of the device's clock.
    pub(super) fn set_clock_wrong(&mut self, wrong: bool) {
        self.clock_wrong = wrong;
        self.clock_strikes = if wrong { CLOCK_STRIKES } else { 0 };
    }

    /// The newest session heard from the device.
    pub(super) fn newest_session(&self) -> Option<u64> {
        self.session
            .max(self.online.and_then(|(_, session)| session))
    }

    /// Notes whether moments were refused for their time; true when the
    /// device's clock has just become wrong or right.
    pub(super) fn note_clock(
        &mut self,
        rejected: &[RejectedValue],
        accepted: bool,
    ) -> Option<bool> {
        let strikes = rejected
            .iter()
            .filter(|value| value.reason.is_clock())
            .count();
        if strikes > 0 {
            let strikes = u8::try_from(strikes).unwrap_or(u8::MAX);
            self.clock_strikes = self.clock_strikes.saturating_add(strikes);
        } else if accepted {
            self.clock_strikes = 0;
        }
        let wrong = self.clock_strikes >= CLOCK_STRIKES;
        (wrong != self.clock_wrong).then(|| {
            self.clock_wrong = wrong;
            wrong
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: ClinicalTime = ClinicalTime::from_epoch_ms(1_000_000);

    fn note(state: &mut DeviceState, sequence: u64) -> Noted {
        state.note(Some(1), Some(sequence), sequence, false, NOW)
    }

    fn seen(state: &DeviceState, sequence: u64, hash: u64) -> Seen {
        state.seen(Some(1), Some(sequence), hash, false, NOW)
    }

    #[test]
    fn a_repeat_is_known_by_its_sequence_and_a_conflict_by_its_hash() {
        let mut state = DeviceState::default();
        assert_eq!(seen(&state, 7, 7), Seen::New);
        note(&mut state, 7);
        assert_eq!(seen(&state, 7, 7), Seen::Repeat);
        assert_eq!(seen(&state, 7, 8), Seen::Conflict);
        assert_eq!(seen(&state, 8, 8), Seen::New);
    }

    #[test]
    fn a_message_overtaken_by_others_is_new_until_it_comes() {
        let mut state = DeviceState::default();
        [1, 2, 5, 6].into_iter().for_each(|sequence| {
            note(&mut state, sequence);
        });
        assert_eq!(seen(&state, 3, 3), Seen::New);
        note(&mut state, 3);
        assert_eq!(seen(&state, 3, 3), Seen::Repeat);
    }

    #[test]
    fn a_message_from_before_the_first_one_heard_is_new() {
        let mut state = DeviceState::default();
        note(&mut state, 5);
        assert_eq!(seen(&state, 4, 4), Seen::New);
        note(&mut state, 4);
        assert_eq!(seen(&state, 4, 4), Seen::Repeat);
    }

    #[test]
    fn what_is_older_than_the_window_is_left_to_its_readings() {
        let mut state = DeviceState::default();
        note(&mut state, 1);
        note(&mut state, 100);
        assert_eq!(seen(&state, 1, 1), Seen::Unknown);
        assert_eq!(state.seen(Some(0), Some(100), 1, false, NOW), Seen::Unknown);
    }

    #[test]
    fn a_gap_is_reported_once_after_its_grace() {
        let mut state = DeviceState::default();
        assert_eq!(note(&mut state, 1).missing, 0);
        assert_eq!(note(&mut state, 4).missing, 0);
        let later = NOW.plus_ms(GAP_GRACE_MS);
        assert_eq!(state.note(Some(1), Some(5), 5, false, later).missing, 2);
        assert_eq!(
            state
                .note(Some(1), Some(6), 6, false, later.plus_ms(GAP_GRACE_MS))
                .missing,
            0
        );
    }

    #[test]
    fn a_jump_wider_than_the_window_reports_what_lies_beyond_it() {
        let mut state = DeviceState::default();
        note(&mut state, 1);
        assert_eq!(note(&mut state, 1 + 100).missing, 36);
    }

    #[test]
    fn a_content_without_sequence_and_times_is_remembered_for_ten_minutes() {
        let mut state = DeviceState::default();
        state.note(None, None, 9, true, NOW);
        let at = |ms| state.seen(None, None, 9, true, NOW.plus_ms(ms));
        assert_eq!(at(CONTENT_MEMORY_MS - 1), Seen::Repeat);
        assert_eq!(at(CONTENT_MEMORY_MS), Seen::New);
    }

    #[test]
    fn three_refused_times_raise_the_clock_and_a_good_one_clears_it() {
        use crate::domain::RejectionReason;
        let mut state = DeviceState::default();
        let refused = [RejectedValue {
            vital: None,
            reason: RejectionReason::TimeInFuture,
        }];
        assert_eq!(state.note_clock(&refused, false), None);
        assert_eq!(state.note_clock(&refused, false), None);
        assert_eq!(state.note_clock(&refused, false), Some(true));
        assert_eq!(state.note_clock(&[], true), Some(false));
    }
}
