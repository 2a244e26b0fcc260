//! Receivers that answer alerts through their channel.

use super::bench::{
    Answer, Bench, HOUR, How, Live, MINUTE, Said, answered, assign, clinical, events, message,
    order, ward,
};
use crate::domain::{
    AlertId, ChannelOptions, ClinicalTime, EndpointId, Order, OrderAction, OrderWay, WardId,
};
use crate::registry::{Command, CommandError, CommandError::Conflict};

const ALERT: &str = "alr_0badcafe_0_1";

fn endpoint(name: &str, actions: bool, wards: &[&str]) -> Said {
    let ward = |name: &&str| WardId::new(name).expect("valid");
    let command = Command::PutEndpoint {
        id: EndpointId::new(name).expect("valid"),
        url: "https://example.org/".to_owned(),
        label: format!("The {name}"),
        secrets: vec!["whsec_".to_owned()],
        event_types: Vec::new(),
        wards: wards.iter().map(ward).collect(),
        channel: ChannelOptions {
            actions,
            ..ChannelOptions::default()
        },
    };
    order(0, command)
}

/// A patient with a fever, and endpoints of which some may answer.
fn feverish() -> Vec<Said> {
    let elsewhere = Command::PutWard {
        time_zone: None,
        id: WardId::new("surgery").expect("valid"),
        label: "Surgery".to_owned(),
    };
    [
        ward(&["ada"], &[]),
        vec![
            assign(0, "watch", "ada", 0, None),
            order(0, elsewhere),
            endpoint("desk", true, &[]),
            endpoint("own", true, &["oncology"]),
            endpoint("surgeon", true, &["surgery"]),
            endpoint("mute", false, &[]),
            message("watch", HOUR, 1, HOUR, r#""temp":38.6"#),
        ],
    ]
    .concat()
}

fn asked(at: i64, endpoint: &str, key: &str, action: OrderAction) -> Said {
    let asked = Order {
        endpoint: EndpointId::new(endpoint).expect("valid"),
        way: OrderWay::Link,
        key: key.to_owned(),
        alert: AlertId::new(ALERT).expect("valid"),
        action,
        text: (action == OrderAction::Resolve).then(|| "seen, well again".to_owned()),
    };
    order(at, Command::Order(asked))
}

/// How many things an order affected.
fn affected(answer: Option<Answer>) -> u64 {
    answer.expect("answered").expect("accepted").affected
}

fn started(bench: &Bench) -> Live {
    let live = bench.start(&How::default());
    live.say(&feverish(), 0);
    live.quiet();
    live
}

fn told(live: &Live, event: &str) -> usize {
    let events = events(&live.reader);
    events.iter().filter(|told| told.starts_with(event)).count()
}

#[test]
fn an_order_is_carried_out_once_in_its_authors_name_also_over_a_restart() {
    let bench = Bench::new();
    let live = started(&bench);
    let half = OrderAction::snooze(30).expect("fine");
    let first = asked(HOUR + MINUTE, "desk", "link 1", half);
    assert_eq!(affected(live.one(first)), 1);
    let snoozed = live.alerts().remove(0).1["snoozed"].clone();
    let at = |minute: i64| crate::engine::rfc3339(clinical(HOUR + minute * MINUTE).epoch_ms());
    assert_eq!(snoozed["until"], at(31));
    let by = snoozed["by"].as_str().expect("a name");
    assert!(by.ends_with(" (link in The desk)") && by.len() > 19, "{by}");
    // A minute later half an hour would end later: the repeat must not move it.
    let again = |minute: i64| asked(HOUR + minute * MINUTE, "desk", "link 1", half);
    assert_eq!(affected(live.one(again(2))), 0);
    let audited = live.reader.audit(None, 1_000).expect("reads");
    live.stop();
    let live = bench.start(&How::default());
    assert_eq!(affected(live.one(again(3))), 0);
    assert_eq!(live.alerts().remove(0).1["snoozed"], snoozed);
    assert_eq!(told(&live, "alert.snoozed"), 1);
    assert_eq!(
        live.reader.audit(None, 1_000).expect("reads").len(),
        audited.len()
    );
    assert_eq!(
        (audited[0].action.as_str(), audited[0].author.as_str()),
        ("order", by)
    );
    let other = asked(HOUR + 4 * MINUTE, "desk", "link 2", half);
    assert_eq!(affected(live.one(other)), 1, "another message's link");
    live.stop();
}

#[test]
fn what_holds_already_is_no_second_event_whoever_asks() {
    let bench = Bench::new();
    let live = started(&bench);
    let acknowledge = |at: i64, endpoint: &str, key: &str| {
        asked(HOUR + at * MINUTE, endpoint, key, OrderAction::Acknowledge)
    };
    assert_eq!(affected(live.one(acknowledge(1, "desk", "a"))), 1);
    assert_eq!(affected(live.one(acknowledge(2, "own", "b"))), 0);
    assert_eq!(told(&live, "alert.acknowledged"), 1);
    let resolve = |at: i64, key: &str| asked(HOUR + at * MINUTE, "own", key, OrderAction::Resolve);
    assert_eq!(affected(live.one(resolve(3, "c"))), 1);
    assert_eq!(affected(live.one(resolve(4, "d"))), 0);
    assert_eq!(told(&live, "alert.resolved"), 1);
    let late = live.one(acknowledge(5, "desk", "e")).expect("answered");
    assert!(
        matches!(late, Err(Conflict { .. })),
        "resolved is not acknowledged"
    );
    live.stop();
}

#[test]
fn only_an_endpoint_that_may_and_is_told_of_the_ward_answers() {
    let bench = Bench::new();
    let live = started(&bench);
    let by = |endpoint: &str| {
        let said = asked(HOUR + MINUTE, endpoint, "k", OrderAction::Acknowledge);
        live.one(said).expect("answered").expect_err("refused")
    };
    assert!(matches!(by("mute"), Conflict { .. }));
    assert_eq!(by("surgeon"), CommandError::NotFound { what: "alert" });
    assert_eq!(by("nobody"), CommandError::NotFound { what: "webhook" });
    let off = Command::DisableEndpoint {
        id: EndpointId::new("desk").expect("valid"),
        reason: Some("lost".to_owned()),
    };
    live.one(order(HOUR, off));
    assert!(matches!(by("desk"), Conflict { .. }));
    assert_eq!(told(&live, "alert.acknowledged"), 0);
    live.stop();
}

#[test]
fn an_id_is_one_order_and_one_that_was_refused_may_be_tried_again() {
    let bench = Bench::new();
    let live = started(&bench);
    let long = OrderAction::snooze(1_440).expect("fine");
    let refused = live.one(asked(HOUR, "desk", "k", long)).expect("answered");
    assert!(
        matches!(refused, Err(CommandError::Invalid { field: "until", .. })),
        "{refused:?}"
    );
    let first = asked(HOUR, "desk", "k", OrderAction::Acknowledge);
    assert_eq!(affected(live.one(first)), 1);
    let other = live.one(asked(HOUR, "desk", "k", OrderAction::Resolve));
    assert!(matches!(other.expect("answered"), Err(Conflict { .. })));
    assert_eq!(told(&live, "alert.resolved"), 0);
    live.stop();
}

#[test]
fn two_of_the_same_in_one_batch_are_one() {
    let bench = Bench::new();
    let live = started(&bench);
    let half = OrderAction::snooze(30).expect("fine");
    let said = [
        asked(HOUR + MINUTE, "desk", "k", half),
        asked(HOUR + 2 * MINUTE, "desk", "k", half),
    ];
    let answers = live.say(&said, 500).into_iter().map(answered);
    let affected: Vec<_> = answers
        .map(|answer| answer.expect("accepted").affected)
        .collect();
    assert_eq!(affected, [1, 0]);
    live.stop();
}

#[test]
fn orders_are_forgotten_after_two_weeks() {
    let bench = Bench::new();
    let live = started(&bench);
    let day = 24 * HOUR;
    live.one(asked(HOUR, "desk", "first", OrderAction::Acknowledge));
    let desk = EndpointId::new("desk").expect("valid");
    let known = |live: &Live| live.reader.order_of(&desk, "first").expect("reads");
    let first = known(&live).expect("remembered");
    assert_eq!(first.at, clinical(HOUR));
    live.one(asked(
        14 * day + HOUR,
        "desk",
        "second",
        OrderAction::Acknowledge,
    ));
    assert!(known(&live).is_some(), "two weeks are not over");
    live.one(asked(
        14 * day + HOUR + 1,
        "desk",
        "third",
        OrderAction::Acknowledge,
    ));
    assert!(known(&live).is_none());
    assert_ne!(first.at, ClinicalTime::from_epoch_ms(0));
    live.stop();
}
