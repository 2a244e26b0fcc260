//! How much one report may read, and for how long.

use crate::api::problem::{Kind, Problem};
use crate::api::source::ReadError;
use std::time::{Duration, Instant};

/// Days of one span at most.
pub(in crate::api) const SPAN_DAYS_MAX: i64 = 92;

/// What one report may take. Counts what is left of it.
pub(in crate::api) struct Bounds {
    pub(super) patients: usize,
    pub(super) rows: usize,
    ends: Instant,
}

impl Bounds {
    /// For figures over a span.
    pub(in crate::api) fn of_burden(time: Duration) -> Self {
        Self::new(20_000, 200_000, time)
    }

    /// For the lists of one moment: each patient costs a look at a day of readings.
    pub(in crate::api) fn of_handover(time: Duration) -> Self {
        Self::new(1_000, 5_000, time)
    }

    pub(super) fn new(patients: usize, rows: usize, time: Duration) -> Self {
        Self {
            patients,
            rows,
            ends: Instant::now() + time,
        }
    }

    /// Whoever asked waits no longer: the work ends too.
    pub(super) fn check_time(&self) -> Result<(), Untold> {
        match Instant::now() < self.ends {
            true => Ok(()),
            false => Err(Untold::TooMuch(TooMuch::Time)),
        }
    }

    /// `found` of at most `self.patients`.
    pub(super) fn check_patients(&self, found: usize) -> Result<(), Untold> {
        match found <= self.patients {
            true => Ok(()),
            false => Err(Untold::TooMuch(TooMuch::Patients(self.patients))),
        }
    }

    /// Takes what was read off what is left.
    pub(super) fn take_rows(&mut self, found: usize) -> Result<(), Untold> {
        let left = self.rows.checked_sub(found);
        self.rows = left.ok_or(Untold::TooMuch(TooMuch::Rows))?;
        Ok(())
    }
}

/// Why there is no report.
#[derive(Debug)]
pub(in crate::api) enum Untold {
    /// The store could not be read.
    Read(ReadError),
    /// It would be too large.
    TooMuch(TooMuch),
}

/// What there was too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) enum TooMuch {
    /// More patients than so many.
    Patients(usize),
    /// More alerts or events than are read.
    Rows,
    /// It took too long.
    Time,
}

impl From<ReadError> for Untold {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<TooMuch> for Problem {
    fn from(too_much: TooMuch) -> Self {
        match too_much {
            TooMuch::Patients(most) => Self::parameter(
                "ward",
                format!("must be given: a report covers {most} patients at most"),
            ),
            TooMuch::Rows => Self::parameter(
                "ward",
                "must be one with fewer alerts, or the span must be shorter: there are more than one report reads",
            ),
            TooMuch::Time => Self::new(Kind::Timeout)
                .with_detail("the report takes too long: ask for one ward or a shorter span"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_too_long_or_reads_too_much_ends() {
        let mut bounds = Bounds::new(2, 3, Duration::from_secs(60));
        assert!(bounds.check_time().is_ok() && bounds.check_patients(2).is_ok());
        let patients = bounds.check_patients(3);
        assert!(matches!(
            patients,
            Err(Untold::TooMuch(TooMuch::Patients(2)))
        ));
        assert!(bounds.take_rows(2).is_ok());
        let rows = bounds.take_rows(2);
        assert!(matches!(rows, Err(Untold::TooMuch(TooMuch::Rows))));
        let late = Bounds::new(2, 3, Duration::ZERO).check_time();
        assert!(matches!(late, Err(Untold::TooMuch(TooMuch::Time))));
    }
}
