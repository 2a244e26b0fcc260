//! All detectors at once: however messages travel, the same alerts; and
//! whatever is sent, numbers that are numbers and a state of a bounded size.

use super::bed::{Bed, START, Said, clinical, reading};
use super::courier::Courier;
use crate::detect::{DeviceEvent, Monitor, OvernightMode, Source};
use crate::domain::{
    AlertKind, ExpectedVital, Finding, FindingState, MeasuredTime, Reading, Vital,
};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::LazyLock;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const DAYS: i64 = 18;
/// The patient falls ill, and is well again two and a half days later.
const ILL: std::ops::Range<i64> = 13 * DAY + 6 * HOUR..15 * DAY + 18 * HOUR;

/// A number from 0 to 1 that follows from the moment alone.
fn noise(at: i64, salt: u64) -> f64 {
    let mut bits = at.cast_unsigned() ^ salt.rotate_left(40);
    for _ in 0..2 {
        bits = (bits ^ (bits >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    (bits >> 40) as f64 / (1_u64 << 24) as f64
}

/// What the watch says each quarter of an hour.
fn moment(at: i64) -> Vec<Reading> {
    let ill = f64::from(u8::from(ILL.contains(&at)));
    let awake = (at / HOUR + 5) % 24 >= 8;
    let near = |vital, usual: f64, rise: f64, spread: f64| {
        let stray = spread * (noise(at, u64::from(vital as u8)) - 0.5);
        reading(at, vital, usual + rise * ill + stray)
    };
    let steps = if awake { 90.0 - 70.0 * ill } else { 0.0 };
    vec![
        reading(at, Vital::Worn, 1.0),
        reading(at, Vital::StepCount, steps),
        reading(at, Vital::BatteryLevel, 60.0),
        near(Vital::HeartRate, if awake { 72.0 } else { 62.0 }, 34.0, 5.0),
        near(Vital::RespiratoryRate, 15.0, 8.0, 2.0),
        near(Vital::OxygenSaturation, 97.0, -4.0, 1.0),
        near(Vital::BodyTemperature, 36.7, 2.0, 0.2),
        near(Vital::SkinTemperature, 33.0, 1.0, 0.5),
        near(Vital::SystolicPressure, 125.0, -20.0, 8.0),
        near(Vital::DiastolicPressure, 78.0, -10.0, 6.0),
    ]
}

/// 130 beats from a moment on, in messages of twenty.
fn beats(from: i64, irregular: bool) -> Vec<Vec<Reading>> {
    let mut at = from;
    let beat = |place: i64| {
        let stray = if irregular { 600.0 } else { 30.0 };
        let interval = 500 + (stray * noise(from + place, 99)) as i64;
        at += interval;
        reading(at, Vital::BeatIntervals, interval as f64)
    };
    let all: Vec<Reading> = (0..130).map(beat).collect();
    all.chunks(20).map(<[Reading]>::to_vec).collect()
}

/// Eighteen days of messages, each with the ms at which it is ready.
fn course() -> Vec<(i64, Vec<Reading>)> {
    let mut all = Vec::new();
    for quarter in 0..DAYS * 96 {
        let at = quarter * 15 * MINUTE;
        all.push((at, moment(at)));
        // A quarter of an hour's piece begins ten minutes after ours.
        let fibrillates = (14 * DAY..14 * DAY + 4 * HOUR).contains(&at);
        if fibrillates || (15 * DAY..15 * DAY + 3 * HOUR).contains(&at) {
            for message in beats(at + 10 * MINUTE + 2_000, fibrillates) {
                let ready = message.last().map_or(at, |last| last.at.epoch_ms() - START);
                all.push((ready, message));
            }
        }
    }
    all
}

fn bed() -> Bed {
    let mut bed = super::clinical::bed_with("sirs");
    bed.context.expected = vec![ExpectedVital {
        vital: Vital::HeartRate,
        every_seconds: 900,
    }];
    bed.changed(0);
    bed
}

/// What a limit rule may tell at another time, and everything else, each with
/// its time.
type Alerts = (BTreeSet<(AlertKind, Said)>, Vec<(AlertKind, Said, i64)>);

fn alerts(courier: &Courier<'_>) -> Alerts {
    let mut bed = bed();
    courier.bring_when_ready(&mut bed, course());
    bed.to(DAYS * DAY + 10 * MINUTE);
    let (limit, others): (Vec<_>, Vec<_>) = bed
        .news()
        .into_iter()
        .partition(|(kind, ..)| *kind == AlertKind::FeverOnTreatment);
    let limit = limit.into_iter().map(|(kind, said, _)| (kind, said));
    (limit.collect(), others)
}

/// What the course raises when every message comes once and in order.
static PLAIN: LazyLock<Alerts> = LazyLock::new(|| alerts(&Courier::PLAIN));

#[test]
fn the_course_raises_every_kind_of_alert_about_the_body_and_a_restart_changes_nothing() {
    let plain = &*PLAIN;
    let raised = plain
        .1
        .iter()
        .filter(|(_, said, _)| matches!(said, Said::Raise(_)));
    let mut kinds: BTreeSet<&str> = raised.map(|(kind, ..)| kind.name()).collect();
    kinds.extend(plain.0.iter().map(|(kind, _)| kind.name()));
    let expected = [
        "activity_decline",
        "baseline_deviation",
        "deterioration",
        "fever_on_treatment",
        "irregular_pulse",
        "news2",
        "overnight_heart_rate",
        "rule",
        "sustained_change",
    ];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), expected);
    let restarts = Courier {
        restarts: true,
        ..Courier::PLAIN
    };
    assert_eq!(&alerts(&restarts), plain);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn order_inside_the_grace_and_repetition_change_no_alert(
        delays in prop::collection::vec(0_i64..42_000, 16..64),
        repeats in prop::collection::vec(any::<bool>(), 16..64),
        restarts: bool,
    ) {
        let courier = Courier {
            delays: &delays,
            repeats: &repeats,
            restarts,
        };
        prop_assert_eq!(&alerts(&courier), &*PLAIN);
    }
}

/// Any finite number, the ends of them, and what a device may well send.
fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![
        proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO,
        prop_oneof![
            Just(f64::MAX),
            Just(f64::MIN),
            Just(f64::MIN_POSITIVE),
            Just(-0.0)
        ],
        -10.0..300.0_f64,
        30.0..45.0_f64,
    ]
}

/// Any moment, the ends of time, and moments around now.
fn any_moment() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![
        1 => any::<i64>().prop_map(Some),
        1 => prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(0), Just(-1)].prop_map(Some),
        6 => Just(None),
    ]
}

fn is_finite(finding: &Finding) -> bool {
    let evidence = &finding.evidence;
    let figures = evidence.figures.iter().map(|figure| figure.value);
    let limits = evidence.values.iter().filter_map(|value| value.limit);
    let values = evidence.values.iter().map(|value| value.value);
    figures.chain(limits).chain(values).all(f64::is_finite)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_is_sent_every_number_is_finite_and_the_state_is_bounded(
        sent in prop::collection::vec(
            (0_usize..Vital::COUNT, any_value(), any_moment(), 0_i64..3_000_000, any::<u8>()),
            1..300,
        ),
        night_signal: bool,
    ) {
        let mut bed = bed();
        if night_signal {
            bed.rules.overnight_heart_rate.mode = OvernightMode::NightSignal;
        }
        let (mut now, mut told) = (0, 0);
        for (vital, value, at, gap, way) in sent {
            now += gap * i64::from(way % 4);
            let at = at.unwrap_or(START + now - i64::from(way) * 400);
            let vital = Vital::ALL[vital];
            let at = MeasuredTime::from_epoch_ms(at);
            let source = match way % 7 {
                0 => Source::Staff,
                1 => Source::Retrospective,
                _ => Source::Watch,
            };
            bed.send(now, &[Reading { at, vital, value }], source);
            if way % 31 == 0 {
                bed.device(now, DeviceEvent::MessagesMissing { count: u64::MAX });
            }
            prop_assert!(bed.monitor.next_due().is_none_or(|due| due >= clinical(now)));
            // Each input tells of each kind once at most, and deadlines are few.
            prop_assert!(bed.findings.len() - told < 400, "{}", bed.findings.len() - told);
            told = bed.findings.len();
        }
        bed.to(now + 40 * DAY);
        prop_assert!(bed.findings.iter().all(is_finite));
        let state = format!("{:?}", bed.monitor);
        prop_assert!(!state.contains("NaN") && !state.contains("inf"), "{}", state);
        prop_assert!(bed.monitor.heap_bytes() < 8_192, "{}", bed.monitor.heap_bytes());
        let bytes = postcard::to_allocvec(&bed.monitor).unwrap();
        prop_assert!(postcard::from_bytes::<Monitor>(&bytes).unwrap() == bed.monitor);
    }

    #[test]
    fn a_time_at_the_end_of_time_ends_nothing(
        ends in prop::collection::vec(prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(0)], 1..6),
    ) {
        let mut bed = bed();
        for at in ends {
            bed.device(0, DeviceEvent::ClockWrong);
            let at = MeasuredTime::from_epoch_ms(at);
            let moment = Vital::ALL.map(|vital| Reading { at, vital, value: 1.0 });
            bed.send(0, &moment, Source::Watch);
        }
        let raises = |finding: &&Finding| matches!(finding.state, FindingState::Raise { .. });
        let about_body = bed.findings.iter().filter(raises).filter(|f| f.kind.is_physiological());
        prop_assert!(about_body.count() <= 6);
        prop_assert!(bed.monitor.next_due() >= Some(clinical(0)));
    }
}
