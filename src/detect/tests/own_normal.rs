//! The patient's own normal: time of day, rest and activity, own limits.

use super::bed::{Bed, Said, clinical, reading};
use crate::detect::Source;
use crate::domain::{AlertKind, FindingState, PatientLimit, Priority, Reading, Vital};
use proptest::prelude::*;

const HR: Vital = Vital::HeartRate;
const RR: Vital = Vital::RespiratoryRate;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// The bed starts at 05:20 in London; its winter has no clock change.
const START_MINUTE: i64 = 320;
const KIND: AlertKind = AlertKind::BaselineDeviation(HR);

/// A small noise that repeats after days, 0 on average.
fn stray(tick: i64) -> f64 {
    ((tick * 7_919) % 101) as f64 / 50.0 - 1.0
}

/// 15/min above and below 75, highest at 16:00.
fn circadian(ms: i64) -> f64 {
    let hour = (ms / MINUTE + START_MINUTE) as f64 / 60.0;
    75.0 + 15.0 * (std::f64::consts::TAU * (hour - 16.0) / 24.0).cos()
}

/// Values every five minutes.
fn every_five(bed: &mut Bed, from: i64, until: i64, value: impl Fn(i64) -> f64) {
    for tick in from / (5 * MINUTE)..until / (5 * MINUTE) {
        let ms = tick * 5 * MINUTE;
        bed.watch(ms, HR, value(ms) + 4.0 * stray(tick));
    }
}

fn of_kind(bed: &mut Bed) -> Vec<(Said, i64)> {
    let news = bed.news().into_iter();
    let ours = news.filter(|(kind, ..)| *kind == KIND);
    ours.map(|(_, said, at)| (said, at)).collect()
}

/// The summary of the first departure told.
fn summary(bed: &Bed) -> String {
    let raised = |state: &FindingState| matches!(state, FindingState::Raise { .. });
    let first = bed
        .findings
        .iter()
        .find(|f| f.kind == KIND && raised(&f.state));
    first.map_or_else(String::new, |found| found.evidence.summary.clone())
}

#[test]
fn a_strong_daily_rhythm_is_learnt_and_told_at_no_time_of_day() {
    let mut bed = Bed::new();
    every_five(&mut bed, 0, 28 * DAY, circadian);
    assert_eq!(of_kind(&mut bed), []);
    let afternoon = bed.baseline_at(HR, 28 * DAY + 640 * MINUTE).unwrap();
    let night = bed.baseline_at(HR, 28 * DAY - 80 * MINUTE).unwrap();
    let near = |found: f64, expected: f64, by: f64| (found - expected).abs() < by;
    assert!(near(afternoon.level, 90.0, 3.0), "{afternoon:?}");
    assert!(near(night.level, 60.0, 3.0), "{night:?}");
    assert!(near(night.rhythm, 15.0, 2.0), "{night:?}");
    assert!(night.spread < 7.0, "the rhythm is no spread: {night:?}");
}

#[test]
fn a_rate_that_is_usual_by_day_is_told_at_night() {
    let mut bed = Bed::new();
    // Until half past two in the night of the 21st day.
    let night = 21 * DAY - 170 * MINUTE;
    every_five(&mut bed, 0, night, circadian);
    assert_eq!(of_kind(&mut bed), []);
    every_five(&mut bed, night, night + 3 * HOUR, |_| 90.0);
    let said = summary(&bed);
    assert!(
        said.contains("the patient's own normal at this time of day"),
        "{said}"
    );
    let usual = bed.baseline_at(HR, night).unwrap();
    assert!(matches!(
        of_kind(&mut bed)[..],
        [(Said::Raise(Priority::Low), _)]
    ));
    // While it is told the rhythm is not learnt.
    every_five(&mut bed, night + 3 * HOUR, night + DAY, |_| 90.0);
    let after = bed.baseline_at(HR, night).unwrap();
    assert!(
        (after.rhythm - usual.rhythm).abs() < 0.3,
        "{usual:?} to {after:?}"
    );
}

#[test]
fn the_time_of_day_is_that_where_the_patient_lives() {
    let learnt = |zone: &str| {
        let mut bed = Bed::new();
        bed.context.time_zone = zone.into();
        bed.changed(0);
        every_five(&mut bed, 0, 10 * DAY, circadian);
        let at = 10 * DAY + 640 * MINUTE;
        let here = bed.baseline_at(HR, at).unwrap();
        bed.context.time_zone = "Pacific/Auckland".into();
        bed.changed(10 * DAY);
        (here, bed.baseline_at(HR, at).unwrap())
    };
    let (london, moved) = learnt("Europe/London");
    assert!(london.level > 85.0, "{london:?}");
    // There it is five in the morning.
    assert!(moved.level < 70.0, "{moved:?}");
    let (auckland, stayed) = learnt("Pacific/Auckland");
    assert!((auckland.level - stayed.level).abs() < 0.01, "no move");
    assert!((auckland.level - london.level).abs() < 0.1, "{auckland:?}");
}

#[test]
fn what_is_measured_once_a_day_has_no_rhythm() {
    let mut bed = Bed::new();
    for day in 0..20 {
        bed.watch(day * DAY, Vital::RestingHeartRate, 62.0 + 3.0 * stray(day));
    }
    bed.to(20 * DAY);
    let view = bed.baseline(Vital::RestingHeartRate).unwrap();
    assert_eq!(view.rhythm, 0.0);
}

/// Half an hour of walking each morning, rest otherwise; every minute.
fn walking_days(bed: &mut Bed, days: std::ops::Range<i64>, walking: f64, resting: f64) {
    for minute in days.start * 1_440..days.end * 1_440 {
        let walks = (240..270).contains(&(minute % 1_440));
        let after = (270..272).contains(&(minute % 1_440));
        let (rate, steps) = match (walks, after) {
            (true, _) => (walking, 35.0),
            (_, true) => (walking, 0.0),
            _ => (resting, 0.0),
        };
        let rate = rate + 3.0 * stray(minute);
        bed.moment(minute * MINUTE, &[(Vital::StepCount, steps), (HR, rate)]);
    }
}

#[test]
fn walking_has_a_normal_of_its_own_and_is_not_told_against_rest() {
    let mut bed = Bed::new();
    walking_days(&mut bed, 0..20, 105.0, 62.0);
    assert_eq!(of_kind(&mut bed), []);
    let rest = bed.baseline(HR).unwrap();
    let mut resting = Bed::new();
    walking_days(&mut resting, 0..20, 62.0, 62.0);
    let without = resting.baseline(HR).unwrap();
    assert!(
        (rest.level - without.level).abs() < 0.1,
        "{rest:?} {without:?}"
    );
    assert!(
        (rest.spread - without.spread).abs() < 0.1,
        "{rest:?} {without:?}"
    );
    assert!(
        rest.level + 4.0 * rest.spread < 105.0,
        "at rest that would be told"
    );
    walking_days(&mut bed, 20..21, 105.0, 105.0);
    let said = summary(&bed);
    assert!(said.contains("the patient's own normal at rest"), "{said}");
}

#[test]
fn a_rate_raised_while_walking_is_told_against_the_one_usual_while_walking() {
    let mut bed = Bed::new();
    walking_days(&mut bed, 0..20, 105.0, 62.0);
    assert_eq!(of_kind(&mut bed), []);
    walking_days(&mut bed, 20..21, 160.0, 62.0);
    let said = summary(&bed);
    assert!(
        said.contains("the patient's own normal while walking or just after"),
        "{said}"
    );
    assert!(matches!(of_kind(&mut bed)[0].0, Said::Raise(Priority::Low)));
}

#[test]
fn who_has_no_step_counter_is_not_said_to_rest() {
    let mut bed = Bed::new();
    every_five(&mut bed, 0, 15 * DAY, |_| 62.0);
    every_five(&mut bed, 15 * DAY, 15 * DAY + 3 * HOUR, |_| 110.0);
    let said = summary(&bed);
    assert!(said.contains("own normal at this time of day;"), "{said}");
}

#[test]
fn a_clinician_who_says_that_the_normal_changed_resets_walking_too() {
    let mut bed = Bed::new();
    walking_days(&mut bed, 0..10, 105.0, 62.0);
    let learnt = bed.monitor.active;
    bed.monitor.rebase(HR);
    assert!(learnt != bed.monitor.active);
    assert!(bed.monitor.active == Bed::new().monitor.active);
}

/// Three weeks, then three hours `far` spreads off.
fn departs(bed: &mut Bed, restless: f64, far: f64) {
    // Now and then an hour off: the highest of a day.
    let usual = |ms: i64| {
        let day = ms / DAY;
        let off = (ms % DAY / HOUR == day * 7 % 24).then_some(1.0 + 0.2 * (day % 5) as f64);
        62.0 + restless * off.unwrap_or(0.0)
    };
    every_five(bed, 0, 21 * DAY, usual);
    bed.news();
    let view = bed.baseline_at(HR, 21 * DAY + 12 * HOUR).unwrap();
    let value = view.level + far * view.spread;
    every_five(bed, 21 * DAY + 12 * HOUR, 21 * DAY + 15 * HOUR, |_| value);
}

#[test]
fn who_is_steady_is_told_sooner_and_who_strays_daily_later_and_why() {
    let (mut steady, mut restless) = (Bed::new(), Bed::new());
    departs(&mut steady, 0.0, 3.7);
    departs(&mut restless, 25.0, 4.6);
    let said = summary(&steady);
    assert!(
        said.contains(
            "days of this patient gave for at most 0.5 false alerts in 30 d over 1 vitals"
        ),
        "{said}"
    );
    assert_eq!(summary(&restless), "");
    let mut new = Bed::new();
    every_five(&mut new, 0, 3 * DAY, |_| 62.0);
    every_five(&mut new, 3 * DAY, 3 * DAY + 3 * HOUR, |_| 190.0);
    let said = summary(&new);
    assert!(
        said.contains("The limit of 4.0 spreads is the configured one."),
        "{said}"
    );
}

#[test]
fn a_limit_that_a_clinician_set_holds_alone() {
    let limited = |value: f64, restless: f64, far: f64| {
        let mut bed = Bed::new();
        bed.context.limits.push(PatientLimit {
            rule: "baseline_deviation.limit".to_owned(),
            vital: Some(HR),
            value,
            expires: clinical(400 * DAY),
            author: "Dr Example".to_owned(),
            reason: "known arrhythmia".to_owned(),
        });
        departs(&mut bed, restless, far);
        summary(&bed)
    };
    let said = limited(4.0, 25.0, 4.6);
    assert!(
        said.contains("The limit of 4.0 spreads was set for this patient."),
        "{said}"
    );
    assert_eq!(limited(5.0, 0.0, 4.6), "");
}

#[test]
fn how_often_chance_does_it_is_read_from_the_patients_own_days_once_there_are_some() {
    let chance = |bed: &Bed| {
        let found = bed.findings.iter().find(|found| found.kind == KIND);
        found
            .and_then(|found| found.evidence.chance.clone())
            .unwrap()
    };
    let (mut new, mut known) = (Bed::new(), Bed::new());
    every_five(&mut new, 0, 3 * DAY, |_| 62.0);
    every_five(&mut new, 3 * DAY, 3 * DAY + 3 * HOUR, |_| 190.0);
    departs(&mut known, 0.0, 3.7);
    let (new, known) = (chance(&new), chance(&known));
    assert!(
        new.starts_with("If single values were independent"),
        "{new}"
    );
    assert!(known.starts_with("By this patient's own days"), "{known}");
    assert!(known.contains("less than once in two years"), "{known}");
}

#[test]
fn a_tighter_budget_of_single_vitals_tells_less() {
    let told = |budget: &str| {
        let mut bed = Bed::new();
        bed.rules.alarm_budget.low = budget.parse().unwrap();
        departs(&mut bed, 25.0, 4.6);
        !summary(&bed).is_empty()
    };
    assert_eq!(["100/1d", "0.01/366d"].map(told), [true, false]);
}

fn any_reading() -> impl Strategy<Value = (i64, Reading)> {
    let vital = prop::sample::select(vec![HR, RR, Vital::StepCount, Vital::SkinTemperature]);
    (0_i64..40 * 288, vital, 0.0..1.0_f64).prop_map(|(tick, vital, share)| {
        let facts = vital.facts();
        let value = facts.plausible_min + share * (facts.plausible_max - facts.plausible_min);
        (tick, reading(tick * 5 * MINUTE, vital, value))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_measured_the_own_normal_stays_near_it(
        mut readings in prop::collection::vec(any_reading(), 1..600),
    ) {
        readings.sort_by_key(|(tick, _)| *tick);
        let mut bed = Bed::new();
        for (_, reading) in &readings {
            let arrived = reading.at.epoch_ms() - clinical(0).epoch_ms();
            bed.send(arrived, &[*reading], Source::Watch);
        }
        for vital in [HR, RR, Vital::SkinTemperature] {
            let facts = vital.facts();
            let range = facts.plausible_max - facts.plausible_min;
            for hour in 0..24 {
                let view = bed.baseline_at(vital, hour * HOUR).unwrap();
                let level = facts.plausible_min - range..=facts.plausible_max + range;
                prop_assert!(level.contains(&view.level), "{vital:?} {view:?}");
                prop_assert!((0.0..=3.0 * range).contains(&view.spread), "{vital:?} {view:?}");
            }
        }
    }
}
