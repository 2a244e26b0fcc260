//! What the course of treatment does to findings on their way out.

use super::bed::{Bed, Said, clinical, measured, reading};
use super::clinical::{bed_with, id};
use super::clinical_files::{SITE, set_of};
use crate::detect::{DeviceEvent, Source};
use crate::domain::{
    Administration, AdministrationKind, AlertKind, Evidence, PatientContext, Priority,
    TreatmentWindow, Vital,
};

const DAY: i64 = 86_400_000;

/// Given so many days before the start of the bed.
fn dose(days_ago: i64, kind: AdministrationKind) -> Administration {
    Administration {
        given_at: clinical(-days_ago * DAY),
        cycle: 2,
        regimen: None,
        kind,
        nadir_days: None,
        post_infusion_hours: None,
    }
}

fn chemotherapy(days_ago: i64) -> Administration {
    dose(days_ago, AdministrationKind::SystemicAnticancer)
}

fn bed(given: Vec<Administration>) -> Bed {
    let mut bed = Bed::new();
    bed.context.administrations = given;
    bed
}

/// One breathing rate that scores 3, by a nurse: NEWS2 tells it at once.
fn breathes_fast(bed: &mut Bed, minute: i64) -> (Priority, Evidence) {
    bed.findings.clear();
    bed.staff(minute * 60_000, Vital::RespiratoryRate, 26.0);
    let mut found = bed.findings.iter();
    let found = found.find(|found| found.kind == AlertKind::News2).unwrap();
    match found.state {
        crate::domain::FindingState::Raise { priority, .. } => (priority, found.evidence.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_finding_is_more_urgent_in_the_nadir_and_says_so() {
    let (priority, evidence) = breathes_fast(&mut bed(vec![chemotherapy(8)]), 10);
    assert_eq!(priority, Priority::High);
    let told = evidence.treatment.unwrap();
    assert_eq!((told.cycle, told.day), (Some(2), Some(9)));
    assert_eq!(told.windows, [TreatmentWindow::ExpectedNadir]);
    assert_eq!(told.priority_without, Priority::Medium);
    assert_eq!(told.at, measured(10 * 60_000));
    let (priority, evidence) = breathes_fast(&mut bed(vec![chemotherapy(2)]), 10);
    assert_eq!(priority, Priority::Medium);
    let told = evidence.treatment.unwrap();
    assert_eq!((told.cycle, told.day), (Some(2), Some(3)));
    assert!(told.windows.is_empty());
}

#[test]
fn the_window_is_that_of_the_moment_it_was_measured() {
    // Day 7 begins at midnight; measured at ten to, entered at ten past.
    let midnight = 18 * 3_600_000 + 40 * 60_000;
    let mut bed = bed(vec![chemotherapy(5)]);
    let before = [reading(midnight - 600_000, Vital::RespiratoryRate, 26.0)];
    bed.send(midnight + 600_000, &before, Source::Staff);
    let found = bed.findings.iter().find(|f| f.kind == AlertKind::News2);
    let told = found.unwrap().evidence.treatment.clone().unwrap();
    assert_eq!((told.day, told.windows), (Some(6), Vec::new()));
}

#[test]
fn another_record_arms_the_detectors_anew() {
    let mut bed = bed(Vec::new());
    let (priority, evidence) = breathes_fast(&mut bed, 10);
    assert_eq!(priority, Priority::Medium);
    let told = evidence.treatment.unwrap();
    assert_eq!((told.cycle, told.day), (None, None));
    assert_eq!(
        told.summary,
        "No administration is recorded; outside every window of higher risk."
    );
    // Calm for long enough to end, then the same breathing with another record.
    for minute in [20, 40, 60, 80] {
        bed.staff(minute * 60_000, Vital::RespiratoryRate, 16.0);
    }
    bed.context.administrations = vec![chemotherapy(8)];
    bed.changed(90 * 60_000);
    assert_eq!(breathes_fast(&mut bed, 100).0, Priority::High);
}

#[test]
fn what_is_technical_has_no_place_in_the_treatment() {
    let mut bed = bed(vec![chemotherapy(8)]);
    bed.device(60_000, DeviceEvent::ClockWrong);
    let found = bed.findings.last().unwrap();
    assert_eq!(found.kind, AlertKind::DeviceClock);
    assert_eq!(found.evidence.treatment, None);
}

#[test]
fn fever_keeps_its_own_priority_and_carries_the_day() {
    let mut bed = bed(vec![chemotherapy(8)]);
    // Low, twice within an hour: medium unless neutropenia is recorded.
    for minute in [10, 20] {
        bed.staff(minute * 60_000, Vital::BodyTemperature, 35.5);
    }
    let fever = AlertKind::FeverOnTreatment;
    let told = bed.findings.iter().find(|found| found.kind == fever);
    let day = told.unwrap().evidence.treatment.as_ref().unwrap().day;
    assert_eq!(day, Some(9));
    let said: Vec<_> = bed.news().into_iter().filter(|n| n.0 == fever).collect();
    assert_eq!(said, [(fever, Said::Raise(Priority::Medium), 20 * 60_000)]);
}

#[test]
fn an_administration_counts_as_treatment_though_no_period_was_prolonged() {
    let feverish = |administrations, period_ended_days_ago: i64| {
        let mut bed = Bed::new();
        bed.context.treatment[0].start = clinical(-200 * DAY);
        bed.context.treatment[0].end = Some(clinical(-period_ended_days_ago * DAY));
        bed.context.administrations = administrations;
        bed.changed(0);
        bed.staff(60_000, Vital::BodyTemperature, 38.5);
        let fever = AlertKind::FeverOnTreatment;
        bed.news().iter().any(|(kind, ..)| *kind == fever)
    };
    assert!(!feverish(Vec::new(), 100));
    assert!(feverish(vec![chemotherapy(3)], 100));
    assert!(!feverish(vec![chemotherapy(42)], 100));
}

#[test]
fn cytokine_release_is_looked_for_after_an_infusion_of_its_kind() {
    let told = |kind, days_ago| {
        let mut bed = bed_with("crs_grade");
        bed.context.administrations = vec![dose(days_ago, kind)];
        bed.staff(60_000, Vital::BodyTemperature, 38.5);
        let rule = AlertKind::Rule(id("crs_grade"));
        bed.news().iter().any(|(kind, ..)| *kind == rule)
    };
    assert!(told(AdministrationKind::Bispecific, 2));
    assert!(!told(AdministrationKind::Bispecific, 3));
    assert!(told(AdministrationKind::CarT, 13));
    assert!(!told(AdministrationKind::CarT, 14));
    assert!(!told(AdministrationKind::SystemicAnticancer, 1));
}

#[test]
fn rules_may_ask_for_the_day_and_for_the_nadir() {
    let fast = "heart_rate >= 120";
    let told = |condition: &str, given: &[Administration]| {
        assert!(SITE.contains(fast), "{SITE}");
        let text = SITE.replace(fast, &format!("{fast} && {condition}"));
        let mut bed = Bed::new();
        bed.rules.clinical = set_of(&[("site", &text)]);
        bed.context = PatientContext {
            administrations: given.to_vec(),
            ..bed.context
        };
        bed.staff(0, Vital::HeartRate, 125.0);
        let kinds = bed.news().into_iter().map(|(kind, ..)| kind);
        kinds.filter(|kind| kind.rule().is_some()).count() == 1
    };
    assert!(told("in_expected_nadir", &[chemotherapy(8)]));
    assert!(!told("in_expected_nadir", &[chemotherapy(2)]));
    assert!(!told("in_expected_nadir", &[]));
    assert!(told("treatment_day == 9", &[chemotherapy(8)]));
    assert!(!told("treatment_day == 9", &[chemotherapy(7)]));
    // Without a cycle the day is unknown: neither below nor above.
    assert!(!told("treatment_day < 43", &[]));
    assert!(!told("treatment_day >= 43", &[]));
}
