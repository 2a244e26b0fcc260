//! Each kind of mistake in a board is found: boards are broken on purpose.

use crate::board::mistakes;
use crate::files::board;
use crate::program::Words;
use serde_json::Value;

/// Name of the board, what is replaced, by what, and what is said then.
type Broken = (&'static str, &'static str, &'static str, &'static str);

const WORDS: [Broken; 12] = [
    (
        "operations",
        "wardlight_engine_inbox{",
        "wardlight_engine_outbox{",
        "unknown metric wardlight_engine_outbox",
    ),
    (
        "operations",
        "wardlight_engine_inputs_total, instance",
        "wardlight_inputs_total, instance",
        "unknown metric wardlight_inputs_total",
    ),
    (
        "operations",
        "by (le, instance)",
        "by (le, endpoint)",
        "unknown label endpoint",
    ),
    (
        "operations",
        "{{result}}",
        "{{outcome}}",
        "unknown label outcome",
    ),
    (
        "operations",
        "result=~",
        "outcome=~",
        "unknown label outcome",
    ),
    (
        "operations",
        "given_up|gone",
        "given_up|lost",
        "result is never lost",
    ),
    (
        "patient",
        "r._measurement == \\\"worn\\\"",
        "r._measurement == \\\"wear\\\"",
        "unknown measurement wear",
    ),
    (
        "patient",
        "r._field == \\\"value\\\"",
        "r._field == \\\"mean\\\"",
        "unknown field mean",
    ),
    (
        "ward",
        "r.patient =~",
        "r.ward =~",
        "unknown tag or column ward",
    ),
    (
        "ward",
        "tag: \\\"patient\\\"",
        "tag: \\\"ward\\\"",
        "unknown tag ward",
    ),
    (
        "ward",
        "\\\"good_lifts_previous\\\"",
        "\\\"fine\\\"",
        "unknown quality fine",
    ),
    (
        "patient",
        "\\\"_stop\\\", \\\"device\\\"",
        "\\\"_stop\\\", \\\"watch\\\"",
        "unknown columns watch",
    ),
];

const FORM: [Broken; 14] = [
    (
        "operations",
        "\"uid\":\"${prometheus}\"",
        "\"uid\":\"wardlight-prometheus\"",
        "its data source is no variable",
    ),
    (
        "patient",
        "\"uid\":\"${influxdb}\"",
        "\"uid\":\"${prometheus}\"",
        "its data source is no variable",
    ),
    (
        "patient",
        "bucket: \\\"${bucket}\\\"",
        "bucket: \\\"wardlight\\\"",
        "unknown bucket wardlight",
    ),
    (
        "ward",
        "${patient:regex}",
        "${patients:regex}",
        "unknown variable patients",
    ),
    (
        "ward",
        "|> filter(fn: (r) => r._field == \\\"value\\\")",
        "",
        "does not choose a field",
    ),
    (
        "patient",
        "createEmpty: true",
        "createEmpty: false",
        "joins gaps",
    ),
    ("patient", "fn: mean", "fn: max", "it chooses a row"),
    (
        "patient",
        "\"spanNulls\":false",
        "\"spanNulls\":true",
        "joins gaps",
    ),
    (
        "patient",
        "quantile(q: 1.0,",
        "quantile(q: 0.9,",
        "without lowest and highest",
    ),
    (
        "patient",
        "\"unit\":\"celsius\"",
        "\"unit\":\"fahrenheit\"",
        "is not in fahrenheit",
    ),
    (
        "patient",
        "\"value\":38.0",
        "\"value\":38.5",
        "are not the program's [36.0, 38.0]",
    ),
    ("ward", "\"x\":12", "\"x\":11", "lies on another panel"),
    ("ward", "\"x\":12", "\"x\":13", "outside the grid"),
    (
        "operations",
        "for looking",
        "for alarms",
        "does not say that it is for looking",
    ),
];

fn broken(board: &Value, what: &str, by: &str) -> Value {
    let text = board.to_string();
    assert!(text.contains(what), "the board has no {what}");
    serde_json::from_str(&text.replace(what, by)).expect("JSON still")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_mistake_is_found() {
    let words = Words::of_the_program().await;
    for (name, what, by, said) in WORDS.into_iter().chain(FORM) {
        let found = mistakes(&broken(&board(name), what, by), &words);
        let is_said = found.iter().any(|mistake| mistake.contains(said));
        assert!(is_said, "{what} as {by} gives {found:?}");
    }
}
