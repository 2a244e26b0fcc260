//! Irregular pulse: which beats make a window, and when it is judged.

use super::bed::{Bed, START, Said, clinical, reading};
use crate::detect::Source;
use crate::domain::{AlertKind, Priority, Reading, Vital};

const MINUTE: i64 = 60_000;
const SECOND: i64 = 1_000;
/// Where a quarter of an hour begins, after the start.
const PIECE: i64 = 10 * MINUTE;
const QUARTER: i64 = 15 * MINUTE;
const RAISED: Said = Said::Raise(Priority::Medium);

/// One irregular window tells at once.
fn bed() -> Bed {
    let mut bed = Bed::new();
    bed.rules.irregular_pulse.positive = 1;
    bed.rules.irregular_pulse.of = 1;
    bed
}

/// Irregular beats from `from` on, which last `shortest` to `shortest + 600` ms.
fn beats_of(shortest: i64, from: i64, count: usize) -> Vec<Reading> {
    let (mut at, mut seed) = (from, 5_u64);
    let beat = |_| {
        seed = (1_103_515_245 * seed + 12_345) % (1 << 31);
        let interval = shortest + (seed >> 16) as i64 % 601;
        at += interval;
        reading(at, Vital::BeatIntervals, interval as f64)
    };
    (0..count).map(beat).collect()
}

/// 140 beats: one minute and three quarters.
fn window(from: i64) -> Vec<Reading> {
    beats_of(450, from, 140)
}

fn after(at: &Reading) -> i64 {
    at.at.epoch_ms() - START
}

/// The quarter of a second in which the 128th beat ended.
fn last_of(window: &[Reading]) -> i64 {
    after(&window[127]) / 250 * 250
}

/// Sends what was measured in a minute at the end of it.
fn live(bed: &mut Bed, beats: &[Reading]) {
    for of_minute in beats.chunk_by(|a, b| after(a) / MINUTE == after(b) / MINUTE) {
        let end = (after(&of_minute[0]) / MINUTE + 1) * MINUTE;
        bed.send(end, of_minute, Source::Watch);
    }
}

/// What was said of the pulse until `until`, each with its ms after the start.
fn news(bed: &mut Bed, until: i64) -> Vec<(Said, i64)> {
    bed.to(until);
    let news = bed.news().into_iter();
    let of_pulse = news.filter(|(kind, ..)| *kind == AlertKind::IrregularPulse);
    of_pulse.map(|(_, said, at)| (said, at)).collect()
}

fn steps(at: i64, count: f64) -> Reading {
    reading(at, Vital::StepCount, count)
}

#[test]
fn a_window_is_judged_when_its_last_minute_can_get_no_more() {
    let mut bed = bed();
    live(&mut bed, &window(PIECE + 5 * SECOND));
    let told = news(&mut bed, PIECE + QUARTER);
    assert_eq!(told, [(RAISED, PIECE + 3 * MINUTE)]);
    // A first message that is late, but in its grace, holds nothing up.
    let mut bed = self::bed();
    let quick = quick(PIECE + SECOND);
    assert!(after(&quick[127]) < PIECE + MINUTE);
    bed.send(PIECE + 2 * MINUTE - 500, &quick, Source::Watch);
    let told = news(&mut bed, PIECE + QUARTER);
    assert_eq!(told, [(RAISED, PIECE + 2 * MINUTE)]);
}

/// 128 irregular beats within a minute.
fn quick(from: i64) -> Vec<Reading> {
    let (mut at, mut seed) = (from, 5_u64);
    let beat = |_| {
        seed = (1_103_515_245 * seed + 12_345) % (1 << 31);
        let interval = 260 + (seed >> 16) as i64 % 301;
        at += interval;
        reading(at, Vital::BeatIntervals, interval as f64)
    };
    (0..128).map(beat).collect()
}

#[test]
fn values_that_are_no_beats_are_passed_over() {
    for stray in [249.0, 2_501.0] {
        let mut bed = bed();
        let mut beats = window(PIECE + 5 * SECOND);
        let strays = beats.iter().skip(3).step_by(9).map(|beat| {
            let at = after(beat) + 300;
            reading(at, Vital::BeatIntervals, stray)
        });
        let strays: Vec<_> = strays.collect();
        beats.extend(strays);
        beats.sort_by_key(|beat| beat.at);
        live(&mut bed, &beats);
        let told = news(&mut bed, PIECE + QUARTER);
        assert_eq!(told, [(RAISED, PIECE + 3 * MINUTE)], "{stray}");
    }
}

#[test]
fn beats_outside_monitoring_and_of_a_piece_with_a_pause_say_nothing() {
    let mut bed = bed();
    let beats = window(PIECE + 5 * SECOND);
    bed.context.monitoring[0].end = Some(clinical(PIECE));
    bed.changed(0);
    live(&mut bed, &beats);
    assert_eq!(news(&mut bed, PIECE + QUARTER), []);
    // It ends when the window was gathered and not yet judged.
    let mut bed = self::bed();
    live(&mut bed, &beats);
    bed.context.monitoring[0].end = Some(clinical(PIECE + 130 * SECOND));
    bed.changed(PIECE + 125 * SECOND);
    assert_eq!(news(&mut bed, PIECE + QUARTER), []);
    // It pauses for a moment before most of the window comes.
    let mut bed = self::bed();
    bed.send(PIECE + 7 * SECOND, &beats[..1], Source::Watch);
    bed.context.pauses = vec![crate::domain::Pause {
        start: clinical(PIECE + 8 * SECOND),
        end: clinical(PIECE + 9 * SECOND),
        reason: "scan".into(),
    }];
    bed.changed(PIECE + 7 * SECOND);
    live(&mut bed, &beats[1..]);
    assert_eq!(news(&mut bed, PIECE + QUARTER), []);
    live(&mut bed, &window(PIECE + QUARTER));
    assert_eq!(news(&mut bed, PIECE + 2 * QUARTER).len(), 1, "the next one");
}

#[test]
fn the_last_minute_of_a_piece_is_left_to_what_is_on_its_way() {
    let mut bed = bed();
    live(&mut bed, &window(PIECE + 12 * MINUTE));
    assert_eq!(news(&mut bed, PIECE + QUARTER), [(RAISED, PIECE + QUARTER)]);
    let mut bed = self::bed();
    live(&mut bed, &window(PIECE + 13 * MINUTE));
    assert_eq!(news(&mut bed, PIECE + 2 * QUARTER), []);
    let rhythm = bed.monitor.rhythm.get().expect("it has begun");
    assert_eq!(rhythm.due_ms(), i64::MAX, "nothing is waited for");
}

#[test]
fn what_comes_after_its_minute_was_settled_or_of_an_older_piece_is_not_taken() {
    let beats = window(PIECE + 5 * SECOND);
    let first = beats.partition_point(|beat| after(beat) < PIECE + MINUTE);
    assert!(first > 50 && beats.len() - 20 < 128);
    for (late_by, told) in [(SECOND, 0), (-SECOND, 1)] {
        let mut bed = bed();
        bed.send(PIECE + MINUTE, &beats[..20], Source::Watch);
        bed.send(PIECE + 110 * SECOND, &beats[first..], Source::Watch);
        bed.send(
            PIECE + 2 * MINUTE + late_by,
            &beats[20..first],
            Source::Watch,
        );
        assert_eq!(news(&mut bed, PIECE + QUARTER).len(), told, "{late_by}");
    }
    // Beats of minutes ago in one message with newer ones.
    let mut bed = bed();
    let mut mixed = window(PIECE + 10 * MINUTE)[..30].to_vec();
    mixed.extend_from_slice(&window(PIECE + 3 * MINUTE)[..120]);
    bed.send(PIECE + 11 * MINUTE, &mixed, Source::Watch);
    assert_eq!(news(&mut bed, PIECE + QUARTER), []);
    // The piece before had nothing; its beats come into the next one's.
    let mut plain = self::bed();
    live(&mut plain, &window(PIECE + QUARTER));
    let mut bed = self::bed();
    let (some, rest) = {
        let beats = window(PIECE + QUARTER);
        (beats[..40].to_vec(), beats[40..].to_vec())
    };
    bed.send(PIECE + QUARTER + 50 * SECOND, &some, Source::Watch);
    bed.send(PIECE + QUARTER + 51 * SECOND, &beats, Source::Watch);
    live(&mut bed, &rest);
    bed.to(PIECE + 2 * QUARTER);
    plain.to(PIECE + 2 * QUARTER);
    let figures = |bed: &Bed| bed.findings[0].evidence.figures.clone();
    assert_eq!(figures(&bed), figures(&plain));
}

#[test]
fn the_first_beats_to_come_may_be_of_a_later_minute() {
    let beats = window(PIECE + 5 * MINUTE);
    let first = beats.partition_point(|beat| after(beat) < PIECE + 6 * MINUTE);
    let mut bed = bed();
    bed.send(PIECE + 415 * SECOND, &beats[first..], Source::Watch);
    bed.send(PIECE + 418 * SECOND, &beats[..first], Source::Watch);
    let told = news(&mut bed, PIECE + QUARTER);
    assert_eq!(told, [(RAISED, PIECE + 8 * MINUTE)]);
}

#[test]
fn a_memory_sent_at_once_is_judged_piece_by_piece_and_what_is_newest_after_its_grace() {
    let memory = |moving: i64| -> Vec<Reading> {
        let piece = |number: i64| {
            let from = PIECE + number * QUARTER + 12 * MINUTE;
            let walked = if number < 4 { 30.0 } else { 0.0 };
            let mut readings = window(from);
            readings.push(steps(from + moving, walked));
            readings.sort_by_key(|reading| reading.at);
            readings
        };
        (0..5).flat_map(piece).collect()
    };
    let arrives = PIECE + 5 * QUARTER - MINUTE;
    let still: Vec<_> = memory(0)
        .into_iter()
        .filter(|r| r.vital != Vital::StepCount)
        .collect();
    let mut bed = Bed::new();
    bed.send(arrives, &still, Source::Watch);
    let told = news(&mut bed, arrives + QUARTER);
    assert_eq!(told, [(RAISED, arrives + MINUTE + SECOND)]);
    for moving in [SECOND, MINUTE + SECOND] {
        let mut bed = Bed::new();
        bed.send(arrives, &memory(moving), Source::Watch);
        assert_eq!(
            news(&mut bed, arrives + QUARTER),
            [],
            "in motion at {moving}"
        );
    }
}

#[test]
fn steps_of_a_long_memory_are_known_while_its_window_needs_them() {
    for (walked, told) in [(30.0, 0), (1.0, 1)] {
        let mut memory = beats_of(450, PIECE + 2 * SECOND, 780);
        let minutes = (0..9).map(|minute| {
            let count = if minute == 0 { walked } else { 1.0 };
            steps(PIECE + minute * MINUTE, count)
        });
        memory.extend(minutes);
        memory.sort_by_key(|reading| reading.at);
        let mut bed = bed();
        bed.send(PIECE + 11 * MINUTE, &memory, Source::Watch);
        assert_eq!(news(&mut bed, PIECE + QUARTER).len(), told, "{walked}");
    }
}

#[test]
fn ten_steps_in_one_of_its_minutes_leave_a_window_out() {
    let from = 5 * MINUTE;
    // (steps, in which minute of the piece) and whether it is judged.
    for (count, minute, judged) in [
        (9.0, 5, true),
        (10.0, 5, false),
        (10.0, 6, false),
        (30.0, 4, true),
        (30.0, 7, true),
    ] {
        let mut readings = window(PIECE + from + SECOND);
        assert_eq!(last_of(&readings) / MINUTE, (PIECE + 6 * MINUTE) / MINUTE);
        readings.push(steps(PIECE + minute * MINUTE + 500, count));
        readings.sort_by_key(|reading| reading.at);
        let mut bed = bed();
        live(&mut bed, &readings);
        let told = !news(&mut bed, PIECE + QUARTER).is_empty();
        assert_eq!(told, judged, "{count} in minute {minute}");
    }
}

#[test]
fn four_gaps_are_borne_and_five_are_not() {
    for (gaps, judged) in [(4, true), (5, false)] {
        let mut left = gaps;
        let mut kept_before = false;
        let mut beats = beats_of(450, PIECE + SECOND, 150);
        beats.retain(|beat| {
            let goes = left > 0 && kept_before && beat.value >= 800.0;
            left -= u8::from(goes);
            kept_before = !goes;
            !goes
        });
        assert_eq!(left, 0);
        let mut bed = bed();
        live(&mut bed, &beats);
        let told = !news(&mut bed, PIECE + QUARTER).is_empty();
        assert_eq!(told, judged, "{gaps}");
    }
}

#[test]
fn a_window_is_fresh_by_its_last_beat_for_ten_minutes() {
    let memory = beats_of(450, PIECE + SECOND, 500);
    let arrives = last_of(&memory) + 10 * MINUTE;
    let mut bed = bed();
    bed.send(arrives, &memory, Source::Watch);
    let finding = bed
        .findings
        .iter()
        .find(|f| f.kind == AlertKind::IrregularPulse);
    let evidence = &finding.expect("raised").evidence;
    assert_eq!(after_start(evidence.values[0].measured), last_of(&memory));
    assert_eq!(news(&mut bed, arrives), [(RAISED, arrives)]);
    let mut bed = self::bed();
    bed.send(arrives + 1, &memory, Source::Watch);
    assert_eq!(news(&mut bed, arrives + QUARTER), []);
}

fn after_start(at: crate::domain::MeasuredTime) -> i64 {
    at.epoch_ms() - START
}

#[test]
fn what_was_stale_counts_when_an_irregular_window_is_fresh() {
    for (stale, told) in [(5, [5.0, 6.0]), (6, [6.0, 6.0])] {
        let mut bed = Bed::new();
        let memory = (0..stale).flat_map(|number| window(PIECE + number * QUARTER + SECOND));
        bed.send(600 * MINUTE, &memory.collect::<Vec<_>>(), Source::Watch);
        assert_eq!(news(&mut bed, 610 * MINUTE), []);
        let mut next = PIECE + 41 * QUARTER;
        if stale == 5 {
            let mut at = next;
            let regular = (0..140).map(|_| {
                at += 800;
                reading(at, Vital::BeatIntervals, 800.0)
            });
            let regular: Vec<_> = regular.collect();
            live(&mut bed, &regular);
            assert_eq!(
                news(&mut bed, next + QUARTER),
                [],
                "a regular one tells nothing"
            );
            next += QUARTER;
        }
        live(&mut bed, &window(next));
        bed.to(next + QUARTER);
        let finding = bed
            .findings
            .iter()
            .find(|f| f.kind == AlertKind::IrregularPulse);
        let evidence = &finding.expect("raised").evidence;
        let figures = ["windows_irregular", "windows_judged"].map(|name| evidence.figure(name));
        assert_eq!(figures, told.map(Some));
    }
}

#[test]
fn intervals_are_rounded_to_whole_milliseconds() {
    let mut bed = bed();
    let mut beats = window(PIECE + SECOND);
    beats.iter_mut().for_each(|beat| beat.value += 0.6);
    live(&mut bed, &beats);
    bed.to(PIECE + QUARTER);
    let mean = beats[..128]
        .iter()
        .map(|beat| beat.value.round())
        .sum::<f64>()
        / 128.0;
    let finding = bed
        .findings
        .iter()
        .find(|f| f.kind == AlertKind::IrregularPulse);
    assert_eq!(
        finding.expect("raised").evidence.values[0].value,
        mean.round()
    );
}
