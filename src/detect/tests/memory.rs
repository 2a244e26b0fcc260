//! What a patient's state takes, and that judging on a copy allocates nothing.

use super::bed::Bed;
use crate::detect::{BaselineSource, Monitor};
use crate::domain::{AlertKind, Vital};

const MINUTE: i64 = 60_000;
/// What a watch sends, its steps last.
const WATCH: [(Vital, f64); 6] = [
    (Vital::HeartRate, 74.0),
    (Vital::OxygenSaturation, 97.0),
    (Vital::RespiratoryRate, 16.0),
    (Vital::BodyTemperature, 36.8),
    (Vital::SkinTemperature, 33.4),
    (Vital::StepCount, 2.0),
];

impl Monitor {
    /// Where everything lies that it has allocated.
    pub(crate) fn places(&self) -> Vec<usize> {
        fn place<T>(part: &T) -> usize {
            std::ptr::from_ref(part).addr()
        }
        let lanes = Vital::ALL.into_iter().filter_map(|v| self.lanes.of(v));
        let mut places: Vec<usize> = lanes.map(place).collect();
        places.push(self.clinical.place());
        places.extend(self.drift.get().map(place));
        places.extend(self.rhythm.get().map(place));
        places.extend(self.activity.get().map(place));
        places.extend(self.overnight.get().map(place));
        places
    }
}

/// Two hours of a patient, a moment every five minutes.
fn warm(vitals: &[(Vital, f64)]) -> Bed {
    let mut bed = Bed::new();
    for tick in 0..24 {
        let wobble = [0.0, 0.2, -0.2][(tick % 3) as usize];
        let moment: Vec<_> = vitals.iter().map(|(v, x)| (*v, x + wobble)).collect();
        bed.moment(tick * 5 * MINUTE, &moment);
    }
    bed
}

#[test]
fn a_patient_pays_for_what_the_devices_send() {
    assert_eq!(Monitor::default().heap_bytes(), 0);
    let thermometer = warm(&[(Vital::BodyTemperature, 36.8)]).monitor;
    assert!(
        thermometer.heap_bytes() <= 720,
        "{}",
        thermometer.heap_bytes()
    );
    let watch = warm(&WATCH).monitor;
    assert!(watch.heap_bytes() <= 1_920, "{}", watch.heap_bytes());
    let everything = Vital::ALL.map(|vital| (vital, vital.facts().plausible_min + 1.0));
    let everything = warm(&everything).monitor;
    assert!(
        everything.heap_bytes() <= 3_264,
        "{}",
        everything.heap_bytes()
    );
}

#[test]
fn judging_on_a_copy_allocates_nothing_once_both_have_heard_the_same() {
    for vitals in [&WATCH[..], &Vital::ALL.map(|vital| (vital, 1.0))] {
        let mut bed = warm(vitals);
        let mut spare = bed.monitor.clone();
        let mut places = [bed.monitor.places(), spare.places()];
        assert_ne!(places[0], places[1]);
        for tick in 0..100 {
            std::mem::swap(&mut bed.monitor, &mut spare);
            bed.monitor.clone_from(&spare);
            assert!(bed.monitor == spare);
            bed.moment((120 + tick) * MINUTE, vitals);
            places.reverse();
            assert_eq!([bed.monitor.places(), spare.places()], places);
        }
    }
}

#[test]
fn a_copy_over_a_patient_with_other_devices_is_a_copy() {
    let (watch, nobody) = (warm(&WATCH).monitor, Bed::new().monitor);
    let thermometer = warm(&[(Vital::BodyTemperature, 36.8)]).monitor;
    let all = [watch, nobody, thermometer];
    for from in &all {
        for over in &all {
            let mut copy = over.clone();
            copy.clone_from(from);
            assert!(copy == *from);
            assert_eq!(copy.heap_bytes(), from.heap_bytes());
        }
    }
}

#[test]
fn a_vital_that_was_never_heard_has_the_normal_of_the_population_and_nothing_to_end() {
    let mut bed = warm(&[(Vital::BodyTemperature, 36.8)]);
    let view = bed.baseline(Vital::HeartRate).unwrap();
    let own = bed.rules.baseline.vitals.get(Vital::HeartRate);
    assert_eq!((view.source, view.days), (BaselineSource::Population, 0.0));
    assert_eq!(view.level, own.population_level);
    assert_eq!(bed.baseline(Vital::StepCount), None);
    assert_eq!(bed.monitor.newest(Vital::HeartRate), None);
    let before = bed.monitor.clone();
    bed.monitor.rebase(Vital::HeartRate);
    for kind in [
        AlertKind::BaselineDeviation(Vital::HeartRate),
        AlertKind::SustainedChange,
        AlertKind::IrregularPulse,
        AlertKind::ActivityDecline,
        AlertKind::OvernightHeartRate,
    ] {
        let now = super::bed::clinical(121 * MINUTE);
        bed.monitor.let_go(&bed.context, &bed.rules, kind, now);
    }
    assert!(bed.monitor == before);
}
