use crate::detect::gate::{Circumstances, GateLimits, GateRules, GateState, artefact};
use crate::domain::{MeasuredTime, Quality, QualityReason, Reading, Vital};

struct Watch {
    state: GateState,
    limits: GateLimits,
    vital: Vital,
}

impl Watch {
    fn new(vital: Vital) -> Self {
        Self {
            state: GateState::default(),
            limits: *GateRules::default().vitals.get(vital),
            vital,
        }
    }

    fn at(&mut self, seconds: i64, value: f64) -> Quality {
        self.judge(seconds, value).0
    }

    fn judge(&mut self, seconds: i64, value: f64) -> (Quality, Option<f64>) {
        let reading = Reading {
            at: MeasuredTime::from_epoch_ms(1_000_000_000_000 + seconds * 1_000),
            vital: self.vital,
            value,
        };
        let verdict = self.state.judge(&self.limits, reading, false);
        (verdict.quality, verdict.lifted.map(|r| r.value))
    }
}

const JUMP: Quality = Quality::Suspect(QualityReason::RateOfChange);

#[test]
fn a_lone_jump_is_suspect_and_the_second_agreeing_reading_lifts_it() {
    let mut heart = Watch::new(Vital::HeartRate);
    assert_eq!(heart.at(0, 70.0), Quality::Good);
    assert_eq!(heart.at(5, 141.5), JUMP);
    assert_eq!(
        heart.judge(10, 139.0),
        (Quality::GoodLiftsPrevious, Some(141.5))
    );
    assert_eq!(heart.at(15, 140.0), Quality::Good);
}

#[test]
fn a_spike_between_calm_readings_stays_suspect() {
    let mut heart = Watch::new(Vital::HeartRate);
    for second in 0..20 {
        let spike = second % 4 == 3;
        let value = if spike { 150.0 } else { 70.0 };
        let expected = if spike { JUMP } else { Quality::Good };
        assert_eq!(heart.at(second * 5, value), expected, "at {second}");
    }
}

#[test]
fn a_change_of_exactly_the_limit_is_believed() {
    let mut heart = Watch::new(Vital::HeartRate);
    heart.at(0, 70.0);
    assert_eq!(heart.at(5, 110.0), Quality::Good);
    assert_eq!(heart.at(10, 150.1), JUMP);
}

#[test]
fn a_body_temperature_after_a_gap_is_no_jump() {
    let mut body = Watch::new(Vital::BodyTemperature);
    body.at(0, 36.8);
    assert_eq!(body.at(599, 38.6), JUMP);
    assert_eq!(
        body.judge(1_199, 38.7),
        (Quality::GoodLiftsPrevious, Some(38.6))
    );
    let mut rare = Watch::new(Vital::BodyTemperature);
    rare.at(0, 36.8);
    assert_eq!(rare.at(600, 39.5), Quality::Good);
}

#[test]
fn readings_that_arrive_newest_first_lift_each_other_too() {
    let mut body = Watch::new(Vital::BodyTemperature);
    body.at(0, 36.8);
    assert_eq!(body.at(20, 38.6), JUMP);
    assert_eq!(
        body.judge(15, 38.5),
        (Quality::GoodLiftsPrevious, Some(38.6))
    );
}

#[test]
fn a_repeat_neither_lifts_nor_changes_anything_and_another_value_is_a_conflict() {
    let mut heart = Watch::new(Vital::HeartRate);
    heart.at(0, 70.0);
    assert_eq!(heart.at(0, 70.0), Quality::Good);
    assert_eq!(heart.at(0, 71.0), Quality::Suspect(QualityReason::Conflict));
    assert_eq!(heart.at(5, 150.0), JUMP);
    let before = heart.state;
    assert_eq!(heart.at(5, 150.0), JUMP);
    assert_eq!(heart.state, before);
}

#[test]
fn the_very_same_value_for_half_an_hour_is_frozen_until_it_moves() {
    let mut heart = Watch::new(Vital::HeartRate);
    for minute in 0..30 {
        assert_eq!(heart.at(minute * 60, 71.0), Quality::Good);
    }
    let frozen = Quality::Suspect(QualityReason::Frozen);
    assert_eq!(heart.at(30 * 60, 71.0), frozen);
    assert_eq!(heart.at(31 * 60, 72.0), Quality::Good);
}

#[test]
fn a_few_equal_readings_far_apart_are_not_frozen() {
    let mut heart = Watch::new(Vital::HeartRate);
    for hour in 0..19 {
        assert_eq!(heart.at(hour * 3_600, 71.0), Quality::Good);
    }
}

#[test]
fn a_heart_rate_that_hardly_moves_for_an_hour_is_impossibly_steady() {
    let mut heart = Watch::new(Vital::HeartRate);
    let steady = |minute: i64| 71.0 + 0.1 * (minute % 5) as f64;
    for minute in 0..60 {
        assert_eq!(heart.at(minute * 60, steady(minute)), Quality::Good);
    }
    assert_eq!(
        heart.at(3_600, steady(60)),
        Quality::Suspect(QualityReason::ImpossiblySteady)
    );
}

#[test]
fn an_older_reading_that_differs_ends_the_frozen_run() {
    let mut heart = Watch::new(Vital::HeartRate);
    for minute in 0..29 {
        heart.at(minute * 60, 71.0);
    }
    heart.at(28 * 60 - 30, 75.0);
    assert_eq!(heart.at(31 * 60, 71.0), Quality::Good);
}

#[test]
fn what_is_unbelievable_or_off_the_wrist_is_an_artefact() {
    let limits = *GateRules::default().vitals.get(Vital::HeartRate);
    let on = Circumstances {
        off: false,
        in_motion: false,
        by_person: false,
    };
    let off = Circumstances { off: true, ..on };
    let implausible = Some(QualityReason::Implausible);
    assert_eq!(artefact(&limits, 24.9, on), implausible);
    assert_eq!(artefact(&limits, 25.0, on), None);
    assert_eq!(artefact(&limits, 240.0, on), None);
    assert_eq!(artefact(&limits, 240.1, on), implausible);
    assert_eq!(artefact(&limits, 70.0, off), Some(QualityReason::NotWorn));
    let person = Circumstances {
        by_person: true,
        ..off
    };
    assert_eq!(artefact(&limits, 70.0, person), None);
}

#[test]
fn strong_motion_makes_a_heart_rate_doubtful() {
    let mut heart = Watch::new(Vital::HeartRate);
    let reading = Reading {
        at: MeasuredTime::from_epoch_ms(1_000_000_000_000),
        vital: Vital::HeartRate,
        value: 118.0,
    };
    let verdict = heart.state.judge(&heart.limits, reading, true);
    assert_eq!(verdict.quality, Quality::Suspect(QualityReason::Motion));
}
