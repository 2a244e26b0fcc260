//! A chunk's body to columns, or to the whole batch.

use super::ChunkError;
use super::batch::{Batch, Cell, Moment};
use super::body::{DELAYS, DEVICES, FLAGS, MESSAGES, ORDER, ORIGINALS, Sections, TIMES};
use super::encode::{FROM_ARRIVAL, journal_order};
use super::numbers::take_numbers;
use super::runs::take_runs;
use super::times::take_times;
use super::values::take_column;
use crate::domain::{ClinicalTime, DeviceNumber, MeasuredTime, Quality, ReadingSource, Vital};

/// A chunk's body, its columns read one by one as they are asked for.
pub struct Chunk<'a> {
    sections: Sections<'a>,
}

/// A vital's column: the three stand side by side.
#[derive(Default)]
pub struct VitalColumn {
    /// Which row of the chunk each value belongs to, ascending.
    pub rows: Vec<u32>,
    /// The values.
    pub values: Vec<f64>,
    /// What the gate thought of each.
    pub qualities: Vec<Quality>,
}

impl<'a> Chunk<'a> {
    /// Finds the sections of a body.
    ///
    /// # Errors
    /// [`ChunkError`] when the bytes are not a chunk.
    pub fn parse(body: &'a [u8]) -> Result<Self, ChunkError> {
        Ok(Self {
            sections: Sections::parse(body)?,
        })
    }

    /// Rows of the chunk.
    pub fn moments(&self) -> usize {
        self.sections.moments
    }

    /// Measured times, ascending.
    ///
    /// # Errors
    /// [`ChunkError`] when the column is damaged; so for the others.
    pub fn times(&self) -> Result<Vec<i64>, ChunkError> {
        take_times(&mut self.sections.need(TIMES)?, self.moments(), TIMES)
    }

    /// Arrivals beside `times`.
    ///
    /// # Errors
    /// [`ChunkError`] when the column is damaged.
    pub fn arrivals(&self, times: &[i64]) -> Result<Vec<i64>, ChunkError> {
        let mut delays = take_numbers(&mut self.sections.need(DELAYS)?, times.len(), DELAYS)?;
        for (delay, time) in delays.iter_mut().zip(times) {
            *delay = time.wrapping_add(*delay);
        }
        Ok(delays)
    }

    /// Device numbers of the rows.
    ///
    /// # Errors
    /// [`ChunkError`] when the column is damaged.
    pub fn devices(&self) -> Result<Vec<u32>, ChunkError> {
        take_runs(&mut self.sections.need(DEVICES)?, self.moments(), DEVICES)
    }

    /// A vital's column, empty when the chunk has none.
    ///
    /// # Errors
    /// [`ChunkError`] when the column is damaged.
    pub fn column(&self, vital: Vital) -> Result<VitalColumn, ChunkError> {
        let section = vital.code();
        match self.sections.get(section)? {
            Some(mut cursor) => take_column(&mut cursor, self.moments(), section),
            None => Ok(VitalColumn::default()),
        }
    }

    /// Everything, in journal order.
    ///
    /// # Errors
    /// [`ChunkError`] when any column is damaged.
    pub fn batch(&self) -> Result<Batch, ChunkError> {
        let times = self.times()?;
        let arrivals = self.arrivals(&times)?;
        let rows = self.rows(&times, &arrivals)?;
        let cells = self.cells()?;
        let starts = self.starts()?;
        let mut order: Vec<(i64, usize)> = self.order(&arrivals)?.into_iter().zip(0..).collect();
        order.sort_unstable();
        let mut batch = Batch::default();
        for ((_, row), starts_message) in order.into_iter().zip(starts) {
            let start = batch.cells.len();
            batch.cells.extend(cells.get(row).into_iter().flatten());
            if let Some(moment) = rows.get(row) {
                let cells = start..batch.cells.len();
                batch.moments.push(Moment {
                    cells,
                    starts_message,
                    ..moment.clone()
                });
            }
        }
        Ok(batch)
    }

    fn rows(&self, times: &[i64], arrivals: &[i64]) -> Result<Vec<Moment>, ChunkError> {
        let devices = self.devices()?;
        let originals = self.originals(arrivals)?;
        let flags = match self.sections.get(FLAGS)? {
            Some(mut cursor) => take_runs(&mut cursor, times.len(), FLAGS)?,
            None => vec![0; times.len()],
        };
        let row = |((((at, arrival), device), flags), original_arrival): Row| {
            let source = ReadingSource::from_code((flags & 3) as u8).filter(|_| flags < 8);
            Ok(Moment {
                at: MeasuredTime::from_epoch_ms(*at),
                arrival: ClinicalTime::from_epoch_ms(*arrival),
                device: DeviceNumber(device),
                source: source.ok_or(ChunkError::Impossible {
                    section: FLAGS,
                    what: "flags",
                })?,
                times_from_arrival: flags & FROM_ARRIVAL != 0,
                original_arrival,
                starts_message: true,
                cells: 0..0,
            })
        };
        let columns = times.iter().zip(arrivals).zip(devices);
        columns.zip(flags).zip(originals).map(row).collect()
    }

    fn originals(&self, arrivals: &[i64]) -> Result<Vec<Option<ClinicalTime>>, ChunkError> {
        let Some(mut cursor) = self.sections.get(ORIGINALS)? else {
            return Ok(vec![None; arrivals.len()]);
        };
        let given = take_runs(&mut cursor, arrivals.len(), ORIGINALS)?;
        let count = given.iter().filter(|given| **given != 0).count();
        let mut delays = take_numbers(&mut cursor, count, ORIGINALS)?.into_iter();
        let original = |(given, arrival): (u32, &i64)| {
            let delay = if given == 0 { None } else { delays.next() };
            delay.map(|delay| ClinicalTime::from_epoch_ms(arrival.wrapping_sub(delay)))
        };
        Ok(given.into_iter().zip(arrivals).map(original).collect())
    }

    /// Each row's place in the journal.
    fn order(&self, arrivals: &[i64]) -> Result<Vec<i64>, ChunkError> {
        match self.sections.get(ORDER)? {
            Some(mut cursor) => take_numbers(&mut cursor, arrivals.len(), ORDER),
            None => Ok(journal_order(arrivals.iter().copied())),
        }
    }

    /// Whether each moment, in journal order, starts a message.
    fn starts(&self) -> Result<Vec<bool>, ChunkError> {
        let Some(mut cursor) = self.sections.get(MESSAGES)? else {
            return Ok(vec![true; self.moments()]);
        };
        let impossible = || ChunkError::Impossible {
            section: MESSAGES,
            what: "length of a message",
        };
        let count = usize::try_from(cursor.varint()?).unwrap_or(usize::MAX);
        if count > self.moments() {
            return Err(impossible());
        }
        let mut starts = Vec::with_capacity(self.moments());
        for length in take_numbers(&mut cursor, count, MESSAGES)? {
            let length = usize::try_from(length).unwrap_or(0);
            if length == 0 || length > self.moments() - starts.len() {
                return Err(impossible());
            }
            starts.push(true);
            starts.resize(starts.len() + length - 1, false);
        }
        if starts.len() != self.moments() {
            return Err(impossible());
        }
        Ok(starts)
    }

    /// The cells of each row.
    fn cells(&self) -> Result<Vec<Vec<Cell>>, ChunkError> {
        let mut cells: Vec<Vec<Cell>> = vec![Vec::new(); self.moments()];
        for vital in Vital::ALL {
            let column = self.column(vital)?;
            let values = column.values.into_iter().zip(column.qualities);
            for (row, (value, quality)) in column.rows.into_iter().zip(values) {
                if let Some(cells) = cells.get_mut(row as usize) {
                    cells.push(Cell {
                        vital,
                        value,
                        quality,
                    });
                }
            }
        }
        Ok(cells)
    }
}

type Row<'a> = ((((&'a i64, &'a i64), u32), u32), Option<ClinicalTime>);
