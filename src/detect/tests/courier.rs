//! Brings a patient's messages late, twice and across restarts.

use super::bed::{Bed, START};
use crate::detect::{Monitor, Source};
use crate::domain::Reading;

/// How messages travel: each list is gone through again and again.
pub(super) struct Courier<'a> {
    /// How much later than it was ready each arrives, ms.
    pub(super) delays: &'a [i64],
    /// Which arrive a second time, with another delay.
    pub(super) repeats: &'a [bool],
    /// Whether the state goes through its stored form now and then.
    pub(super) restarts: bool,
}

impl Courier<'_> {
    /// At once, each once, no restart.
    pub(super) const PLAIN: Courier<'static> = Courier {
        delays: &[0],
        repeats: &[false],
        restarts: false,
    };

    /// Each message is ready at its first reading's time.
    pub(super) fn bring(&self, bed: &mut Bed, messages: Vec<Vec<Reading>>) {
        let ready = |message: &[Reading]| message[0].at.epoch_ms() - START;
        let messages = messages
            .into_iter()
            .map(|message| (ready(&message), message));
        self.bring_when_ready(bed, messages.collect());
    }

    /// Messages with the ms after the start at which each is ready.
    pub(super) fn bring_when_ready(&self, bed: &mut Bed, messages: Vec<(i64, Vec<Reading>)>) {
        let mut sent = Vec::new();
        for (place, (ready, message)) in messages.into_iter().enumerate() {
            let delay = |place: usize| self.delays[place % self.delays.len()];
            sent.push((ready + delay(place), message.clone()));
            if self.repeats[place % self.repeats.len()] {
                sent.push((ready + delay(place * 7 + 3), message));
            }
        }
        sent.sort_by_key(|(arrives, _)| *arrives);
        for (place, (arrives, readings)) in sent.iter().enumerate() {
            bed.send(*arrives, readings, Source::Watch);
            if self.restarts && place % 50 == 0 {
                let bytes = postcard::to_allocvec(&bed.monitor).unwrap();
                bed.monitor = postcard::from_bytes::<Monitor>(&bytes).unwrap();
            }
        }
    }
}
