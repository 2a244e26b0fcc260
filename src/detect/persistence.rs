//! Whether what reaches a threshold of NEWS2 lasts.
//!
//! Minutes are gathered into slots of a few minutes; a slot is over a threshold
//! when more than half of its minutes were, and so many of the last so many
//! slots must be. A watch that sends every minute is thus not believed sooner
//! than one that sends every five: what lasts three minutes is most often a
//! poor contact. A minute that brought nothing new of what gives the points
//! says nothing: one bad value must not count again with every heart rate
//! beside it.

use serde::{Deserialize, Serialize};

/// Thresholds, in the order of `News2Rules::tiers`.
pub(super) const TIERS: usize = 3;
/// The most minutes of a slot: three bits count those before the newest.
pub(super) const SLOT_MINUTES_MAX: u8 = 8;

/// What one minute says of one threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is not reached.
    Below,
    /// It is reached, by something that this minute brought.
    Over,
    /// It is reached, by what was known before: this says nothing.
    StillOver,
}

/// The last slots of each threshold.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[repr(Rust, packed(2))]
pub(super) struct Persistence {
    tiers: [Tier; TIERS],
    newest_minute: u32,
}

/// One threshold.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
struct Tier {
    /// One bit a slot that brought a verdict, newest lowest.
    slots: u8,
    /// See [`Tally`].
    tally: u8,
}

/// The newest slot: minutes that brought a verdict and those of them that were
/// over, the newest minute left out, and the newest minute's verdict. A byte
/// holds it: three bits, three bits, two bits.
#[derive(Clone, Copy, Default)]
struct Tally {
    minutes: u8,
    over: u8,
    newest: Option<bool>,
}

impl Tally {
    const fn of(byte: u8) -> Self {
        let newest = match byte >> 6 {
            0 => None,
            said => Some(said == 2),
        };
        Self {
            minutes: byte & 7,
            over: (byte >> 3) & 7,
            newest,
        }
    }

    const fn byte(self) -> u8 {
        let newest = match self.newest {
            None => 0,
            Some(false) => 1,
            Some(true) => 2,
        };
        (self.minutes & 7) | ((self.over & 7) << 3) | (newest << 6)
    }

    /// The newest minute becomes one of those before.
    fn next_minute(self) -> Self {
        let Some(over) = self.newest else { return self };
        Self {
            minutes: (self.minutes + 1).min(7),
            over: (self.over + u8::from(over)).min(7),
            newest: None,
        }
    }

    /// Whether more than half of the minutes are over; none without any.
    fn is_over(self) -> Option<bool> {
        let all = self.next_minute();
        (all.minutes > 0).then_some(2 * all.over > all.minutes)
    }
}

impl Tier {
    fn note(&mut self, tally: Tally, verdict: Verdict) {
        let said = match verdict {
            Verdict::Below => Some(false),
            Verdict::Over => Some(true),
            Verdict::StillOver => tally.newest,
        };
        let now = Tally {
            newest: said,
            ..tally
        };
        if let Some(over) = now.is_over() {
            let kept = match tally.is_over() {
                Some(_) => self.slots & !1,
                None => self.slots << 1,
            };
            self.slots = kept | u8::from(over);
        }
        self.tally = now.byte();
    }
}

impl Persistence {
    /// Notes what a minute says of each threshold; the newest minute may be
    /// judged again. Returns whether the minute is newer than all before.
    pub(super) fn note(
        &mut self,
        minute: u32,
        slot_minutes: u8,
        verdicts: [Verdict; TIERS],
    ) -> bool {
        let slot_of = |minute: u32| minute / u32::from(slot_minutes.max(1));
        let next_minute = minute > self.newest_minute;
        let next_slot = slot_of(minute) > slot_of(self.newest_minute);
        for (tier, verdict) in self.tiers.iter_mut().zip(verdicts) {
            let tally = match Tally::of(tier.tally) {
                _ if next_slot => Tally::default(),
                tally if next_minute => tally.next_minute(),
                tally => tally,
            };
            tier.note(tally, verdict);
        }
        self.newest_minute = self.newest_minute.max(minute);
        next_minute
    }

    /// How many of the last `of` slots of a threshold were over it.
    pub(super) fn slots_over(&self, tier: usize, of: u8) -> u32 {
        let slots = self.tiers.get(tier).map_or(0, |tier| tier.slots);
        (slots & (u8::MAX >> (8 - of.clamp(1, 8)))).count_ones()
    }

    /// Whether no slot that is remembered was over any threshold.
    pub(super) fn is_calm(&self) -> bool {
        self.tiers.iter().all(|tier| tier.slots == 0)
    }

    /// Minutes since 1970 of the newest minute that was judged.
    pub(super) const fn newest_minute(&self) -> u32 {
        self.newest_minute
    }

    /// Forgets the slots.
    pub(super) fn forget(&mut self) {
        self.tiers = [Tier::default(); TIERS];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOT: u8 = 5;
    const FIRST: u32 = 100;

    /// Slots over of the last four after minutes from a slot's first on.
    fn after(minutes: &[(u32, Verdict)]) -> u32 {
        let mut persistence = Persistence::default();
        for (minute, verdict) in minutes {
            persistence.note(FIRST + minute, SLOT, [*verdict; TIERS]);
        }
        persistence.slots_over(1, 4)
    }

    #[test]
    fn a_slot_is_over_when_more_than_half_of_its_minutes_are() {
        use Verdict::{Below, Over};
        let slot =
            |verdicts: [Verdict; 5]| after(&[0, 1, 2, 3, 4].map(|at| (at, verdicts[at as usize])));
        assert_eq!(slot([Over, Below, Over, Below, Below]), 0);
        assert_eq!(slot([Below, Over, Over, Below, Over]), 1);
        assert_eq!(slot([Over; 5]), 1, "five minutes are one slot");
    }

    #[test]
    fn one_value_a_slot_is_a_slot() {
        let every_five = [0, 5, 10, 15].map(|at| (at, Verdict::Over));
        assert_eq!(after(&every_five), 4);
        let every_hour = [0, 60, 120].map(|at| (at, Verdict::Over));
        assert_eq!(after(&every_hour), 3, "slots without a value do not count");
    }

    #[test]
    fn a_minute_judged_again_counts_once_and_as_it_was_judged_last() {
        use Verdict::{Below, Over};
        assert_eq!(after(&[(0, Below), (0, Over)]), 1);
        assert_eq!(after(&[(0, Over), (0, Over), (1, Below), (2, Below)]), 0);
    }

    #[test]
    fn what_was_known_before_neither_confirms_nor_calms() {
        use Verdict::{Below, Over, StillOver};
        let carried: Vec<_> = (1..20).map(|at| (at, StillOver)).collect();
        assert_eq!(after(&[&[(0, Over)], &carried[..]].concat()), 1);
        assert_eq!(
            after(&[(0, Over), (6, StillOver), (12, Below), (18, Over)]),
            2
        );
    }

    #[test]
    fn only_the_last_slots_count_and_all_can_be_forgotten() {
        let mut persistence = Persistence::default();
        for slot in 0..6 {
            let verdict = if slot < 2 {
                Verdict::Over
            } else {
                Verdict::Below
            };
            persistence.note(FIRST + 5 * slot, SLOT, [verdict; TIERS]);
        }
        assert_eq!(
            (persistence.slots_over(0, 8), persistence.slots_over(0, 4)),
            (2, 0)
        );
        assert!(!persistence.is_calm());
        persistence.forget();
        assert!(persistence.is_calm());
    }
}
