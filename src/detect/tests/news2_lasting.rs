//! What must last before NEWS2 is raised from a watch.

use super::bed::Bed;
use crate::domain::{AlertKind, Vital};

const HR: Vital = Vital::HeartRate;
const SPO2: Vital = Vital::OxygenSaturation;
const MINUTE: i64 = 60_000;

/// Whether NEWS2 is raised over these saturations, one every so many minutes,
/// beside a heart rate every minute.
fn raised_over(saturations: &[f64], every: i64) -> bool {
    let mut bed = Bed::new();
    for minute in 0..saturations.len() as i64 * every {
        let rate = [(HR, 70.0 + (minute % 3) as f64)];
        bed.moment(minute * MINUTE, &rate);
        if minute % every == 0 {
            let value = saturations[(minute / every) as usize];
            bed.moment(minute * MINUTE + 1_000, &[(SPO2, value)]);
        }
    }
    bed.to(saturations.len() as i64 * every * MINUTE + 10 * MINUTE);
    bed.news().iter().any(|news| news.0 == AlertKind::News2)
}

#[test]
fn one_bad_value_raises_no_news2_however_long_it_stands() {
    assert!(!raised_over(&[97.0, 86.0, 97.0], 30));
    assert!(!raised_over(&[97.0, 86.0, 85.0, 97.0], 10));
}

#[test]
fn a_watch_that_sends_every_minute_is_not_believed_sooner() {
    let mut contact = [97.0; 40];
    contact[10..14].fill(86.0);
    assert!(!raised_over(&contact, 1), "four minutes");
    contact[25..29].fill(86.0);
    assert!(!raised_over(&contact, 1), "and four more");
    let mut lasting = [97.0; 40];
    lasting[10..30].fill(86.0);
    lasting[17] = 97.0;
    assert!(raised_over(&lasting, 1), "twenty minutes but one");
    assert!(
        raised_over(&[97.0, 86.0, 85.0, 97.0, 86.0], 5),
        "three of four"
    );
    assert!(!raised_over(&[97.0, 86.0, 85.0, 97.0, 97.0, 86.0], 5));
}
