#![doc = include_str!("bad_input.md")]
//!
//! The table is made from `ROWS` below; a test holds the two together.

use crate::service::{START, Service, directory, eventually, password};
use crate::watch::{Answer, Watch};
use reqwest::StatusCode;
use serde_json::json;
use wardlight::domain::{PatientNumber, Vital};
use wardlight::store::ReadingsQuery;

/// One kind of bad input with its documented answer.
struct Row {
    name: &'static str,
    /// What the watch gets.
    answer: Answer,
    /// Under which reason the bytes lie in quarantine.
    quarantine: Option<&'static str>,
    /// The metric that counts it.
    counted: &'static str,
    /// How many good readings the bad message itself carries.
    kept: usize,
    send: Send,
}

/// How it is sent.
enum Send {
    /// As the payload of the device's own vitals; `T` stands for now in ms.
    Payload(&'static str),
    /// A payload of so many bytes.
    Long(usize),
    /// To another topic.
    Topic(&'static str),
    /// Half a PUBLISH, then the connection ends.
    Half,
    /// Bytes that are no packet.
    Noise(&'static [u8]),
    /// By a device with a credential that nobody registered.
    Stranger,
    /// A CONNECT with a wrong password.
    WrongPassword,
    /// A request to the API with a wrong token.
    WrongToken,
}

const QUARANTINED: &str = "wardlight_engine_quarantined_total";

const ROWS: [Row; 17] = [
    payload("garbage", "\u{1}\u{2} not JSON", "malformed", 0),
    payload("NaN", r#"{"t":T,"hr":NaN}"#, "malformed", 0),
    payload(
        "NaN as text",
        r#"{"t":T,"hr":"NaN","spo2":97}"#,
        "wrong_type",
        1,
    ),
    payload(
        "a number beyond all physics",
        r#"{"t":T,"hr":1e300,"spo2":97}"#,
        "outside_physics",
        1,
    ),
    payload(
        "a time in the future",
        r#"{"samples":[{"t":9999999999999,"hr":70},{"t":T,"spo2":97}]}"#,
        "time_in_future",
        1,
    ),
    payload(
        "a time in 1970",
        r#"{"samples":[{"t":86400000,"hr":70},{"t":T,"spo2":97}]}"#,
        "time_too_old",
        1,
    ),
    payload(
        "seconds for milliseconds",
        r#"{"samples":[{"t":1795305600,"hr":70},{"t":T,"spo2":97}]}"#,
        "time_in_seconds",
        1,
    ),
    payload(
        "a time before the retention limit",
        r#"{"samples":[{"t":1500000000000,"hr":70},{"t":T,"spo2":97}]}"#,
        "time_too_old",
        1,
    ),
    payload(
        "a time that is none",
        r#"{"samples":[{"t":"soon","hr":70},{"t":T,"spo2":97}]}"#,
        "time_unreadable",
        1,
    ),
    Row {
        name: "a value that makes a detector panic (planted)",
        answer: Answer::Puback(0),
        quarantine: Some("internal_error"),
        counted: "wardlight_engine_poisoned_total",
        kept: 0,
        send: Send::Payload(r#"{"t":T,"hr":199.5,"spo2":97}"#),
    },
    Row {
        name: "a message of 300 KiB",
        answer: Answer::Disconnect(0x95),
        quarantine: None,
        counted: r#"wardlight_listener_violations_total{kind="packet_too_large"}"#,
        kept: 0,
        send: Send::Long(300 * 1024),
    },
    Row {
        name: "half a packet, then the connection ends",
        answer: Answer::Closed,
        quarantine: None,
        counted: "wardlight_listener_connections_total",
        kept: 0,
        send: Send::Half,
    },
    Row {
        name: "bytes that are no packet",
        answer: Answer::Disconnect(0x81),
        quarantine: None,
        counted: r#"wardlight_listener_violations_total{kind="malformed_packet"}"#,
        kept: 0,
        send: Send::Noise(&[0x32, 0x03, 0xff, 0xff, 0xff]),
    },
    Row {
        name: "another device's topic",
        answer: Answer::Puback(0x87),
        quarantine: None,
        counted: "wardlight_listener_messages_not_authorized_total",
        kept: 0,
        send: Send::Topic("wardlight/v1/watch-eve/vitals"),
    },
    Row {
        name: "a topic below the device's own that is none of ours",
        answer: Answer::Puback(0),
        quarantine: Some("wrong_topic"),
        counted: "wardlight_listener_messages_unreadable_total",
        kept: 0,
        send: Send::Topic("wardlight/v1/watch-ada/vitae"),
    },
    Row {
        name: "a device that nobody registered",
        answer: Answer::Puback(0),
        quarantine: Some("unknown_device"),
        counted: QUARANTINED,
        kept: 0,
        send: Send::Stranger,
    },
    Row {
        name: "a wrong password",
        answer: Answer::Connack(0x86),
        quarantine: None,
        counted: r#"wardlight_listener_refusals_total{kind="credentials"}"#,
        kept: 0,
        send: Send::WrongPassword,
    },
];

/// A wrong token is answered by the API, not by the listener.
const WRONG_TOKEN: Row = Row {
    name: "a wrong access token at the API",
    answer: Answer::Closed,
    quarantine: None,
    counted: "",
    kept: 0,
    send: Send::WrongToken,
};

const fn payload(name: &'static str, text: &'static str, reason: &'static str, kept: usize) -> Row {
    Row {
        name,
        answer: Answer::Puback(0),
        quarantine: Some(reason),
        counted: QUARANTINED,
        kept,
        send: Send::Payload(text),
    }
}

/// Two watches; the drill of the guard is armed.
async fn ward(data: &std::path::Path) -> Service {
    let drill = [("WARDLIGHT_ENGINE__DANGEROUS_PANIC_AT_HEART_RATE", "199.5")];
    let service = Service::start(data, &drill).await;
    service.enter(&["ada", "eve"]).await;
    service.credential("watch-nobody").await;
    service
}

/// Sends the bad thing on a connection of its own where it has one.
async fn send(service: &Service, row: &Row, ada: &mut Watch) -> Answer {
    match &row.send {
        Send::Payload(text) => {
            let text = text.replace('T', &service.now().to_string());
            let bytes = ada.vitals(text.as_bytes());
            ada.send(&bytes).await;
            ada.answer().await
        }
        Send::Long(length) => {
            let bytes = ada.vitals(&vec![b' '; *length]);
            ada.send(&bytes).await;
            ada.answer().await
        }
        Send::Topic(topic) => {
            let bytes = ada.publish(topic, br#"{"hr":70}"#);
            ada.send(&bytes).await;
            ada.answer().await
        }
        Send::Half => {
            let (mut other, _) =
                Watch::hello(service.mqtt(), 5, "watch-nobody", &password("watch-nobody")).await;
            let bytes = other.vitals(br#"{"hr":70,"spo2":97}"#);
            other.send(&bytes[..bytes.len() / 2]).await;
            Answer::Closed
        }
        Send::Noise(bytes) => {
            let (mut other, _) =
                Watch::hello(service.mqtt(), 5, "watch-nobody", &password("watch-nobody")).await;
            other.send(bytes).await;
            other.answer().await
        }
        Send::Stranger => {
            let mut other = Watch::connect(service, "watch-nobody").await;
            other.say(&json!({ "t": service.now(), "hr": 70 })).await
        }
        Send::WrongPassword => {
            let (_, answer) = Watch::hello(service.mqtt(), 5, "watch-nobody", "guessed").await;
            answer
        }
        Send::WrongToken => Answer::Closed,
    }
}

fn readings(service: &Service, number: u32) -> Vec<Vital> {
    let query = ReadingsQuery {
        patient: PatientNumber(number),
        vitals: Vec::new(),
        from: wardlight::domain::MeasuredTime::from_epoch_ms(0),
        until: wardlight::domain::MeasuredTime::from_epoch_ms(i64::MAX),
        known_at: None,
        limit: 1_000,
    };
    let points = service.running.reader.readings(&query).expect("reads").0;
    points.into_iter().map(|point| point.vital).collect()
}

async fn hold(row: &Row) {
    let data = directory();
    let service = ward(data.path()).await;
    let mut ada = Watch::connect(&service, "watch-ada").await;
    let mut eve = Watch::connect(&service, "watch-eve").await;
    let counted = service.metric(row.counted).await;
    let good = |seq: u64| json!({ "session": 1, "seq": seq, "t": START + seq as i64, "hr": 70 });
    assert_eq!(eve.say(&good(1)).await, Answer::Puback(0));
    assert_eq!(ada.say(&good(1)).await, Answer::Puback(0));
    let before = service.metric(row.counted).await.max(counted);
    assert_eq!(
        send(&service, row, &mut ada).await,
        row.answer,
        "{}",
        row.name
    );
    eventually("counted", async || {
        (service.metric(row.counted).await > before).then_some(())
    })
    .await;
    // Nobody else's reading is lost, and the device itself goes on.
    assert_eq!(eve.say(&good(2)).await, Answer::Puback(0));
    let mut ada = Watch::connect(&service, "watch-ada").await;
    assert_eq!(ada.say(&good(2)).await, Answer::Puback(0));
    let heart = |vital: &&Vital| **vital == Vital::HeartRate;
    assert_eq!(
        readings(&service, 1).iter().filter(heart).count(),
        2,
        "eve, {}",
        row.name
    );
    assert_eq!(
        readings(&service, 0).iter().filter(heart).count(),
        2,
        "ada, {}",
        row.name
    );
    assert_eq!(
        readings(&service, 0).len(),
        2 + row.kept,
        "the rest of the message, {}",
        row.name
    );
    let held = service
        .running
        .reader
        .quarantine(None, 100, None)
        .expect("reads");
    let reasons: Vec<&str> = held.iter().map(|row| row.reason.as_str()).collect();
    assert_eq!(reasons, row.quarantine.as_slice(), "{}", row.name);
    service.stop().await;
}

macro_rules! rows {
    ($($test:ident: $place:literal,)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            hold(&ROWS[$place]).await;
        })+

        #[test]
        fn every_row_has_its_test() {
            let places: Vec<usize> = vec![$($place),+];
            assert_eq!(places, (0..ROWS.len()).collect::<Vec<_>>());
        }
    };
}

rows! {
    garbage_is_quarantined_and_acknowledged: 0,
    not_a_number_is_no_json: 1,
    not_a_number_as_text_costs_that_value_alone: 2,
    a_value_outside_physics_is_refused_alone: 3,
    a_moment_in_the_future_is_refused_alone: 4,
    a_moment_in_1970_is_refused_alone: 5,
    seconds_for_milliseconds_are_named_as_such: 6,
    a_moment_before_the_retention_limit_is_refused_alone: 7,
    a_time_that_is_none_is_refused_alone: 8,
    a_planted_panic_costs_that_message_alone: 9,
    a_message_of_300_kib_ends_that_connection_alone: 10,
    half_a_packet_is_as_if_never_sent: 11,
    bytes_that_are_no_packet_end_that_connection_alone: 12,
    another_devices_topic_is_not_authorized: 13,
    a_topic_of_nobody_is_quarantined: 14,
    an_unknown_device_waits_in_quarantine: 15,
    a_wrong_password_is_refused: 16,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_token_is_answered_401_and_shows_nothing() {
    let data = directory();
    let service = ward(data.path()).await;
    for token in ["", "Bearer ", "Bearer guessed", "Basic Z3Vlc3NlZA=="] {
        let request = reqwest::Client::new().get(service.url("/v1/patients"));
        let answer = request
            .header("authorization", token)
            .send()
            .await
            .expect("answers");
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{token}");
        assert!(!answer.text().await.expect("a body").contains("ada"));
    }
    service.stop().await;
}

fn answer_words(row: &Row) -> String {
    match (&row.send, &row.answer) {
        (Send::WrongToken, _) => "401, RFC 9457 problem".to_owned(),
        (_, Answer::Connack(code)) => format!("CONNACK {code:#04x}"),
        (_, Answer::Puback(0)) => "PUBACK".to_owned(),
        (_, Answer::Puback(code)) => format!("PUBACK {code:#04x}"),
        (_, Answer::Disconnect(code)) => format!("DISCONNECT {code:#04x}"),
        (_, Answer::Closed) => "none: it is sent again".to_owned(),
        (_, Answer::Other(code)) => format!("{code:#04x}"),
    }
}

fn table() -> String {
    let mut table = "Bad input through the listener (MQTT 5), and what becomes of it. The rest of the\nmessage and everybody else's readings are stored in every case.\n\n| input | answer | in quarantine as | counted by |\n| --- | --- | --- | --- |\n".to_owned();
    for row in ROWS.iter().chain([&WRONG_TOKEN]) {
        let quarantine = row
            .quarantine
            .map_or("-".to_owned(), |reason| format!("`{reason}`"));
        let counted = match row.counted {
            "" => "the log".to_owned(),
            counted => format!("`{counted}`"),
        };
        let line = format!(
            "| {} | {} | {quarantine} | {counted} |\n",
            row.name,
            answer_words(row)
        );
        table.push_str(&line);
    }
    table
}

#[test]
fn the_table_in_the_documentation_is_the_one_that_was_tested() {
    if std::env::var_os("WRITE_TABLES").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/bad_input.md");
        std::fs::write(path, table()).expect("written");
    }
    assert_eq!(
        table(),
        include_str!("bad_input.md"),
        "run with WRITE_TABLES=1"
    );
}
