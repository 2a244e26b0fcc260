//! Moments in journal order: what a chunk is made of and gives back.

use crate::domain::{
    ClinicalTime, DeviceNumber, MeasuredTime, Quality, Reading, ReadingSource, Vital,
};
use crate::store::entry::Entry;
use std::ops::Range;

/// The readings of one message that share a measured time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When they were measured.
    pub at: MeasuredTime,
    /// The stamp of their journal row.
    pub arrival: ClinicalTime,
    /// Which device.
    pub device: DeviceNumber,
    /// Who measured.
    pub source: ReadingSource,
    /// Whether their message had a moment without a time.
    pub times_from_arrival: bool,
    /// When they first arrived, if a re-attribution entered them.
    pub original_arrival: Option<ClinicalTime>,
    /// Whether they are the first of their message.
    pub starts_message: bool,
    /// Where their cells lie.
    pub cells: Range<usize>,
}

/// One value of a moment.
#[derive(Clone, Copy, PartialEq)]
pub struct Cell {
    /// What was measured.
    pub vital: Vital,
    /// In the vital's unit.
    pub value: f64,
    /// What the gate thought.
    pub quality: Quality,
}

impl std::fmt::Debug for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cell(…)")
    }
}

/// Moments in the order of the journal, with their cells in one buffer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// The moments.
    pub moments: Vec<Moment>,
    /// All cells; within a moment each vital at most once, in ascending order.
    pub cells: Vec<Cell>,
}

impl Batch {
    /// Appends a message as the journal keeps it.
    pub fn push_entry(&mut self, entry: &Entry, stamp: ClinicalTime, device: DeviceNumber) {
        let mut last: Option<&Reading> = None;
        for (reading, quality) in entry.readings.iter().zip(&entry.qualities) {
            let same = last.is_some_and(|l| l.at == reading.at && l.vital < reading.vital);
            if !same {
                let start = self.cells.len();
                self.moments.push(Moment {
                    at: reading.at,
                    arrival: stamp,
                    device,
                    source: entry.header.source,
                    times_from_arrival: entry.header.times_from_arrival,
                    original_arrival: entry.header.original_arrival,
                    starts_message: last.is_none(),
                    cells: start..start,
                });
            }
            self.cells.push(Cell {
                vital: reading.vital,
                value: reading.value,
                quality: *quality,
            });
            if let Some(moment) = self.moments.last_mut() {
                moment.cells.end = self.cells.len();
            }
            last = Some(reading);
        }
    }

    /// Appends all moments of a later batch.
    pub fn append(&mut self, later: &Self) {
        let offset = self.cells.len();
        self.cells.extend_from_slice(&later.cells);
        self.moments.extend(later.moments.iter().map(|moment| {
            let cells = moment.cells.start + offset..moment.cells.end + offset;
            Moment {
                cells,
                ..moment.clone()
            }
        }));
    }

    /// The values of a moment of this batch.
    pub fn cells_of(&self, moment: &Moment) -> &[Cell] {
        self.cells.get(moment.cells.clone()).unwrap_or_default()
    }

    /// The vitals inside as a bit mask.
    pub fn vitals(&self) -> u16 {
        self.cells
            .iter()
            .fold(0, |mask, cell| mask | 1 << cell.vital.code())
    }
}
