//! What the store holds when everything is over.

use crate::sent::Moments;
use std::collections::HashMap;
use std::path::Path;
use wardlight::domain::{MeasuredTime, PatientNumber, Quality, QualityReason};
use wardlight::registry::Patient;
use wardlight::store::{
    AlertEventView, AlertFilter, AlertView, DeliveryView, PointView, Reader, ReadingsQuery,
    Settings, database_path, verify,
};

/// The store of a service that has ended.
pub(crate) struct Stored {
    reader: Reader,
    /// Readings in chunks.
    pub(crate) in_chunks: u64,
}

impl Stored {
    /// Opens it after every check it has for itself.
    pub(crate) fn open(data_dir: &Path) -> Self {
        let path = database_path(data_dir);
        let report = verify(&path).expect("verified");
        assert!(
            report.is_sound(),
            "the store is not sound: {:?}",
            report.problems
        );
        let reader = Reader::offline(&path, &Settings::default()).expect("opened");
        Self {
            reader,
            in_chunks: report.readings_in_chunks,
        }
    }

    fn patients(&self) -> Vec<Patient> {
        let mut all: Vec<Patient> = Vec::new();
        loop {
            let after = all.last().map(|patient| patient.id.clone());
            let page = self
                .reader
                .patients(None, after.as_ref(), 1000)
                .expect("read");
            if page.is_empty() {
                return all;
            }
            all.extend(page);
        }
    }

    fn points(&self, patient: PatientNumber) -> Vec<PointView> {
        let query = ReadingsQuery {
            patient,
            vitals: Vec::new(),
            from: MeasuredTime::from_epoch_ms(i64::MIN),
            until: MeasuredTime::from_epoch_ms(i64::MAX),
            known_at: None,
            limit: usize::MAX,
        };
        let (points, more) = self.reader.readings(&query).expect("read");
        assert!(!more, "more points than one answer holds");
        points
    }

    /// Every reading of every patient, by device and measured time; one that is
    /// stored twice is there twice.
    pub(crate) fn moments(&self) -> Moments {
        let mut names = HashMap::new();
        let mut moments = Moments::new();
        for patient in self.patients() {
            for point in self.points(patient.number) {
                assert_ne!(point.quality, Quality::Suspect(QualityReason::Conflict));
                let name = names.entry(point.device).or_insert_with(|| {
                    let device = self.reader.device_numbered(point.device).expect("read");
                    String::from(device.expect("known").id)
                });
                let key = (name.clone(), point.at.epoch_ms());
                let reading = (point.vital, point.value);
                moments.entry(key).or_default().push(reading);
            }
        }
        for vitals in moments.values_mut() {
            vitals.sort_by_key(|(vital, _)| *vital);
        }
        moments
    }

    /// Readings that stand under a patient who did not wear the device when
    /// they were measured.
    pub(crate) fn misplaced(&self) -> u64 {
        let mut assignments = HashMap::new();
        let mut misplaced = 0;
        for patient in self.patients() {
            for point in self.points(patient.number) {
                let of_device = assignments.entry(point.device).or_insert_with(|| {
                    self.reader
                        .assignments_of_device(point.device)
                        .expect("read")
                });
                let wearer = of_device.iter().find(|known| known.covers(point.at));
                let right = wearer.is_some_and(|known| known.patient == patient.number);
                misplaced += u64::from(!right);
            }
        }
        misplaced
    }

    /// All alerts of a kind with their events.
    pub(crate) fn alerts(&self, kind: &str) -> Vec<(AlertView, Vec<AlertEventView>)> {
        let mut filter = AlertFilter {
            kind: vec![kind.to_owned()],
            limit: 1000,
            ..AlertFilter::default()
        };
        let mut all: Vec<AlertView> = Vec::new();
        loop {
            filter.after = all.last().map(|last| (last.newest_event, last.id.clone()));
            let page = self.reader.alerts(&filter).expect("read");
            if page.is_empty() {
                break;
            }
            all.extend(page);
        }
        let with_events = all.into_iter().map(|alert| {
            let events = self.reader.alert_events_of(&alert.id).expect("read");
            (alert, events)
        });
        with_events.collect()
    }

    /// All deliveries.
    pub(crate) fn deliveries(&self) -> Vec<DeliveryView> {
        let mut all: Vec<DeliveryView> = Vec::new();
        loop {
            let before = all.last().map(|last| last.number);
            let page = self
                .reader
                .deliveries(None, None, before, 1000)
                .expect("read");
            if page.is_empty() {
                return all;
            }
            all.extend(page);
        }
    }

    /// Reasons of what stands in quarantine.
    pub(crate) fn quarantined(&self) -> Vec<String> {
        let rows = self.reader.quarantine(None, 1000, None).expect("read");
        rows.into_iter().map(|row| row.reason).collect()
    }
}
