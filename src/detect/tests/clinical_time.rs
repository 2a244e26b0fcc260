//! Clinical rules in time: persistence, hysteresis, gaps, late data.

use super::bed::{Bed, Said, clinical};
use super::clinical::id;
use super::clinical_files::{SITE, set_of};
use crate::detect::{Monitor, Source};
use crate::domain::{AlertKind, Pause, Priority, Vital};

const HR: Vital = Vital::HeartRate;
const RR: Vital = Vital::RespiratoryRate;
const MINUTE: i64 = 60_000;

fn site_bed(text: &str) -> Bed {
    let mut bed = Bed::new();
    bed.rules.baseline.vitals.heart_rate.enabled = false;
    bed.rules.clinical = set_of(&[("site", text)]);
    bed
}

/// One value a minute, from minute `from` on.
fn minutes(bed: &mut Bed, from: i64, vital: Vital, values: &[f64]) {
    for (minute, value) in (from..).zip(values) {
        bed.watch(minute * MINUTE, vital, *value);
        bed.watch(minute * MINUTE + 30_000, vital, *value);
    }
}

/// What the rule said, with the minute.
fn said(bed: &mut Bed) -> Vec<(Said, i64)> {
    let kind = AlertKind::Rule(id("site"));
    let news = bed.news().into_iter().filter(|(of, ..)| *of == kind);
    news.map(|(_, said, at)| (said, at / MINUTE)).collect()
}

const RAISED: Said = Said::Raise(Priority::Medium);

#[test]
fn a_condition_must_hold_in_three_of_five_minutes() {
    let mut bed = site_bed(SITE);
    minutes(
        &mut bed,
        0,
        HR,
        &[130.0, 100.0, 130.0, 100.0, 100.0, 130.0, 100.0, 100.0],
    );
    bed.to(10 * MINUTE);
    assert_eq!(said(&mut bed), []);
    minutes(&mut bed, 11, HR, &[130.0, 100.0, 130.0, 100.0, 130.0]);
    bed.to(17 * MINUTE);
    assert_eq!(
        said(&mut bed),
        [(RAISED, 17)],
        "minute 15 closed one grace after its end"
    );
}

#[test]
fn a_condition_must_hold_for_its_minutes_without_a_break_or_a_gap() {
    let text = SITE.replace("epochs = 3\nof = 5", "minutes = 5");
    let mut bed = site_bed(&text);
    minutes(
        &mut bed,
        0,
        HR,
        &[
            130.0, 130.0, 130.0, 130.0, 100.0, 130.0, 130.0, 130.0, 130.0,
        ],
    );
    bed.to(12 * MINUTE);
    assert_eq!(said(&mut bed), []);
    // Nothing was known for longer than an input may be old.
    minutes(&mut bed, 30, HR, &[131.0; 5]);
    bed.to(36 * MINUTE);
    assert_eq!(said(&mut bed), []);
    minutes(&mut bed, 36, HR, &[131.0]);
    bed.to(39 * MINUTE);
    assert_eq!(
        said(&mut bed),
        [(RAISED, 38)],
        "from minute 30 to minute 36"
    );
}

#[test]
fn what_a_person_measured_acts_at_once() {
    let mut bed = site_bed(SITE);
    bed.staff(MINUTE, HR, 120.0);
    assert_eq!(said(&mut bed), [(RAISED, 1)]);
}

#[test]
fn an_alert_ends_only_below_the_lower_limit_and_after_its_calm() {
    let mut bed = site_bed(SITE);
    minutes(&mut bed, 0, HR, &[130.0; 5]);
    // Between the limits nothing ends however long it lasts.
    minutes(&mut bed, 5, HR, &[115.0; 30]);
    bed.to(37 * MINUTE);
    assert_eq!(said(&mut bed), [(RAISED, 4)]);
    // A calm of ten minutes that is broken once.
    let mut calm = vec![105.0; 9];
    calm.push(112.0);
    calm.extend([105.0; 11]);
    minutes(&mut bed, 37, HR, &calm);
    bed.to(70 * MINUTE);
    assert_eq!(
        said(&mut bed),
        [(Said::Clear, 59)],
        "calm from minute 47 to minute 57"
    );
    minutes(&mut bed, 70, HR, &[130.0; 3]);
    bed.to(75 * MINUTE);
    assert_eq!(said(&mut bed), [(RAISED, 74)], "it can be raised again");
}

#[test]
fn the_end_says_so_in_words() {
    let mut bed = site_bed(SITE);
    bed.staff(0, HR, 130.0);
    bed.staff(MINUTE, HR, 100.0);
    bed.staff(12 * MINUTE, HR, 100.0);
    let end = bed.findings.last().unwrap();
    assert_eq!(
        end.evidence.summary,
        "Fast heart has been calm for 11 minutes."
    );
    assert_eq!(
        (end.evidence.rule.as_str(), end.evidence.rule_version),
        ("site", 3)
    );
}

const TWO: &str = r#"id = "site"
title = "Two"
version = 1
author = "Dr Example"
valid_from = "2026-01-01"
review_by = "2027-11-22"
source = "test"
priority = "medium"
when = "heart_rate >= 120 && respiratory_rate >= 24"
clear_when = "heart_rate < 110 || respiratory_rate < 20"
clear_after_minutes = 5
words = "x"

[inputs_max_age_minutes]
heart_rate = 10
respiratory_rate = 10

[persistence]
epochs = 1
of = 1
"#;

#[test]
fn a_missing_input_neither_opens_nor_ends_anything() {
    let mut bed = site_bed(TWO);
    minutes(&mut bed, 0, HR, &[130.0; 5]);
    bed.to(8 * MINUTE);
    assert_eq!(said(&mut bed), [], "breathing is not known");
    minutes(&mut bed, 8, RR, &[26.0]);
    minutes(&mut bed, 9, HR, &[130.0]);
    bed.to(11 * MINUTE);
    assert_eq!(said(&mut bed), [(RAISED, 10)]);
    // Breathing stops coming; the heart rate between the limits decides nothing.
    minutes(&mut bed, 30, HR, &[115.0; 20]);
    bed.to(55 * MINUTE);
    assert_eq!(said(&mut bed), [(Said::Unknown, 32)], "said once");
    // The known side alone decides.
    minutes(&mut bed, 60, HR, &[100.0; 6]);
    bed.to(70 * MINUTE);
    assert_eq!(said(&mut bed), [(Said::Clear, 67)]);
}

#[test]
fn an_input_older_than_its_limit_is_missing() {
    for (age, raised) in [(10, true), (11, false)] {
        let mut bed = site_bed(TWO);
        bed.staff(0, RR, 26.0);
        bed.staff(age * MINUTE, HR, 130.0);
        assert_eq!(!said(&mut bed).is_empty(), raised, "{age} minutes");
    }
}

#[test]
fn late_data_is_judged_but_pages_only_while_it_is_fresh() {
    let mut bed = site_bed(SITE);
    for minute in 0..5 {
        let reading = super::bed::reading(minute * MINUTE, HR, 130.0);
        bed.send(60 * MINUTE, &[reading], Source::Watch);
    }
    bed.to(65 * MINUTE);
    assert_eq!(said(&mut bed), []);
}

#[test]
fn a_pause_ends_what_was_raised_and_nothing_is_raised_in_it() {
    let mut bed = site_bed(SITE);
    bed.staff(0, HR, 130.0);
    assert_eq!(said(&mut bed), [(RAISED, 0)]);
    bed.context.pauses = vec![Pause {
        start: clinical(5 * MINUTE),
        end: clinical(60 * MINUTE),
        reason: "scan".to_owned(),
    }];
    bed.changed(MINUTE);
    bed.to(6 * MINUTE);
    assert_eq!(said(&mut bed), [(Said::Clear, 5)]);
    bed.staff(10 * MINUTE, HR, 130.0);
    assert_eq!(said(&mut bed), []);
}

#[test]
fn a_more_urgent_condition_is_told_as_such_and_a_less_urgent_one_is_not_told_again() {
    let urgent =
        "\n[urgent]\nwhen = \"heart_rate >= 150\"\npriority = \"high\"\nwords = \"very fast\"\n";
    let mut bed = site_bed(&format!("{SITE}{urgent}"));
    bed.staff(0, HR, 130.0);
    bed.staff(5 * MINUTE, HR, 155.0);
    bed.staff(10 * MINUTE, HR, 125.0);
    assert_eq!(
        said(&mut bed),
        [(RAISED, 0), (Said::Raise(Priority::High), 5)]
    );
}

#[test]
fn rules_of_the_patients_own_normal_and_of_the_time_since_learning_work() {
    let text = SITE
        .replace(
            "heart_rate >= 120",
            "heart_rate - level.heart_rate >= 2.0 * spread.heart_rate && days.heart_rate >= 0.0",
        )
        .replace(
            "heart_rate < 110",
            "heart_rate - level.heart_rate < spread.heart_rate",
        );
    let mut bed = site_bed(&text);
    bed.staff(0, HR, 100.0);
    assert_eq!(said(&mut bed), [], "75 ± 13.5 in the population");
    bed.staff(MINUTE, HR, 103.0);
    assert_eq!(said(&mut bed), [(RAISED, 1)]);
}

#[test]
fn rules_of_news2_see_its_bounds() {
    let text = SITE
        .replace("heart_rate >= 120", "news2_min >= 5")
        .replace("heart_rate < 110", "news2_max < 5")
        .replace(
            "heart rate {heart_rate}/min",
            "NEWS2 is at least {news2_min}, at most {news2_max}",
        )
        .replace(
            "[inputs_max_age_minutes]\nheart_rate = 10\n",
            "[inputs_max_age_minutes]\n",
        );
    let mut bed = site_bed(&text);
    bed.staff(0, HR, 135.0);
    assert_eq!(said(&mut bed), []);
    bed.staff(MINUTE, RR, 22.0);
    let kind = AlertKind::Rule(id("site"));
    let told = bed
        .findings
        .iter()
        .find(|found| found.kind == kind)
        .unwrap();
    let summary = &told.evidence.summary;
    assert!(
        summary.starts_with("Fast heart: NEWS2 is at least 5, at most 17."),
        "{summary}"
    );
}

#[test]
fn a_state_survives_rules_that_come_go_and_change_and_keeps_what_was_raised() {
    let mut bed = site_bed(SITE);
    bed.staff(0, HR, 130.0);
    said(&mut bed);
    let earlier = SITE
        .replace("\"site\"", "\"a_first\"")
        .replace("120", "200");
    let later = SITE
        .replace("version = 3", "version = 4")
        .replace("120", "125");
    bed.rules.clinical = set_of(&[("a_first", &earlier), ("site", &later)]);
    bed.staff(MINUTE, HR, 130.0);
    assert_eq!(said(&mut bed), [], "it was told");
    bed.rules.clinical = set_of(&[("a_first", &earlier)]);
    bed.staff(2 * MINUTE, HR, 130.0);
    bed.rules.clinical = set_of(&[("site", &later)]);
    bed.staff(3 * MINUTE, HR, 130.0);
    assert_eq!(
        said(&mut bed),
        [(RAISED, 3)],
        "a rule that comes back begins anew"
    );
}

#[test]
fn a_rule_is_judged_only_when_one_of_its_inputs_changes() {
    let breathing = SITE.replace("\"site\"", "\"breathing\"");
    let breathing = breathing.replace("heart_rate", "respiratory_rate");
    let breathing = breathing.replace("120", "24").replace("110", "20");
    let mut bed = site_bed(SITE);
    bed.rules.clinical = set_of(&[("breathing", &breathing), ("site", SITE)]);
    bed.staff(0, HR, 130.0);
    let slots = |monitor: &Monitor, place: usize| {
        serde_json::to_value(monitor).unwrap()["clinical"]["slots"][place].clone()
    };
    let before: Monitor = bed.monitor.clone();
    bed.staff(MINUTE, Vital::OxygenSaturation, 97.0);
    bed.staff(2 * MINUTE, RR, 25.0);
    assert_ne!(slots(&before, 0), slots(&bed.monitor, 0));
    assert_eq!(slots(&before, 1), slots(&bed.monitor, 1));
    bed.staff(3 * MINUTE, HR, 130.0);
    assert_ne!(slots(&before, 1), slots(&bed.monitor, 1));
}

#[test]
fn in_one_minute_a_persons_value_stands_before_the_watchs() {
    let mut bed = site_bed(SITE);
    bed.watch(0, HR, 100.0);
    bed.staff(10_000, HR, 130.0);
    assert_eq!(said(&mut bed), [(RAISED, 0)]);
    // The watch's minute closes behind it and would begin the calm.
    bed.to(3 * MINUTE);
    bed.staff(10 * MINUTE, HR, 100.0);
    assert_eq!(said(&mut bed), [], "the calm begins now");
    bed.staff(20 * MINUTE, HR, 100.0);
    assert_eq!(said(&mut bed), [(Said::Clear, 20)]);
}

#[test]
fn let_go_forgets_that_a_rule_was_told() {
    let mut bed = site_bed(SITE);
    bed.staff(0, HR, 130.0);
    said(&mut bed);
    let now = clinical(MINUTE);
    bed.monitor
        .let_go(&bed.context, &bed.rules, AlertKind::Rule(id("site")), now);
    bed.staff(2 * MINUTE, HR, 130.0);
    assert_eq!(said(&mut bed), [(RAISED, 2)]);
}
