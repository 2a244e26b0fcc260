//! Vectors and boundaries of reference/news2.md.

use crate::detect::news2::{News2, News2Band, News2Input, News2Parameter, points, score};
use crate::domain::{MeasuredTime, Spo2Scale};

use News2Parameter as P;
use Spo2Scale::{One, Two};

/// RR, SpO2, scale, oxygen, SBP, pulse, ACVPU, temperature.
type Case = (f64, f64, Spo2Scale, bool, f64, f64, f64, f64);

fn inputs(case: Case) -> [Option<News2Input>; 7] {
    let (rr, spo2, _, oxygen, sbp, pulse, acvpu, temperature) = case;
    let gas = f64::from(u8::from(oxygen));
    [rr, spo2, gas, sbp, pulse, acvpu, temperature].map(|value| {
        Some(News2Input {
            value,
            measured: None,
        })
    })
}

fn judge(inputs: [Option<News2Input>; 7], scale: Option<Spo2Scale>) -> News2 {
    score(inputs, scale, |at| -at.epoch_ms(), |_, age| age <= 1_000)
}

#[test]
fn every_vector_of_the_reference_scores_as_published() {
    use News2Band::{High, Low, LowMedium, Medium, None as Zero};
    let vectors: [(Case, [u8; 7], u8, News2Band, bool); 22] = [
        (
            (16., 98., One, false, 120., 70., 0., 36.8),
            [0; 7],
            0,
            Zero,
            false,
        ),
        (
            (26., 98., One, false, 120., 70., 0., 36.8),
            [3, 0, 0, 0, 0, 0, 0],
            3,
            LowMedium,
            true,
        ),
        (
            (16., 98., One, false, 120., 70., 1., 36.8),
            [0, 0, 0, 0, 0, 3, 0],
            3,
            LowMedium,
            true,
        ),
        (
            (20., 96., One, false, 115., 112., 0., 38.1),
            [0, 0, 0, 0, 2, 0, 1],
            3,
            Low,
            false,
        ),
        (
            (20., 96., One, false, 115., 91., 0., 38.0),
            [0, 0, 0, 0, 1, 0, 0],
            1,
            Low,
            false,
        ),
        (
            (9., 98., One, false, 105., 70., 0., 36.8),
            [1, 0, 0, 1, 0, 0, 0],
            2,
            Low,
            false,
        ),
        (
            (21., 98., One, false, 95., 95., 0., 36.8),
            [2, 0, 0, 2, 1, 0, 0],
            5,
            Medium,
            false,
        ),
        (
            (21., 98., One, false, 95., 115., 0., 36.8),
            [2, 0, 0, 2, 2, 0, 0],
            6,
            Medium,
            false,
        ),
        (
            (21., 98., One, false, 95., 115., 0., 35.5),
            [2, 0, 0, 2, 2, 0, 1],
            7,
            High,
            false,
        ),
        (
            (24., 93., One, true, 105., 105., 0., 38.5),
            [2, 2, 2, 1, 1, 0, 1],
            9,
            High,
            false,
        ),
        (
            (25., 91., One, true, 90., 131., 2., 39.1),
            [3, 3, 2, 3, 3, 3, 2],
            19,
            High,
            true,
        ),
        (
            (8., 91., One, true, 90., 131., 4., 35.0),
            [3, 3, 2, 3, 3, 3, 3],
            20,
            High,
            true,
        ),
        (
            (16., 90., One, false, 120., 70., 0., 36.8),
            [0, 3, 0, 0, 0, 0, 0],
            3,
            LowMedium,
            true,
        ),
        (
            (16., 90., Two, false, 120., 70., 0., 36.8),
            [0; 7],
            0,
            Zero,
            false,
        ),
        (
            (16., 97., Two, false, 120., 70., 0., 36.8),
            [0; 7],
            0,
            Zero,
            false,
        ),
        (
            (16., 97., Two, true, 120., 70., 0., 36.8),
            [0, 3, 2, 0, 0, 0, 0],
            5,
            Medium,
            true,
        ),
        (
            (16., 93., Two, true, 120., 70., 0., 36.8),
            [0, 1, 2, 0, 0, 0, 0],
            3,
            Low,
            false,
        ),
        (
            (16., 92., Two, true, 120., 70., 0., 36.8),
            [0, 0, 2, 0, 0, 0, 0],
            2,
            Low,
            false,
        ),
        (
            (16., 98., One, false, 220., 70., 0., 36.8),
            [0, 0, 0, 3, 0, 0, 0],
            3,
            LowMedium,
            true,
        ),
        (
            (16., 98., One, false, 120., 40., 0., 36.8),
            [0, 0, 0, 0, 3, 0, 0],
            3,
            LowMedium,
            true,
        ),
        (
            (16., 98., One, false, 120., 41., 0., 36.8),
            [0, 0, 0, 0, 1, 0, 0],
            1,
            Low,
            false,
        ),
        (
            (16., 98., One, false, 120., 70., 0., 35.0),
            [0, 0, 0, 0, 0, 0, 3],
            3,
            LowMedium,
            true,
        ),
    ];
    for (case, parts, total, band, red) in vectors {
        let scored = judge(inputs(case), Some(case.2));
        assert_eq!(scored.parts.map(|p| p.points.unwrap()), parts, "{case:?}");
        assert_eq!((scored.score_min, scored.score_max), (total, total));
        assert_eq!(scored.band, Some(band), "{case:?}");
        assert_eq!((scored.single_red, scored.complete), (red, true));
    }
}

#[test]
fn both_sides_of_every_boundary_score_by_the_table() {
    let air = Some(false);
    let oxygen = Some(true);
    type Boundary = (P, Option<Spo2Scale>, Option<bool>, f64, u8, f64, u8);
    let boundaries: [Boundary; 32] = [
        (P::RespiratoryRate, None, None, 8., 3, 9., 1),
        (P::RespiratoryRate, None, None, 11., 1, 12., 0),
        (P::RespiratoryRate, None, None, 20., 0, 21., 2),
        (P::RespiratoryRate, None, None, 24., 2, 25., 3),
        (P::OxygenSaturation, Some(One), air, 91., 3, 92., 2),
        (P::OxygenSaturation, Some(One), air, 93., 2, 94., 1),
        (P::OxygenSaturation, Some(One), oxygen, 95., 1, 96., 0),
        (P::OxygenSaturation, Some(Two), air, 83., 3, 84., 2),
        (P::OxygenSaturation, Some(Two), air, 85., 2, 86., 1),
        (P::OxygenSaturation, Some(Two), air, 87., 1, 88., 0),
        (P::OxygenSaturation, Some(Two), air, 92., 0, 93., 0),
        (P::OxygenSaturation, Some(Two), air, 94., 0, 95., 0),
        (P::OxygenSaturation, Some(Two), air, 96., 0, 97., 0),
        (P::OxygenSaturation, Some(Two), oxygen, 83., 3, 84., 2),
        (P::OxygenSaturation, Some(Two), oxygen, 87., 1, 88., 0),
        (P::OxygenSaturation, Some(Two), oxygen, 92., 0, 93., 1),
        (P::OxygenSaturation, Some(Two), oxygen, 94., 1, 95., 2),
        (P::OxygenSaturation, Some(Two), oxygen, 96., 2, 97., 3),
        (P::SystolicPressure, None, None, 90., 3, 91., 2),
        (P::SystolicPressure, None, None, 100., 2, 101., 1),
        (P::SystolicPressure, None, None, 110., 1, 111., 0),
        (P::SystolicPressure, None, None, 219., 0, 220., 3),
        (P::Pulse, None, None, 40., 3, 41., 1),
        (P::Pulse, None, None, 50., 1, 51., 0),
        (P::Pulse, None, None, 90., 0, 91., 1),
        (P::Pulse, None, None, 110., 1, 111., 2),
        (P::Pulse, None, None, 130., 2, 131., 3),
        (P::Temperature, None, None, 35.0, 3, 35.1, 1),
        (P::Temperature, None, None, 36.0, 1, 36.1, 0),
        (P::Temperature, None, None, 38.0, 0, 38.1, 1),
        (P::Temperature, None, None, 39.0, 1, 39.1, 2),
        (P::Consciousness, None, None, 0., 0, 1., 3),
    ];
    for (parameter, scale, gas, below, points_below, above, points_above) in boundaries {
        let case = format!("{parameter:?} {below}");
        assert_eq!(
            points(parameter, below, scale, gas),
            Some(points_below),
            "{case}"
        );
        assert_eq!(
            points(parameter, above, scale, gas),
            Some(points_above),
            "{case}"
        );
    }
}

#[test]
fn fractions_are_rounded_to_the_chart_first_half_away_from_zero() {
    assert_eq!(points(P::Pulse, 130.4, None, None), Some(2));
    assert_eq!(points(P::Pulse, 130.5, None, None), Some(3));
    assert_eq!(points(P::Temperature, 38.04, None, None), Some(0));
    assert_eq!(points(P::Temperature, 38.05, None, None), Some(1));
    assert_eq!(points(P::RespiratoryRate, 24.49, None, None), Some(2));
}

#[test]
fn a_missing_parameter_widens_the_bounds_and_a_low_partial_sum_claims_nothing() {
    let mut known = inputs((16., 98., One, false, 120., 91., 0., 36.8));
    known[3] = None;
    known[5] = None;
    let scored = judge(known, Some(One));
    assert_eq!((scored.score_min, scored.score_max), (1, 7));
    assert_eq!((scored.band, scored.complete), (None, false));
    let missing: Vec<P> = scored.missing().collect();
    assert_eq!(missing, [P::SystolicPressure, P::Consciousness]);
}

#[test]
fn a_lower_bound_proves_its_band_whatever_is_missing() {
    let mut known = inputs((26., 98., One, false, 120., 131., 0., 38.5));
    known[3] = None;
    assert_eq!(judge(known, Some(One)).band, Some(News2Band::High));
    known[4] = None;
    let red = judge(known, Some(One));
    assert_eq!(red.band, Some(News2Band::LowMedium));
    assert!(red.single_red);
}

#[test]
fn saturation_is_not_scored_without_scale_and_oxygen_status() {
    let all = inputs((16., 80., One, false, 120., 70., 0., 36.8));
    let no_scale = judge(all, None);
    assert_eq!(no_scale.parts[1].points, None);
    assert_eq!((no_scale.score_min, no_scale.score_max), (0, 3));
    let mut no_gas = all;
    no_gas[2] = None;
    let scored = judge(no_gas, Some(One));
    assert_eq!(scored.parts[1].points, None);
    assert_eq!((scored.score_min, scored.score_max), (0, 5));
    assert_eq!(judge(all, Some(One)).score_min, 3);
}

#[test]
fn an_input_that_is_too_old_is_shown_with_its_age_and_not_scored() {
    let mut all = inputs((16., 98., One, false, 120., 140., 0., 36.8));
    let at = |ms: i64| Some(MeasuredTime::from_epoch_ms(-ms));
    all[4].as_mut().unwrap().measured = at(1_001);
    let scored = judge(all, Some(One));
    assert_eq!(scored.parts[4].points, None);
    assert_eq!(scored.parts[4].age_ms, Some(1_001));
    all[4].as_mut().unwrap().measured = at(1_000);
    let scored = judge(all, Some(One));
    assert_eq!((scored.score_min, scored.oldest_age_ms), (3, Some(1_000)));
}
