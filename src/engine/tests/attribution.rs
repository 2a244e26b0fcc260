//! Whose readings? Unknown devices, late assignments, re-attribution.

use super::bench::{
    Bench, HOUR, How, Live, MINUTE, Said, assign, clinical, events, measured, message, order,
    points, ward,
};
use crate::domain::{PatientNumber, Vital};
use crate::registry::{AssignmentId, Command, ObservedValue};

fn two_patients(bench: &Bench) -> Live {
    let live = bench.start(&How::default());
    live.say(&ward(&["a", "b"], &[]), 0);
    live.quiet();
    live
}

/// An hour of one watch, with a fever from minute 40 on.
fn hour_with_fever() -> Vec<Said> {
    let minutes = (1..60_i64).filter(|minute| minute % 2 == 0);
    let said = minutes.map(|minute| {
        let temperature = if minute >= 40 { 38.7 } else { 36.7 };
        let values = format!(r#""hr":{},"temp":{temperature}"#, 70 + minute % 7);
        message(
            "watch",
            minute * MINUTE,
            minute as u64 / 2,
            minute * MINUTE,
            &values,
        )
    });
    said.collect()
}

#[test]
fn an_unknown_device_waits_in_quarantine_until_somebody_wears_it() {
    let bench = Bench::new();
    let live = two_patients(&bench);
    live.say(&hour_with_fever(), 0);
    live.quiet();
    assert_eq!(
        live.reader
            .quarantine(None, 100, None)
            .expect("reads")
            .len(),
        29
    );
    assert!(live.points(0).is_empty() && live.alerts().is_empty());
    // From minute 30 on it is a's; before, nobody's.
    let answer = live.one(assign(60 * MINUTE, "watch", "a", 30 * MINUTE, None));
    assert_eq!(answer.expect("asked").expect("assigned").affected, 30);
    assert_eq!(live.values(0, Vital::HeartRate).len(), 15);
    assert_eq!(
        live.reader
            .quarantine(None, 100, None)
            .expect("reads")
            .len(),
        14
    );
    let known = |at| points(&live.reader, PatientNumber(0), Some(clinical(at))).len();
    assert_eq!((known(59 * MINUTE), known(60 * MINUTE)), (0, 30));
    assert_eq!(
        live.alerts()[0].1["kind"],
        "fever_on_treatment",
        "still fresh: it pages"
    );
    live.stop();
}

#[test]
fn re_attribution_moves_the_readings_and_marks_the_alert_as_entered_in_error() {
    let bench = Bench::new();
    let live = two_patients(&bench);
    live.say(&[assign(0, "watch", "a", 0, None)], 0);
    live.say(&hour_with_fever(), 0);
    live.quiet();
    assert_eq!(live.alerts().len(), 1);
    let answer = live.one(assign(61 * MINUTE, "watch", "b", 30 * MINUTE, None));
    assert_eq!(answer.expect("asked").expect("assigned").affected, 30);
    assert_eq!(live.values(0, Vital::HeartRate).len(), 14);
    assert_eq!(live.values(1, Vital::HeartRate).len(), 15);
    let known = |number, at| points(&live.reader, PatientNumber(number), Some(clinical(at))).len();
    assert_eq!(
        (known(0, 60 * MINUTE), known(1, 60 * MINUTE)),
        (58, 0),
        "as known before"
    );
    assert_eq!(
        (known(0, 62 * MINUTE), known(1, 62 * MINUTE)),
        (28, 30),
        "as known after"
    );
    let events = events(&live.reader);
    assert_eq!(
        events,
        [
            "alert.raised a fever_on_treatment",
            "alert.condition_ended a fever_on_treatment",
            "alert.entered_in_error a fever_on_treatment",
            "alert.raised b fever_on_treatment"
        ],
        "the fever is b's, and it is fresh"
    );
    // A repeat of what moved is known under its new owner.
    let again = hour_with_fever().pop().expect("one");
    let mut again = vec![again];
    again[0].at = 62 * MINUTE;
    live.say(&again, 0);
    let same = format!(r#""hr":{}"#, 70 + 58 % 7);
    live.say(&[message("watch", 62 * MINUTE, 90, 58 * MINUTE, &same)], 0);
    live.quiet();
    assert_eq!(live.values(1, Vital::HeartRate).len(), 15);
    live.stop();
    let live = bench.start(&How::default());
    assert_eq!((live.points(0).len(), live.points(1).len()), (28, 30));
    live.stop();
}

#[test]
fn what_was_taken_from_one_patient_and_given_to_nobody_can_be_given_to_another() {
    let bench = Bench::new();
    let live = two_patients(&bench);
    live.say(&[assign(0, "watch", "a", 0, None)], 0);
    live.say(&hour_with_fever(), 0);
    let end = measured(30 * MINUTE);
    let ended = Command::EndAssignment {
        assignment: AssignmentId(1),
        end,
    };
    live.one(order(3 * HOUR, ended))
        .expect("asked")
        .expect("ended");
    assert_eq!((live.points(0).len(), live.points(1).len()), (28, 0));
    let answer = live.one(assign(4 * HOUR, "watch", "b", 30 * MINUTE, None));
    assert_eq!(answer.expect("asked").expect("assigned").affected, 30);
    assert_eq!(live.values(1, Vital::HeartRate).len(), 15);
    let raised = events(&live.reader)
        .iter()
        .filter(|event| event.contains(" b "))
        .count();
    assert_eq!(raised, 0, "a fever of hours ago pages nobody");
    live.stop();
}

#[test]
fn a_patient_who_loses_every_reading_is_still_watched_for_silence() {
    let bench = Bench::new();
    let live = bench.start(&How::default());
    live.say(&ward(&["a", "b"], &[(Vital::HeartRate, 60)]), 0);
    live.say(&[assign(0, "watch", "a", 0, None)], 0);
    live.say(&hour_with_fever()[..10], 0);
    live.say(&[assign(21 * MINUTE, "watch", "b", 0, None)], 0);
    live.say(&[super::bench::tick(9 * HOUR)], 0);
    live.quiet();
    let never = "alert.raised a never_heard";
    assert!(events(&live.reader).iter().any(|event| event == never));
    live.stop();
}

/// What a nurse measured: a sum of NEWS2 that pages at once.
fn measured_by_a_nurse(at: i64) -> Said {
    let value = |(vital, value)| ObservedValue {
        at: measured(at),
        vital,
        value,
    };
    let values = [
        (Vital::RespiratoryRate, 26.0),
        (Vital::OxygenSaturation, 91.0),
        (Vital::HeartRate, 132.0),
    ];
    let command = Command::Observe {
        patient: super::bench::patient("a"),
        readings: values.map(value).to_vec(),
        source: "form".to_owned(),
    };
    order(at, command)
}

fn events_of_news2(live: &Live) -> Vec<String> {
    let told = events(&live.reader).into_iter();
    told.filter(|event| event.ends_with(" news2")).collect()
}

#[test]
fn what_a_person_measured_stays_a_persons_when_the_state_is_rebuilt() {
    let bench = Bench::new();
    let live = two_patients(&bench);
    live.say(&[assign(0, "watch", "a", 0, None)], 0);
    let pulse = |at: i64| message("watch", at * MINUTE, at as u64, at * MINUTE, r#""hr":70"#);
    live.say(&(1..60).map(pulse).collect::<Vec<_>>(), 0);
    live.say(&[measured_by_a_nurse(60 * MINUTE)], 0);
    live.quiet();
    let raised = ["alert.raised a news2"];
    assert_eq!(
        events_of_news2(&live),
        raised,
        "at once, by a person's word"
    );
    // The watch was b's all the time: what the nurse measured is still a's.
    live.one(assign(61 * MINUTE, "watch", "b", 0, None))
        .expect("asked")
        .expect("assigned");
    assert_eq!(live.points(0).len(), 3);
    assert_eq!(events_of_news2(&live), raised);
    live.stop();
    super::upgrade::age(&bench);
    let live = bench.start(&How::default());
    live.say(&[super::bench::tick(80 * MINUTE)], 0);
    live.quiet();
    assert_eq!(events_of_news2(&live), raised, "another version rebuilt it");
    let alerts = live.alerts();
    let news2 = alerts.iter().find(|(_, alert)| alert["kind"] == "news2");
    assert_eq!(news2.expect("kept").1["condition"], "active");
    live.stop();
}
