//! The vectors of Standard Webhooks and our own, signed and verified.

use crate::domain::WallTime;
use crate::notify::{Secret, SignError, VerifyError, sign, verify};

struct Vector {
    secret: &'static str,
    verifies: &'static str,
    id: &'static str,
    seconds: i64,
    body: &'static str,
    signature: &'static str,
}

const ALERT: &str = r#"{"type":"alert.opened","timestamp":"2026-03-04T09:16:02Z","data":{"id":"01JNG6Z8Q4W3T2R1P0N9M8K7J6"}}"#;
const NEW: &str = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
const OLD: &str = "whsec_ISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0A=";
const SEED: &str = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
const PUBLIC: &str = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
const ID: &str = "msg_01JNG6Z9A1B2C3D4E5F6G7H8J9";
const SECONDS: i64 = 1_772_615_762;

const VECTORS: [Vector; 4] = [
    Vector {
        secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        verifies: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        seconds: 1_614_265_330,
        body: r#"{"test": 2432232314}"#,
        signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    Vector {
        secret: NEW,
        verifies: NEW,
        id: ID,
        seconds: SECONDS,
        body: ALERT,
        signature: "v1,p0HOH8AoqIErXmxyfyhm7kwmrzrJCdJq22KCZMTAHws=",
    },
    Vector {
        secret: OLD,
        verifies: OLD,
        id: ID,
        seconds: SECONDS,
        body: ALERT,
        signature: "v1,w3AESycCLBDpjK4P0MgnbaFJn5R2Qx44rMeavwv8T5A=",
    },
    Vector {
        secret: SEED,
        verifies: PUBLIC,
        id: ID,
        seconds: SECONDS,
        body: ALERT,
        signature: "v1a,R6l5wf6O9NVwNg4nymY5vyCR9K57aFR7JPpmCoWFBHM8lXZOj9UKT4SbVhmRn/dZiQLqtoMZzwTf+MeR5ThCBA==",
    },
];

fn at(seconds: i64) -> WallTime {
    WallTime::from_epoch_ms(seconds * 1000 + 999)
}

fn secrets(texts: &[&str]) -> Vec<Secret> {
    let parsed = texts.iter().map(|text| Secret::parse(text));
    parsed.collect::<Result<_, _>>().unwrap()
}

#[test]
fn every_vector_of_the_reference_is_signed_and_verified() {
    for v in VECTORS {
        let body = v.body.as_bytes();
        let headers = sign(&secrets(&[v.secret]), v.id, at(v.seconds), body).unwrap();
        assert_eq!(headers.signature, v.signature);
        assert_eq!(headers.timestamp, v.seconds.to_string());
        let (id, sent) = (&headers.id, &headers.timestamp);
        let now = at(v.seconds);
        assert_eq!(verify(v.verifies, id, sent, body, v.signature, now), Ok(()));
    }
}

#[test]
fn all_secrets_sign_while_one_is_being_rotated() {
    let all = secrets(&[NEW, OLD, SEED]);
    let headers = sign(&all, ID, at(SECONDS), ALERT.as_bytes()).unwrap();
    let expected: Vec<_> = VECTORS.iter().skip(1).map(|v| v.signature).collect();
    assert_eq!(headers.signature, expected.join(" "));
    for key in [NEW, OLD, SEED, PUBLIC] {
        let (id, sent, body) = (&headers.id, &headers.timestamp, ALERT.as_bytes());
        let now = at(SECONDS);
        assert_eq!(verify(key, id, sent, body, &headers.signature, now), Ok(()));
    }
}

#[test]
fn a_changed_id_time_body_or_signature_is_not_believed() {
    let v = &VECTORS[1];
    let sent = SECONDS.to_string();
    let check = |key: &str, id: &str, sent: &str, body: &str, signature: &str| {
        verify(key, id, sent, body.as_bytes(), signature, at(SECONDS))
    };
    let no = Err(VerifyError::NoMatch);
    assert_eq!(check(NEW, "msg_2", &sent, ALERT, v.signature), no);
    let later = (SECONDS + 1).to_string();
    assert_eq!(check(NEW, ID, &later, ALERT, v.signature), no);
    assert_eq!(check(NEW, ID, &sent, "{}", v.signature), no);
    assert_eq!(check(OLD, ID, &sent, ALERT, v.signature), no);
    assert_eq!(check(PUBLIC, ID, &sent, ALERT, v.signature), no);
    for signature in ["", "v1", "v1,", "v1,AAAA", "v2,p0HO", " , ,"] {
        assert_eq!(check(NEW, ID, &sent, ALERT, signature), no, "{signature}");
    }
    let relabelled = v.signature.replace("v1,", "v1a,");
    assert_eq!(check(NEW, ID, &sent, ALERT, &relabelled), no);
    let many = format!("{}{}", "v1,AAAA ".repeat(16), v.signature);
    assert_eq!(
        check(NEW, ID, &sent, ALERT, &many),
        no,
        "entries are bounded"
    );
}

#[test]
fn a_timestamp_outside_the_tolerance_or_of_another_form_is_refused() {
    let v = &VECTORS[1];
    let check = |sent: &str, now: i64| {
        let body = ALERT.as_bytes();
        verify(NEW, ID, sent, body, v.signature, at(now))
    };
    let sent = SECONDS.to_string();
    assert_eq!(check(&sent, SECONDS + 300), Ok(()));
    assert_eq!(check(&sent, SECONDS - 300), Ok(()));
    assert_eq!(
        check(&sent, SECONDS + 301),
        Err(VerifyError::OutsideTolerance { seconds: -301 })
    );
    assert_eq!(
        check(&sent, SECONDS - 301),
        Err(VerifyError::OutsideTolerance { seconds: 301 })
    );
    for sent in ["", "-5", "1e9", "99999999999999999999", " 1772615762"] {
        assert_eq!(check(sent, SECONDS), Err(VerifyError::Timestamp), "{sent}");
    }
}

#[test]
fn an_id_with_a_full_stop_is_neither_signed_nor_believed() {
    let signed = sign(&secrets(&[NEW]), "msg.1", at(SECONDS), b"{}");
    assert_eq!(signed, Err(SignError::Id));
    let sent = SECONDS.to_string();
    let verified = verify(NEW, "msg.1", &sent, b"{}", "v1,AAAA", at(SECONDS));
    assert_eq!(verified, Err(VerifyError::Id));
    assert_eq!(sign(&[], ID, at(SECONDS), b""), Err(SignError::NoSecret));
}
