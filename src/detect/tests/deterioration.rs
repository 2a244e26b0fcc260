use super::bed::{Bed, START, Said, clinical, reading};
use crate::detect::{Monitor, Observed, Source};
use crate::domain::{AlertKind, Finding, Priority, Reading, Vital};
use proptest::prelude::*;

const KIND: AlertKind = AlertKind::Deterioration;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// The bed begins at 05:20: full hours lie 40 minutes on.
const FULL: i64 = 40 * MINUTE;
const CALM: [(Vital, f64); 6] = [
    (Vital::HeartRate, 72.0),
    (Vital::RespiratoryRate, 15.0),
    (Vital::OxygenSaturation, 97.0),
    (Vital::BodyTemperature, 36.7),
    (Vital::SystolicPressure, 124.0),
    (Vital::DiastolicPressure, 76.0),
];
const ILL: [(Vital, f64); 6] = [
    (Vital::HeartRate, 118.0),
    (Vital::RespiratoryRate, 27.0),
    (Vital::OxygenSaturation, 92.0),
    (Vital::BodyTemperature, 38.6),
    (Vital::SystolicPressure, 92.0),
    (Vital::DiastolicPressure, 52.0),
];

/// Hourly moments at the full hours `from..until`, straying a little.
fn hours(bed: &mut Bed, from: i64, until: i64, values: &[(Vital, f64)]) {
    for hour in from..until {
        let wobble = [0.0, 0.3, -0.3, 0.2, -0.2, 0.1, -0.1][(hour % 7) as usize];
        let moment: Vec<_> = values.iter().map(|(v, x)| (*v, x + wobble)).collect();
        bed.moment(FULL + hour * HOUR, &moment);
    }
}

/// What was found of deterioration, in ms after the start.
fn ours(bed: &mut Bed) -> Vec<(Said, i64)> {
    let news = bed.news().into_iter();
    news.filter(|(kind, ..)| *kind == KIND)
        .map(|(_, said, at)| (said, at))
        .collect()
}

fn of_kind(bed: &Bed) -> Vec<&Finding> {
    bed.findings.iter().filter(|f| f.kind == KIND).collect()
}

#[test]
fn who_is_well_is_left_alone_and_who_falls_ill_is_told_two_minutes_after_the_hour() {
    let mut bed = Bed::new();
    hours(&mut bed, 0, 240, &CALM);
    bed.to(FULL + 240 * HOUR - MINUTE);
    assert_eq!(ours(&mut bed), []);
    hours(&mut bed, 240, 242, &ILL);
    bed.to(FULL + 241 * HOUR + 2 * MINUTE);
    let news = ours(&mut bed);
    let told_at = FULL + 240 * HOUR + 2 * MINUTE;
    assert!(
        matches!(news[0], (Said::Raise(_), at) if at == told_at),
        "{news:?}"
    );
}

#[test]
fn the_alert_says_what_changed_how_often_chance_does_that_and_never_odds() {
    let mut bed = Bed::new();
    hours(&mut bed, 0, 400, &CALM);
    hours(&mut bed, 400, 401, &ILL);
    bed.to(FULL + 400 * HOUR + 2 * MINUTE);
    let found = of_kind(&bed);
    let evidence = &found[0].evidence;
    let words = &evidence.summary;
    assert!(
        words.starts_with(
            "Worse than usual in several signs together. A run like this is expected by chance "
        ),
        "{words}"
    );
    assert!(
        words.contains("for this patient.") && words.contains(" Most: "),
        "{words}"
    );
    assert!(words.contains("heart rate +46/min"), "{words}");
    assert!(
        words.contains("patient's own course") && !words.contains("odds"),
        "{words}"
    );
    for name in [
        "acute_score",
        "slow_score",
        "log_hours_between",
        "threshold",
        "share.heart_rate",
    ] {
        assert!(evidence.figure(name).is_some(), "{name}");
    }
    let shares = evidence
        .figures
        .iter()
        .filter(|f| f.name.starts_with("share."));
    assert!((shares.map(|f| f.value).sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(
        evidence
            .values
            .iter()
            .any(|value| value.vital == Vital::HeartRate && value.age_ms == 2 * MINUTE)
    );
    assert!(evidence.missing.is_empty());
}

#[test]
fn a_new_patient_is_measured_against_the_population_and_missing_signs_are_named() {
    let mut bed = Bed::new();
    hours(
        &mut bed,
        0,
        3,
        &[(Vital::HeartRate, 150.0), (Vital::RespiratoryRate, 34.0)],
    );
    bed.rules.alarm_budget = bed.rules.alarm_budget.with_medium("1/7d".parse().unwrap());
    hours(
        &mut bed,
        3,
        6,
        &[(Vital::HeartRate, 165.0), (Vital::RespiratoryRate, 38.0)],
    );
    bed.to(FULL + 6 * HOUR);
    let found = of_kind(&bed);
    let evidence = &found[0].evidence;
    assert!(
        evidence.summary.contains("still new"),
        "{}",
        evidence.summary
    );
    assert!(
        evidence.summary.contains("not known yet"),
        "{}",
        evidence.summary
    );
    let missing = [
        "oxygen_saturation",
        "body_temperature",
        "systolic_pressure",
        "diastolic_pressure",
    ];
    assert_eq!(evidence.missing, missing);
}

#[test]
fn what_still_holds_after_a_shift_is_told_anew_and_what_passes_ends() {
    let mut bed = Bed::new();
    hours(&mut bed, 0, 48, &CALM);
    hours(&mut bed, 48, 66, &ILL);
    bed.to(FULL + 65 * HOUR + 2 * MINUTE);
    let news = ours(&mut bed);
    let raised: Vec<i64> = news
        .iter()
        .filter(|(said, _)| matches!(said, Said::Raise(_)))
        .map(|(_, at)| (at - FULL) / HOUR)
        .collect();
    assert!(
        raised.len() >= 2 && raised.windows(2).all(|pair| pair[1] - pair[0] == 8),
        "{news:?}"
    );
    let again = news
        .iter()
        .filter(|(said, at)| *said == Said::Clear && raised.contains(&((at - FULL) / HOUR)));
    assert_eq!(again.count(), raised.len() - 1, "{news:?}");
    hours(&mut bed, 66, 90, &CALM);
    bed.to(FULL + 90 * HOUR);
    assert!(matches!(ours(&mut bed)[..], [(Said::Clear, _)]));
}

#[test]
fn an_episode_ends_a_shift_later_when_nothing_is_measured_any_more() {
    let mut bed = Bed::new();
    hours(&mut bed, 0, 240, &CALM);
    hours(&mut bed, 240, 241, &ILL);
    bed.to(FULL + 272 * HOUR);
    let news = ours(&mut bed);
    let ends = FULL + 248 * HOUR + 2 * MINUTE;
    assert!(
        matches!(news[..], [(Said::Raise(_), _), (Said::Clear, at)] if at == ends),
        "{news:?}"
    );
}

#[test]
fn what_is_forwarded_late_is_learnt_but_does_not_page() {
    let mut bed = Bed::new();
    hours(&mut bed, 0, 48, &CALM);
    bed.to(FULL + 54 * HOUR);
    for hour in 48..53 {
        let readings: Vec<Reading> = ILL
            .iter()
            .map(|(vital, value)| reading(FULL + hour * HOUR, *vital, *value))
            .collect();
        bed.send(FULL + 54 * HOUR, &readings, Source::Watch);
    }
    bed.to(FULL + 54 * HOUR + 10 * MINUTE);
    assert_eq!(ours(&mut bed), []);
    hours(&mut bed, 55, 56, &ILL);
    bed.to(FULL + 55 * HOUR + 2 * MINUTE);
    assert!(matches!(ours(&mut bed)[..], [(Said::Raise(_), _)]));
}

#[test]
fn wrist_skin_temperature_is_no_sign() {
    let both = [false, true].map(|with_skin| {
        let mut bed = Bed::new();
        let mut values = CALM.to_vec();
        if with_skin {
            values.push((Vital::SkinTemperature, 41.0));
        }
        hours(&mut bed, 0, 30, &values);
        bed.to(FULL + 30 * HOUR);
        bed.monitor.deterioration
    });
    assert_eq!(both[0], both[1]);
}

#[test]
fn one_daily_resting_heart_rate_is_enough() {
    let mut bed = Bed::new();
    bed.rules.alarm_budget = bed.rules.alarm_budget.with_medium("1/90d".parse().unwrap());
    for day in 0..60_i64 {
        let stray = [0.0, 1.5, -1.0, 0.5, -2.0, 2.0, -0.5][(day % 7) as usize];
        let rise = [0.0, 4.0, 8.0, 11.0][(day - 55).clamp(0, 3) as usize];
        bed.watch(
            day * 24 * HOUR,
            Vital::RestingHeartRate,
            61.0 + stray + rise,
        );
    }
    bed.to(60 * 24 * HOUR);
    let summary = of_kind(&bed).first().map(|f| f.evidence.summary.clone());
    let summary = summary.unwrap();
    assert!(
        summary.starts_with("Resting heart rate is worse than usual."),
        "{summary}"
    );
    let days: Vec<i64> = ours(&mut bed)
        .iter()
        .filter(|(said, _)| matches!(said, Said::Raise(_)))
        .map(|(_, at)| at / (24 * HOUR))
        .collect();
    assert!(days.iter().all(|day| (56..59).contains(day)), "{days:?}");
}

#[test]
fn a_wider_budget_tells_sooner_and_far_beyond_is_high() {
    let first = |budget: &str, values: &[(Vital, f64)]| {
        let mut bed = Bed::new();
        bed.rules.alarm_budget = bed.rules.alarm_budget.with_medium(budget.parse().unwrap());
        hours(&mut bed, 0, 96, &CALM);
        hours(&mut bed, 96, 100, values);
        bed.to(FULL + 100 * HOUR);
        ours(&mut bed).first().copied()
    };
    let part_way = |share: f64| -> Vec<(Vital, f64)> {
        let between = |((vital, calm), (_, ill))| (vital, calm + share * (ill - calm));
        CALM.into_iter().zip(ILL).map(between).collect()
    };
    let mild = part_way(0.45);
    assert!(matches!(
        first("2/1d", &mild),
        Some((Said::Raise(Priority::Medium), _))
    ));
    assert!(matches!(
        first("2/1d", &ILL),
        Some((Said::Raise(Priority::High), _))
    ));
    let told = ["2/1d", "1/7d", "1/90d"].map(|budget| first(budget, &mild[..1]).unwrap().1);
    assert!(told[0] < told[1] && told[1] < told[2], "{told:?}");
    let slight = part_way(0.3);
    assert!(first("2/1d", &slight[..1]).is_some());
    assert_eq!(first("1/90d", &slight[..1]), None);
}

/// Beginnings and ends of episodes, and the priorities told in them.
fn episodes(high: &str) -> (Vec<(bool, i64)>, Vec<Priority>) {
    let mut bed = Bed::new();
    bed.rules.alarm_budget.high = high.parse().unwrap();
    hours(&mut bed, 0, 96, &CALM);
    for (place, share) in [0.35, 0.45, 0.8].into_iter().enumerate() {
        let worse = CALM
            .into_iter()
            .zip(ILL)
            .map(|((vital, calm), (_, ill))| (vital, calm + share * (ill - calm)));
        let worse: Vec<(Vital, f64)> = worse.collect();
        let from = 96 + 30 * place as i64;
        hours(&mut bed, from, from + 6, &worse);
        hours(&mut bed, from + 6, from + 30, &CALM);
    }
    bed.to(FULL + 190 * HOUR);
    let (mut edges, mut priorities) = (Vec::new(), Vec::new());
    for (said, at) in ours(&mut bed) {
        let raised = matches!(said, Said::Raise(_));
        if edges.last().is_none_or(|(open, _)| *open != raised) {
            edges.push((raised, at));
        }
        if let Said::Raise(priority) = said {
            priorities.push(priority);
        }
    }
    (edges, priorities)
}

#[test]
fn the_budget_of_high_priority_decides_the_priority_and_no_beginning_or_end() {
    let (as_often, seldom, never) = (episodes("1/30d"), episodes("1/90d"), episodes("0.001/366d"));
    assert!(as_often.0.len() >= 4, "{as_often:?}");
    assert!(as_often.0 == seldom.0 && seldom.0 == never.0);
    let high = |told: &[Priority]| told.iter().filter(|of| **of == Priority::High).count();
    assert_eq!(
        high(&as_often.1),
        as_often.1.len(),
        "never below the other threshold"
    );
    assert!((1..seldom.1.len()).contains(&high(&seldom.1)), "{seldom:?}");
    assert_eq!(high(&never.1), 0);
}

#[test]
fn it_is_silent_when_it_is_switched_off_or_nobody_is_monitored() {
    let mut bed = Bed::new();
    bed.rules.deterioration.enabled = false;
    hours(&mut bed, 0, 48, &CALM);
    hours(&mut bed, 48, 52, &ILL);
    bed.to(FULL + 52 * HOUR);
    assert_eq!(ours(&mut bed), []);
    bed.rules.deterioration.enabled = true;
    bed.context.monitoring.clear();
    bed.changed(FULL + 52 * HOUR);
    hours(&mut bed, 53, 56, &ILL);
    bed.to(FULL + 56 * HOUR);
    assert_eq!(ours(&mut bed), []);
}

/// A course of hourly messages, ill from some hour on.
fn course(ill_from: i64, noise: &[i8]) -> Vec<(i64, Vec<Reading>)> {
    (0..60_i64)
        .map(|hour| {
            let at = FULL + hour * HOUR - (hour % 3) * 20 * MINUTE;
            let values = if hour >= ill_from { ILL } else { CALM };
            let stray = f64::from(noise[hour as usize % noise.len()]) / 64.0;
            let readings = values.map(|(vital, value)| reading(at, vital, value + stray));
            (at, readings.to_vec())
        })
        .collect()
}

fn told(mut sent: Vec<(i64, Vec<Reading>)>, freeze: bool) -> Vec<(Said, i64)> {
    sent.sort_by_key(|(arrives, _)| *arrives);
    let mut bed = Bed::new();
    for (arrives, readings) in &sent {
        let observed = Observed {
            readings,
            arrived: clinical(*arrives),
            source: Source::Watch,
        };
        let (qualities, findings) = (&mut bed.qualities, &mut bed.findings);
        bed.monitor
            .observe(&bed.context, &bed.rules, &observed, qualities, findings);
        if freeze {
            let bytes = postcard::to_allocvec(&bed.monitor).unwrap();
            bed.monitor = postcard::from_bytes::<Monitor>(&bytes).unwrap();
        }
    }
    bed.to(70 * HOUR);
    ours(&mut bed)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn order_inside_the_grace_repetition_and_a_restart_change_nothing(
        ill_from in 10_i64..58,
        noise in prop::collection::vec(any::<i8>(), 20..60),
        delays in prop::collection::vec(0_i64..60_000, 20..60),
        repeats in prop::collection::vec(any::<bool>(), 8..32),
    ) {
        let in_order = course(ill_from, &noise);
        let mut shuffled = Vec::new();
        for (place, (at, readings)) in in_order.iter().enumerate() {
            let delay = delays[place % delays.len()];
            let (some, others) = readings.split_at(place % readings.len());
            shuffled.push((at + delay, others.to_vec()));
            shuffled.push((at + delays[(place * 5) % delays.len()], some.to_vec()));
            if repeats[place % repeats.len()] {
                shuffled.push((at + delays[(place * 7) % delays.len()], readings.clone()));
            }
        }
        let expected = told(in_order.clone(), false);
        prop_assert!(!expected.is_empty());
        prop_assert_eq!(&expected, &told(in_order, true));
        prop_assert_eq!(&expected, &told(shuffled, false));
    }

    #[test]
    fn whatever_is_measured_every_number_stays_finite(
        values in prop::collection::vec((0_usize..8, prop_oneof![
            -1e300..1e300_f64, 0.0..500.0_f64, 20.0..45.0_f64, Just(0.0), Just(37.0)
        ]), 60..200),
        gaps in prop::collection::vec(prop_oneof![0_i64..7_200_000, 0_i64..4_000_000_000], 60..200),
    ) {
        let mut bed = Bed::new();
        let mut now = 0;
        for ((place, value), gap) in values.iter().zip(gaps) {
            now += gap;
            let vital = [
                Vital::HeartRate, Vital::RespiratoryRate, Vital::OxygenSaturation,
                Vital::BodyTemperature, Vital::SkinTemperature, Vital::SystolicPressure,
                Vital::DiastolicPressure, Vital::RestingHeartRate,
            ][*place];
            bed.watch(now, vital, *value);
        }
        bed.to(now + 24 * HOUR);
        let state = format!("{:?}", bed.monitor);
        prop_assert!(!state.contains("NaN") && !state.contains("inf"), "{}", state);
        for finding in of_kind(&bed) {
            prop_assert!(finding.evidence.figures.iter().all(|figure| figure.value.is_finite()));
        }
    }
}

#[test]
fn every_bad_setting_is_named() {
    let mut rules = crate::detect::Rules::default();
    rules.deterioration.acute.smooth_hours = 0.0;
    rules.deterioration.acute.vitals.heart_rate.weight_above = 0.0;
    rules
        .deterioration
        .slow
        .vitals
        .resting_heart_rate
        .spread_within = 0.0;
    rules.deterioration.rarity.slow_curve = vec![[0.0, 1.0], [0.0, 2.0]];
    rules.deterioration.calibration.prior_hours = f64::NAN;
    rules.deterioration.pace.start = -2.5;
    let problems = rules.problems();
    assert_eq!(problems.len(), 6, "{problems:?}");
    assert!(
        problems
            .iter()
            .all(|problem| problem.starts_with("deterioration."))
    );
    assert_eq!(START % MINUTE, 0);
}
