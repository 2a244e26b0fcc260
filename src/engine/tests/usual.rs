//! What was usual when an alert was raised, for its picture.

use super::bench::{MINUTE, message};
use super::explain::{change_capsule, reader, ward};
use crate::domain::{AlertId, Vital};
use crate::engine::{UsualThen, VERSION, usual_when_raised};

#[test]
fn what_was_usual_is_read_from_what_the_alert_was_decided_from() {
    let (bench, how) = ward();
    let usual = |vital| {
        let alert = AlertId::new("alr_0badcafe_0_2").expect("valid");
        usual_when_raised(&reader(&bench), &alert, vital).expect("reads")
    };
    let then = usual(Vital::HeartRate);
    let UsualThen::Was(Some((level, spread))) = then else {
        panic!("{then:?}");
    };
    assert!((40.0..130.0).contains(&level) && spread > 0.0, "{then:?}");
    assert_eq!(
        usual(Vital::StepCount),
        UsualThen::Was(None),
        "never learnt"
    );
    // What is measured for days afterwards becomes usual, but was not then.
    let later: Vec<_> = (0..5 * 24 * 6)
        .map(|tens| {
            let at = (700 + tens * 10) * MINUTE;
            message("watch", at, 1_000 + tens as u64, at, r#""hr":58"#)
        })
        .collect();
    bench.run(&how, &later);
    assert_eq!(usual(Vital::HeartRate), then);
    let unknown = AlertId::new("alr_0badcafe_0_99").expect("valid");
    let unknown = usual_when_raised(&reader(&bench), &unknown, Vital::HeartRate);
    assert_eq!(unknown.expect("reads"), UsualThen::NotKept);
}

#[test]
fn what_another_version_decided_from_is_not_guessed_at() {
    let (bench, _) = ward();
    let (release, number) = VERSION.rsplit_once('-').expect("a number");
    let other = format!("{release}-{}", "0".repeat(number.len()));
    change_capsule(&bench, 2, VERSION, &other);
    let alert = AlertId::new("alr_0badcafe_0_2").expect("valid");
    let usual = usual_when_raised(&reader(&bench), &alert, Vital::HeartRate);
    assert_eq!(usual.expect("reads"), UsualThen::NotKept);
}
