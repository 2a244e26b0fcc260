//! Makes batches for tests.

use crate::domain::{
    ClinicalTime, DeviceNumber, MeasuredTime, PatientContext, PatientId, PatientNumber, Quality,
    Reading, ReadingSource, Vital, WardId,
};
use crate::registry::Patient;
use crate::store::{EntryHeader, JournalKind, JournalRow, Settings, Write, Writer, Writes, entry};
use std::collections::HashMap;
use tempfile::TempDir;

/// 2026-11-22T00:00:00Z.
pub(super) const START: i64 = 1_795_305_600_000;

/// A store in a directory of its own, and the sequence numbers an engine would give.
pub(super) struct Bench {
    pub(super) dir: TempDir,
    pub(super) settings: Settings,
    writer: Option<Writer>,
    pub(super) seq: u64,
    previous: HashMap<u32, u64>,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(super) fn with(settings: Settings) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let writer = Writer::open(dir.path(), &settings).expect("opens").0;
        Self {
            dir,
            settings,
            writer: Some(writer),
            seq: 0,
            previous: HashMap::new(),
        }
    }

    pub(super) fn writer(&mut self) -> &mut Writer {
        self.writer.as_mut().expect("open")
    }

    /// Drops the writer as a crash would, without any closing, and opens again.
    pub(super) fn reopen(&mut self) {
        self.writer = None;
        let writer = Writer::open(self.dir.path(), &self.settings)
            .expect("opens")
            .0;
        self.writer = Some(writer);
    }

    pub(super) fn push(
        &mut self,
        writes: &mut Writes,
        kind: JournalKind,
        patient: Option<u32>,
        device: Option<u32>,
        stamp: i64,
        body: &[u8],
    ) -> u64 {
        self.seq += 1;
        let start = writes.journal.bytes.len();
        writes.journal.bytes.extend_from_slice(body);
        let previous = patient.and_then(|patient| self.previous.insert(patient, self.seq));
        writes.journal.rows.push(JournalRow {
            seq: self.seq,
            stamp: ClinicalTime::from_epoch_ms(stamp),
            kind,
            patient: patient.map(PatientNumber),
            device: device.map(DeviceNumber),
            previous,
            body: (start, start + body.len()),
        });
        self.seq
    }

    pub(super) fn readings(
        &mut self,
        writes: &mut Writes,
        patient: u32,
        device: u32,
        stamp: i64,
        readings: &[(i64, Vital, f64, Quality)],
    ) -> u64 {
        let header = EntryHeader {
            source: ReadingSource::Watch,
            session: Some(1),
            sequence: Some(self.seq),
            payload_hash: 7,
            times_from_arrival: false,
            original_arrival: None,
        };
        let mut body = Vec::new();
        let qualities: Vec<_> = readings.iter().map(|reading| reading.3).collect();
        let readings: Vec<_> = readings.iter().map(reading).collect();
        let at = ClinicalTime::from_epoch_ms(stamp);
        entry::encode(&header, &readings, &qualities, at, &mut body);
        let (patient, device) = (Some(patient), Some(device));
        self.push(writes, JournalKind::Readings, patient, device, stamp, &body)
    }

    pub(super) fn commit(&mut self, writes: &Writes) {
        self.writer().commit(writes).expect("commits");
    }

    pub(super) fn write(&mut self, others: Vec<Write>) {
        let journal = Default::default();
        self.commit(&Writes { journal, others });
    }
}

fn reading(&(at, vital, value, _): &(i64, Vital, f64, Quality)) -> Reading {
    Reading {
        at: MeasuredTime::from_epoch_ms(at),
        vital,
        value,
    }
}

pub(super) fn patient(number: u32, ward: &str) -> Write {
    Write::Patient(Box::new(Patient {
        number: PatientNumber(number),
        id: PatientId::new(&format!("p-{number:04}")).expect("valid"),
        label: format!("Patient {number}"),
        ward: WardId::new(ward).expect("valid"),
        team: None,
        context: PatientContext::default(),
    }))
}
