//! Irregular pulse: features by the book, their limits, and settings.

use crate::detect::rhythm::{BEATS, Features};
use crate::detect::{IrregularPulseRules, Rules};
use proptest::prelude::*;

/// The features as the publication words them, in plain numbers.
fn by_the_book(intervals: &[u16; BEATS]) -> [f64; 4] {
    let x: Vec<f64> = intervals.iter().map(|value| f64::from(*value)).collect();
    let mean = x.iter().sum::<f64>() / 128.0;
    let squares: f64 = (1..128).map(|i| (x[i] - x[i - 1]).powi(2)).sum();
    let turns = (1..127).filter(|i| (x[*i] - x[i - 1]) * (x[i + 1] - x[*i]) < 0.0);
    let mut sorted = x.clone();
    sorted.sort_by(f64::total_cmp);
    let inner = &sorted[8..120];
    let (low, high) = (inner[0], inner[111]);
    let mut bins = [0.0; 16];
    for value in inner {
        let share = if high > low {
            (value - low) / (high - low)
        } else {
            0.0
        };
        bins[((share * 16.0) as usize).min(15)] += 1.0 / 112.0;
    }
    let bits = |share: &f64| {
        if *share > 0.0 {
            -share * share.log2() / 4.0
        } else {
            0.0
        }
    };
    let entropy = bins.iter().map(bits).sum::<f64>();
    let rmssd = (squares / 127.0).sqrt();
    [mean, rmssd / mean, turns.count() as f64 / 126.0, entropy]
}

fn any_intervals() -> impl Strategy<Value = [u16; BEATS]> {
    let any = (250_u16..2_500, 0_u16..600, 1_u16..40).prop_flat_map(|(low, spread, coarse)| {
        let value = (0..=spread).prop_map(move |rise| low + rise / coarse * coarse);
        prop::collection::vec(value, BEATS)
    });
    any.prop_map(|values| values.try_into().expect("128 values"))
}

proptest! {
    #[test]
    fn any_windows_features_are_those_of_the_book(intervals in any_intervals()) {
        let found = Features::of(&intervals);
        let ours = [found.mean_ms, found.rmssd_over_mean, found.turning_points, found.entropy];
        for (one, other) in ours.into_iter().zip(by_the_book(&intervals)) {
            prop_assert!((one - other).abs() < 1e-9, "{} {}", one, other);
        }
    }
}

#[test]
fn a_plateau_is_no_turning_point() {
    let stairs = std::array::from_fn(|i| if i % 4 < 2 { 900 } else { 700 });
    assert_eq!(Features::of(&stairs).turning_points, 0.0);
    let equal = Features::of(&[800; BEATS]);
    assert_eq!((equal.rmssd_over_mean, equal.entropy), (0.0, 0.0));
}

#[test]
fn a_window_is_irregular_only_by_all_three_features_and_beyond_their_limits() {
    let rules = IrregularPulseRules {
        rmssd_over_mean_above: 0.125,
        turning_points_from: 0.5,
        turning_points_to: 0.75,
        entropy_above: 0.625,
        ..IrregularPulseRules::default()
    };
    let judged = |rmssd_over_mean, turning_points, entropy| {
        rules.is_irregular(&Features {
            mean_ms: 800.0,
            rmssd_over_mean,
            turning_points,
            entropy,
        })
    };
    assert!(judged(0.2, 0.6, 0.8));
    assert!(judged(0.126, 0.5, 0.626) && judged(0.126, 0.75, 0.626));
    assert!(!judged(0.125, 0.6, 0.8), "not above");
    assert!(!judged(0.2, 0.499, 0.8) && !judged(0.2, 0.751, 0.8));
    assert!(!judged(0.2, 0.6, 0.625), "not above");
}

/// The setting that is changed, and the change.
pub(super) type Change = (&'static str, fn(&mut Rules));

/// Changes settings that stand as shipped; gives what is wrong with them.
pub(super) fn problems(change: impl FnOnce(&mut Rules)) -> Vec<String> {
    let mut rules = Rules::default();
    change(&mut rules);
    rules.problems()
}

/// Each change alone is refused for what it names, and none of the others.
#[track_caller]
pub(super) fn assert_refused(section: &str, changes: &[Change]) {
    for (name, change) in changes {
        let found = problems(change);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        assert!(found[0].starts_with(section), "{found:?}");
        assert!(found[0].contains(name), "{name}: {found:?}");
    }
}

#[track_caller]
pub(super) fn assert_taken(changes: &[fn(&mut Rules)]) {
    for (place, change) in changes.iter().enumerate() {
        assert_eq!(problems(change), [""; 0], "change {place}");
    }
}

#[test]
fn settings_that_make_no_sense_are_named_and_the_outermost_are_taken() {
    let refused: &[Change] = &[
        ("every_minutes", |r| r.irregular_pulse.every_minutes = 4),
        ("every_minutes", |r| r.irregular_pulse.every_minutes = 16),
        ("rmssd_over_mean_above", |r| {
            r.irregular_pulse.rmssd_over_mean_above = 0.0
        }),
        ("rmssd_over_mean_above", |r| {
            r.irregular_pulse.rmssd_over_mean_above = 1.01
        }),
        ("turning_points_from", |r| {
            r.irregular_pulse.turning_points_from = -0.01
        }),
        ("turning_points_from", |r| {
            r.irregular_pulse.turning_points_from = 0.77
        }),
        ("turning_points_to", |r| {
            r.irregular_pulse.turning_points_to = 1.01
        }),
        ("entropy_above", |r| r.irregular_pulse.entropy_above = -0.01),
        ("entropy_above", |r| r.irregular_pulse.entropy_above = 1.0),
        ("rest_below_steps", |r| {
            r.irregular_pulse.rest_below_steps = 0
        }),
        ("positive", |r| r.irregular_pulse.positive = 0),
        ("positive", |r| r.irregular_pulse.positive = 7),
        ("of", |r| r.irregular_pulse.of = 17),
        ("forget_hours", |r| r.irregular_pulse.forget_hours = 0),
        ("forget_hours", |r| r.irregular_pulse.forget_hours = 169),
        ("clear_windows", |r| r.irregular_pulse.clear_windows = 0),
        ("entropy_above", |r| {
            r.irregular_pulse.entropy_above = f64::NAN
        }),
    ];
    assert_refused("irregular_pulse: ", refused);
    assert_taken(&[
        |r| r.irregular_pulse.every_minutes = 5,
        |r| r.irregular_pulse.rmssd_over_mean_above = 1.0,
        |r| r.irregular_pulse.turning_points_from = 0.0,
        |r| r.irregular_pulse.turning_points_to = 1.0,
        |r| r.irregular_pulse.entropy_above = 0.0,
        |r| r.irregular_pulse.positive = 6,
        |r| r.irregular_pulse.positive = 1,
        |r| r.irregular_pulse.of = 16,
        |r| r.irregular_pulse.forget_hours = 1,
        |r| r.irregular_pulse.forget_hours = 168,
        |r| r.irregular_pulse.clear_windows = 1,
        |r| r.irregular_pulse.gaps_max = 0,
    ]);
}
