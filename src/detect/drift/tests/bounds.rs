//! Every detector is bounded on any finite input.

use crate::detect::SustainedChangeRules;
use crate::detect::departures::{Departure, Departures};
use crate::detect::drift::betting::{Betting, e_value};
use crate::detect::drift::cusum::Cusum;
use crate::detect::drift::detectors::{DETECTORS, Detectors};
use crate::detect::drift::ewma::Ewma;
use crate::detect::drift::multivariate::Together;
use crate::detect::drift::past::Past;
use crate::detect::drift::robust_z;
use crate::detect::drift::trend::Trend;
use proptest::prelude::*;

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        -1e300..1e300_f64,
        -10.0..10.0_f64,
        30.0..200.0_f64,
        Just(0.0),
        Just(f64::MAX),
        Just(f64::MIN),
        Just(f64::MIN_POSITIVE),
    ]
}

fn any_departure() -> impl Strategy<Value = Departure> {
    let variance = prop_oneof![1e-6..1e4_f64, Just(1e-4)];
    let of = (
        any_number(),
        any_number(),
        any_number(),
        any_number(),
        variance,
        0.0..1.0_f64,
    );
    of.prop_map(|(z, value, level, wave, variance, correlation)| Departure {
        z,
        long_run: 1.2,
        value,
        level,
        wave,
        variance,
        correlation,
        hours_known: 10.0,
    })
}

fn finite(state: &impl std::fmt::Debug) -> bool {
    let words = format!("{state:?}");
    !words.contains("NaN") && !words.contains("inf")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn single_hours_averages_and_sums_are_bounded(
        values in prop::collection::vec(any_number(), 1..200),
    ) {
        let rules = SustainedChangeRules::default();
        let (mut average, mut sum) = (Ewma::default(), Cusum::default());
        for z in values {
            average.observe(z, &rules.ewma);
            sum.observe(z, &rules.cusum);
            prop_assert!(robust_z::score(z).abs() <= 10.0);
            prop_assert!(average.score(&rules.ewma).abs() <= 31.0);
            for above in [true, false] {
                prop_assert!((0.0..=rules.cusum.cap).contains(&sum.score(above)));
            }
        }
    }

    #[test]
    fn all_vitals_together_are_bounded(
        hours in prop::collection::vec(
            prop::array::uniform4(prop::option::of(any_number())), 1..200),
        scores in prop::array::uniform4(prop::option::of(-31.0..31.0_f64)),
    ) {
        let rules = SustainedChangeRules::default().multivariate;
        let mut together = Together::default();
        for hour in hours {
            together.learn(&hour, &rules);
            let (sum, count) = together.score(&scores, &rules);
            prop_assert!((0.0..1e6).contains(&sum) && count <= 4, "{}", sum);
        }
    }

    #[test]
    fn the_line_is_bounded_or_none(
        hours in prop::collection::vec((any_departure(), 1_u32..250), 1..100),
    ) {
        let rules = SustainedChangeRules::default();
        let mut trend = Trend::default();
        for (departure, gap) in hours {
            trend.observe(&departure, gap, &rules.trend);
            prop_assert!(finite(&trend), "{:?}", trend);
            let Some(line) = trend.line(&departure, &rules.trend) else {
                continue;
            };
            prop_assert!(finite(&line), "{:?}", line);
            for above in [true, false] {
                let vital = &rules.vitals.heart_rate;
                if let Some(ahead) = line.forecast(vital, above, &rules.trend) {
                    prop_assert!(finite(&ahead) && ahead.hours <= rules.trend.horizon_hours);
                    prop_assert!((0.0..=30.0).contains(&ahead.significance));
                }
            }
        }
    }

    #[test]
    fn ranks_and_evidence_are_bounded(
        hours in prop::collection::vec(prop::array::uniform5(0.0..=1.0_f64), 1..200),
    ) {
        let rules = SustainedChangeRules::default();
        let (mut past, mut betting) = (Past::default(), Betting::default());
        for tails in hours {
            let mut p_values = [1.0; DETECTORS];
            for (place, (p, tail)) in p_values.iter_mut().zip(tails).enumerate() {
                *p = past.rank(place, tail, &rules.past);
                prop_assert!(0.0 < *p && *p <= 1.0 && e_value(*p).is_finite());
            }
            past.learn(&tails, &rules.past);
            betting.take(&p_values, &rules.betting);
            let evidence = betting.evidence(&rules.betting);
            prop_assert!((-1.0..=rules.betting.cap).contains(&evidence), "{}", evidence);
        }
    }

    #[test]
    fn whatever_hours_bring_every_tail_is_a_probability(
        hours in prop::collection::vec(
            (prop::array::uniform4(prop::option::of(any_departure())), 1_u32..2_000), 1..60),
    ) {
        let rules = SustainedChangeRules::default();
        let (mut detectors, mut hour) = (Detectors::default(), 490_000);
        for (vitals, gap) in hours {
            hour += gap;
            let departures = Departures { hour, vitals };
            let seen = detectors.observe(&departures, &rules);
            prop_assert_eq!(seen.is_none(), vitals.iter().all(Option::is_none));
            for tail in seen.into_iter().flat_map(|seen| seen.tails) {
                prop_assert!((0.0..=1.0).contains(&tail), "{}", tail);
            }
            prop_assert!(finite(&detectors), "{:?}", detectors);
        }
    }
}
