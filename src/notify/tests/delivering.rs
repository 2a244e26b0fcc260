//! What arrives, and how often.

use super::world::{Facts, Got, SECRET, World, status};
use crate::domain::DeliveryVerdict;
use crate::engine::Outcome;
use crate::notify::Settings;
use axum::body::Body;
use axum::response::Response;
use futures::stream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[tokio::test]
async fn a_delivery_arrives_signed_as_stored_and_is_reported() {
    let mut world = World::new(Box::new(|_, _| status(204))).await;
    world.register("board");
    let (health, _) = world.start(world.settings());
    world.deliver("board", "dlv_1");
    world
        .shared
        .until("delivered", |facts| facts.state("dlv_1") == "delivered")
        .await;
    let now = world.clock.wall();
    world.shared.with(|facts| {
        let got = &facts.got[0];
        assert!(got.is_signed_by(SECRET, now));
        assert_eq!(got.id, "dlv_1");
        assert_eq!(got.content_type, "application/json");
        assert_eq!(got.body, br#"{"type":"alert.raised","id":"dlv_1"}"#);
        let report = &facts.reports[0];
        assert_eq!(report.status, Some(204));
        assert_eq!(report.verdict, DeliveryVerdict::Delivered);
        assert_eq!(facts.got.len(), 1);
    });
    assert_eq!(health.snapshot()[0].last_success, Some(now));
}

#[tokio::test]
async fn a_rotated_secret_signs_beside_the_old_one_from_the_next_delivery_on() {
    let new = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
    let mut world = World::new(Box::new(|_, _| status(200))).await;
    world.register("board");
    world.start(world.settings());
    world.deliver("board", "dlv_1");
    world
        .shared
        .until("the first", |facts| facts.state("dlv_1") == "delivered")
        .await;
    world.shared.with(|facts| {
        facts.endpoints[0].secrets.insert(0, new.to_owned());
    });
    let _ = world.engine.outcomes.send(Outcome::Endpoints);
    world.deliver("board", "dlv_2");
    world
        .shared
        .until("the next", |facts| facts.state("dlv_2") == "delivered")
        .await;
    world.shared.with(|facts| {
        let (first, next) = (&facts.got[0], &facts.got[1]);
        let now = world.clock.wall();
        assert!(first.is_signed_by(SECRET, now) && !first.is_signed_by(new, now));
        assert!(next.is_signed_by(SECRET, now) && next.is_signed_by(new, now));
    });
}

#[tokio::test]
async fn deliveries_to_one_endpoint_share_a_connection() {
    let mut world = World::new(Box::new(|_, _| status(200))).await;
    world.register("board");
    world.start(world.settings());
    for turn in 0..5 {
        let id = format!("dlv_{turn}");
        world.deliver("board", &id);
        let done = |facts: &Facts| facts.state(&id) == "delivered";
        world.shared.until("delivered", done).await;
    }
    world.shared.with(|facts| {
        let first = facts.got[0].peer;
        assert!(facts.got.iter().all(|got| got.peer == first));
    });
}

#[tokio::test]
async fn a_delivery_is_not_sent_twice_while_its_report_is_being_committed() {
    let mut world = World::new(Box::new(|_, _| status(200))).await;
    world.register("board");
    world.shared.with(|facts| facts.stuck = true);
    world.start(world.settings());
    for turn in 0..6 {
        world.deliver("board", &format!("dlv_{turn}"));
    }
    world
        .shared
        .until("six reports", |facts| facts.pending() == 6)
        .await;
    world.deliver("board", "dlv_6");
    world
        .shared
        .until("the seventh", |facts| facts.pending() == 7)
        .await;
    world.unstick();
    world.deliver("board", "dlv_7");
    world
        .shared
        .until("the eighth", |facts| facts.state("dlv_7") == "delivered")
        .await;
    world.shared.with(|facts| {
        let mut ids: Vec<_> = facts.got.iter().map(|got| got.id.clone()).collect();
        ids.sort();
        let expected: Vec<_> = (0..8).map(|turn| format!("dlv_{turn}")).collect();
        assert_eq!(ids, expected);
    });
}

#[tokio::test]
async fn a_delivery_is_not_sent_twice_when_its_commit_takes_hours_or_the_clock_jumps() {
    let mut world = World::new(Box::new(|_, _| status(200))).await;
    world.register("board");
    // One at a time and in the order they became due: a repeat of the first
    // would go before the others.
    let settings = Settings {
        in_flight_max: 1,
        ..world.settings()
    };
    world.shared.with(|facts| facts.stuck = true);
    world.start(settings);
    for turn in 1..4 {
        world.deliver("board", &format!("dlv_{turn}"));
        world
            .shared
            .until("its report", |facts| facts.pending() >= turn)
            .await;
        world.pass(Duration::from_secs(3_600));
    }
    world.unstick();
    world.deliver("board", "dlv_4");
    world
        .shared
        .until("the last", |facts| facts.state("dlv_4") == "delivered")
        .await;
    world.shared.with(|facts| {
        let ids: Vec<_> = facts.got.iter().map(|got| got.id.as_str()).collect();
        assert_eq!(ids, ["dlv_1", "dlv_2", "dlv_3", "dlv_4"]);
    });
}

#[tokio::test]
async fn a_delivery_is_not_sent_twice_for_a_page_that_was_read_before_its_commit() {
    let mut world = World::new(Box::new(|_, _| status(200))).await;
    world.register("board");
    let settings = Settings {
        in_flight_max: 1,
        ..world.settings()
    };
    let (health, _) = world.start(settings);
    let gate = Arc::clone(&world.gate);
    let engine = gate.lock().await;
    world.deliver("board", "dlv_1");
    let ended = async {
        let ended = || health.snapshot().first().and_then(|c| c.last_success);
        while ended().is_none() {
            tokio::task::yield_now().await;
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(20), ended).await;
    assert!(ended.is_ok(), "the first attempt ended");
    let read_gate = Arc::clone(&world.shared.read_gate);
    let read = read_gate.lock().await;
    let before = world.shared.with(|facts| facts.reads);
    world.deliver("board", "dlv_2");
    world
        .shared
        .until("an old page", |facts| facts.reads > before)
        .await;
    drop(engine);
    world
        .shared
        .until("the commit", |facts| facts.state("dlv_1") == "delivered")
        .await;
    drop(read);
    world
        .shared
        .until("the second", |facts| facts.state("dlv_2") == "delivered")
        .await;
    world.shared.with(|facts| {
        let ids: Vec<_> = facts.got.iter().map(|got| got.id.as_str()).collect();
        assert_eq!(ids, ["dlv_1", "dlv_2"]);
    });
}

#[tokio::test]
async fn a_report_waits_for_its_place_in_a_full_inbox() {
    let mut world = World::new(Box::new(|_, _| status(200))).await;
    world.register("board");
    let settings = Settings {
        in_flight_max: 64,
        ..world.settings()
    };
    let gate = Arc::clone(&world.gate);
    let held = gate.lock().await;
    world.start(settings);
    for turn in 0..30 {
        world.deliver("board", &format!("dlv_{turn}"));
    }
    world
        .shared
        .until("all sent", |facts| facts.got.len() == 30)
        .await;
    let full = async {
        while world.engine.inbox.capacity() > 0 {
            tokio::task::yield_now().await;
        }
    };
    let filled = tokio::time::timeout(Duration::from_secs(20), full).await;
    assert!(filled.is_ok(), "the inbox is full");
    drop(held);
    world
        .shared
        .until("all reported", |facts| facts.reports.len() == 30)
        .await;
    assert_eq!(world.shared.with(|facts| facts.got.len()), 30);
}

#[tokio::test]
async fn after_a_restart_an_unreported_delivery_is_sent_again_under_its_id() {
    let mut world = World::new(Box::new(|_, _| status(200))).await;
    world.register("board");
    world.shared.with(|facts| facts.stuck = true);
    let (_, killed) = world.start(world.settings());
    world.deliver("board", "dlv_1");
    world
        .shared
        .until("the first", |facts| facts.pending() == 1)
        .await;
    killed.cancel();
    world.start(world.settings());
    world
        .shared
        .until("the repeat", |facts| facts.got.len() == 2)
        .await;
    world.shared.with(|facts| {
        assert_eq!(facts.got[0].id, facts.got[1].id);
        assert_eq!(facts.got[0].body, facts.got[1].body);
    });
}

#[tokio::test]
async fn a_report_that_is_lost_with_the_engine_is_left_to_the_next_start() {
    let mut world = World::new(Box::new(|_, _| status(200))).await;
    world.register("board");
    world.register("other");
    world.shared.with(|facts| facts.stuck = true);
    world.start(world.settings());
    world.deliver("board", "dlv_1");
    world
        .shared
        .until("the first", |facts| facts.pending() == 1)
        .await;
    world.shared.with(Facts::lose_pending);
    for turn in 1..6 {
        world.deliver("other", &format!("other_{turn}"));
        let sent = |facts: &Facts| facts.pending() >= turn;
        world.shared.until("the other's", sent).await;
    }
    let to_board = |facts: &mut Facts| facts.got.iter().filter(|g| g.path == "board").count();
    assert_eq!(world.shared.with(to_board), 1);
}

#[tokio::test]
async fn a_slow_endpoint_delays_nobody_else() {
    let never = |got: &Got, _| match got.path.as_str() {
        "slow" => None,
        _ => status(200),
    };
    let mut world = World::new(Box::new(never)).await;
    world.register("slow");
    world.register("board");
    world.start(world.settings());
    for turn in 0..20 {
        world.deliver("slow", &format!("slow_{turn}"));
        world.deliver("board", &format!("board_{turn}"));
    }
    let all_delivered =
        |facts: &Facts| (0..20).all(|turn| facts.state(&format!("board_{turn}")) == "delivered");
    world
        .shared
        .until("all of the board's", all_delivered)
        .await;
    world
        .shared
        .until("the window", |facts| {
            facts.got.iter().filter(|got| got.path == "slow").count() == 4
        })
        .await;
    world.shared.with(|facts| {
        assert!(
            facts
                .reports
                .iter()
                .all(|r| r.delivery.as_str().starts_with("board"))
        );
    });
}

#[tokio::test]
async fn a_huge_or_endless_answer_counts_by_its_status_and_is_not_read() {
    let chunks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&chunks);
    let answer = move |_: &Got, before| {
        let counted = Arc::clone(&counted);
        let chunk = move || {
            counted.fetch_add(1, Ordering::SeqCst);
            Ok::<_, std::io::Error>(vec![b'x'; 1 << 16])
        };
        let body = if before == 0 {
            Body::from_stream(stream::repeat_with(chunk))
        } else {
            Body::from(vec![b'x'; 10 << 20])
        };
        Some(Response::new(body))
    };
    let mut world = World::new(Box::new(answer)).await;
    world.register("board");
    world.start(world.settings());
    for id in ["dlv_1", "dlv_2", "dlv_3"] {
        world.deliver("board", id);
        let done = |facts: &Facts| facts.state(id) == "delivered";
        world.shared.until("delivered", done).await;
    }
    // What lies in the sockets' buffers, not a second's worth of the stream.
    let sent = chunks.load(Ordering::SeqCst);
    assert!(sent < 256, "{sent} chunks of 64 KiB");
}

#[tokio::test]
async fn an_endpoint_that_is_switched_off_gets_nothing_until_it_is_on_again() {
    let mut world = World::new(Box::new(|_, _| status(200))).await;
    world.register("board");
    world.register("other");
    world.shared.with(|facts| {
        facts.endpoints[0].disabled = Some("maintenance".to_owned());
    });
    world.start(world.settings());
    world.deliver("board", "dlv_1");
    world.deliver("other", "dlv_2");
    world
        .shared
        .until("the other's", |facts| facts.state("dlv_2") == "delivered")
        .await;
    assert_eq!(world.shared.with(|facts| facts.got.len()), 1);
    world
        .shared
        .with(|facts| facts.endpoints[0].disabled = None);
    world.pass(Duration::from_secs(1));
    world
        .shared
        .until("the board's", |facts| facts.state("dlv_1") == "delivered")
        .await;
}
