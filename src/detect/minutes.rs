//! Steps and wear of the last minutes, which decide what readings are worth.

use super::epoch::minute_of;
use serde::{Deserialize, Serialize};

const KEPT: usize = 4;
const PART_MS: u32 = 938;

#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[repr(Rust, packed(4))]
struct MinuteFacts {
    minute: u32,
    steps: u32,
    /// Parts of the minute whose steps are counted, so that a repeat is harmless.
    counted: u64,
    /// The last word on wear in this minute: 0 none, else ms into it plus one.
    worn_said: u16,
    worn: bool,
    /// Whether any word in this minute was "not worn".
    off: bool,
}

/// What became of steps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Added {
    /// They count.
    Counted,
    /// A reading of the same part of the minute counted before.
    Known,
    /// Their minute is forgotten: newer ones need its place.
    TooLate,
}

/// Steps and wear of the last four minutes that have either.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Minutes {
    kept: [MinuteFacts; KEPT],
    /// Whether it was off before the kept minutes.
    off_before: bool,
}

impl Minutes {
    fn facts(&mut self, minute: u32) -> Option<&mut MinuteFacts> {
        let place = match self.kept.iter().position(|f| f.minute == minute) {
            Some(place) => place,
            None => {
                let (place, oldest) = self
                    .kept
                    .iter()
                    .copied()
                    .enumerate()
                    .min_by_key(|(_, facts)| facts.minute)?;
                if oldest.minute > minute {
                    return None;
                }
                if oldest.worn_said != 0 {
                    self.off_before = !oldest.worn;
                }
                *self.kept.get_mut(place)? = MinuteFacts {
                    minute,
                    ..MinuteFacts::default()
                };
                place
            }
        };
        self.kept.get_mut(place)
    }

    pub(super) fn add_steps(&mut self, measured_ms: i64, steps: f64) -> Added {
        let (minute, within) = minute_of(measured_ms);
        let part = 1_u64 << (within / PART_MS).min(63);
        let Some(facts) = self.facts(minute) else {
            return Added::TooLate;
        };
        if facts.counted & part != 0 {
            return Added::Known;
        }
        facts.counted |= part;
        facts.steps = facts.steps.saturating_add(steps as u32);
        Added::Counted
    }

    pub(super) fn set_worn(&mut self, measured_ms: i64, worn: bool) {
        let (minute, within) = minute_of(measured_ms);
        let said = within as u16 + 1;
        if let Some(facts) = self.facts(minute) {
            facts.off |= !worn;
            if said >= facts.worn_said {
                facts.worn_said = said;
                facts.worn = worn;
            }
        }
    }

    /// Steps counted in the minute of `measured_ms`, as far as known.
    pub(super) fn steps_in(&self, minute: u32) -> u32 {
        self.kept
            .iter()
            .find(|facts| facts.minute == minute)
            .map_or(0, |facts| facts.steps)
    }

    /// The most steps of a minute and the so many before it; none if no steps
    /// were counted in them.
    pub(super) fn most_steps(&self, minute: u32, before: u32) -> Option<u32> {
        let asked = minute.saturating_sub(before)..=minute;
        let counted = self.kept.iter().filter(|facts| facts.counted != 0);
        let asked = counted.filter(|facts| asked.contains(&facts.minute));
        asked.map(|facts| facts.steps).max()
    }

    /// Whether the watch was off the wrist at that moment, as far as known.
    pub(super) fn is_off_at(&self, measured_ms: i64) -> bool {
        let (minute, within) = minute_of(measured_ms);
        let mut newest: Option<&MinuteFacts> = None;
        for facts in &self.kept {
            let said_by_then = facts.worn_said != 0
                && (facts.minute < minute
                    || (facts.minute == minute && u32::from(facts.worn_said) <= within + 1));
            if said_by_then && newest.is_none_or(|n| n.minute < facts.minute) {
                newest = Some(facts);
            }
        }
        newest.map_or(self.off_before, |facts| !facts.worn)
    }

    /// Whether the minute may not count because the watch was off in any part
    /// of it: taking it off and putting it on disturbs the sensors too.
    pub(super) fn was_off_in(&self, minute: u32) -> bool {
        let said = self.kept.iter().find(|facts| facts.minute == minute);
        said.is_some_and(|facts| facts.off) || self.is_off_at(i64::from(minute) * 60_000 + 59_999)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wear_holds_from_the_last_word_before_a_moment() {
        let mut minutes = Minutes::default();
        assert!(!minutes.is_off_at(600_000));
        minutes.set_worn(610_000, false);
        assert!(!minutes.is_off_at(609_999) && minutes.is_off_at(610_000));
        assert!(minutes.is_off_at(6_000_000), "nobody said it is on again");
        minutes.set_worn(700_000, true);
        assert!(!minutes.is_off_at(700_000));
        assert!(minutes.was_off_in(10) && !minutes.was_off_in(12));
        for minute in 20..30 {
            minutes.add_steps(minute * 60_000, 5.0);
        }
        assert!(!minutes.is_off_at(2_000_000), "the last word is remembered");
    }

    #[test]
    fn steps_add_up_in_any_order_and_a_repeat_counts_once() {
        let mut minutes = Minutes::default();
        for at in [20_000, 5_000, 10_000, 5_000] {
            minutes.add_steps(60_000 + at, 7.0);
        }
        assert_eq!(minutes.steps_in(1), 21);
    }
}
