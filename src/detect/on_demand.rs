//! What a patient pays for only once it is needed.

use serde::{Deserialize, Serialize};

/// A part of a patient's state that begins with its first input. Until then it
/// takes one pointer and stands for the part's default.
///
/// A patient is judged on a copy, message by message, so `clone_from` writes
/// into the allocation that is there.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct OnDemand<T>(Option<Box<T>>);

impl<T> Default for OnDemand<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Clone> Clone for OnDemand<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }

    fn clone_from(&mut self, source: &Self) {
        self.0.clone_from(&source.0);
    }
}

impl<T> OnDemand<T> {
    /// The part, if it has begun.
    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_deref()
    }

    /// The part, if it has begun.
    pub(super) fn get_mut(&mut self) -> Option<&mut T> {
        self.0.as_deref_mut()
    }

    /// The part, which begins now if it has not.
    pub(super) fn begin(&mut self) -> &mut T
    where
        T: Default,
    {
        self.0.get_or_insert_default()
    }

    /// What it takes beside the pointer.
    pub(super) fn heap_bytes(&self) -> usize {
        self.get().map_or(0, |part| allocated(size_of_val(part)))
    }
}

/// What an allocation takes: allocators keep a word beside it and hand out
/// multiples of sixteen bytes.
pub(super) const fn allocated(bytes: usize) -> usize {
    if bytes == 0 {
        0
    } else {
        (bytes + size_of::<usize>()).next_multiple_of(16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_nothing_before_it_begins_and_then_stays_where_it_is() {
        let mut part = OnDemand::<[[u64; 5]; 4]>::default();
        assert_eq!((part.get(), part.heap_bytes()), (None, 0));
        part.begin()[3][4] = 7;
        assert_eq!(part.heap_bytes(), 176);
        let mut copy = part.clone();
        let place: *const _ = copy.get().unwrap();
        part.begin()[3][4] += 1;
        assert!(copy != part);
        copy.clone_from(&part);
        assert!(copy == part && std::ptr::eq(copy.get().unwrap(), place));
        copy.clone_from(&OnDemand::default());
        assert_eq!(copy.get(), None);
    }

    #[test]
    fn it_is_stored_as_an_option() {
        let none = OnDemand::<u8>::default();
        assert_eq!(postcard::to_allocvec(&none).unwrap(), [0]);
        let mut some = none.clone();
        *some.begin() = 9;
        let bytes = postcard::to_allocvec(&some).unwrap();
        assert_eq!(bytes, [1, 9]);
        assert!(postcard::from_bytes::<OnDemand<u8>>(&bytes).unwrap() == some);
    }
}
