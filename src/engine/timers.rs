//! When which patient must be looked at even if nothing arrives.

use crate::domain::{ClinicalTime, PatientNumber};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A heap of deadlines with one live entry a patient; older ones are skipped
/// when they surface, so arming is cheap.
#[derive(Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(ClinicalTime, PatientNumber)>>,
    armed: Vec<Option<ClinicalTime>>,
}

impl Timers {
    /// Sets the patient's deadline; none disarms it.
    pub(super) fn arm(&mut self, patient: PatientNumber, due: Option<ClinicalTime>) {
        let place = patient.0 as usize;
        if self.armed.len() <= place {
            self.armed.resize(place + 1, None);
        }
        let Some(armed) = self.armed.get_mut(place) else {
            return;
        };
        if *armed == due {
            return;
        }
        // A later deadline needs no new entry: the old one surfaces first and
        // is pushed again with the deadline that then holds.
        let earlier = due.is_some_and(|due| armed.is_none_or(|armed| due < armed));
        *armed = due;
        if let (true, Some(due)) = (earlier, due) {
            self.heap.push(Reverse((due, patient)));
        }
    }

    /// The next patient whose deadline is at or before `now`, with the
    /// deadline; ties go to the smaller number. It is disarmed.
    pub(super) fn pop(&mut self, now: ClinicalTime) -> Option<(ClinicalTime, PatientNumber)> {
        while let Some(Reverse((due, patient))) = self.heap.peek().copied() {
            if due > now {
                return None;
            }
            self.heap.pop();
            let armed = self.armed.get_mut(patient.0 as usize)?;
            match *armed {
                Some(live) if live == due => {
                    *armed = None;
                    return Some((due, patient));
                }
                Some(live) if live > due => self.heap.push(Reverse((live, patient))),
                Some(_) | None => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> ClinicalTime {
        ClinicalTime::from_epoch_ms(ms)
    }

    #[test]
    fn deadlines_fire_in_order_and_only_when_due() {
        let mut timers = Timers::default();
        timers.arm(PatientNumber(2), Some(at(20)));
        timers.arm(PatientNumber(1), Some(at(10)));
        timers.arm(PatientNumber(3), Some(at(30)));
        assert_eq!(timers.pop(at(25)), Some((at(10), PatientNumber(1))));
        assert_eq!(timers.pop(at(25)), Some((at(20), PatientNumber(2))));
        assert_eq!(timers.pop(at(25)), None);
    }

    #[test]
    fn a_moved_deadline_fires_once_and_at_its_new_time() {
        let mut timers = Timers::default();
        timers.arm(PatientNumber(1), Some(at(10)));
        timers.arm(PatientNumber(1), Some(at(40)));
        assert_eq!(timers.pop(at(39)), None);
        timers.arm(PatientNumber(1), Some(at(35)));
        assert_eq!(timers.pop(at(39)), Some((at(35), PatientNumber(1))));
        assert_eq!(timers.pop(at(99)), None);
    }

    #[test]
    fn a_disarmed_patient_never_fires() {
        let mut timers = Timers::default();
        timers.arm(PatientNumber(1), Some(at(10)));
        timers.arm(PatientNumber(1), None);
        assert_eq!(timers.pop(at(99)), None);
    }
}
