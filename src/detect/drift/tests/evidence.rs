//! From scores to evidence: ranks, bets, and what they promise.

use crate::detect::SustainedChangeRules;
use crate::detect::drift::betting::{Betting, e_value};
use crate::detect::drift::detectors::DETECTORS;
use crate::detect::drift::past::Past;
use crate::detect::drift::settings::{Bet, BettingRules, PastRules};
use wardlight_simulators::chance::Chance;

const RULES: PastRules = PastRules {
    half_life_days: 30,
    prior_hours: 240.0,
    lag_hours: 24,
};

#[test]
fn an_e_value_has_a_mean_of_at_most_one_over_even_p_values() {
    // Over p = exp(-u), so that the part next to nought is not lost.
    let steps = 400_000;
    let mean: f64 = (0..steps)
        .map(|step| {
            let u = (f64::from(step) + 0.5) * 200.0 / f64::from(steps);
            e_value((-u).exp()) * (-u).exp() * 200.0 / f64::from(steps)
        })
        .sum();
    // What lies beyond u = 200 is 1/200.
    assert!((mean + 1.0 / 200.0 - 1.0).abs() < 1e-4, "{mean}");
    assert!((e_value(1.0) - 0.5).abs() < 1e-9);
    let around = [0.9991, 0.9989].map(e_value);
    assert!((around[0] - around[1]).abs() < 1e-4, "{around:?}");
    assert!(e_value(1e-3) > 20.0 && e_value(0.0).is_finite());
}

#[test]
fn a_new_patient_is_ranked_among_pure_noise() {
    let past = Past::default();
    let of = |tail: f64| past.rank(0, tail, &RULES);
    assert_eq!(of(1.0), 1.0);
    assert!((of(0.25) - 61.0 / 241.0).abs() < 1e-12);
    assert_eq!(of(0.2), of(0.25), "what shares a bin counts as rare");
    assert!((of(1e-9) - (240.0 / 2048.0 + 1.0) / 241.0).abs() < 1e-12);
}

#[test]
fn a_score_is_learnt_a_day_later_however_high_it_is() {
    let mut past = Past::default();
    for hour in 0..48 {
        assert_eq!(past.hours(), f64::from((hour - 24).max(0)), "hour {hour}");
        past.learn(&[1e-6; DETECTORS], &RULES);
    }
    let rare = past.rank(0, 1e-6, &RULES);
    assert!((rare - (24.0 + 240.0 / 2048.0 + 1.0) / (24.0 + 241.0)).abs() < 1e-12);
}

#[test]
fn what_a_patient_often_has_is_not_rare_for_that_patient() {
    let mut past = Past::default();
    for hour in 0..24 * 120 {
        let tail = if hour % 10 == 0 { 1e-3 } else { 0.5 };
        past.learn(&[tail; DETECTORS], &RULES);
    }
    let p = past.rank(0, 1e-3, &RULES);
    assert!((p - 0.1).abs() < 0.02, "{p}");
    // Every thirty days all counts are halved: about as much again is kept.
    assert!(
        (700.0..=1_500.0).contains(&past.hours()),
        "{}",
        past.hours()
    );
}

#[test]
fn ranks_of_any_distribution_are_even_or_larger() {
    let chance = Chance::new(21);
    let (mut past, mut sum, mut small) = (Past::default(), 0.0, 0.0);
    let hours = 40_000;
    for hour in 0..hours {
        // Tails as heavy noise would give them: far from even.
        let tail = chance.uniform(hour).powi(3);
        let p = past.rank(1, tail, &RULES);
        sum += e_value(p);
        small += f64::from(p <= 0.02);
        past.learn(&[tail; DETECTORS], &RULES);
    }
    // The first days are the population's, which is wrong here; then it is learnt.
    let mean = sum / hours as f64;
    assert!(mean < 1.0, "{mean}");
    assert!(small / hours as f64 <= 0.02, "{small}");
}

const fn alone(span_hours: f64) -> BettingRules {
    const NOT: Bet = Bet {
        weight: 0.0,
        span_hours: 1.0,
    };
    BettingRules {
        cap: 50.0,
        robust_z: Bet {
            weight: 1.0,
            span_hours,
        },
        ewma: NOT,
        cusum: NOT,
        multivariate: NOT,
        trend: NOT,
    }
}

/// Mean hours until the evidence of even p-values reaches `ln limit`.
fn mean_time(limit: f64, rules: &BettingRules, p_values: impl Fn(Chance, i64) -> f64) -> f64 {
    let runs = 400;
    let mut hours = 0_i64;
    for run in 0..runs {
        let chance = Chance::new(17).numbered(run);
        let mut betting = Betting::default();
        let told = (1..200_000).find(|hour| {
            betting.take(&[p_values(chance, *hour); DETECTORS], rules);
            betting.evidence(rules) >= limit.ln()
        });
        hours += told.unwrap_or(200_000);
    }
    hours as f64 / runs as f64
}

#[test]
fn exchangeable_hours_raise_no_sooner_than_the_bound_on_average() {
    let even = |chance: Chance, hour| chance.uniform(hour);
    assert!(mean_time(100.0, &alone(1.0), even) >= 100.0);
    let all = SustainedChangeRules::default().betting;
    assert!(mean_time(100.0, &all, even) >= 100.0);
    // Changed hours are found long before.
    let changed = |chance: Chance, hour| chance.uniform(hour).powi(4);
    assert!(mean_time(100.0, &alone(1.0), changed) < 20.0);
}

#[test]
fn a_bet_over_a_span_keeps_the_bound_where_hours_repeat_each_other() {
    let repeated = |chance: Chance, hour: i64| chance.uniform(hour / 10);
    assert!(mean_time(200.0, &alone(10.0), repeated) >= 200.0);
    let careless = mean_time(200.0, &alone(1.0), repeated);
    assert!(careless < 200.0, "{careless}: the span would not be needed");
}

#[test]
fn shares_add_up_and_a_detector_without_weight_has_none() {
    let rules = alone(1.0);
    let mut betting = Betting::default();
    betting.take(&[1e-3; DETECTORS], &rules);
    assert_eq!(betting.shares(&rules), [1.0, 0.0, 0.0, 0.0, 0.0]);
    let rules = SustainedChangeRules::default().betting;
    let mut betting = Betting::default();
    for _ in 0..5 {
        betting.take(&[1e-3, 1e-2, 1e-3, 0.5, 1.0], &rules);
    }
    let shares = betting.shares(&rules);
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(shares[0] > shares[2] && shares[2] > shares[1] && shares[1] > shares[4]);
}
