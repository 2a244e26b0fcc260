use super::bed::{Bed, Said, clinical, measured, reading};
use crate::detect::{BaselineSource, DeviceEvent, Monitor, Rules, Source};
use crate::domain::{
    AlertKind, FindingState, Pause, Priority, Quality, QualityReason, Spo2Scale, Vital,
};

const HR: Vital = Vital::HeartRate;
const RR: Vital = Vital::RespiratoryRate;
const SPO2: Vital = Vital::OxygenSaturation;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// Minutes `from..until` of a moment every 10 s that stray a little.
fn minutes(bed: &mut Bed, from: i64, until: i64, values: &[(Vital, f64)]) {
    for tick in from * 6..until * 6 {
        let wobble = [0.0, 0.6, -0.6, 0.3, -0.3, 0.1][(tick % 6) as usize];
        let moment: Vec<_> = values.iter().map(|(v, x)| (*v, x + wobble)).collect();
        bed.moment(tick * 10_000, &moment);
    }
}

#[test]
fn the_state_of_a_patient_is_small_and_survives_a_snapshot() {
    assert!(size_of::<Monitor>() <= 1_888, "{}", size_of::<Monitor>());
    let mut bed = Bed::new();
    minutes(&mut bed, 0, 5, &[(HR, 70.0), (SPO2, 97.0)]);
    let bytes = postcard::to_allocvec(&bed.monitor).unwrap();
    let back: Monitor = postcard::from_bytes(&bytes).unwrap();
    assert!(back == bed.monitor);
}

#[test]
fn the_shipped_rules_have_no_problem_and_go_through_toml_unchanged() {
    let rules = Rules::default();
    assert_eq!(rules.problems(), Vec::<String>::new());
    let text = toml::to_string(&rules).unwrap();
    assert!(toml::from_str::<Rules>(&text).unwrap() == rules);
    assert!(toml::from_str::<Rules>("[fever]\nfoo = 1").is_err());
}

#[test]
fn all_problems_of_the_rules_are_told_at_once() {
    let mut rules = Rules::default();
    rules.fever.high.limit = 45.0;
    rules.news2.high.slots = 0;
    rules.baseline.vitals.heart_rate.spread_floor = 0.0;
    rules.epochs.grace_seconds = 61;
    rules.silence.minimum_minutes = 0;
    rules.gate.vitals.oxygen_saturation.plausible_max = 101.0;
    assert_eq!(rules.problems().len(), 6, "{:?}", rules.problems());
}

#[test]
fn a_news2_lower_bound_of_seven_in_two_of_three_slots_is_high() {
    let mut bed = Bed::new();
    let ill = [(HR, 135.0), (RR, 27.0), (SPO2, 90.0)];
    minutes(&mut bed, 0, 6, &ill);
    bed.to(8 * MINUTE);
    let news: Vec<_> = bed.news();
    let raised: Vec<_> = news.iter().filter(|n| n.0 == AlertKind::News2).collect();
    assert_eq!(
        raised,
        [&(AlertKind::News2, Said::Raise(Priority::High), 7 * MINUTE)],
        "minute 5, the first of the second slot, closed one grace after its end"
    );
}

#[test]
fn the_evidence_of_news2_names_bounds_gaps_and_ages() {
    let mut bed = Bed::new();
    minutes(&mut bed, 0, 6, &[(HR, 135.0), (RR, 27.0), (SPO2, 90.0)]);
    bed.to(8 * MINUTE);
    let evidence = &bed.findings[0].evidence;
    assert_eq!(evidence.figure("score_min"), Some(9.0));
    assert_eq!(evidence.figure("score_max"), Some(18.0));
    assert_eq!(
        evidence.missing,
        ["systolic pressure", "consciousness", "body temperature"]
    );
    assert!(
        evidence
            .summary
            .starts_with("At least 9 NEWS2 points, at most 18")
    );
    assert!(evidence.values.iter().all(|v| v.age_ms > 0));
}

#[test]
fn what_a_person_measured_acts_at_once() {
    let mut bed = Bed::new();
    let observation = [
        reading(0, RR, 26.0),
        reading(0, HR, 118.0),
        reading(0, Vital::SystolicPressure, 98.0),
    ];
    bed.send(20 * MINUTE, &observation, Source::Staff);
    let qsofa = AlertKind::Rule(super::clinical::id("qsofa"));
    assert_eq!(
        bed.news(),
        [
            (AlertKind::News2, Said::Raise(Priority::High), 20 * MINUTE),
            (qsofa, Said::Raise(Priority::Medium), 20 * MINUTE)
        ]
    );
    bed.staff(30 * MINUTE, Vital::Consciousness, 1.0);
    let worse = bed.findings[0].evidence.figure("score_min");
    assert_eq!(worse, Some(10.0), "told again because it is worse");
}

#[test]
fn saturation_without_a_recorded_scale_gives_no_points() {
    let mut bed = Bed::new();
    bed.context.spo2_scale = None;
    minutes(&mut bed, 0, 10, &[(SPO2, 88.0)]);
    bed.to(20 * MINUTE);
    assert!(bed.news().iter().all(|n| n.0 != AlertKind::News2));
    let now = clinical(20 * MINUTE);
    assert_eq!(
        bed.monitor.news2(&bed.context, &bed.rules, now).score_min,
        0
    );
    bed.context.spo2_scale = Some(Spo2Scale::Two);
    assert_eq!(
        bed.monitor.news2(&bed.context, &bed.rules, now).score_min,
        0
    );
    bed.context.spo2_scale = Some(Spo2Scale::One);
    assert_eq!(
        bed.monitor.news2(&bed.context, &bed.rules, now).score_min,
        3
    );
}

#[test]
fn a_low_partial_sum_ends_no_news2_alert_but_a_calm_known_one_does() {
    let mut bed = Bed::new();
    let ill = [(HR, 135.0), (RR, 27.0)];
    minutes(&mut bed, 0, 14, &ill);
    bed.news();
    minutes(&mut bed, 14, 120, &[(HR, 75.0)]);
    let news2 = |bed: &mut Bed| -> Vec<Said> {
        let news = bed.news().into_iter();
        news.filter(|n| n.0 == AlertKind::News2)
            .map(|n| n.1)
            .collect()
    };
    assert_eq!(
        news2(&mut bed),
        [Said::Unknown],
        "breathing is not known any more"
    );
    minutes(&mut bed, 120, 160, &[(HR, 75.0), (RR, 15.0)]);
    bed.to(163 * MINUTE);
    assert_eq!(news2(&mut bed), [Said::Clear]);
}

#[test]
fn walking_is_not_illness() {
    let mut bed = Bed::new();
    let steps = Vital::StepCount;
    minutes(&mut bed, 0, 30, &[(HR, 135.0), (RR, 27.0), (steps, 18.0)]);
    bed.to(HOUR);
    assert_eq!(bed.news(), []);
    let quality = bed.moment(HOUR, &[(HR, 120.0), (steps, 80.0)]);
    assert_eq!(quality[0], Quality::Suspect(QualityReason::Motion));
}

#[test]
fn off_the_wrist_nothing_counts_whatever_the_order_inside_the_moment() {
    let mut bed = Bed::new();
    for tick in 0..60 {
        let quality = bed.moment(
            tick * 30_000,
            &[(HR, 180.0), (Vital::Worn, 0.0), (RR, 40.0)],
        );
        let off = Quality::Artefact(QualityReason::NotWorn);
        assert_eq!(quality, [off, Quality::Good, off]);
    }
    assert_eq!(bed.news(), []);
    assert_eq!(bed.monitor.newest(HR), None);
}

#[test]
fn a_watch_that_is_not_worn_is_told_after_an_hour_and_once() {
    let mut bed = Bed::new();
    bed.watch(0, Vital::Worn, 0.0);
    bed.watch(30 * MINUTE, Vital::Worn, 0.0);
    bed.to(3 * HOUR);
    let low = Said::Raise(Priority::Low);
    assert_eq!(bed.news(), [(AlertKind::NotWorn, low, HOUR)]);
    bed.watch(3 * HOUR, Vital::Worn, 1.0);
    assert_eq!(bed.news(), [(AlertKind::NotWorn, Said::Clear, 3 * HOUR)]);
}

#[test]
fn an_expected_vital_that_stays_away_is_never_heard_and_then_silent() {
    let mut bed = Bed::expecting(&[(HR, 60)]);
    let kind = AlertKind::NeverHeard(HR);
    bed.to(2 * HOUR - 1);
    assert_eq!(bed.news(), []);
    bed.to(5 * HOUR);
    assert_eq!(
        bed.news(),
        [(kind, Said::Raise(Priority::Medium), 2 * HOUR)]
    );
    bed.watch(5 * HOUR, HR, 70.0);
    assert_eq!(bed.news(), [(kind, Said::Clear, 5 * HOUR)]);
    bed.to(6 * HOUR);
    let silent = AlertKind::Silent(HR);
    let due = 5 * HOUR + 15 * MINUTE;
    assert_eq!(bed.news(), [(silent, Said::Raise(Priority::Medium), due)]);
    bed.watch(6 * HOUR, HR, 70.0);
    assert_eq!(bed.news(), [(silent, Said::Clear, 6 * HOUR)]);
}

#[test]
fn silence_follows_the_learnt_cadence_when_nobody_says_how_often() {
    let mut bed = Bed::new();
    for minute in 0..29 {
        bed.watch(minute * 10 * MINUTE, HR, 70.0 + (minute % 7) as f64);
    }
    bed.to(28 * 10 * MINUTE + 5 * HOUR);
    assert_eq!(bed.news(), [], "29 minutes teach nothing yet");
    for minute in 60..64 {
        bed.watch(minute * 10 * MINUTE, HR, 70.0 + (minute % 7) as f64);
    }
    bed.to(24 * HOUR);
    let news = bed.news();
    assert_eq!(news.len(), 1);
    assert_eq!(news[0].0, AlertKind::Silent(HR));
    let after = news[0].2 - 63 * 10 * MINUTE;
    assert!((39 * MINUTE..60 * MINUTE).contains(&after), "{after}");
}

#[test]
fn silence_timers_stand_still_in_a_pause_and_end_with_monitoring() {
    let mut bed = Bed::expecting(&[(HR, 60)]);
    bed.watch(0, HR, 70.0);
    bed.context.pauses.push(Pause {
        start: clinical(10 * MINUTE),
        end: clinical(3 * HOUR),
        reason: "scan".into(),
    });
    bed.changed(1_000);
    bed.to(3 * HOUR + 15 * MINUTE - 1);
    assert_eq!(bed.news(), []);
    bed.to(4 * HOUR);
    let silent = AlertKind::Silent(HR);
    let due = 3 * HOUR + 15 * MINUTE;
    assert_eq!(bed.news(), [(silent, Said::Raise(Priority::Medium), due)]);
    bed.context.monitoring[0].end = Some(clinical(5 * HOUR));
    bed.changed(4 * HOUR);
    bed.to(9 * HOUR);
    assert_eq!(bed.news(), [(silent, Said::Clear, 5 * HOUR)]);
    assert_eq!(bed.monitor.next_due(), None);
}

#[test]
fn a_snapshot_in_the_middle_changes_no_timer() {
    let mut bed = Bed::expecting(&[(HR, 60), (SPO2, 600)]);
    bed.watch(0, HR, 70.0);
    let bytes = postcard::to_allocvec(&bed.monitor).unwrap();
    bed.to(6 * HOUR);
    let uninterrupted = bed.news();
    bed.monitor = postcard::from_bytes(&bytes).unwrap();
    for minute in 0..=360 {
        bed.to(minute * MINUTE);
    }
    assert_eq!(bed.news(), uninterrupted);
    assert_eq!(uninterrupted.len(), 1, "one silent watch, one condition");
}

#[test]
fn while_the_watch_is_off_silence_is_not_told_twice() {
    let mut bed = Bed::expecting(&[(HR, 60)]);
    bed.watch(0, HR, 70.0);
    bed.watch(MINUTE, Vital::Worn, 0.0);
    bed.to(5 * HOUR);
    let kinds: Vec<AlertKind> = bed.news().iter().map(|n| n.0).collect();
    assert_eq!(kinds, [AlertKind::NotWorn]);
    bed.watch(5 * HOUR, Vital::Worn, 1.0);
    bed.to(5 * HOUR + 1);
    let kinds: Vec<AlertKind> = bed.news().iter().map(|n| n.0).collect();
    assert_eq!(kinds, [AlertKind::NotWorn, AlertKind::Silent(HR)]);
}

#[test]
fn the_last_will_is_told_after_ten_minutes_unless_the_device_speaks() {
    let mut bed = Bed::new();
    bed.device(0, DeviceEvent::Offline);
    bed.watch(5 * MINUTE, HR, 70.0);
    bed.to(HOUR);
    assert_eq!(bed.news(), []);
    bed.device(HOUR, DeviceEvent::Offline);
    bed.to(2 * HOUR);
    bed.device(2 * HOUR, DeviceEvent::Online);
    let low = Said::Raise(Priority::Low);
    let kind = AlertKind::DeviceOffline;
    let expected = [
        (kind, low, HOUR + 10 * MINUTE),
        (kind, Said::Clear, 2 * HOUR),
    ];
    assert_eq!(bed.news(), expected);
}

#[test]
fn clock_battery_gaps_and_internal_errors_are_technical_conditions_that_end() {
    let mut bed = Bed::new();
    bed.device(0, DeviceEvent::ClockWrong);
    bed.device(1, DeviceEvent::ClockWrong);
    bed.device(2, DeviceEvent::MessagesMissing { count: 3 });
    bed.device(3, DeviceEvent::InternalError);
    bed.watch(4, Vital::BatteryLevel, 10.0);
    bed.watch(5, Vital::BatteryLevel, 12.0);
    bed.watch(6, Vital::BatteryLevel, 20.0);
    bed.device(7, DeviceEvent::ClockRight);
    bed.to(2 * HOUR);
    let (low, medium) = (Said::Raise(Priority::Low), Said::Raise(Priority::Medium));
    assert_eq!(
        bed.news(),
        [
            (AlertKind::DeviceClock, medium, 0),
            (AlertKind::MessagesMissing, low, 2),
            (AlertKind::InternalError, medium, 3),
            (AlertKind::BatteryLow, low, 4),
            (AlertKind::BatteryLow, Said::Clear, 6),
            (AlertKind::DeviceClock, Said::Clear, 7),
            (AlertKind::MessagesMissing, Said::Clear, HOUR + 2),
            (AlertKind::InternalError, Said::Clear, HOUR + 3),
        ]
    );
}

#[test]
fn a_frozen_signal_is_told_and_ends_when_it_moves() {
    let mut bed = Bed::new();
    for minute in 0..=40 {
        bed.watch(minute * MINUTE, HR, 71.0);
    }
    bed.watch(41 * MINUTE, HR, 72.0);
    let kind = AlertKind::Frozen(HR);
    let low = Said::Raise(Priority::Low);
    let expected = [(kind, low, 30 * MINUTE), (kind, Said::Clear, 41 * MINUTE)];
    assert_eq!(bed.news(), expected);
}

/// A few days of minutes around `level`, with a slow wave.
fn days(bed: &mut Bed, from_minute: i64, days: i64, level: f64) -> i64 {
    let until = from_minute + days * 1_440;
    for minute in from_minute..until {
        let wave = ((minute * 7_919) % 101) as f64 / 101.0 - 0.5;
        bed.watch(minute * MINUTE, HR, level + 8.0 * wave);
    }
    until
}

#[test]
fn a_patients_own_normal_is_learnt_and_replaces_the_populations() {
    let mut bed = Bed::new();
    let view = |bed: &Bed| bed.baseline(HR).unwrap();
    assert_eq!(view(&bed).source, BaselineSource::Population);
    let minute = days(&mut bed, 0, 3, 55.0);
    assert_eq!(view(&bed).source, BaselineSource::Blended);
    days(&mut bed, minute, 12, 55.0);
    let learnt = view(&bed);
    assert_eq!(learnt.source, BaselineSource::Personal);
    assert!((50.0..62.0).contains(&learnt.level), "{}", learnt.level);
    assert_eq!(bed.news(), [], "ordinary days raise nothing");
    bed.monitor.rebase(HR);
    assert_eq!(view(&bed).source, BaselineSource::Population);
}

#[test]
fn a_lasting_departure_is_raised_with_its_figures_and_hardly_learnt() {
    let mut bed = Bed::new();
    let minute = days(&mut bed, 0, 15, 62.0);
    let before = bed.baseline(HR).unwrap();
    let far = before.level + 5.0 * before.spread;
    let ended = minute + 240;
    for at in minute..ended {
        let wave = ((at * 7_919) % 101) as f64 / 101.0 - 0.5;
        bed.watch(at * MINUTE, HR, far + 4.0 * wave);
    }
    let kind = AlertKind::BaselineDeviation(HR);
    let raised = bed.findings.iter().find(|f| f.kind == kind).unwrap();
    let FindingState::Raise { priority, began } = raised.state else {
        panic!()
    };
    assert_eq!(
        (priority, began),
        (Priority::Low, measured(minute * MINUTE))
    );
    assert!(raised.evidence.figure("z").unwrap() >= 4.0);
    assert!(raised.evidence.chance.as_ref().unwrap().contains("once in"));
    let after = bed.baseline(HR).unwrap();
    assert!(
        (after.level - before.level).abs() < 0.05,
        "illness is not learnt"
    );
    bed.news();
    days(&mut bed, ended, 1, 62.0);
    let news: Vec<_> = bed
        .news()
        .into_iter()
        .map(|(kind, said, _)| (kind, said))
        .collect();
    let kinds = [kind, AlertKind::SustainedChange, AlertKind::Deterioration];
    let all = kinds.map(|kind| (kind, Said::Clear));
    assert_eq!(news, all);
}

#[test]
fn a_short_departure_raises_nothing() {
    let mut bed = Bed::new();
    let minute = days(&mut bed, 0, 15, 62.0);
    for at in minute..minute + 9 {
        bed.watch(at * MINUTE, HR, 125.0 + (at % 3) as f64);
    }
    days(&mut bed, minute + 9, 1, 62.0);
    assert_eq!(bed.news(), []);
}

#[test]
fn timers_fire_at_their_deadlines_however_seldom_time_is_told() {
    let run = |step: i64| {
        let mut bed = Bed::expecting(&[(HR, 60), (RR, 300), (Vital::BodyTemperature, 3_600)]);
        minutes(&mut bed, 0, 20, &[(HR, 135.0), (RR, 27.0)]);
        let mut at = 20 * MINUTE;
        while at < 12 * HOUR {
            at = (at + step).min(12 * HOUR);
            bed.to(at);
        }
        (bed.news(), bed.monitor)
    };
    let seldom = run(12 * HOUR);
    assert!(!seldom.0.is_empty());
    assert!(run(1_000) == seldom);
    assert!(run(77_777) == seldom);
}

#[test]
fn a_watch_that_stores_and_forwards_is_judged_minute_by_minute_with_the_same_outcome() {
    let mut bed = Bed::new();
    let moments: Vec<_> = (0..90)
        .flat_map(|tick| {
            let wobble = (tick % 3) as f64 * 0.3;
            let at = tick * 10_000;
            [
                reading(at, HR, 135.0 + wobble),
                reading(at, RR, 27.0 + wobble),
                reading(at, SPO2, 90.0 + wobble),
            ]
        })
        .collect();
    bed.send(15 * MINUTE, &moments, Source::Watch);
    let news2 = |bed: &mut Bed| -> Vec<_> {
        let news = bed.findings.drain(..);
        news.filter(|f| f.kind == AlertKind::News2).collect()
    };
    let raised = news2(&mut bed);
    assert_eq!(raised.len(), 1, "the newest closed minutes are fresh");
    let FindingState::Raise { priority, began } = raised[0].state else {
        panic!()
    };
    assert_eq!((priority, began), (Priority::High, measured(0)));
    let mut stale = Bed::new();
    stale.send(40 * MINUTE, &moments, Source::Watch);
    stale.to(45 * MINUTE);
    assert!(
        news2(&mut stale).is_empty(),
        "over 10 minutes old: stored, not paged"
    );
}
