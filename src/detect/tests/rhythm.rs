//! Irregular pulse: the published features, windows at rest, onset and end.

use super::bed::{Bed, START, Said, clinical, reading};
use super::courier::Courier;
use crate::detect::rhythm::{BEATS, Features};
use crate::detect::{IrregularPulseRules, Monitor, Source};
use crate::domain::{AlertKind, MeasuredTime, Priority, Reading, Vital};
use proptest::prelude::*;

const KIND: AlertKind = AlertKind::IrregularPulse;
const MINUTE: i64 = 60_000;
const RAISED: Said = Said::Raise(Priority::Medium);

/// `450 + (s >> 16) mod 601` with the generator of the published table.
struct Irregular(u64);

impl Irregular {
    fn next(&mut self) -> u16 {
        let value = 450 + ((self.0 >> 16) % 601) as u16;
        self.0 = (1_103_515_245 * self.0 + 12_345) % (1 << 31);
        value
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Pulse {
    Regular,
    Irregular,
}

/// Beats that ended in minutes `from..until`, one reading a beat.
fn beats(from: i64, until: i64, pulse: Pulse) -> Vec<Reading> {
    let mut irregular = Irregular(1_103_527_590 + from as u64);
    let mut at = from * MINUTE;
    let mut readings = Vec::new();
    for beat in 0.. {
        let interval = match pulse {
            Pulse::Irregular => irregular.next(),
            Pulse::Regular => [800, 812, 820, 811, 797, 786][beat % 6],
        };
        at += i64::from(interval);
        if at >= until * MINUTE {
            return readings;
        }
        readings.push(reading(at, Vital::BeatIntervals, f64::from(interval)));
    }
    readings
}

/// Sends them as a watch does, a message a minute, and lets them be judged.
fn send(bed: &mut Bed, from: i64, until: i64, pulse: Pulse) {
    let all = beats(from, until, pulse);
    for minute in from..until {
        let end = START + (minute + 1) * MINUTE;
        let of_minute: Vec<Reading> = all
            .iter()
            .filter(|beat| (end - MINUTE..end).contains(&beat.at.epoch_ms()))
            .copied()
            .collect();
        bed.send((minute + 1) * MINUTE, &of_minute, Source::Watch);
    }
}

/// What was said of the pulse, in minutes after the start.
fn news(bed: &mut Bed) -> Vec<(Said, i64)> {
    let news = bed.news().into_iter();
    let of_pulse = news.filter(|(kind, ..)| *kind == KIND);
    of_pulse
        .map(|(_, said, at)| (said, at.div_euclid(MINUTE)))
        .collect()
}

#[test]
fn the_four_series_of_the_reference_have_the_published_features() {
    let mut generator = Irregular(42);
    generator.next();
    let series: [u16; BEATS] = std::array::from_fn(|_| generator.next());
    assert_eq!(series[..5], [900, 655, 694, 669, 483]);
    let swing = |i: usize| (40.0 * (std::f64::consts::TAU * i as f64 / 5.0).sin()).round();
    let table: [([u16; BEATS], [f64; 3], bool); 4] = [
        (series, [0.3490, 0.6667, 0.9714], true),
        (
            std::array::from_fn(|i| (800.0 + swing(i)) as u16),
            [0.0417, 0.4048, 0.5745],
            false,
        ),
        (
            std::array::from_fn(|i| if i % 2 == 0 { 900 } else { 700 }),
            [0.25, 1.0, 0.25],
            false,
        ),
        (
            std::array::from_fn(|i| 800 + i as u16),
            [0.0012, 0.0, 1.0],
            false,
        ),
    ];
    let rules = IrregularPulseRules::default();
    for (series, expected, irregular) in table {
        let found = Features::of(&series);
        let figures = [found.rmssd_over_mean, found.turning_points, found.entropy];
        for (figure, expected) in figures.into_iter().zip(expected) {
            assert!((figure - expected).abs() < 5e-5, "{found:?}");
        }
        assert_eq!(rules.is_irregular(&found), irregular, "{found:?}");
    }
}

#[test]
fn five_irregular_windows_a_quarter_of_an_hour_apart_raise_once_and_four_regular_ones_end() {
    let mut bed = Bed::new();
    send(&mut bed, 0, 60, Pulse::Regular);
    assert_eq!(news(&mut bed), []);
    send(&mut bed, 60, 240, Pulse::Irregular);
    // Pieces begin at minutes 10, 25, …; the one of minute 55 was mixed. The
    // fifth of 70, 85, 100, 115, 130 has its 128 beats within two minutes.
    assert_eq!(
        news(&mut bed),
        [(RAISED, 133)],
        "and nothing more of the onset"
    );
    send(&mut bed, 240, 320, Pulse::Regular);
    assert_eq!(news(&mut bed), [(Said::Clear, 298)]);
}

#[test]
fn the_words_claim_no_more_than_was_measured() {
    let mut bed = Bed::new();
    bed.moment(31 * MINUTE, &[(Vital::StepCount, 80.0)]);
    send(&mut bed, 10, 120, Pulse::Irregular);
    let found = bed.findings.iter().find(|finding| finding.kind == KIND);
    let evidence = &found.expect("raised").evidence;
    assert!(
        evidence.summary.starts_with(
            "Irregular pulse, possible atrial fibrillation; an ECG confirms. 5 of the last 5 \
             windows of 128 beats at rest were irregular, the first 63 minutes ago."
        ),
        "{}",
        evidence.summary
    );
    assert_eq!(evidence.missing, ["electrocardiogram"]);
    assert_eq!(evidence.figure("windows_left_out"), Some(0.0));
    assert!(evidence.figure("rmssd_over_mean").unwrap() > 0.1);
    assert!(evidence.chance.as_deref().unwrap().contains("not known"));
}

#[test]
fn a_window_in_motion_not_worn_or_with_gaps_is_left_out() {
    for what in ["motion", "wear", "gaps", "implausible"] {
        let mut bed = Bed::new();
        for piece in 0..8_i64 {
            let from = 10 + piece * 15;
            match what {
                "motion" => {
                    bed.moment((from + 1) * MINUTE, &[(Vital::StepCount, 30.0)]);
                }
                "wear" => {
                    bed.moment(from * MINUTE + 70_000, &[(Vital::Worn, 0.0)]);
                    bed.moment(from * MINUTE + 80_000, &[(Vital::Worn, 1.0)]);
                }
                _ => {}
            }
            let mut strip = beats(from, from + 4, Pulse::Irregular);
            match what {
                "gaps" => strip.retain(|beat| (beat.at.epoch_ms() - START) / 5_000 % 2 == 0),
                "implausible" => strip
                    .iter_mut()
                    .step_by(5)
                    .for_each(|beat| beat.value = 2_600.0),
                _ => {}
            }
            bed.send((from + 4) * MINUTE, &strip, Source::Watch);
        }
        bed.to(200 * MINUTE);
        assert_eq!(news(&mut bed), [], "{what}");
    }
}

#[test]
fn windows_left_out_are_counted_and_do_not_break_a_run() {
    let mut bed = Bed::new();
    for (place, from) in (10..200).step_by(15).enumerate() {
        if place % 2 == 1 {
            bed.moment(from * MINUTE, &[(Vital::StepCount, 30.0)]);
        }
        send(&mut bed, from, from + 3, Pulse::Irregular);
    }
    let found = bed.findings.iter().find(|finding| finding.kind == KIND);
    let evidence = &found.expect("raised").evidence;
    assert_eq!(evidence.figure("windows_left_out"), Some(4.0));
    assert!(
        evidence
            .summary
            .contains(" 4 windows were left out: motion, not worn,")
    );
}

#[test]
fn what_was_stored_and_forwarded_counts_but_pages_only_while_it_is_fresh() {
    let mut bed = Bed::new();
    let stored = beats(10, 130, Pulse::Irregular);
    bed.send(400 * MINUTE, &stored, Source::Watch);
    bed.to(402 * MINUTE);
    assert_eq!(news(&mut bed), [], "it is over");
    let mut bed = Bed::new();
    bed.send(88 * MINUTE, &beats(10, 88, Pulse::Irregular), Source::Watch);
    bed.to(120 * MINUTE);
    let told = news(&mut bed);
    assert_eq!(told.len(), 1, "the newest window was fresh: {told:?}");
    assert!((88..=91).contains(&told[0].1), "{told:?}");
}

#[test]
fn irregular_windows_that_are_long_ago_count_no_more() {
    let mut bed = Bed::new();
    send(&mut bed, 10, 70, Pulse::Irregular);
    let next_day = 26 * 60 + 10;
    send(&mut bed, next_day, next_day + 4, Pulse::Irregular);
    bed.to((next_day + 10) * MINUTE);
    assert_eq!(news(&mut bed), []);
}

#[test]
fn a_pause_and_switching_it_off_end_it() {
    let mut bed = Bed::new();
    send(&mut bed, 10, 120, Pulse::Irregular);
    assert_eq!(news(&mut bed).len(), 1);
    bed.rules.irregular_pulse.enabled = false;
    bed.watch(121 * MINUTE, Vital::BeatIntervals, 800.0);
    assert_eq!(news(&mut bed), [(Said::Clear, 121)]);
    bed.rules.irregular_pulse.enabled = true;
    send(&mut bed, 122, 240, Pulse::Irregular);
    assert_eq!(news(&mut bed).len(), 1);
    bed.context.monitoring[0].end = Some(clinical(241 * MINUTE));
    bed.changed(240 * MINUTE);
    bed.to(242 * MINUTE);
    assert_eq!(news(&mut bed), [(Said::Clear, 241)]);
}

#[test]
fn another_length_of_windows_begins_anew() {
    let mut bed = Bed::new();
    send(&mut bed, 10, 40, Pulse::Irregular);
    bed.rules.irregular_pulse.every_minutes = 5;
    send(&mut bed, 40, 75, Pulse::Irregular);
    assert_eq!(news(&mut bed).len(), 1, "two of 15 and three of 5 minutes");
    bed.rules.irregular_pulse.every_minutes = 15;
    send(&mut bed, 75, 160, Pulse::Regular);
    assert_eq!(news(&mut bed).len(), 1, "and it ends");
}

/// Messages of a course, judged.
fn judged(courier: &Courier<'_>) -> Vec<(Said, i64)> {
    let mut messages = Vec::new();
    let courses = [(0, 100, Pulse::Irregular), (100, 230, Pulse::Regular)];
    for (from, until, pulse) in courses {
        for (place, strip) in beats(from, until, pulse).chunks(17).enumerate() {
            let ready = strip[strip.len() - 1].at.epoch_ms() - START;
            let mut readings = strip.to_vec();
            let worn = f64::from(u8::from(!(5..7).contains(&(place % 60))));
            readings.push(reading(ready, Vital::Worn, worn));
            readings.push(reading(ready, Vital::StepCount, (place % 3) as f64));
            messages.push((ready, readings));
        }
    }
    let mut bed = Bed::new();
    courier.bring_when_ready(&mut bed, messages);
    bed.to(260 * MINUTE);
    let news = bed.news().into_iter().filter(|(kind, ..)| *kind == KIND);
    news.map(|(_, said, at)| (said, at)).collect()
}

#[test]
fn the_property_is_about_a_course_that_raises_and_ends_and_a_restart_changes_nothing() {
    let plain = judged(&Courier::PLAIN);
    let said: Vec<Said> = plain.iter().map(|(said, _)| *said).collect();
    assert_eq!(said, [RAISED, Said::Clear]);
    assert_eq!(
        judged(&Courier {
            restarts: true,
            ..Courier::PLAIN
        }),
        plain
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A chunk of beats takes up to 18 s to be full, so that its first beat
    /// has 42 s of its minute of grace left.
    #[test]
    fn order_inside_the_grace_and_repetition_change_nothing(
        delays in prop::collection::vec(0_i64..42_000, 16..64),
        repeats in prop::collection::vec(any::<bool>(), 16..64),
    ) {
        let courier = Courier {
            delays: &delays,
            repeats: &repeats,
            restarts: false,
        };
        prop_assert_eq!(judged(&courier), judged(&Courier::PLAIN));
    }

    #[test]
    fn any_finite_input_is_bounded(
        sent in prop::collection::vec((any::<i64>(), -1e300_f64..1e300, 0_i64..10), 0..200),
        ordinary in prop::collection::vec((0_i64..7_200_000, 200.0_f64..3_000.0), 0..400),
    ) {
        let mut bed = Bed::new();
        let mut now = 0;
        for (at, value, step) in sent {
            now += step * 1_000;
            let at = MeasuredTime::from_epoch_ms(at);
            let reading = Reading { at, vital: Vital::BeatIntervals, value };
            bed.send(now, &[reading], Source::Watch);
        }
        for (at, value) in ordinary {
            now = now.max(at);
            bed.send(now, &[reading(at, Vital::BeatIntervals, value)], Source::Watch);
        }
        bed.to(now + 3_600_000);
        for finding in &bed.findings {
            for figure in &finding.evidence.figures {
                prop_assert!(figure.value.is_finite());
            }
        }
        let bytes = postcard::to_allocvec(&bed.monitor).unwrap();
        prop_assert!(postcard::from_bytes::<Monitor>(&bytes).unwrap() == bed.monitor);
    }
}
