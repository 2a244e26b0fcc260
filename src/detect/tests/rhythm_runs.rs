//! Irregular pulse: any run of windows, held against the rule in plain words.

use super::bed::{Bed, START, Said, reading};
use crate::detect::{IrregularPulseRules, Source};
use crate::domain::{AlertKind, FindingState, Priority, Reading, Vital};
use proptest::prelude::*;

const MINUTE: i64 = 60_000;
/// Where the first piece of a quarter of an hour begins, after the start.
const FIRST: i64 = 10 * MINUTE;
const PIECE: i64 = 15 * MINUTE;
const HOUR: i64 = 4 * PIECE;

/// What a quarter of an hour brings.
#[derive(Clone, Copy, Debug)]
enum Piece {
    Window {
        irregular: bool,
    },
    InMotion {
        irregular: bool,
    },
    /// So many of them bring nothing.
    Nothing(i64),
}

/// 140 beats from five seconds into a piece on, the same in each.
fn beats(irregular: bool) -> Vec<(i64, f64)> {
    let (mut at, mut seed) = (5_000, 7_u64);
    let beat = |place: usize| {
        seed = (1_103_515_245 * seed + 12_345) % (1 << 31);
        let interval = match irregular {
            true => 450 + (seed >> 16) as i64 % 601,
            false => [800, 812, 820, 811, 797, 786][place % 6],
        };
        at += interval;
        (at, interval as f64)
    };
    (0..140).map(beat).collect()
}

/// First and 128th beat of a window, ms into its piece, to a quarter of a second.
fn ends(irregular: bool) -> (i64, i64) {
    let beats = beats(irregular);
    let quarter = |place: usize| beats[place].0 / 250 * 250;
    (quarter(0), quarter(127))
}

/// What is told: what, when, how urgent since when, and three counts.
type Told = (Said, i64, Option<i64>, [u32; 3]);

/// The rule in plain words.
fn expected(pieces: &[Piece], rules: &IrregularPulseRules) -> Vec<Told> {
    let mut told = Vec::new();
    let (mut judged, mut raised, mut calm) = (Vec::<bool>::new(), false, 0);
    let (mut since, mut left_out, mut newest, mut start) = (0, 0, i64::MIN / 2, FIRST);
    for piece in pieces {
        let irregular = match *piece {
            Piece::Nothing(length) => {
                start += length * PIECE;
                continue;
            }
            Piece::InMotion { .. } => {
                left_out += 1;
                start += PIECE;
                continue;
            }
            Piece::Window { irregular } => irregular,
        };
        let (first, last) = ends(irregular);
        if start + last - newest > i64::from(rules.forget_hours) * HOUR {
            judged.clear();
        }
        newest = start + last;
        let before = judged.len().saturating_sub(usize::from(rules.of) - 1);
        if irregular && !judged[before..].contains(&true) {
            (since, left_out) = (start + first, 0);
        }
        judged.push(irregular);
        let last_few = &judged[before..];
        let count = last_few.iter().filter(|irregular| **irregular).count();
        // A window is settled a minute after its last minute.
        let at = start + 3 * MINUTE;
        if raised {
            calm = if irregular { 0 } else { calm + 1 };
            if calm == rules.clear_windows {
                raised = false;
                judged.clear();
                told.push((Said::Clear, at, None, [0; 3]));
            }
        } else if irregular && count >= usize::from(rules.positive) {
            (raised, calm) = (true, 0);
            let counts = [count as u32, last_few.len() as u32, left_out];
            told.push((Said::Raise(rules.priority), at, Some(since), counts));
        }
        start += PIECE;
    }
    told
}

fn found(pieces: &[Piece], rules: IrregularPulseRules) -> Vec<Told> {
    let mut bed = Bed::new();
    bed.rules.irregular_pulse = rules;
    let mut start = FIRST;
    for piece in pieces {
        let (irregular, steps) = match *piece {
            Piece::Nothing(length) => {
                start += length * PIECE;
                continue;
            }
            Piece::InMotion { irregular } => (irregular, 30.0),
            Piece::Window { irregular } => (irregular, 1.0),
        };
        let mut message = vec![reading(start + 1_000, Vital::StepCount, steps)];
        let beat = |(at, interval)| reading(start + at, Vital::BeatIntervals, interval);
        message.extend(beats(irregular).into_iter().map(beat));
        let ready = message
            .last()
            .map_or(0, |last: &Reading| last.at.epoch_ms());
        bed.send(ready - START, &message, Source::Watch);
        start += PIECE;
    }
    bed.to(start + PIECE);
    let of_pulse = bed.findings.iter();
    let of_pulse = of_pulse.filter(|finding| finding.kind == AlertKind::IrregularPulse);
    let told = of_pulse.map(|finding| {
        let figure = |name| {
            finding
                .evidence
                .figure(name)
                .map_or(0, |value| value as u32)
        };
        let counts = ["windows_irregular", "windows_judged", "windows_left_out"].map(figure);
        let at = finding.at.epoch_ms() - START;
        match finding.state {
            FindingState::Raise { priority, began } => {
                let began = began.epoch_ms() - START;
                (Said::Raise(priority), at, Some(began), counts)
            }
            _ => (Said::Clear, at, None, counts),
        }
    });
    told.collect()
}

fn any_piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        5 => Just(Piece::Window { irregular: true }),
        3 => Just(Piece::Window { irregular: false }),
        1 => any::<bool>().prop_map(|irregular| Piece::InMotion { irregular }),
        1 => (1_i64..13).prop_map(Piece::Nothing),
    ]
}

fn any_rules() -> impl Strategy<Value = IrregularPulseRules> {
    let settings = (1_u8..=16, 1_u8..=16, 1_u32..=3, 1_u8..=5, any::<bool>());
    settings.prop_map(
        |(one, other, forget_hours, clear_windows, high)| IrregularPulseRules {
            positive: one.min(other),
            of: one.max(other),
            forget_hours,
            clear_windows,
            priority: if high { Priority::High } else { Priority::Low },
            ..IrregularPulseRules::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_run_of_windows_is_told_as_the_rule_says(
        pieces in prop::collection::vec(any_piece(), 1..48),
        rules in any_rules(),
    ) {
        prop_assert_eq!(found(&pieces, rules), expected(&pieces, &rules));
    }
}

#[test]
fn the_property_is_about_runs_that_are_told() {
    let (yes, no) = (
        Piece::Window { irregular: true },
        Piece::Window { irregular: false },
    );
    let moving = Piece::InMotion { irregular: true };
    // An hour apart to the beat is not more than an hour; and then it is.
    let run = [
        yes,
        moving,
        no,
        Piece::Nothing(1),
        yes,
        no,
        no,
        Piece::Nothing(4),
        yes,
    ];
    let rules = IrregularPulseRules {
        positive: 2,
        of: 3,
        forget_hours: 1,
        clear_windows: 2,
        priority: Priority::High,
        ..IrregularPulseRules::default()
    };
    let first = FIRST + ends(true).0;
    let raised = FIRST + HOUR + 3 * MINUTE;
    let told = [
        (Said::Raise(Priority::High), raised, Some(first), [2, 3, 1]),
        (Said::Clear, raised + 2 * PIECE, None, [0; 3]),
    ];
    assert_eq!(expected(&run, &rules), told);
    assert_eq!(found(&run, rules), told);
}
