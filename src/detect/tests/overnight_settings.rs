//! Overnight heart rate: which settings are refused.

use super::rhythm_features::{Change, assert_refused, assert_taken};

#[test]
fn settings_that_make_no_sense_are_named_and_the_outermost_are_taken() {
    let refused: &[Change] = &[
        ("from_hour", |r| r.overnight_heart_rate.from_hour = 24),
        ("until_hour", |r| r.overnight_heart_rate.until_hour = 24),
        ("from_hour", |r| r.overnight_heart_rate.from_hour = 7),
        ("grace_minutes", |r| {
            r.overnight_heart_rate.grace_minutes = 4
        }),
        ("grace_minutes", |r| {
            r.overnight_heart_rate.grace_minutes = 721
        }),
        ("hours_min", |r| r.overnight_heart_rate.hours_min = 0),
        ("hours_min", |r| r.overnight_heart_rate.hours_min = 13),
        ("nights_min", |r| r.overnight_heart_rate.nights_min = 2),
        ("nights_min", |r| r.overnight_heart_rate.nights_min = 29),
        ("rise", |r| {
            (
                r.overnight_heart_rate.rise,
                r.overnight_heart_rate.clear_rise,
            ) = (0.9, 0.5)
        }),
        ("rise", |r| r.overnight_heart_rate.rise = 40.1),
        ("clear_rise", |r| r.overnight_heart_rate.clear_rise = 4.1),
        ("clear_rise", |r| r.overnight_heart_rate.clear_rise = -0.1),
        ("spreads", |r| r.overnight_heart_rate.spreads = 10.1),
        ("spreads", |r| r.overnight_heart_rate.spreads = -0.1),
        ("spread_floor", |r| {
            r.overnight_heart_rate.spread_floor = 0.05
        }),
        ("spread_floor", |r| {
            r.overnight_heart_rate.spread_floor = 10.1
        }),
        ("nights", |r| r.overnight_heart_rate.nights = 0),
        ("nights", |r| r.overnight_heart_rate.nights = 4),
        ("of", |r| r.overnight_heart_rate.of = 9),
        ("clear_nights", |r| r.overnight_heart_rate.clear_nights = 0),
        ("learn_one_night_of", |r| {
            r.overnight_heart_rate.learn_one_night_of = 0
        }),
        ("fresh_hours", |r| r.overnight_heart_rate.fresh_hours = 0),
        ("fresh_hours", |r| r.overnight_heart_rate.fresh_hours = 73),
    ];
    assert_refused("overnight_heart_rate: ", refused);
    assert_taken(&[
        |r| r.overnight_heart_rate.from_hour = 23,
        |r| r.overnight_heart_rate.until_hour = 23,
        |r| r.overnight_heart_rate.grace_minutes = 5,
        |r| r.overnight_heart_rate.grace_minutes = 720,
        |r| r.overnight_heart_rate.hours_min = 1,
        |r| r.overnight_heart_rate.hours_min = 12,
        |r| r.overnight_heart_rate.nights_min = 3,
        |r| r.overnight_heart_rate.nights_min = 28,
        |r| {
            (
                r.overnight_heart_rate.rise,
                r.overnight_heart_rate.clear_rise,
            ) = (1.0, 1.0)
        },
        |r| r.overnight_heart_rate.rise = 40.0,
        |r| r.overnight_heart_rate.clear_rise = 0.0,
        |r| r.overnight_heart_rate.spreads = 0.0,
        |r| r.overnight_heart_rate.spread_floor = 0.1,
        |r| r.overnight_heart_rate.of = 8,
        |r| r.overnight_heart_rate.nights = 3,
        |r| r.overnight_heart_rate.fresh_hours = 1,
        |r| r.overnight_heart_rate.fresh_hours = 72,
    ]);
}
