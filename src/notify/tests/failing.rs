//! What happens when the receiver does not take a delivery.

use super::world::{Facts, Got, START_MS, World, status, with_header};
use crate::domain::{DeliveryVerdict, EndpointId, WallTime};
use crate::notify::{ChannelEvent, Settings};
use std::time::Duration;

fn after(ms: i64) -> WallTime {
    WallTime::from_epoch_ms(START_MS + ms)
}

fn delivered(id: &'static str) -> impl Fn(&Facts) -> bool {
    move |facts| facts.state(id) == "delivered"
}

fn reports(count: usize) -> impl Fn(&Facts) -> bool {
    move |facts| facts.reports.len() == count
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_under_its_id_with_the_time_of_the_attempt() {
    let flaky = |_: &Got, before| status(if before == 0 { 500 } else { 200 });
    let mut world = World::new(Box::new(flaky)).await;
    world.register("board");
    world.start(world.settings());
    world.deliver("board", "dlv_1");
    world.shared.until("the first", reports(1)).await;
    world.shared.with(|facts| {
        let report = &facts.reports[0];
        assert_eq!(
            (report.status, report.error),
            (Some(500), Some("http_status"))
        );
        let DeliveryVerdict::RetryAt(at) = report.verdict else {
            panic!("{report:?}");
        };
        assert!((after(800)..=after(1_200)).contains(&at), "{at:?}");
    });
    world.pass(Duration::from_secs(2));
    world.shared.until("the second", delivered("dlv_1")).await;
    world.shared.with(|facts| {
        let (first, second) = (&facts.got[0], &facts.got[1]);
        assert_eq!(first.id, second.id);
        assert_eq!(first.timestamp, (START_MS / 1000).to_string());
        assert_eq!(second.timestamp, (START_MS / 1000 + 2).to_string());
        assert!(second.is_signed_by(super::world::SECRET, after(2_000)));
    });
}

#[tokio::test]
async fn an_endpoint_that_asks_for_time_is_left_alone_until_then() {
    let busy = |_: &Got, before| match before {
        0 => with_header(429, "retry-after", "30"),
        _ => status(200),
    };
    let mut world = World::new(Box::new(busy)).await;
    world.register("board");
    world.register("other");
    let (health, _) = world.start(world.settings());
    world.deliver("board", "dlv_1");
    world.shared.until("the refusal", reports(1)).await;
    let verdict = world.shared.with(|facts| facts.reports[0].verdict);
    assert_eq!(verdict, DeliveryVerdict::RetryAt(after(30_000)));
    let held = health
        .snapshot()
        .into_iter()
        .find(|c| c.held_until.is_some());
    assert_eq!(held.unwrap().held_until, Some(after(30_000)));
    world.deliver("board", "dlv_2");
    world.pass(Duration::from_secs(29));
    world.deliver("other", "dlv_3");
    world
        .shared
        .until("the other's", |f| f.got.iter().any(|g| g.id == "dlv_3"))
        .await;
    assert!(!world.shared.with(|f| f.got.iter().any(|g| g.id == "dlv_2")));
    world.pass(Duration::from_secs(2));
    world.shared.until("the first", delivered("dlv_1")).await;
    world.shared.until("the second", delivered("dlv_2")).await;
}

#[tokio::test]
async fn an_endpoint_that_is_gone_gets_no_more() {
    let gone_board = |got: &Got, _| status(if got.path == "board" { 410 } else { 200 });
    let mut world = World::new(Box::new(gone_board)).await;
    world.register("board");
    world.register("other");
    let settings = Settings {
        in_flight_max: 1,
        ..world.settings()
    };
    let (health, _) = world.start(settings);
    let mut events = health.events();
    world.shared.with(|facts| facts.stuck = true);
    world.deliver("board", "dlv_1");
    world.deliver("board", "dlv_2");
    let gone = ChannelEvent::Gone {
        endpoint: EndpointId::new("board").unwrap(),
    };
    assert_eq!(events.recv().await, Ok(gone));
    // While the engine has not yet switched the endpoint off, others go on.
    for turn in 3..8 {
        world.deliver("other", &format!("dlv_{turn}"));
        let sent = |facts: &Facts| facts.pending() == turn - 1;
        world.shared.until("the other's", sent).await;
    }
    world.unstick();
    world.shared.until("committed", reports(6)).await;
    world.shared.with(|facts| {
        assert_eq!(facts.reports[0].verdict, DeliveryVerdict::EndpointGone);
        let to_board = facts.got.iter().filter(|got| got.path == "board");
        assert_eq!(to_board.count(), 1);
        assert_eq!(facts.state("dlv_2"), "waiting");
    });
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let redirect = |got: &Got, _| match got.path.as_str() {
        "board" => with_header(307, "location", "/elsewhere"),
        _ => status(200),
    };
    let mut world = World::new(Box::new(redirect)).await;
    world.register("board");
    world.start(world.settings());
    world.deliver("board", "dlv_1");
    world.shared.until("the refusal", reports(1)).await;
    world.shared.with(|facts| {
        assert_eq!(facts.reports[0].error, Some("redirect_refused"));
        assert_eq!(facts.reports[0].status, Some(307));
        assert!(facts.got.iter().all(|got| got.path == "board"));
    });
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_a_timeout() {
    let mut world = World::new(Box::new(|_, _| None)).await;
    world.register("board");
    let settings = Settings {
        timeout_seconds: 1,
        ..world.settings()
    };
    world.start(settings);
    world.deliver("board", "dlv_1");
    world.shared.until("the timeout", reports(1)).await;
    world.shared.with(|facts| {
        assert_eq!(facts.reports[0].error, Some("timeout"));
        assert_eq!(facts.reports[0].status, None);
    });
}

#[tokio::test]
async fn a_delivery_is_given_up_when_the_schedule_is_used_up() {
    let mut world = World::new(Box::new(|_, _| status(500))).await;
    world.register("board");
    let settings = Settings {
        schedule_seconds: vec![0, 1, 1],
        ..world.settings()
    };
    world.start(settings);
    world.deliver("board", "dlv_1");
    for attempt in 1..=3 {
        world.shared.until("an attempt", reports(attempt)).await;
        world.pass(Duration::from_secs(2));
    }
    world.shared.with(|facts| {
        assert_eq!(facts.state("dlv_1"), "failed");
        assert_eq!(facts.reports[2].verdict, DeliveryVerdict::GivenUp);
        assert_eq!(facts.got.len(), 3);
    });
}

#[tokio::test]
async fn an_endpoint_that_keeps_failing_is_told_of_and_again_when_it_works() {
    let down_at_first = |_: &Got, before| status(if before < 2 { 500 } else { 200 });
    let mut world = World::new(Box::new(down_at_first)).await;
    world.register("board");
    let (health, _) = world.start(world.settings());
    let mut events = health.events();
    let endpoint = EndpointId::new("board").unwrap();
    world.deliver("board", "dlv_1");
    world.shared.until("the first", reports(1)).await;
    world.pass(Duration::from_secs(130));
    let failing = ChannelEvent::Failing {
        endpoint: endpoint.clone(),
        since: after(0),
        error: "http_status",
    };
    assert_eq!(events.recv().await, Ok(failing));
    world.shared.until("the second", reports(2)).await;
    assert!(health.snapshot()[0].failing);
    world.pass(Duration::from_secs(130));
    assert_eq!(
        events.recv().await,
        Ok(ChannelEvent::Recovered { endpoint })
    );
    world.shared.until("the third", delivered("dlv_1")).await;
}

#[tokio::test]
async fn an_endpoint_with_a_broken_secret_is_sent_nothing_unsigned() {
    let mut world = World::new(Box::new(|_, _| status(200))).await;
    world.register("board");
    world.shared.with(|facts| {
        facts.endpoints[0].secrets = vec!["whsec_c2hvcnQ=".to_owned()];
    });
    world.start(world.settings());
    world.deliver("board", "dlv_1");
    world.shared.until("the refusal", reports(1)).await;
    world.shared.with(|facts| {
        assert_eq!(facts.reports[0].error, Some("secret_invalid"));
        assert_eq!(facts.got.len(), 0);
    });
}
