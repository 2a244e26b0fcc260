//! The protocol's sentences about payloads, one by one.

use super::*;
use crate::domain::{
    ClinicalTime, DeviceMessage, ExpectedVital, MeasuredTime, RejectedValue, RejectionReason, Vital,
};
use proptest::prelude::*;

const NOW: i64 = 1_763_787_660_000;

fn decode(json: &str) -> Result<DeviceMessage, DecodeError> {
    let arrival = ClinicalTime::from_epoch_ms(NOW);
    decode_vitals(Format::Native, json.as_bytes(), arrival, &Limits::default())
}

fn read(json: &str) -> DeviceMessage {
    decode(json).expect("readable")
}

fn values(message: &DeviceMessage) -> Vec<(i64, Vital, f64)> {
    let readings = message.readings.iter();
    readings
        .map(|r| (r.at.epoch_ms(), r.vital, r.value))
        .collect()
}

fn rejected(json: &str) -> Vec<(Option<Vital>, RejectionReason)> {
    let message = read(json);
    message
        .rejected
        .iter()
        .map(|r| (r.vital, r.reason))
        .collect()
}

#[test]
fn the_protocols_message_of_one_moment_is_read_as_written() {
    let json = r#"{"session": 7, "seq": 1042, "t": 1763787600000, "hr": 72.5, "spo2": 97, "rr": 16, "temp": 36.7, "steps": 12, "worn": true, "battery": 81}"#;
    let message = read(json);
    assert_eq!((message.session, message.sequence), (Some(7), Some(1042)));
    let t = 1_763_787_600_000;
    let expected = vec![
        (t, Vital::HeartRate, 72.5),
        (t, Vital::OxygenSaturation, 97.0),
        (t, Vital::RespiratoryRate, 16.0),
        (t, Vital::BodyTemperature, 36.7),
        (t, Vital::StepCount, 12.0),
        (t, Vital::Worn, 1.0),
        (t, Vital::BatteryLevel, 81.0),
    ];
    assert_eq!(values(&message), expected);
    assert_eq!((message.rejected.len(), message.unknown_keys), (0, 0));
    assert!(!message.times_from_arrival);
    assert_eq!(
        message.payload_hash,
        xxhash_rust::xxh3::xxh3_64(json.as_bytes())
    );
}

#[test]
fn the_protocols_message_of_many_moments_is_read_as_written() {
    let json = r#"{"session": 7, "seq": 1043, "samples": [{"t": 1763787605000, "hr": 73}, {"t": 1763787610000, "hr": 74, "temp": 36.7}]}"#;
    let message = read(json);
    let expected = vec![
        (1_763_787_605_000, Vital::HeartRate, 73.0),
        (1_763_787_610_000, Vital::HeartRate, 74.0),
        (1_763_787_610_000, Vital::BodyTemperature, 36.7),
    ];
    assert_eq!(values(&message), expected);
    assert!(!message.times_from_arrival);
}

#[test]
fn a_time_may_be_text_a_float_or_stand_after_the_values() {
    for t in [
        r#""2025-11-22T05:00:00Z""#,
        r#""2025-11-22T06:00:00.0009+01:00""#,
        "1763787600000.0",
    ] {
        let message = read(&format!(r#"{{"hr": 70, "t": {t}}}"#));
        assert_eq!(
            values(&message),
            vec![(1_763_787_600_000, Vital::HeartRate, 70.0)]
        );
    }
}

#[test]
fn a_moment_without_a_time_gets_its_arrival_and_the_mark() {
    let message = read(r#"{"hr": 70}"#);
    assert_eq!(values(&message), vec![(NOW, Vital::HeartRate, 70.0)]);
    assert!(message.times_from_arrival);
    assert!(!read(r#"{"seq": 1}"#).times_from_arrival);
}

#[test]
fn a_moment_with_a_wrong_time_is_rejected_alone() {
    let cases = [
        (format!("{}", NOW + 300_001), RejectionReason::TimeInFuture),
        (
            "18446744073709551615".to_owned(),
            RejectionReason::TimeInFuture,
        ),
        ("1e999".to_owned(), RejectionReason::TimeInFuture),
        (
            format!("{}", NOW - 730 * 86_400_000 - 1),
            RejectionReason::TimeTooOld,
        ),
        ("-5".to_owned(), RejectionReason::TimeTooOld),
        ("0".to_owned(), RejectionReason::TimeTooOld),
        ("1763787600".to_owned(), RejectionReason::TimeInSeconds),
        ("\"today\"".to_owned(), RejectionReason::TimeUnreadable),
        (
            "\"2025-11-22T05:00:00\"".to_owned(),
            RejectionReason::TimeUnreadable,
        ),
        ("null".to_owned(), RejectionReason::TimeUnreadable),
        ("true".to_owned(), RejectionReason::TimeUnreadable),
    ];
    for (t, reason) in cases {
        let json = format!(
            r#"{{"hr": 1, "samples": [{{"t": {t}, "hr": 70, "ibi": [800]}}, {{"hr": 71}}], "rr": 2, "t": {NOW}}}"#
        );
        let message = read(&json);
        let wrong = RejectedValue {
            vital: None,
            reason,
        };
        assert_eq!(message.rejected, vec![wrong], "{t}");
        let kept: Vec<f64> = message.readings.iter().map(|r| r.value).collect();
        assert_eq!(kept, vec![1.0, 71.0, 2.0], "{t}");
    }
    for t in [NOW + 300_000, NOW - 730 * 86_400_000] {
        assert!(rejected(&format!(r#"{{"hr": 1, "t": {t}}}"#)).is_empty());
    }
}

#[test]
fn a_wrong_time_of_the_outer_moment_leaves_the_samples_in_place() {
    let json = r#"{"hr": 1, "samples": [{"t": 1763787605000, "hr": 73}], "rr": 2, "t": 0}"#;
    let message = read(json);
    assert_eq!(
        values(&message),
        vec![(1_763_787_605_000, Vital::HeartRate, 73.0)]
    );
    assert_eq!(message.rejected.len(), 1);
}

#[test]
fn a_value_of_the_wrong_type_or_outside_physics_is_rejected_alone() {
    use RejectionReason::{OutsidePhysics, WrongType};
    let cases = [
        (r#""hr": "72""#, Vital::HeartRate, WrongType),
        (r#""hr": true"#, Vital::HeartRate, WrongType),
        (r#""hr": null"#, Vital::HeartRate, WrongType),
        (r#""hr": [72]"#, Vital::HeartRate, WrongType),
        (r#""hr": {"v": [1, {}]}"#, Vital::HeartRate, WrongType),
        (r#""hr": -1"#, Vital::HeartRate, OutsidePhysics),
        (r#""hr": 500.1"#, Vital::HeartRate, OutsidePhysics),
        (r#""hr": 1e999"#, Vital::HeartRate, OutsidePhysics),
        (r#""hr": -1e999"#, Vital::HeartRate, OutsidePhysics),
        (r#""worn": 1"#, Vital::Worn, WrongType),
        (r#""o2": "true""#, Vital::SupplementalOxygen, WrongType),
        (r#""acvpu": "X""#, Vital::Consciousness, WrongType),
        (r#""acvpu": "AA""#, Vital::Consciousness, WrongType),
        (r#""acvpu": 0"#, Vital::Consciousness, WrongType),
        (r#""ibi": 800"#, Vital::BeatIntervals, WrongType),
        (r#""ibi": null"#, Vital::BeatIntervals, WrongType),
        (r#""ibi": {"a": 1}"#, Vital::BeatIntervals, WrongType),
    ];
    for (entry, vital, reason) in cases {
        let message = read(&format!(r#"{{"rr": 16, {entry}, "spo2": 97}}"#));
        let kept: Vec<Vital> = message.readings.iter().map(|r| r.vital).collect();
        assert_eq!(
            kept,
            vec![Vital::RespiratoryRate, Vital::OxygenSaturation],
            "{entry}"
        );
        let vital = Some(vital);
        assert_eq!(
            message.rejected,
            vec![RejectedValue { vital, reason }],
            "{entry}"
        );
    }
}

#[test]
fn states_become_numbers() {
    for (letter, code) in [("A", 0.0), ("C", 1.0), ("V", 2.0), ("P", 3.0), ("U", 4.0)] {
        let message = read(&format!(
            r#"{{"t": {NOW}, "acvpu": "{letter}", "o2": true, "worn": false}}"#
        ));
        let expected = vec![
            (NOW, Vital::Consciousness, code),
            (NOW, Vital::SupplementalOxygen, 1.0),
            (NOW, Vital::Worn, 0.0),
        ];
        assert_eq!(values(&message), expected);
    }
}

#[test]
fn beat_intervals_end_at_t_one_reading_a_beat() {
    let message = read(&format!(
        r#"{{"hr": 60, "ibi": [800, 810.5, 790], "t": {NOW}}}"#
    ));
    let expected = vec![
        (NOW, Vital::HeartRate, 60.0),
        (NOW - 1600, Vital::BeatIntervals, 800.0),
        (NOW - 790, Vital::BeatIntervals, 810.5),
        (NOW, Vital::BeatIntervals, 790.0),
    ];
    assert_eq!(values(&message), expected);
}

#[test]
fn beats_before_a_wrong_interval_are_rejected_with_it_and_later_ones_stay() {
    let message = read(&format!(r#"{{"ibi": [800, null, 810, 790], "t": {NOW}}}"#));
    let expected = vec![
        (NOW - 790, Vital::BeatIntervals, 810.0),
        (NOW, Vital::BeatIntervals, 790.0),
    ];
    assert_eq!(values(&message), expected);
    let wrong = (Some(Vital::BeatIntervals), RejectionReason::OutsidePhysics);
    assert_eq!(rejected(r#"{"ibi": [800, 0]}"#), vec![wrong]);
}

#[test]
fn unknown_keys_are_ignored_and_counted() {
    let message =
        read(r#"{"hr": 70, "mood": {"a": [1, 2]}, "x": null, "samples": [{"seq": 1, "hr": 71}]}"#);
    assert_eq!((message.readings.len(), message.unknown_keys), (2, 3));
    assert_eq!(message.sequence, None);
}

#[test]
fn a_key_that_comes_twice_keeps_its_first_value() {
    let message = read(&format!(
        r#"{{"t": {NOW}, "hr": 70, "hr": 80, "seq": 1, "seq": 2}}"#
    ));
    assert_eq!(values(&message), vec![(NOW, Vital::HeartRate, 70.0)]);
    assert_eq!(message.sequence, Some(1));
    assert_eq!(message.rejected.len(), 2);
    let twice = rejected(&format!(r#"{{"t": {NOW}, "t": {NOW}, "hr": 70}}"#));
    assert_eq!(twice, vec![(None, RejectionReason::TimeUnreadable)]);
}

#[test]
fn counters_of_a_wrong_type_are_rejected_and_the_rest_counts() {
    for wrong in [
        r#""seq": "5""#,
        r#""seq": -1"#,
        r#""session": 1.5"#,
        r#""session": null"#,
    ] {
        let message = read(&format!(r#"{{"hr": 70, {wrong}}}"#));
        assert_eq!((message.session, message.sequence), (None, None));
        assert_eq!((message.readings.len(), message.rejected.len()), (1, 1));
    }
    assert_eq!(read(r#"{"seq": 5.0}"#).sequence, Some(5));
    assert_eq!(
        read(r#"{"sent": 1763787600000}"#).sent,
        Some(MeasuredTime::from_epoch_ms(1_763_787_600_000))
    );
    let wrong = rejected(r#"{"sent": "now", "hr": 70}"#);
    assert_eq!(wrong, vec![(None, RejectionReason::TimeUnreadable)]);
}

#[test]
fn samples_of_a_wrong_type_are_rejected_and_the_rest_counts() {
    for (samples, refused) in [
        ("5", 1),
        ("{\"hr\": 1}", 1),
        ("[1, null, [], \"x\"]", 4),
        ("[]", 0),
    ] {
        let message = read(&format!(r#"{{"hr": 70, "samples": {samples}}}"#));
        assert_eq!(
            (message.readings.len(), message.rejected.len()),
            (1, refused),
            "{samples}"
        );
    }
}

#[test]
fn what_is_not_readable_at_all_is_malformed_and_never_quoted() {
    let deep = format!(r#"{{"x": {}}}"#, "[".repeat(100_000));
    let cases = [
        "",
        "null",
        "[]",
        "\"secret\"",
        "{",
        "{}x",
        "{\"hr\": NaN}",
        "{\"hr\": Infinity}",
        "{\"hr\": 70,}",
        "{hr: 70}",
        "{\"hr\": 07}",
        "\u{feff}{}",
        deep.as_str(),
    ];
    for json in cases {
        let error = decode(json).expect_err(json);
        assert!(matches!(error, DecodeError::Malformed(_)), "{json}");
        assert!(!format!("{error:?}").contains("secret"));
    }
    let arrival = ClinicalTime::from_epoch_ms(NOW);
    let broken = decode_vitals(
        Format::Native,
        b"{\"\xff\": 1}",
        arrival,
        &Limits::default(),
    );
    assert!(matches!(broken, Err(DecodeError::Malformed(_))));
}

#[test]
fn ten_thousand_moments_are_read_and_one_more_is_too_many() {
    let message = |count: usize| {
        format!(
            r#"{{"samples": [{}]}}"#,
            vec![r#"{"hr":70}"#; count].join(",")
        )
    };
    assert_eq!(read(&message(10_000)).readings.len(), 10_000);
    let error = decode(&message(10_001)).expect_err("too many");
    assert!(matches!(error, DecodeError::TooManyMoments { .. }));
}

#[test]
fn a_payload_over_the_limit_is_too_large_and_other_formats_are_unknown() {
    let arrival = ClinicalTime::from_epoch_ms(NOW);
    let largest = format!("{{{}}}", " ".repeat(256 * 1024 - 2));
    assert!(decode(&largest).is_ok());
    let error = decode(&format!("{largest} ")).expect_err("too large");
    assert!(matches!(error, DecodeError::TooLarge { .. }));
    let fhir = decode_vitals(Format::Fhir, b"{}", arrival, &Limits::default());
    assert!(matches!(fhir, Err(DecodeError::UnknownFormat)));
}

#[test]
fn the_protocols_status_message_and_will_are_read_as_written() {
    let json = br#"{"online": true, "session": 7, "model": "M", "firmware": "1.2", "vitals": {"hr": 5, "spo2": 60, "x": 1, "rr": 0}}"#;
    let status = decode_status(json, &Limits::default()).expect("readable");
    assert_eq!((status.online, status.session), (true, Some(7)));
    assert_eq!(
        (status.model.as_deref(), status.firmware.as_deref()),
        (Some("M"), Some("1.2"))
    );
    let every = |vital, every_seconds| ExpectedVital {
        vital,
        every_seconds,
    };
    let expected = vec![
        every(Vital::HeartRate, 5),
        every(Vital::OxygenSaturation, 60),
    ];
    assert_eq!(status.expected, expected);
    let will = decode_status(br#"{"online": false, "session": 7}"#, &Limits::default());
    assert!(will.is_ok_and(|will| !will.online && will.session == Some(7)));
}

#[test]
fn a_status_that_does_not_say_online_is_malformed_and_never_quoted() {
    for json in [
        "{}",
        "[]",
        "\"secret\"",
        r#"{"online": "secret"}"#,
        r#"{"online": true, "session": "secret"}"#,
    ] {
        let error = decode_status(json.as_bytes(), &Limits::default()).expect_err(json);
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let key = prop_oneof![
        Just("t"),
        Just("hr"),
        Just("ibi"),
        Just("samples"),
        Just("seq"),
        Just("worn"),
        Just("acvpu"),
        Just("sent"),
        Just("session"),
        Just("x"),
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (0..2_000_000_000_000_i64).prop_map(Into::into),
        "[A-Z]|2025-11-22T05:00:00Z".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            prop::collection::vec((key.clone(), inner), 0..8).prop_map(|entries| {
                entries
                    .into_iter()
                    .map(|(k, v)| (k.to_owned(), v))
                    .collect()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let arrival = ClinicalTime::from_epoch_ms(NOW);
        let _ = decode_vitals(Format::Native, &bytes, arrival, &Limits::default());
        let _ = decode_status(&bytes, &Limits::default());
    }

    #[test]
    fn any_json_object_gives_finite_readings_inside_physics_and_time(json in any_json()) {
        let decoded = decode(&json.to_string());
        prop_assert_eq!(decoded.is_ok(), json.is_object());
        for reading in decoded.map(|message| message.readings).unwrap_or_default() {
            let facts = reading.vital.facts();
            prop_assert!(reading.value >= facts.physics_min && reading.value <= facts.physics_max);
            prop_assert!(reading.at.epoch_ms() <= NOW + 300_000);
        }
    }

    #[test]
    fn what_was_written_is_read_back(
        moments in prop::collection::vec((0..500_000_000_i64, 30.0..240.0_f64, 0..=100_u32, any::<bool>()), 0..50),
        sequence in 0..u64::MAX,
    ) {
        let mut expected = Vec::new();
        let mut samples = Vec::new();
        for (age, hr, spo2, worn) in moments {
            let (t, hr) = (NOW - age, (hr * 10.0).round() / 10.0);
            samples.push(serde_json::json!({"t": t, "hr": hr, "spo2": spo2, "worn": worn}));
            expected.push((t, Vital::HeartRate, hr));
            expected.push((t, Vital::OxygenSaturation, f64::from(spo2)));
            expected.push((t, Vital::Worn, f64::from(u8::from(worn))));
        }
        let message = read(&serde_json::json!({"seq": sequence, "samples": samples}).to_string());
        let mut found = values(&message);
        found.sort_by_key(|(at, vital, _)| (*at, *vital));
        expected.sort_by_key(|(at, vital, _)| (*at, *vital));
        prop_assert_eq!(found.len(), expected.len());
        prop_assert_eq!(message.sequence, Some(sequence));
        prop_assert!(message.rejected.is_empty());
    }
}

/// Prints how long a message of six vitals takes; says something only when
/// optimised (`cargo test --release -- --nocapture a_message_of_six`).
#[test]
fn a_message_of_six_vitals_is_read_fast_enough_for_one_core() {
    let json = r#"{"session": 7, "seq": 1042, "t": 1763787600000, "hr": 72.5, "spo2": 97, "rr": 16, "temp": 36.7, "steps": 12, "battery": 81}"#;
    let rounds = if cfg!(debug_assertions) {
        2000
    } else {
        1_000_000
    };
    let started = std::time::Instant::now();
    let readings: usize = (0..rounds).map(|_| read(json).readings.len()).sum();
    let nanoseconds = started.elapsed().as_nanos() / rounds;
    eprintln!("{nanoseconds} ns a message of six vitals");
    assert_eq!(readings as u128, 6 * rounds);
}
