//! The classes of NightSignal, as its authors compute them.
//!
//! From their program (StanfordBioinformatics/wearable-infection,
//! nightsignal.py): a night's mean is cut to a whole number, and so is the
//! median of all nights up to and with this one. A night at least 4 above the
//! median may be red, one at least 3 above may be yellow; it is when the night
//! before may be so too. Their program also fills a single missing night with
//! the mean of its neighbours, which needs the night after: not done here, a
//! missing night breaks the run.

use serde::{Deserialize, Serialize};

/// Above the median by so much, a night may be yellow.
const YELLOW: i32 = 3;
/// By so much, red.
const RED: i32 = 4;
/// The lowest mean that has a count of its own.
const LOWEST: i32 = 25;
const ROW: usize = 32;
const ROWS: usize = 4;

/// What a night is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub(in crate::detect) enum NightClass {
    /// As usual, or the first high night.
    #[default]
    Green,
    /// Two nights in a row at least 3 above the median.
    Yellow,
    /// Two nights in a row at least 4 above the median.
    Red,
}

/// All nights of a patient as counts of whole means, 25 to 152 /min.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::detect) struct NightSignal {
    counts: [[u8; ROW]; ROWS],
    /// What the newest night may be.
    may_be: NightClass,
    /// The newest night's date.
    number: u16,
}

impl NightSignal {
    /// Takes a night's mean, /min, and says its class. `number` grows by one
    /// a calendar night.
    pub(in crate::detect) fn classify(&mut self, number: u16, mean: f64) -> NightClass {
        let mean = mean.floor() as i32;
        self.count(mean);
        let above = mean - self.median();
        let may_be = match above {
            RED.. => NightClass::Red,
            YELLOW => NightClass::Yellow,
            _ => NightClass::Green,
        };
        let follows = self.number != 0 && number == self.number.saturating_add(1);
        let before = std::mem::replace(&mut self.may_be, may_be);
        self.number = number;
        if follows {
            before.min(may_be)
        } else {
            NightClass::Green
        }
    }

    /// The running median, cut to a whole number.
    pub(in crate::detect) fn median(&self) -> i32 {
        let total: u32 = self.each().map(|(_, count)| count).sum();
        let lower = self.at_rank(total.saturating_sub(1) / 2);
        let upper = self.at_rank(total / 2);
        (lower + upper) / 2
    }

    /// The mean of this rank, counted from 0.
    fn at_rank(&self, rank: u32) -> i32 {
        let mut below = 0;
        for (mean, count) in self.each() {
            below += count;
            if rank < below {
                return mean;
            }
        }
        LOWEST
    }

    fn count(&mut self, mean: i32) {
        let place = (mean - LOWEST).clamp(0, (ROW * ROWS) as i32 - 1) as usize;
        let full = |count: &u8| *count == u8::MAX;
        if self.counts.iter().flatten().any(full) {
            // After 255 nights of one mean the oldest years weigh half.
            self.counts
                .iter_mut()
                .flatten()
                .for_each(|count| *count /= 2);
        }
        if let Some(count) = self.counts.iter_mut().flatten().nth(place) {
            *count += 1;
        }
    }

    fn each(&self) -> impl Iterator<Item = (i32, u32)> {
        let counts = self.counts.iter().flatten();
        (LOWEST..).zip(counts.map(|count| u32::from(*count)))
    }
}
