//! The newest good minute of each vital that rules read.

use super::names::{INPUTS, input_of};
use crate::domain::Vital;
use serde::{Deserialize, Serialize};

/// The newest value of one input.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The minute it was measured in; 0 for never.
    pub(super) minute: u32,
    pub(super) value: f32,
}

/// The newest value of every input.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Inputs {
    kept: [Kept; INPUTS],
    /// One bit for each input that a person measured.
    by_person: u16,
}

impl Inputs {
    pub(super) fn get(&self, place: usize) -> Option<Kept> {
        self.kept
            .get(place)
            .copied()
            .filter(|kept| kept.minute != 0)
    }

    /// The newest minute of any; 0 for none.
    pub(super) fn newest_minute(&self) -> u32 {
        let minutes = self.kept.iter().map(|kept| kept.minute);
        minutes.max().unwrap_or(0)
    }

    pub(super) const fn is_by_person(&self, place: usize) -> bool {
        self.by_person & (1 << place) != 0
    }

    /// Keeps a value unless a newer one is known; true when it is kept. In one
    /// minute what a person measured stands before what a watch did.
    fn keep(&mut self, place: usize, value: f64, minute: u32, by_person: bool) -> bool {
        let stands = self.is_by_person(place) && !by_person;
        let Some(kept) = self.kept.get_mut(place) else {
            return false;
        };
        if minute < kept.minute || (minute == kept.minute && stands) {
            return false;
        }
        *kept = Kept {
            minute,
            value: value as f32,
        };
        self.by_person = (self.by_person & !(1 << place)) | (u16::from(by_person) << place);
        true
    }
}

/// What changed in one step.
#[derive(Clone, Copy, Default)]
pub(in crate::detect) struct RuleChanges {
    /// One bit for each input with a new value.
    pub(super) inputs: u16,
    /// Those of them that a person measured.
    pub(super) by_person: u16,
    /// The newest minute of them.
    pub(super) minute: u32,
}

impl RuleChanges {
    /// Takes a new good value of a vital, if rules may read it.
    pub(super) fn note(
        &mut self,
        inputs: &mut Inputs,
        vital: Vital,
        value: f64,
        minute: u32,
        by_person: bool,
    ) {
        let Some(place) = input_of(vital) else {
            return;
        };
        if inputs.keep(place, value, minute, by_person) {
            self.inputs |= 1 << place;
            self.by_person |= u16::from(by_person) << place;
            self.minute = self.minute.max(minute);
        }
    }
}
