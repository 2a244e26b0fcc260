//! The first 128 beats of a time, in three bytes each.
//!
//! The set of the earliest beats does not depend on the order in which beats
//! come, nor does a repeated one change it.

use super::features::BEATS;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Beats are told apart by the quarter of a second in which they ended: no
/// believable beat is shorter than one.
pub(super) const UNIT_MS: i64 = 250;
/// Units and intervals have 12 bits each.
const BITS: u32 = 12;
const LARGEST: u16 = (1 << BITS) - 1;

/// One beat: when it ended, and its interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beat {
    /// Quarters of a second from the start of the time.
    pub(super) unit: u16,
    /// ms.
    pub(super) interval: u16,
}

impl Beat {
    fn packed(self) -> [u8; 3] {
        let (unit, interval) = (self.unit.min(LARGEST), self.interval.min(LARGEST));
        let [_, high, middle, low] = (u32::from(unit) << BITS | u32::from(interval)).to_be_bytes();
        [high, middle, low]
    }

    fn unpacked([high, middle, low]: [u8; 3]) -> Self {
        let both = u32::from_be_bytes([0, high, middle, low]);
        Self {
            unit: (both >> BITS) as u16,
            interval: both as u16 & LARGEST,
        }
    }
}

/// The earliest beats, at most 128, in the order of their ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Strip {
    kept: [[u8; 3]; BEATS],
    count: u8,
}

impl Default for Strip {
    fn default() -> Self {
        Self {
            kept: [[0; 3]; BEATS],
            count: 0,
        }
    }
}

impl Strip {
    pub(super) fn add(&mut self, beat: Beat) {
        let place = self.kept().partition_point(|kept| before(*kept, beat));
        if let Some(same) = self.kept_mut().get_mut(place)
            && Beat::unpacked(*same).unit == beat.unit
        {
            // Two words about one beat: the shorter, whichever came first.
            *same = (*same).min(beat.packed());
            return;
        }
        if place == BEATS {
            return;
        }
        self.count += u8::from(!self.is_full());
        if let Some(later) = self.kept_mut().get_mut(place..) {
            later.rotate_right(1);
            if let Some(here) = later.first_mut() {
                *here = beat.packed();
            }
        }
    }

    pub(super) fn is_full(&self) -> bool {
        usize::from(self.count) == BEATS
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn beats(&self) -> impl Iterator<Item = Beat> {
        self.kept().iter().copied().map(Beat::unpacked)
    }

    pub(super) fn first(&self) -> Option<Beat> {
        self.kept().first().copied().map(Beat::unpacked)
    }

    pub(super) fn last(&self) -> Option<Beat> {
        self.kept().last().copied().map(Beat::unpacked)
    }

    /// The intervals, once there are enough.
    pub(super) fn intervals(&self) -> Option<[u16; BEATS]> {
        let each = |packed| Beat::unpacked(packed).interval;
        self.is_full().then(|| self.kept.map(each))
    }

    /// Places between two beats where time and interval do not fit: something
    /// is missing, or was measured twice. Ends are known to a unit each.
    pub(super) fn breaks(&self) -> usize {
        let pairs = self.beats().zip(self.beats().skip(1));
        let apart_ms = |one: Beat, next: Beat| i64::from(next.unit - one.unit) * UNIT_MS;
        let fits = |(one, next): &(Beat, Beat)| {
            (apart_ms(*one, *next) - i64::from(next.interval)).abs() <= 2 * UNIT_MS
        };
        pairs.filter(|pair| !fits(pair)).count()
    }

    fn kept(&self) -> &[[u8; 3]] {
        self.kept.get(..usize::from(self.count)).unwrap_or_default()
    }

    fn kept_mut(&mut self) -> &mut [[u8; 3]] {
        self.kept
            .get_mut(..usize::from(self.count))
            .unwrap_or_default()
    }
}

fn before(kept: [u8; 3], beat: Beat) -> bool {
    Beat::unpacked(kept).unit < beat.unit
}

impl Serialize for Strip {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.kept())
    }
}

impl<'de> Deserialize<'de> for Strip {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let kept = Vec::<[u8; 3]>::deserialize(from)?;
        if kept.len() > BEATS {
            return Err(D::Error::custom("more beats than a window has"));
        }
        let mut strip = Self::default();
        for beat in kept {
            strip.add(Beat::unpacked(beat));
        }
        Ok(strip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beat(unit: u16, interval: u16) -> Beat {
        Beat { unit, interval }
    }

    #[test]
    fn the_earliest_beats_are_kept_whatever_the_order() {
        let all: Vec<Beat> = (0..200).map(|n| beat(n * 4, 800 + n)).collect();
        let mut orders = [all.clone(), all.clone(), all.clone()];
        orders[1].reverse();
        orders[2].rotate_left(77);
        for order in orders {
            let mut strip = Strip::default();
            for beat in order.iter().chain(&order) {
                strip.add(*beat);
            }
            assert!(strip.is_full());
            assert_eq!(strip.beats().collect::<Vec<_>>(), all[..BEATS]);
        }
    }

    #[test]
    fn two_words_about_one_beat_leave_the_shorter_interval() {
        let mut strip = Strip::default();
        for interval in [900, 850, 870] {
            strip.add(beat(4095, interval));
        }
        assert_eq!(strip.beats().collect::<Vec<_>>(), [beat(4095, 850)]);
    }

    #[test]
    fn breaks_are_gaps_and_overlaps() {
        let mut strip = Strip::default();
        for unit in [4, 8, 12, 30, 34, 35, 38] {
            strip.add(beat(unit, 1_000));
        }
        assert_eq!(strip.breaks(), 2, "after 12 and at 35");
    }

    #[test]
    fn a_strip_survives_a_snapshot_and_too_long_a_one_is_refused() {
        let mut strip = Strip::default();
        for unit in (0..40).rev() {
            strip.add(beat(unit * 5, 1_200));
        }
        let bytes = postcard::to_allocvec(&strip).unwrap();
        assert!(postcard::from_bytes::<Strip>(&bytes).unwrap() == strip);
        let long = postcard::to_allocvec(&vec![[0_u8; 3]; BEATS + 1]).unwrap();
        assert!(postcard::from_bytes::<Strip>(&long).is_err());
    }
}
