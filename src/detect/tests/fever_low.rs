//! Low temperatures against what is usual for the patient.

use super::bed::{Bed, Said, clinical};
use crate::domain::{AlertKind, PatientLimit, Priority, Vital};

const BT: Vital = Vital::BodyTemperature;
const MINUTE: i64 = 60_000;
const DAY: i64 = 1_440 * MINUTE;
const MEDIUM: Said = Said::Raise(Priority::Medium);

/// A patient whose patch has read `usual`, a tenth up and down, for ten days.
fn used_to(usual: f64) -> Bed {
    let mut bed = Bed::new();
    learn(&mut bed, usual);
    bed
}

fn learn(bed: &mut Bed, usual: f64) {
    for step in 0..10 * 144 {
        let off = if step % 2 == 0 { 0.1 } else { -0.1 };
        bed.watch(step * 10 * MINUTE, BT, usual + off);
    }
    bed.news();
}

/// What is said of fever when the patch reads a value six times in an hour.
fn hour_of(bed: &mut Bed, from: i64, value: f64) -> Vec<Said> {
    for step in 0..6 {
        bed.watch(from + step * 10 * MINUTE, BT, value);
    }
    bed.to(from + 55 * MINUTE);
    let news = bed.news().into_iter();
    news.filter(|(kind, ..)| *kind == AlertKind::FeverOnTreatment)
        .map(|(_, said, _)| said)
        .collect()
}

#[test]
fn who_is_always_cool_is_told_of_only_well_below_what_is_usual_for_them() {
    let mut bed = used_to(36.2);
    assert_eq!(hour_of(&mut bed, 10 * DAY, 35.8), [], "0.4 below");
    assert_eq!(hour_of(&mut bed, 10 * DAY + 60 * MINUTE, 35.6), [MEDIUM]);
    let mut bed = used_to(36.2);
    for step in 0..6 {
        bed.watch(10 * DAY + step * 10 * MINUTE, BT, 35.6);
    }
    let said = bed
        .findings
        .iter()
        .find(|it| it.kind == AlertKind::FeverOnTreatment);
    let words = &said.expect("it is raised").evidence.summary;
    // Ten days in, what is usual still leans towards the population.
    assert!(
        words.contains("below 35.8 °C (usual for this patient at this hour: 36.3 °C)"),
        "{words}"
    );
}

#[test]
fn whoever_is_usually_warm_is_judged_by_the_sites_limit() {
    assert_eq!(hour_of(&mut used_to(36.9), 10 * DAY, 35.9), [MEDIUM]);
    assert_eq!(hour_of(&mut used_to(36.9), 10 * DAY, 36.0), []);
}

#[test]
fn very_low_is_told_whatever_is_usual() {
    assert_eq!(hour_of(&mut used_to(35.7), 10 * DAY, 35.5), []);
    assert_eq!(hour_of(&mut used_to(35.7), 10 * DAY, 35.4), [MEDIUM]);
}

#[test]
fn a_stranger_is_judged_by_the_sites_limit() {
    assert_eq!(hour_of(&mut Bed::new(), 0, 35.9), [MEDIUM]);
}

#[test]
fn what_staff_measure_counts_at_once_whatever_is_usual() {
    let mut bed = used_to(36.2);
    bed.staff(10 * DAY, BT, 35.9);
    bed.staff(10 * DAY + 5 * MINUTE, BT, 35.9);
    let news = bed.news();
    let fever = (AlertKind::FeverOnTreatment, MEDIUM, 10 * DAY + 5 * MINUTE);
    assert!(news.contains(&fever), "{news:?}");
}

#[test]
fn a_limit_set_for_the_patient_stands_before_what_is_usual() {
    let mut bed = used_to(36.2);
    bed.context.limits.push(PatientLimit {
        rule: "fever_on_treatment.low_below".to_owned(),
        vital: None,
        value: 36.0,
        author: "Dr Example".to_owned(),
        reason: "septic twice without fever".to_owned(),
        expires: clinical(30 * DAY),
    });
    assert_eq!(hour_of(&mut bed, 10 * DAY, 35.8), [MEDIUM]);
}

#[test]
fn a_site_may_judge_by_its_limit_alone() {
    let mut bed = Bed::new();
    bed.rules.fever.own_low.enabled = false;
    learn(&mut bed, 36.2);
    assert_eq!(hour_of(&mut bed, 10 * DAY, 35.8), [MEDIUM]);
}

#[test]
fn a_fever_ends_by_values_that_are_cool_but_usual_and_not_by_low_ones() {
    let mut bed = used_to(36.2);
    bed.watch(10 * DAY, BT, 38.4);
    bed.watch(10 * DAY + 5_000, BT, 38.4);
    assert_eq!(
        hour_of(&mut bed, 10 * DAY + 20 * MINUTE, 35.6)[0],
        Said::Raise(Priority::High)
    );
    assert_eq!(hour_of(&mut bed, 10 * DAY + 80 * MINUTE, 35.6), []);
    assert_eq!(hour_of(&mut bed, 10 * DAY + 140 * MINUTE, 35.9), []);
    assert_eq!(
        hour_of(&mut bed, 10 * DAY + 200 * MINUTE, 35.9),
        [Said::Clear],
        "35.9 is normal for this patient"
    );
}
