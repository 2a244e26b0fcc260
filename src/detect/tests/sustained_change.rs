use super::bed::{Bed, Said, reading};
use crate::detect::{Monitor, Rules, Source};
use crate::domain::{AlertKind, Evidence, FindingState, Priority, Reading, Vital};
use wardlight_simulators::chance::Chance;

const KIND: AlertKind = AlertKind::SustainedChange;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// The bed begins at 05:20: full hours lie 40 minutes on.
const FULL: i64 = 40 * MINUTE;
/// Vitals with their usual level and spread.
const VITALS: [(Vital, f64, f64); 4] = [
    (Vital::HeartRate, 72.0, 5.0),
    (Vital::RespiratoryRate, 15.5, 1.2),
    (Vital::OxygenSaturation, 96.8, 0.7),
    (Vital::BodyTemperature, 36.7, 0.18),
];

/// An hour of a patient: independent noise, and a rise in spreads of the vital.
fn values(patient: u64, hour: i64, rise: [f64; 4]) -> Vec<(Vital, f64)> {
    let vitals = VITALS.into_iter().zip(rise).enumerate();
    vitals
        .map(|(place, ((vital, level, spread), rise))| {
            let chance = Chance::new(31).numbered(patient).numbered(place as u64);
            let value = level + spread * (chance.normal(hour) + rise);
            (vital, (value * 100.0).round() / 100.0)
        })
        .collect()
}

/// Hourly moments on the full hours `from..until`.
fn hours(bed: &mut Bed, from: i64, until: i64, rise: impl Fn(i64) -> [f64; 4]) {
    for hour in from..until {
        bed.moment(FULL + hour * HOUR, &values(0, hour, rise(hour)));
    }
    bed.to(FULL + (until - 1) * HOUR + 2 * MINUTE);
}

const WELL: fn(i64) -> [f64; 4] = |_| [0.0; 4];

/// What was found of sustained change, in hours after the first full one.
fn ours(bed: &mut Bed) -> Vec<(Said, i64)> {
    let news = bed.news().into_iter();
    news.filter(|(kind, ..)| *kind == KIND)
        .map(|(_, said, at)| (said, (at - FULL) / HOUR))
        .collect()
}

fn raised(bed: &Bed) -> Option<Evidence> {
    let ours = bed.findings.iter().filter(|f| f.kind == KIND);
    let mut raised = ours.filter(|f| matches!(f.state, FindingState::Raise { .. }));
    raised.next().map(|found| found.evidence.clone())
}

/// Heart and breathing rate drift up over a day and a half, then stay.
fn drifting(from: i64) -> impl Fn(i64) -> [f64; 4] {
    move |hour| {
        let rise = ((hour - from) as f64 / 12.0).clamp(0.0, 3.0);
        [rise, rise, 0.0, 0.0]
    }
}

#[test]
fn a_drift_is_told_once_and_ends_when_the_usual_course_is_back() {
    let mut bed = Bed::new();
    hours(&mut bed, 0, 480, WELL);
    assert_eq!(ours(&mut bed), []);
    hours(&mut bed, 480, 520, drifting(480));
    let news = ours(&mut bed);
    assert!(
        matches!(news[..], [(Said::Raise(Priority::Low), at)] if (486..516).contains(&at)),
        "{news:?}"
    );
    hours(&mut bed, 520, 560, WELL);
    let news = ours(&mut bed);
    assert!(matches!(news[..], [(Said::Clear, _)]), "{news:?}");
}

#[test]
fn a_change_that_stays_is_told_once_and_ends_after_its_time() {
    let mut bed = Bed::new();
    hours(&mut bed, 0, 480, WELL);
    hours(&mut bed, 480, 800, drifting(480));
    let news = ours(&mut bed);
    let [(Said::Raise(_), told), (Said::Clear, over), ..] = news[..] else {
        panic!("{news:?}");
    };
    assert!(over - told <= 72, "{news:?}");
    assert!(news.len() <= 4, "{news:?}");
}

#[test]
fn an_alert_ends_after_its_time_when_nothing_is_measured_any_more() {
    let mut bed = Bed::new();
    hours(&mut bed, 0, 480, WELL);
    hours(&mut bed, 480, 516, drifting(480));
    let [(Said::Raise(_), told)] = ours(&mut bed)[..] else {
        panic!("it drifts");
    };
    bed.to(FULL + (told + 72) * HOUR + MINUTE);
    assert_eq!(ours(&mut bed), []);
    bed.to(FULL + (told + 72) * HOUR + 2 * MINUTE);
    assert_eq!(ours(&mut bed), [(Said::Clear, told + 72)]);
}

#[test]
fn healthy_people_are_told_of_no_more_than_the_budget_allows() {
    let (patients, days) = (12, 60);
    let mut told = 0;
    for patient in 0..patients {
        let mut bed = Bed::new();
        bed.rules.alarm_budget.low = "2/30d".parse().unwrap();
        for hour in 0..days * 24 {
            bed.moment(FULL + hour * HOUR, &values(patient, hour, [0.0; 4]));
            let ours = bed.findings.drain(..).filter(|f| f.kind == KIND);
            told += ours
                .filter(|f| matches!(f.state, FindingState::Raise { .. }))
                .count();
        }
    }
    // 24 patient-months; nobody is ill.
    assert!(told <= 24, "{told}");
}

#[test]
fn the_alert_says_which_vitals_drift_who_says_so_and_how_often_chance_does_that() {
    let mut bed = Bed::new();
    hours(&mut bed, 0, 480, WELL);
    bed.findings.clear();
    hours(&mut bed, 480, 520, drifting(480));
    let evidence = raised(&bed).unwrap();
    let words = &evidence.summary;
    assert!(words.starts_with("A change that lasts: "), "{words}");
    assert!(
        words.contains("heart rate +") && words.contains("breathing +"),
        "{words}"
    );
    assert!(!words.contains("temperature"), "{words}");
    assert!(
        words.contains(". Seen by ") && words.contains(" %)"),
        "{words}"
    );
    assert!(
        words.contains("A run like this is expected by chance about once in")
            && words.contains("for this patient."),
        "{words}"
    );
    assert!(
        words.contains("own course") && !words.contains("odds"),
        "{words}"
    );
    let shares = evidence
        .figures
        .iter()
        .filter(|f| f.name.starts_with("share."));
    assert!((shares.map(|f| f.value).sum::<f64>() - 1.0).abs() < 1e-9);
    for name in [
        "log_evidence",
        "threshold",
        "days_between",
        "average.heart_rate",
    ] {
        assert!(evidence.figure(name).is_some(), "{name}");
    }
    assert!(evidence.figure("departure.heart_rate").unwrap() > 0.0);
    assert!(evidence.figure("hours_learnt").unwrap() > 400.0);
    assert!(evidence.missing.is_empty());
    assert!(
        evidence
            .values
            .iter()
            .all(|value| value.age_ms == 2 * MINUTE)
    );
}

#[test]
fn a_limit_ahead_is_said_with_its_time() {
    let mut bed = Bed::new();
    hours(&mut bed, 0, 480, WELL);
    bed.findings.clear();
    // Breathing rises by 0.6/min an hour.
    let climbing = |hour: i64| [0.0, (hour - 480) as f64 * 0.5, 0.0, 0.0];
    hours(&mut bed, 480, 500, climbing);
    let evidence = raised(&bed).unwrap();
    let words = &evidence.summary;
    let ahead = evidence.figure("hours_to_limit.respiratory_rate").unwrap();
    assert!((1.5..24.0).contains(&ahead), "{ahead}");
    let expected = format!("At this pace breathing reaches 25/min in about {ahead:.0} h.");
    assert!(words.contains(&expected), "{words}");
    assert!(words.contains("and rising by 0."), "{words}");
}

#[test]
fn a_new_patient_is_compared_with_the_population_and_it_is_said() {
    let mut bed = Bed::new();
    hours(&mut bed, 0, 60, WELL);
    // What half days have in common is not known yet, so little is not told.
    hours(&mut bed, 60, 110, |hour| {
        drifting(60)(hour).map(|rise| 2.0 * rise)
    });
    let evidence = raised(&bed).unwrap();
    assert!(
        evidence.summary.contains("(this one is still new)"),
        "{}",
        evidence.summary
    );
}

#[test]
fn a_vital_that_is_not_measured_is_missing_and_the_others_speak() {
    let mut bed = Bed::new();
    let some = |hour: i64, rise: f64| {
        let mut values = values(0, hour, [rise, rise, 0.0, 0.0]);
        values.truncate(if hour % 3 == 0 { 2 } else { 1 });
        values
    };
    for hour in 0..600 {
        bed.moment(FULL + hour * HOUR, &some(hour, 0.0));
    }
    bed.findings.clear();
    for hour in 600..660 {
        bed.moment(FULL + hour * HOUR, &some(hour, 3.0));
    }
    let evidence = raised(&bed).unwrap();
    let missing: Vec<&str> = evidence.missing.iter().map(String::as_str).collect();
    assert!(
        missing.ends_with(&["oxygen_saturation", "body_temperature"]),
        "{missing:?}"
    );
    assert!(
        evidence.summary.contains("heart rate +"),
        "{}",
        evidence.summary
    );
}

#[test]
fn the_side_that_does_not_matter_is_no_drift() {
    let better = |hour: i64| {
        let much = if hour >= 480 { 4.0 } else { 0.0 };
        [0.0, 0.0, much, -much]
    };
    let mut bed = Bed::new();
    hours(&mut bed, 0, 540, better);
    assert_eq!(ours(&mut bed), []);
}

#[test]
fn late_hours_unmonitored_ones_and_a_switch_keep_it_silent_but_learning() {
    let mut bed = Bed::new();
    hours(&mut bed, 0, 480, WELL);
    bed.rules.sustained_change.enabled = false;
    hours(&mut bed, 480, 516, drifting(480));
    assert_eq!(ours(&mut bed), []);
    bed.rules.sustained_change.enabled = true;
    for hour in 516..520 {
        let values = values(0, hour, drifting(480)(hour)).into_iter();
        let readings: Vec<Reading> = values
            .map(|(vital, value)| reading(FULL + hour * HOUR, vital, value))
            .collect();
        bed.send(FULL + 521 * HOUR, &readings, Source::Watch);
    }
    bed.to(FULL + 521 * HOUR + 10 * MINUTE);
    assert_eq!(ours(&mut bed), []);
    let monitoring = std::mem::take(&mut bed.context.monitoring);
    bed.changed(FULL + 522 * HOUR);
    hours(&mut bed, 523, 525, drifting(480));
    assert_eq!(ours(&mut bed), []);
    bed.context.monitoring = monitoring;
    bed.changed(FULL + 525 * HOUR);
    hours(&mut bed, 526, 527, drifting(480));
    assert!(matches!(ours(&mut bed)[..], [(Said::Raise(_), 526)]));
}

#[test]
fn the_end_of_monitoring_and_of_a_silenced_alert_end_it() {
    let mut bed = Bed::new();
    hours(&mut bed, 0, 480, WELL);
    hours(&mut bed, 480, 516, drifting(480));
    assert!(matches!(ours(&mut bed)[..], [(Said::Raise(_), _)]));
    bed.context.monitoring.clear();
    bed.changed(FULL + 516 * HOUR);
    assert_eq!(ours(&mut bed), [(Said::Clear, 516)]);
}

#[test]
fn a_restart_changes_nothing() {
    let told = |freeze: bool| {
        let mut bed = Bed::new();
        for hour in 0..520 {
            let values = values(0, hour, drifting(480)(hour));
            bed.moment(FULL + hour * HOUR, &values);
            if freeze {
                let bytes = postcard::to_allocvec(&bed.monitor).unwrap();
                bed.monitor = postcard::from_bytes::<Monitor>(&bytes).unwrap();
            }
        }
        ours(&mut bed)
    };
    let expected = told(false);
    assert!(!expected.is_empty());
    assert_eq!(told(true), expected);
}

#[test]
fn every_bad_setting_is_named() {
    let mut rules = Rules::default();
    let own = &mut rules.sustained_change;
    own.higher_at_most = f64::INFINITY;
    own.clear_margin = -1.0;
    own.rearm_margin = -1.0;
    own.restart_hours = 0;
    own.ewma.lambda = 0.0;
    own.cusum.cap = f64::NAN;
    own.multivariate.kept = 1.0;
    own.trend.hours_min = 13.0;
    own.past.half_life_days = 61;
    own.past.lag_hours = 25;
    own.betting.trend.span_hours = 0.0;
    own.calibration.prior_hours = 0.0;
    own.vitals.heart_rate.limit_below = 140.0;
    let problems = rules.problems();
    assert_eq!(problems.len(), 13, "{problems:?}");
    let own = |problem: &String| problem.starts_with("sustained_change.");
    assert!(problems.iter().all(own), "{problems:?}");
    let mut rules = Rules::default();
    for bet in [
        &mut rules.sustained_change.betting.robust_z,
        &mut rules.sustained_change.betting.ewma,
        &mut rules.sustained_change.betting.cusum,
        &mut rules.sustained_change.betting.multivariate,
        &mut rules.sustained_change.betting.trend,
    ] {
        bet.weight = 0.0;
    }
    assert_eq!(rules.problems().len(), 1);
}
