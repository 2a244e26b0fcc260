//! Channels that fail are told of on the others, once, also across a restart.

use super::bench::{
    Bench, HOUR, How, Live, MINUTE, START, Said, assign, clinical, message, order, tick, ward,
};
use crate::domain::{
    ChannelFormat, ChannelOptions, DeliveryId, DeliveryReport, DeliveryVerdict, EndpointId,
    WallTime,
};
use crate::engine::{ChannelChange, Input};
use crate::registry::{Command, Endpoint, ReplaySpan};
use serde_json::{Value, json};
use tokio::sync::oneshot;

fn id(name: &str) -> EndpointId {
    EndpointId::new(name).expect("valid")
}

fn endpoint(name: &str, channel: ChannelOptions) -> Said {
    let signs = !matches!(channel.format, ChannelFormat::Slack);
    let command = Command::PutEndpoint {
        id: id(name),
        url: "https://example.org/".to_owned(),
        label: format!("The {name}"),
        secrets: signs.then(|| "whsec_".to_owned()).into_iter().collect(),
        event_types: vec!["alert.raised".to_owned()],
        wards: Vec::new(),
        channel,
    };
    order(0, command)
}

fn with_format(format: ChannelFormat) -> ChannelOptions {
    ChannelOptions {
        format,
        ..ChannelOptions::default()
    }
}

/// A patient with a fever and three endpoints, one of them deaf to the others'
/// troubles although it wants alerts.
fn feverish() -> Vec<Said> {
    let deaf = ChannelOptions {
        system_events: false,
        ..ChannelOptions::default()
    };
    [
        ward(&["ada"], &[]),
        vec![
            assign(0, "watch", "ada", 0, None),
            endpoint("board", ChannelOptions::default()),
            endpoint("deaf", deaf),
            endpoint("pager", with_format(ChannelFormat::Slack)),
            message("watch", HOUR, 1, HOUR, r#""temp":38.6"#),
        ],
    ]
    .concat()
}

/// Deliveries to one endpoint: the types and documents, oldest first.
fn told(live: &Live, name: &str) -> Vec<(String, Value)> {
    let found = live.reader.deliveries(Some(&id(name)), None, None, 100);
    let mut found = found.expect("reads");
    found.reverse();
    let document = |body: &[u8]| serde_json::from_slice(body).expect("JSON");
    found
        .iter()
        .map(|delivery| (delivery.event_type.clone(), document(&delivery.body)))
        .collect()
}

fn types(live: &Live, name: &str) -> Vec<String> {
    told(live, name).into_iter().map(|(kind, _)| kind).collect()
}

fn report(live: &Live, delivery: &str, verdict: DeliveryVerdict) {
    let report = DeliveryReport {
        delivery: DeliveryId::new(delivery).expect("valid"),
        at: WallTime::from_epoch_ms(START),
        took_ms: 7,
        status: Some(410),
        error: Some("gone"),
        verdict,
        aside: false,
    };
    let (reply, done) = oneshot::channel();
    live.send(Input::DeliveryReport { report, reply });
    done.blocking_recv().expect("committed");
}

fn change(live: &Live, name: &str, change: ChannelChange) {
    let endpoint = id(name);
    live.send(Input::Channel { endpoint, change });
    live.quiet();
}

const FAILING: ChannelChange = ChannelChange::Failing {
    since: WallTime::from_epoch_ms(START),
    error: "timeout",
};

#[test]
fn an_endpoint_gets_what_its_format_may_know_and_no_label_unless_asked_for() {
    let bench = Bench::new();
    let live = bench.start(&How::default());
    live.say(&feverish(), 0);
    live.quiet();
    let (_, thin) = told(&live, "board").remove(0);
    assert!(thin.get("detail").is_none() && !thin.to_string().contains("38.6"));
    let (_, full) = told(&live, "pager").remove(0);
    assert_eq!(full["data"], thin["data"]);
    let value = &full["detail"]["evidence"]["values"][0];
    assert_eq!(
        (&value["value"], &value["unit"]),
        (&json!(38.6), &json!("Cel"))
    );
    assert_eq!(value["age_seconds"], 0);
    assert!(full["detail"].get("patient_label").is_none());
    let named = ChannelOptions {
        include_patient_label: true,
        ..with_format(ChannelFormat::Slack)
    };
    live.one(endpoint("named", named));
    let bert = ward(&["bert"], &[]);
    let more = [
        assign(HOUR, "other", "bert", 0, None),
        message("other", 2 * HOUR, 1, 2 * HOUR, r#""temp":39"#),
    ];
    live.say(&[&bert[1..], &more].concat(), 100);
    live.quiet();
    let (_, full) = told(&live, "named").remove(0);
    assert_eq!(full["detail"]["ward_label"], "Oncology");
    assert!(full["detail"]["patient_label"].is_string());
    live.stop();
}

#[test]
fn a_failing_channel_is_told_once_on_the_others_also_across_a_restart_and_again_when_it_works() {
    let bench = Bench::new();
    let live = bench.start(&How::default());
    live.say(&feverish(), 0);
    change(&live, "board", FAILING);
    change(&live, "board", FAILING);
    live.stop();
    let live = bench.start(&How::default());
    change(&live, "board", FAILING);
    assert_eq!(
        types(&live, "pager"),
        ["alert.raised", "system.channel_failing"]
    );
    assert_eq!(types(&live, "board"), ["alert.raised"], "not to itself");
    assert_eq!(
        types(&live, "deaf"),
        ["alert.raised"],
        "it did not want to know"
    );
    let stored = live
        .reader
        .endpoint(&id("board"))
        .expect("reads")
        .expect("there");
    assert_eq!(stored.trouble.expect("noted").error, "timeout");
    let (_, body) = told(&live, "pager").remove(1);
    assert_eq!(
        (&body["data"]["channel"], &body["data"]["label"]),
        (&json!("board"), &json!("The board"))
    );
    // What waits for a late retry is due as soon as it works again.
    let late = WallTime::from_epoch_ms(START + 24 * HOUR);
    report(&live, "msg_0badcafe_1", DeliveryVerdict::RetryAt(late));
    let due = |live: &Live| {
        let now = WallTime::from_epoch_ms(START + HOUR);
        live.reader
            .due_deliveries(&id("board"), now, 10)
            .expect("reads")
            .len()
    };
    assert_eq!(due(&live), 0);
    change(&live, "board", ChannelChange::ClockSetBack);
    assert_eq!(due(&live), 1, "no moment of the old clock is waited for");
    report(&live, "msg_0badcafe_1", DeliveryVerdict::RetryAt(late));
    assert_eq!(due(&live), 0);
    change(&live, "board", ChannelChange::Recovered);
    change(&live, "board", ChannelChange::Recovered);
    assert_eq!(due(&live), 1);
    let all = [
        "alert.raised",
        "system.channel_failing",
        "system.channel_recovered",
    ];
    assert_eq!(types(&live, "pager"), all);
    live.stop();
}

#[test]
fn an_endpoint_that_is_gone_is_switched_off_and_that_is_said_aloud() {
    let bench = Bench::new();
    let live = bench.start(&How::default());
    live.say(&feverish(), 0);
    live.quiet();
    report(&live, "msg_0badcafe_1", DeliveryVerdict::EndpointGone);
    let stored = live
        .reader
        .endpoint(&id("board"))
        .expect("reads")
        .expect("there");
    assert_eq!(stored.disabled.as_deref(), Some(Endpoint::GONE));
    let (kind, body) = told(&live, "pager").remove(1);
    assert_eq!(kind, "system.channel_failing");
    assert_eq!(body["data"]["switched_off"], true);
    let dead = live
        .reader
        .deliveries(Some(&id("board")), Some("failed"), None, 10);
    assert_eq!(
        dead.expect("reads")[0].failed_because.as_deref(),
        Some("endpoint_gone")
    );
    live.stop();
}

#[test]
fn a_dead_letter_is_told_on_the_others_but_one_about_a_channel_is_not() {
    let bench = Bench::new();
    let live = bench.start(&How::default());
    live.say(&feverish(), 0);
    live.quiet();
    report(&live, "msg_0badcafe_1", DeliveryVerdict::GivenUp);
    let (kind, body) = told(&live, "pager").remove(1);
    assert_eq!(kind, "system.dead_letter");
    assert_eq!(body["data"]["delivery"], "msg_0badcafe_1");
    assert_eq!(
        body["data"]["priority"], "high",
        "as urgent as what was lost"
    );
    assert!(
        body["data"]["alert"]
            .as_str()
            .expect("named")
            .starts_with("alr_")
    );
    let about = live
        .reader
        .deliveries(Some(&id("pager")), None, None, 1)
        .expect("reads");
    report(&live, &about[0].id, DeliveryVerdict::GivenUp);
    assert_eq!(types(&live, "board"), ["alert.raised"], "no echo");
    live.stop();
}

#[test]
fn a_test_goes_to_its_endpoint_alone_and_not_to_one_that_is_off() {
    let bench = Bench::new();
    let live = bench.start(&How::default());
    live.say(&feverish(), 0);
    let test = || order(2 * HOUR, Command::TestEndpoint { id: id("pager") });
    let reply = live.one(test()).expect("answered").expect("sent");
    let delivery = DeliveryId::new(&reply.id.expect("named")).expect("valid");
    let stored = live
        .reader
        .delivery(&delivery)
        .expect("reads")
        .expect("there");
    assert_eq!(
        (stored.event_type.as_str(), stored.endpoint.as_str()),
        ("system.test", "pager")
    );
    assert_eq!(types(&live, "board"), ["alert.raised"]);
    let reason = Some("moves".to_owned());
    live.one(order(
        2 * HOUR,
        Command::DisableEndpoint {
            id: id("pager"),
            reason,
        },
    ));
    assert!(live.one(test()).expect("answered").is_err());
    live.stop();
}

#[test]
fn a_span_of_time_is_replayed_once_asked_for_and_nothing_beside_it() {
    let bench = Bench::new();
    let live = bench.start(&How::default());
    live.say(&feverish(), 0);
    live.quiet();
    report(&live, "msg_0badcafe_1", DeliveryVerdict::GivenUp);
    report(&live, "msg_0badcafe_2", DeliveryVerdict::GivenUp);
    let replay = |from: i64, until: i64| {
        let span = ReplaySpan {
            from: clinical(from),
            until: clinical(until),
            delivered_too: false,
        };
        let command = Command::ReplayDeliveries {
            endpoint: id("board"),
            deliveries: Vec::new(),
            span: Some(span),
        };
        let reply = live.one(order(3 * HOUR, command));
        reply.expect("answered").expect("replayed").affected
    };
    assert_eq!(replay(0, HOUR), 0, "written at its end");
    assert_eq!(replay(HOUR, HOUR + MINUTE), 1);
    let failed = live
        .reader
        .deliveries(None, Some("failed"), None, 10)
        .expect("reads");
    assert_eq!(failed.len(), 1, "the other endpoint's stays");
    live.stop();
}

#[test]
fn a_channel_that_goes_on_failing_is_told_again_every_hour_until_it_works_or_is_off() {
    let bench = Bench::new();
    let live = bench.start(&How::default());
    live.say(&feverish(), 0);
    change(&live, "board", FAILING);
    let failing = |live: &Live| {
        let all = told(live, "pager").into_iter();
        let failing = all.filter(|(kind, _)| kind == "system.channel_failing");
        failing.map(|(_, body)| body).collect::<Vec<_>>()
    };
    // It was noted an hour after the start.
    live.say(&[tick(2 * HOUR - 1)], 100);
    live.quiet();
    assert_eq!(failing(&live).len(), 1);
    live.stop();
    let live = bench.start(&How::default());
    live.say(
        &[tick(2 * HOUR - 1), tick(2 * HOUR), tick(3 * HOUR - 1)],
        100,
    );
    live.quiet();
    let said = failing(&live);
    assert_eq!(said.len(), 2);
    assert_eq!(said[1]["data"]["again"], true);
    assert_eq!(said[1]["data"]["since"], said[0]["data"]["since"]);
    assert_eq!(said[1]["data"]["error"], "timeout");
    live.stop();
    // Down for five hours: once, not five times.
    let live = bench.start(&How::default());
    live.say(&[tick(8 * HOUR), tick(8 * HOUR + MINUTE)], 100);
    live.quiet();
    assert_eq!(failing(&live).len(), 3);
    assert_eq!(types(&live, "board"), ["alert.raised"], "not to itself");
    change(&live, "board", ChannelChange::Recovered);
    live.say(&[tick(20 * HOUR)], 100);
    live.quiet();
    assert_eq!(failing(&live).len(), 3);
    change(&live, "board", FAILING);
    assert_eq!(failing(&live).len(), 4);
    let (id, reason) = (id("board"), Some("replaced".to_owned()));
    live.one(order(
        21 * HOUR - 1,
        Command::DisableEndpoint { id, reason },
    ));
    live.say(&[tick(30 * HOUR)], 100);
    live.quiet();
    assert_eq!(failing(&live).len(), 4);
    live.stop();
}
