//! Poison: an input that makes judging panic costs that input only.

use super::bench::{Bench, How, MINUTE, assign, events, message, ward};
use crate::domain::Vital;

#[test]
fn a_planted_panic_costs_one_input_and_nobody_else_anything() {
    let bench = Bench::new();
    let how = How {
        panic_at: Some(199.0),
        ..How::default()
    };
    let live = bench.start(&how);
    live.say(&ward(&["a", "b"], &[]), 0);
    live.say(
        &[
            assign(0, "watch-a", "a", 0, None),
            assign(0, "watch-b", "b", 0, None),
        ],
        0,
    );
    let said: Vec<_> = (1..=9_i64)
        .flat_map(|minute| {
            let hr = if minute == 5 { 199 } else { 70 + minute };
            let (at, seq) = (minute * MINUTE, minute as u64);
            let values = format!(r#""hr":{hr},"spo2":97"#);
            [
                message("watch-a", at, seq, at, &values),
                message("watch-b", at, seq, at, r#""hr":80"#),
            ]
        })
        .collect();
    live.say(&said, 100);
    live.quiet();
    let settled: Vec<u64> = live
        .settled
        .all()
        .into_iter()
        .filter(|token| *token >= 100)
        .collect();
    assert_eq!(
        settled,
        (100..118).collect::<Vec<u64>>(),
        "the poison is acknowledged too"
    );
    assert_eq!(live.counters.poisoned.get(), 1);
    assert_eq!(live.values(0, Vital::HeartRate).len(), 8);
    assert_eq!(live.values(1, Vital::HeartRate).len(), 9);
    let held = live.reader.quarantine(None, 10, None).expect("reads");
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].reason, "internal_error");
    assert_eq!(events(&live.reader), ["alert.raised a internal_error"]);
    live.stop();
    // After the restart the poison is known, and the others are as before.
    let live = bench.start(&how);
    live.say(&said, 200);
    live.quiet();
    assert_eq!(live.counters.poisoned.get(), 0, "it is not judged again");
    assert_eq!((live.points(0).len(), live.points(1).len()), (16, 9));
    assert_eq!(events(&live.reader).len(), 1);
    live.stop();
}
