//! Each statistic against published values, an independent computation or
//! `statrs`.

use crate::detect::SustainedChangeRules;
use crate::detect::departures::Departure;
use crate::detect::drift::cusum::Cusum;
use crate::detect::drift::ewma::Ewma;
use crate::detect::drift::multivariate::Together;
use crate::detect::drift::settings::{MultivariateRules, TrendRules};
use crate::detect::drift::tails;
use crate::detect::drift::trend::Trend;
use statrs::distribution::{ChiSquared, ContinuousCDF, Normal};
use wardlight_simulators::chance::Chance;

/// Mean hours until `step` says so, over so many runs of standard normal
/// departures shifted by `shift`.
fn run_length<S: Default>(runs: u64, shift: f64, step: impl Fn(&mut S, f64) -> bool) -> f64 {
    let mut hours = 0_i64;
    for run in 0..runs {
        let chance = Chance::new(7).numbered(run);
        let mut state = S::default();
        let told = (1..100_000).find(|hour| step(&mut state, shift + chance.normal(*hour)));
        hours += told.unwrap();
    }
    hours as f64 / runs as f64
}

#[track_caller]
fn near(found: f64, expected: f64, share: f64) {
    assert!(
        (found / expected - 1.0).abs() < share,
        "{found}, not {expected}"
    );
}

#[test]
fn the_running_sum_has_the_published_run_lengths() {
    let mut rules = SustainedChangeRules::default().cusum;
    (rules.allowance, rules.cap) = (0.5, 30.0);
    let two_sided = |sum: &mut Cusum, z: f64| {
        sum.observe(z, &rules);
        sum.score(true).max(sum.score(false)) > 4.0
    };
    let one_sided = |sum: &mut Cusum, z: f64| {
        sum.observe(z, &rules);
        sum.score(true) > 4.0
    };
    // Montgomery, table of tabular CUSUMs: k = 0.5, h = 4.
    near(run_length(2_000, 0.0, two_sided), 168.0, 0.05);
    near(run_length(1_000, 0.0, one_sided), 336.0, 0.08);
    near(run_length(2_000, 1.0, two_sided), 8.38, 0.04);
    near(run_length(2_000, -1.0, two_sided), 8.38, 0.04);
}

#[test]
fn the_running_average_has_the_published_run_lengths() {
    let rules = SustainedChangeRules::default().ewma;
    assert_eq!(rules.lambda, 0.2);
    let step = |average: &mut Ewma, z: f64| {
        average.observe(z, &rules);
        average.score(&rules).abs() > 2.962
    };
    // Lucas and Saccucci 1990: about 500 without a shift, 10.5 with one of one
    // standard deviation; a variance that is exact from the start tells sooner.
    near(run_length(1_500, 0.0, step), 500.0, 0.08);
    let shifted = run_length(2_000, 1.0, step);
    assert!((9.0..10.6).contains(&shifted), "{shifted}");
}

#[test]
fn the_running_average_is_standard_normal_from_its_first_hour_on() {
    let rules = SustainedChangeRules::default().ewma;
    for hours in [1, 2, 5, 40] {
        let squares = (0..4_000).map(|run| {
            let chance = Chance::new(3).numbered(run);
            let mut average = Ewma::default();
            (0..hours).for_each(|hour| average.observe(chance.normal(hour), &rules));
            average.score(&rules).powi(2)
        });
        near(squares.sum::<f64>() / 4_000.0, 1.0, 0.07);
    }
}

#[test]
fn tails_are_those_of_the_distributions() {
    let normal = Normal::standard();
    for x in [-2.0, 0.0, 1.0, 3.0, 6.0] {
        near(tails::normal(x), normal.sf(x), 1e-6);
    }
    for dimensions in 1..=4 {
        let of = ChiSquared::new(dimensions as f64).unwrap();
        for sum in [0.1, 1.0, 5.0, 20.0, 60.0] {
            near(tails::chi_square(sum, dimensions), of.sf(sum), 1e-6);
        }
    }
    assert_eq!(tails::chi_square(3.0, 0), 1.0);
}

#[test]
fn the_tail_of_a_running_sum_is_near_how_often_it_is_there() {
    let rules = SustainedChangeRules::default().cusum;
    let (chance, mut sum) = (Chance::new(5), Cusum::default());
    let mut at_least = [0.0; 3];
    for hour in 0..400_000 {
        sum.observe(chance.normal(hour), &rules);
        for (count, limit) in at_least.iter_mut().zip([1.0, 3.0, 5.0]) {
            *count += f64::from(sum.score(true) >= limit);
        }
    }
    for (count, limit) in at_least.iter().zip([1.0, 3.0, 5.0]) {
        near(count / 400_000.0, tails::cumulative_sum(limit, 0.5), 0.15);
    }
}

const CERTAIN: MultivariateRules = MultivariateRules {
    memory_hours: 2_000.0,
    kept: 1.0,
};

/// Departures of four vitals, the first two with a correlation of 0.8.
fn correlated(hour: i64) -> [Option<f64>; 4] {
    let chance = Chance::new(11);
    let draw = |place: u64| chance.numbered(place).normal(hour);
    let second = 0.8 * draw(0) + 0.6 * draw(1);
    [Some(draw(0)), Some(second), Some(draw(2)), Some(draw(3))]
}

#[test]
fn all_vitals_together_are_judged_by_the_correlations_learnt() {
    let mut together = Together::default();
    (0..20_000).for_each(|hour| together.learn(&correlated(hour), &CERTAIN));
    let score = |scores| together.score(&scores, &CERTAIN);
    // Two dimensions by hand, with the correlation that was learnt.
    let (along, _) = score([Some(1.0), Some(1.0), None, None]);
    let r = 2.0 / along - 1.0;
    assert!((0.74..0.86).contains(&r), "{r}");
    let by_hand = |a: f64, b: f64| (a * a - 2.0 * r * a * b + b * b) / (1.0 - r * r);
    let (against, count) = score([Some(2.0), Some(-1.0), None, None]);
    assert_eq!(count, 2);
    near(against, by_hand(2.0, -1.0), 1e-9);
    // A missing vital leaves a smaller question, not a guess.
    let (third, count) = score([None, None, Some(3.0), None]);
    assert_eq!(count, 1);
    near(third, 9.0, 1e-9);
    assert_eq!(score([None; 4]), (0.0, 0));
    let (all, count) = score([Some(0.0), Some(0.0), Some(3.0), Some(0.0)]);
    assert_eq!(count, 4);
    near(all, 9.0, 0.05);
}

#[test]
fn its_tail_is_even_whichever_vitals_an_hour_has() {
    let mut together = Together::default();
    (0..20_000).for_each(|hour| together.learn(&correlated(-hour), &CERTAIN));
    let rare = [2_usize, 3, 4].map(|dimensions| {
        let mut rare = 0.0;
        for hour in 0..20_000 {
            let mut hour = correlated(hour);
            together.learn(&hour, &CERTAIN);
            hour.iter_mut().skip(dimensions).for_each(|of| *of = None);
            let (sum, count) = together.score(&hour, &CERTAIN);
            rare += f64::from(tails::chi_square(sum, count) < 0.05);
        }
        rare / 20_000.0
    });
    assert!(
        rare.iter().all(|share| (0.045..0.056).contains(share)),
        "{rare:?}"
    );
}

#[test]
fn correlations_that_contradict_each_other_count_less() {
    let mut together = Together::default();
    let rules = MultivariateRules {
        memory_hours: 100.0,
        kept: 0.95,
    };
    // Pairs from different hours: a with b, b with c alike, a against c.
    for _ in 0..2_000 {
        together.learn(&[Some(1.0), Some(1.0), None, None], &rules);
        together.learn(&[None, Some(1.0), Some(1.0), None], &rules);
        together.learn(&[Some(1.0), None, Some(-1.0), None], &rules);
    }
    let (sum, count) = together.score(&[Some(1.0), Some(1.0), Some(1.0), None], &rules);
    assert_eq!(count, 3);
    assert!((0.5..30.0).contains(&sum), "{sum}");
}

fn departure(value: f64) -> Departure {
    Departure {
        z: 0.0,
        long_run: 1.0,
        value,
        level: 70.0,
        wave: 0.0,
        variance: 4.0,
        correlation: 0.5,
        hours_known: 100.0,
    }
}

const TREND: TrendRules = TrendRules {
    half_life_hours: 12.0,
    hours_min: 5.0,
    horizon_hours: 24.0,
    told_from: 2.0,
};

/// Weighted least squares at once, as an oracle: level at the last hour, slope,
/// and its standard error.
fn at_once(points: &[(u32, f64)]) -> [f64; 3] {
    let last = f64::from(points.last().unwrap().0);
    let [mut w, mut t, mut tt, mut x, mut tx] = [0.0; 5];
    for (hour, value) in points {
        let back = f64::from(*hour) - last;
        let weight = (back / TREND.half_life_hours).exp2();
        w += weight;
        t += weight * back;
        tt += weight * back * back;
        x += weight * value;
        tx += weight * back * value;
    }
    let slope = (tx - t * x / w) / (tt - t * t / w);
    let long_run: f64 = 4.0 * 1.5 / 0.5;
    [
        x / w - slope * t / w,
        slope,
        (long_run / (tt - t * t / w)).sqrt(),
    ]
}

#[test]
fn the_line_is_the_weighted_regression_and_gaps_are_gaps() {
    let (chance, mut trend) = (Chance::new(9), Trend::default());
    let mut points = Vec::new();
    let mut before = 0;
    for hour in [1, 2, 3, 7, 8, 9, 20, 21, 22, 23, 30, 31_u32] {
        let value = 70.0 + 0.7 * f64::from(hour) + chance.normal(i64::from(hour));
        trend.observe(&departure(value), hour - before, &TREND);
        (before, _) = (hour, points.push((hour, value)));
    }
    let line = trend.line(&departure(0.0), &TREND).unwrap();
    let found = [line.level, line.slope, line.error];
    for (found, expected) in found.into_iter().zip(at_once(&points)) {
        near(found, expected, 1e-3);
    }
}

#[test]
fn a_limit_is_forecast_to_the_side_the_line_goes_and_only_inside_the_horizon() {
    let vital = SustainedChangeRules::default().vitals.respiratory_rate;
    let line = |slope: f64| {
        let mut trend = Trend::default();
        for hour in 0..24 {
            trend.observe(&departure(20.0 + slope * f64::from(hour - 23)), 1, &TREND);
        }
        trend.line(&departure(0.0), &TREND).unwrap()
    };
    let ahead = line(0.5).forecast(&vital, true, &TREND).unwrap();
    assert_eq!(ahead.limit, 25.0);
    near(ahead.hours, 10.0, 1e-2);
    assert!(ahead.significance > 2.0);
    assert_eq!(line(0.5).forecast(&vital, false, &TREND), None);
    assert_eq!(line(0.2).forecast(&vital, true, &TREND), None, "25 h");
    assert_eq!(line(-0.2).forecast(&vital, true, &TREND), None);
    let down = line(-0.6).forecast(&vital, false, &TREND).unwrap();
    near(down.hours, 20.0, 1e-2);
    // Past the limit and still going on.
    let mut high = line(0.5);
    high.level = 26.0;
    assert_eq!(high.forecast(&vital, true, &TREND).unwrap().hours, 0.0);
}

#[test]
fn a_few_hours_are_no_line() {
    let mut trend = Trend::default();
    for _ in 0..4 {
        trend.observe(&departure(70.0), 1, &TREND);
        assert_eq!(trend.line(&departure(70.0), &TREND), None);
    }
}
