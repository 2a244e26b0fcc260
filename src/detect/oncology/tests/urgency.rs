//! Priorities inside windows and outside, and the sentence.

use super::{at, dose, given, patient, rules};
use crate::detect::{Rules, urgency_in_treatment};
use crate::domain::{
    AdministrationKind, AlertKind, ClinicalTime, PatientContext, Period, Priority, RuleId,
    TreatmentContext, TreatmentWindow, Vital,
};

const INSIDE: &str = "2026-11-09T12:00:00Z";
const OUTSIDE: &str = "2026-11-03T12:00:00Z";

fn in_nadir() -> PatientContext {
    patient("", &[dose("2026-11-01T09:00:00Z", 2)])
}

fn judged(
    context: &PatientContext,
    kind: AlertKind,
    priority: Priority,
    text: &str,
) -> (Priority, TreatmentContext) {
    urgency_in_treatment(context, &rules(), kind, priority, at(text))
}

fn becomes(kind: AlertKind, priority: Priority, text: &str) -> Priority {
    judged(&in_nadir(), kind, priority, text).0
}

#[test]
fn a_window_makes_the_kinds_of_its_row_one_step_more_urgent_and_no_other() {
    use AlertKind::*;
    let raised = [
        Deterioration,
        SustainedChange,
        News2,
        OvernightHeartRate,
        BaselineDeviation(Vital::HeartRate),
        BaselineDeviation(Vital::RespiratoryRate),
        BaselineDeviation(Vital::BodyTemperature),
    ];
    for kind in raised {
        assert_eq!(becomes(kind, Priority::Low, INSIDE), Priority::Medium);
        assert_eq!(becomes(kind, Priority::Medium, INSIDE), Priority::High);
        assert_eq!(becomes(kind, Priority::High, INSIDE), Priority::High);
        assert_eq!(becomes(kind, Priority::Low, OUTSIDE), Priority::Low);
    }
    let others = [
        FeverOnTreatment,
        IrregularPulse,
        ActivityDecline,
        Rule(RuleId::new("qsofa").unwrap()),
        BaselineDeviation(Vital::SkinTemperature),
        BaselineDeviation(Vital::OxygenSaturation),
        Silent(Vital::HeartRate),
    ];
    for kind in others {
        assert_eq!(becomes(kind, Priority::Low, INSIDE), Priority::Low);
    }
}

#[test]
fn recorded_neutropenia_and_an_infusion_have_rows_of_their_own() {
    let saturation = AlertKind::BaselineDeviation(Vital::OxygenSaturation);
    let period = Period {
        start: ClinicalTime::from_epoch_ms(at(OUTSIDE).epoch_ms()),
        end: Some(ClinicalTime::from_epoch_ms(at(INSIDE).epoch_ms())),
    };
    let mut recorded = PatientContext {
        neutropenia: vec![period],
        ..PatientContext::default()
    };
    let news2 = |context: &PatientContext, text| {
        judged(context, AlertKind::News2, Priority::Medium, text).0
    };
    assert_eq!(
        news2(&recorded, OUTSIDE),
        Priority::High,
        "the first moment"
    );
    assert_eq!(
        news2(&recorded, INSIDE),
        Priority::Medium,
        "the first after"
    );
    assert_eq!(
        judged(&recorded, saturation, Priority::Low, OUTSIDE).0,
        Priority::Low
    );
    recorded.neutropenia.clear();
    recorded.post_infusion = vec![period];
    let derived = given("2026-11-03T11:00:00Z", 1, AdministrationKind::Bispecific);
    for context in [recorded, patient("", &[derived])] {
        assert_eq!(
            judged(&context, saturation, Priority::Low, OUTSIDE).0,
            Priority::Medium
        );
    }
}

#[test]
fn where_windows_overlap_the_largest_step_counts_once() {
    let mut context = in_nadir();
    let start = ClinicalTime::from_epoch_ms(at(OUTSIDE).epoch_ms());
    context.neutropenia = vec![Period { start, end: None }];
    let (priority, told) = judged(&context, AlertKind::News2, Priority::Low, INSIDE);
    assert_eq!(priority, Priority::Medium);
    assert_eq!(
        told.windows,
        [TreatmentWindow::ExpectedNadir, TreatmentWindow::Neutropenia]
    );
    let mut two = rules();
    two.oncology.more_urgent.neutropenia.news2 = 2;
    let kind = AlertKind::News2;
    let (priority, _) = urgency_in_treatment(&context, &two, kind, Priority::Low, at(INSIDE));
    assert_eq!(priority, Priority::High);
}

#[test]
fn the_sentence_says_where_in_the_treatment_it_is_and_what_that_changed() {
    let told = |context: &PatientContext, text| {
        let (_, told) = judged(context, AlertKind::News2, Priority::Medium, text);
        told.summary
    };
    let mut context = in_nadir();
    assert_eq!(
        told(&context, INSIDE),
        "Day 9 of cycle 2; inside the expected nadir, days 7 to 14: high instead of medium."
    );
    assert_eq!(
        told(&context, OUTSIDE),
        "Day 3 of cycle 2; outside every window of higher risk."
    );
    assert_eq!(
        told(&context, "2027-11-03T12:00:00Z"),
        "No cycle runs by the record; outside every window of higher risk."
    );
    context
        .administrations
        .push(dose("2026-11-08T09:00:00Z", 2));
    assert_eq!(
        told(&context, "2026-11-17T12:00:00Z"),
        "Day 17 of cycle 2; inside the expected nadir, days 7 to 14 counted from day 8: \
         high instead of medium."
    );
    context
        .administrations
        .push(dose("2026-11-16T09:00:00Z", 3));
    assert_eq!(
        told(&context, "2026-11-17T12:00:00Z"),
        "Day 2 of cycle 3; inside the expected nadir, days 7 to 14 counted from 9 days ago: \
         high instead of medium."
    );
    let infusion = given("2026-11-03T11:00:00Z", 1, AdministrationKind::Bispecific);
    assert_eq!(
        told(&patient("", &[infusion]), OUTSIDE),
        "Day 1 of cycle 1; within 72 h of an infusion: high instead of medium."
    );
}

#[test]
fn what_is_told_is_also_there_for_machines() {
    let (_, told) = judged(&in_nadir(), AlertKind::News2, Priority::Medium, INSIDE);
    let json = serde_json::to_value(&told).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "summary": told.summary,
            "at": at(INSIDE).epoch_ms(),
            "cycle": 2,
            "day": 9,
            "windows": ["expected_nadir"],
            "priority_without": "medium",
        })
    );
}

#[test]
fn a_regimen_is_no_part_of_what_is_told_or_logged() {
    let mut context = in_nadir();
    context.administrations[0].regimen = Some(crate::domain::Regimen("SECRET-7".to_owned()));
    let (_, told) = judged(&context, AlertKind::News2, Priority::Medium, INSIDE);
    assert!(!serde_json::to_string(&told).unwrap().contains("SECRET-7"));
    assert!(!format!("{context:?}").contains("SECRET-7"));
}

#[test]
fn every_wrong_setting_is_named() {
    let mut rules = Rules::default();
    rules.oncology.cycle_days_max = 0;
    rules.oncology.systemic_anticancer.nadir_last_day = 6;
    rules.oncology.car_t.post_infusion_hours = 2_161;
    rules.oncology.more_urgent.expected_nadir.news2 = 3;
    let row = &mut rules.oncology.more_urgent.post_infusion;
    row.baseline_deviation.insert(Vital::StepCount, 1);
    let problems = rules.problems();
    let named = [
        "oncology.cycle_days_max",
        "oncology.systemic_anticancer.nadir_first_day",
        "oncology.car_t.post_infusion_hours",
        "oncology.more_urgent.expected_nadir.news2",
        "oncology.more_urgent.post_infusion.baseline_deviation.step_count",
    ];
    assert_eq!(problems.len(), named.len(), "{problems:?}");
    for (problem, key) in problems.iter().zip(named) {
        assert!(problem.starts_with(key), "{problem}");
    }
}
