//! The shipped clinical rules at their boundaries, as a nurse's values reach them.

use super::bed::{Bed, Said, clinical, reading};
use crate::detect::{RuleSet, Source, Switches};
use crate::domain::{AlertKind, Period, Priority, RuleId, Vital};

const HR: Vital = Vital::HeartRate;
const RR: Vital = Vital::RespiratoryRate;
const TEMPERATURE: Vital = Vital::BodyTemperature;
const SYSTOLIC: Vital = Vital::SystolicPressure;
const ACVPU: Vital = Vital::Consciousness;

pub(super) fn id(text: &str) -> RuleId {
    RuleId::new(text).unwrap()
}

/// A bed on which nothing but one shipped rule is in force.
pub(super) fn bed_with(rule: &str) -> Bed {
    let all = ["crs_grade", "qsofa", "shock_index", "sirs"];
    let others = all.iter().filter(|other| **other != rule);
    let mut bed = Bed::new();
    bed.rules.clinical = RuleSet::gather(
        &[],
        None,
        &Switches {
            on: vec![id(rule)],
            off: others.map(|other| id(other)).collect(),
        },
    );
    assert_eq!(bed.rules.clinical.rules().count(), 1);
    bed
}

/// What the rule said of values a nurse took together, if anything.
fn told(rule: &str, values: &[(Vital, f64)]) -> Option<Priority> {
    let mut bed = bed_with(rule);
    told_by(&mut bed, rule, values)
}

fn told_by(bed: &mut Bed, rule: &str, values: &[(Vital, f64)]) -> Option<Priority> {
    let at = 10 * 60_000;
    let readings: Vec<_> = values.iter().map(|(v, x)| reading(at, *v, *x)).collect();
    bed.send(at, &readings, Source::Staff);
    let raised = bed
        .news()
        .into_iter()
        .filter_map(|(kind, said, _)| match said {
            Said::Raise(priority) if kind == AlertKind::Rule(id(rule)) => Some(priority),
            _ => None,
        });
    raised.max()
}

#[test]
fn sirs_holds_from_two_of_its_criteria_on_at_the_published_limits() {
    let of = |temperature, hr, rr| told("sirs", &[(TEMPERATURE, temperature), (HR, hr), (RR, rr)]);
    let low = Some(Priority::Low);
    assert_eq!(of(36.8, 91.0, 21.0), low);
    assert_eq!(of(36.8, 90.0, 21.0), None, "90 is not above 90");
    assert_eq!(of(36.8, 91.0, 20.0), None, "20 is not above 20");
    assert_eq!(of(38.1, 91.0, 16.0), low);
    assert_eq!(of(38.0, 91.0, 16.0), None, "38.0 is not above 38");
    assert_eq!(of(35.9, 91.0, 16.0), low);
    assert_eq!(of(36.0, 91.0, 16.0), None, "36.0 is not below 36");
}

#[test]
fn qsofa_holds_from_two_of_its_criteria_on_at_the_published_limits() {
    let of = |rr, systolic, acvpu| {
        let values = [(RR, rr), (SYSTOLIC, systolic), (ACVPU, acvpu)];
        told("qsofa", &values)
    };
    let medium = Some(Priority::Medium);
    assert_eq!(of(22.0, 100.0, 0.0), medium);
    assert_eq!(of(21.0, 100.0, 0.0), None);
    assert_eq!(of(22.0, 101.0, 0.0), None);
    assert_eq!(of(22.0, 101.0, 1.0), medium, "new confusion");
    assert_eq!(of(16.0, 100.0, 4.0), medium);
    assert_eq!(of(16.0, 120.0, 4.0), None);
}

#[test]
fn qsofa_is_high_in_a_neutropenia_window() {
    let mut bed = bed_with("qsofa");
    bed.context.neutropenia = vec![Period {
        start: clinical(0),
        end: Some(clinical(3_600_000)),
    }];
    let values = [(RR, 22.0), (SYSTOLIC, 100.0)];
    assert_eq!(told_by(&mut bed, "qsofa", &values), Some(Priority::High));
}

#[test]
fn the_shock_index_holds_from_nine_tenths_on_and_is_more_urgent_from_one_on() {
    let of = |hr, systolic| told("shock_index", &[(HR, hr), (SYSTOLIC, systolic)]);
    assert_eq!(of(89.0, 100.0), None);
    assert_eq!(of(90.0, 100.0), Some(Priority::Low));
    assert_eq!(of(99.0, 100.0), Some(Priority::Low));
    assert_eq!(of(100.0, 100.0), Some(Priority::Medium));
}

#[test]
fn cytokine_release_is_looked_for_only_in_a_post_infusion_window() {
    let fever = [(TEMPERATURE, 38.0)];
    assert_eq!(told("crs_grade", &fever), None);
    let of = |values: &[(Vital, f64)]| {
        let mut bed = bed_with("crs_grade");
        bed.context.post_infusion = vec![Period {
            start: clinical(0),
            end: None,
        }];
        told_by(&mut bed, "crs_grade", values)
    };
    let (grade_1, grade_2) = (Some(Priority::Medium), Some(Priority::High));
    assert_eq!(of(&fever), grade_1);
    assert_eq!(of(&[(TEMPERATURE, 37.9)]), None);
    assert_eq!(of(&[(TEMPERATURE, 37.95)]), grade_1, "charted as 38.0");
    assert_eq!(of(&[(TEMPERATURE, 38.0), (SYSTOLIC, 90.0)]), grade_1);
    assert_eq!(of(&[(TEMPERATURE, 38.0), (SYSTOLIC, 89.0)]), grade_2);
    let oxygen = Vital::SupplementalOxygen;
    assert_eq!(of(&[(TEMPERATURE, 38.0), (oxygen, 1.0)]), grade_2);
    let saturation = Vital::OxygenSaturation;
    assert_eq!(of(&[(TEMPERATURE, 38.0), (saturation, 90.0)]), grade_1);
    assert_eq!(of(&[(TEMPERATURE, 38.0), (saturation, 89.0)]), grade_2);
    assert_eq!(of(&[(TEMPERATURE, 37.9), (saturation, 80.0)]), None);
}

#[test]
fn oxygen_that_the_registry_records_counts_as_given() {
    for (recorded, grade) in [
        (Some(true), Priority::High),
        (Some(false), Priority::Medium),
        (None, Priority::Medium),
    ] {
        let mut bed = bed_with("crs_grade");
        bed.context.oxygen = recorded;
        bed.context.post_infusion = vec![Period {
            start: clinical(0),
            end: None,
        }];
        let told = told_by(&mut bed, "crs_grade", &[(TEMPERATURE, 38.5)]);
        assert_eq!(told, Some(grade), "{recorded:?}");
    }
}

#[test]
fn the_evidence_says_what_holds_what_was_measured_and_what_is_not_known() {
    let mut bed = bed_with("qsofa");
    let at = 20 * 60_000;
    bed.send(0, &[reading(0, SYSTOLIC, 98.0)], Source::Staff);
    bed.send(at, &[reading(at, RR, 24.0)], Source::Staff);
    let evidence = &bed.findings[0].evidence;
    assert_eq!(
        evidence.summary,
        "qSOFA: 2 of 3 criteria hold, 3 may (breathing 22/min or more, systolic pressure 100 \
         mmHg or less). Measured: respiratory rate 24, systolic pressure 98. Not known: \
         consciousness. Oldest input: 20 minutes."
    );
    assert_eq!(
        (evidence.rule.as_str(), evidence.rule_version),
        ("qsofa", 1)
    );
    assert_eq!(evidence.missing, ["consciousness"]);
    assert_eq!(evidence.figure("criteria_met"), Some(2.0));
    assert_eq!(evidence.figure("criteria_possible"), Some(3.0));
    let values: Vec<_> = evidence
        .values
        .iter()
        .map(|v| (v.vital, v.value, v.age_ms))
        .collect();
    assert_eq!(values, [(RR, 24.0, 0), (SYSTOLIC, 98.0, at)]);
}

#[test]
fn the_evidence_shows_the_numbers_a_rule_computes() {
    let mut bed = bed_with("shock_index");
    let values = [reading(0, HR, 110.0), reading(0, SYSTOLIC, 88.0)];
    bed.send(60_000, &values, Source::Staff);
    let kind = AlertKind::Rule(id("shock_index"));
    let found = bed.findings.iter().find(|found| found.kind == kind);
    let evidence = &found.unwrap().evidence;
    assert_eq!(evidence.figure("shock_index"), Some(1.25));
    assert!(
        evidence
            .summary
            .starts_with("Shock index: heart rate over systolic pressure is 1.25, 1.0 or more.")
    );
}

#[test]
fn a_rule_that_is_overdue_for_review_says_so() {
    use super::clinical_files::{SITE, set_of};
    let mut bed = Bed::new();
    let overdue = SITE.replace("2027-11-22", "2025-11-21");
    let overdue = overdue.replace("2026-01-01", "2025-01-01");
    bed.rules.clinical = set_of(&[("site", &overdue)]);
    bed.send(0, &[reading(0, HR, 125.0)], Source::Staff);
    let summary = &bed.findings[0].evidence.summary;
    assert!(
        summary.ends_with("The rule was due for review by 2025-11-21."),
        "{summary}"
    );
}
