//! Who would be told of a stored alert, when and why.

use super::bench::{Bench, START, clinical, order, patient};
use super::routing::{CHAIN, acknowledge, deliveries, fever, how, seconds, setting};
use crate::domain::{AlertId, SilenceScope};
use crate::registry::Command;

/// What a plan says would happen: seconds after the start, outcome, channel.
fn would(plan: &crate::engine::RoutePlan) -> Vec<String> {
    let line = |line: &crate::engine::PlanLine| {
        let at: jiff::Timestamp = line.at.parse().expect("a time");
        let at = (at.as_millisecond() - START) / 1000;
        let channel = line.channel.clone().unwrap_or_default();
        format!("{at} {} {channel}", line.outcome)
    };
    plan.would.iter().map(line).collect()
}

#[test]
fn a_plan_says_who_would_be_told_when_and_why_and_who_was() {
    let text = format!("{CHAIN}\n{QUIET}");
    let how = how(&text);
    let bench = Bench::new();
    bench.run(&how, &[setting(), vec![fever(5)]].concat());
    let live = bench.start(&how);
    let alert = AlertId::new("alr_0badcafe_0_1").expect("valid");
    let plan = |at: Option<i64>| {
        let at = at.map(|second| clinical(second * 1000));
        crate::engine::route_plan(&live.reader, &how.routing, &alert, at).expect("reads")
    };
    let now = plan(None).expect("known");
    assert_eq!(now.event, "alert.raised");
    assert!(now.asks);
    let said: Vec<(&str, bool)> = now
        .routes
        .iter()
        .map(|r| (r.name.as_str(), r.takes))
        .collect();
    assert_eq!(said, [("all", true), ("never", false)]);
    assert_eq!(now.routes[1].against, ["a route before it decided"]);
    assert_eq!(
        would(&now),
        ["300 sent endpoint:nurse", "420 sent endpoint:doctor"],
        "while every message arrives and nobody answers"
    );
    assert_eq!(now.would[0].otherwise, ["endpoint:desk"]);
    assert_eq!(now.happened.len(), 1);
    assert_eq!(now.happened[0]["channel"], "endpoint:nurse");
    assert!(plan(Some(299)).is_none(), "it was not raised yet");

    let scope = SilenceScope {
        patient: Some(patient("a")),
        ..SilenceScope::default()
    };
    let silence = Command::CreateSilence {
        scope,
        from: clinical(1_000_000),
        until: clinical(2_000_000),
        reason: "scan".to_owned(),
    };
    live.one(order(400_000, silence))
        .expect("answered")
        .expect("taken");
    live.one(acknowledge(3_000_000))
        .expect("answered")
        .expect("taken");
    let before = live.reader.counts().expect("reads");
    let silenced = plan(Some(1_500)).expect("known");
    assert_eq!(
        would(&silenced),
        [
            "1500 silenced ",
            "2000 sent endpoint:nurse",
            "2120 sent endpoint:doctor"
        ]
    );
    let answered = plan(Some(3_001)).expect("known");
    assert!(!answered.asks && answered.would.is_empty());
    assert_eq!(
        live.reader.counts().expect("reads"),
        before,
        "it only looked"
    );
    live.stop();
}

#[test]
fn a_plan_of_a_snoozed_alert_says_when_it_speaks_again() {
    let how = how(CHAIN);
    let bench = Bench::new();
    bench.run(&how, &[setting(), vec![fever(5)]].concat());
    let live = bench.start(&how);
    let alert = AlertId::new("alr_0badcafe_0_1").expect("valid");
    let snooze = Command::Snooze {
        alert: alert.clone(),
        until: clinical(900_000),
        reason: None,
    };
    live.one(order(302_000, snooze))
        .expect("answered")
        .expect("taken");
    let at = Some(clinical(400_000));
    let plan = crate::engine::route_plan(&live.reader, &how.routing, &alert, at);
    let plan = plan.expect("reads").expect("known");
    assert!(!plan.asks);
    assert_eq!(
        plan.snoozed_until.as_deref(),
        Some("2026-11-22T00:15:00.000Z")
    );
    assert_eq!(
        would(&plan),
        ["900 sent endpoint:nurse", "1020 sent endpoint:doctor"]
    );
    live.say(&seconds(401, 1_030), 0);
    live.quiet();
    assert_eq!(
        deliveries(&live)[..],
        [
            "300 nurse alert.raised superseded",
            "900 nurse alert.snooze_ended waiting",
            "905 desk alert.snooze_ended waiting",
            "910 doctor alert.snooze_ended waiting",
        ]
    );
    live.stop();
}

const QUIET: &str = r#"
    [[routes]]
    name = "never"
    chain = "ward"
"#;

#[test]
fn what_is_in_force_names_endpoints_that_nobody_registered() {
    let bench = Bench::new();
    let mut said = setting();
    said.retain(|one| !matches!(&one.what, super::bench::What::Order(Command::PutEndpoint { label, .. }) if label == "desk"));
    bench.run(&how(CHAIN), &said);
    let live = bench.start(&how(CHAIN));
    let table = &how(CHAIN).routing;
    let shown = crate::engine::routing_in_force(&live.reader, table).expect("reads");
    assert_eq!(shown["endpoints_missing"], serde_json::json!(["desk"]));
    assert_eq!(shown["version"], table.version());
    live.stop();
}

#[test]
fn a_plan_also_says_who_would_be_told_if_every_attempt_failed() {
    let bench = Bench::new();
    let how = how(CHAIN);
    bench.run(&how, &[setting(), vec![fever(5)]].concat());
    let live = bench.start(&how);
    let alert = AlertId::new("alr_0badcafe_0_1").expect("valid");
    let plan = crate::engine::route_plan(&live.reader, &how.routing, &alert, None);
    let mut plan = plan.expect("reads").expect("known");
    plan.would = plan.would_if_all_fail.clone();
    assert_eq!(
        would(&plan),
        [
            "300 sent endpoint:nurse",
            "300 sent endpoint:desk",
            "300 sent endpoint:doctor",
            "300 nobody ",
        ],
        "nobody else asks"
    );
    live.stop();
}
