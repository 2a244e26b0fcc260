//! Whose snapshot is due: the longest unsaved first.

use std::collections::VecDeque;

/// States that changed since their snapshot, oldest change first.
#[derive(Default)]
pub(super) struct Dirty {
    queue: VecDeque<(u64, u32)>,
    /// Journal row of the first change since the snapshot.
    since: Vec<Option<u64>>,
}

impl Dirty {
    /// Notes that journal row `seq` changed the state of `number`.
    pub(super) fn note(&mut self, number: u32, seq: u64) {
        let place = number as usize;
        if self.since.len() <= place {
            self.since.resize(place + 1, None);
        }
        if let Some(since @ None) = self.since.get_mut(place) {
            *since = Some(seq);
            self.queue.push_back((seq, number));
        }
    }

    /// The longest unsaved, when its first change is older than row `below`;
    /// it counts as saved from now on.
    pub(super) fn pop_below(&mut self, below: u64) -> Option<u32> {
        let (seq, number) = self.queue.front().copied()?;
        if seq >= below {
            return None;
        }
        self.queue.pop_front();
        if let Some(since) = self.since.get_mut(number as usize) {
            *since = None;
        }
        Some(number)
    }

    /// First journal row that a recovery needs; none when all is saved.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.queue.front().map(|(seq, _)| *seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_unsaved_state_is_saved_first_and_once() {
        let mut dirty = Dirty::default();
        dirty.note(7, 1);
        dirty.note(8, 2);
        dirty.note(7, 3);
        assert_eq!(dirty.oldest(), Some(1));
        assert_eq!(dirty.pop_below(2), Some(7));
        assert_eq!(dirty.pop_below(2), None);
        dirty.note(7, 4);
        assert_eq!(dirty.pop_below(u64::MAX), Some(8));
        assert_eq!(dirty.pop_below(u64::MAX), Some(7));
        assert_eq!(dirty.pop_below(u64::MAX), None);
    }
}
