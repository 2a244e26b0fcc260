//! What time does to a channel: a clock that is set back, and hours without a pause.

use super::world::{Facts, World, status, with_header};
use crate::domain::{Priority, WallTime};
use crate::engine::ChannelChange;
use std::time::Duration;

const HOURS: Duration = Duration::from_secs(6 * 3_600);

fn told_of_the_clock(facts: &Facts) -> usize {
    let changes = facts.changes.iter();
    let set_back = changes.filter(|(_, change)| *change == ChannelChange::ClockSetBack);
    set_back.count()
}

#[tokio::test]
async fn a_clock_that_is_set_back_keeps_nothing_waiting_for_the_moments_of_the_old_one() {
    let asks_for_time = |_: &_, before| match before {
        0 => with_header(429, "retry-after", "900"),
        _ => status(200),
    };
    let mut world = World::new(Box::new(asks_for_time)).await;
    world.register("board");
    let (health, _) = world.start(world.settings());
    world.deliver("board", "dlv_1");
    let refused = |facts: &Facts| facts.reports.len() == 1;
    world.shared.until("the refusal", refused).await;
    world.clock.set_wall_back(HOURS);
    world.deliver_as("board", "dlv_2", Some(2), Priority::High);
    let noticed = |facts: &Facts| told_of_the_clock(facts) == 1;
    world.shared.until("the engine is told", noticed).await;
    world.wake();
    let both = |facts: &Facts| {
        ["dlv_1", "dlv_2"]
            .iter()
            .all(|id| facts.state(id) == "delivered")
    };
    world.shared.until("both", both).await;
    assert_eq!(
        world.shared.with(|facts| told_of_the_clock(facts)),
        1,
        "once"
    );
    assert_eq!(health.snapshot()[0].held_until, None);
}

#[tokio::test]
async fn a_circuit_opened_by_the_old_clock_does_not_outlast_it() {
    let mut world = World::new(Box::new(|_, before| {
        status(if before < 5 { 500 } else { 200 })
    }))
    .await;
    world.register("board");
    world.start(world.settings());
    for number in 0..5 {
        world.deliver_as(
            "board",
            &format!("dlv_{number}"),
            Some(number),
            Priority::Low,
        );
    }
    let opened = |facts: &Facts| facts.reports.len() == 5;
    world.shared.until("five failures", opened).await;
    world.clock.set_wall_back(HOURS);
    world.wake();
    let noticed = |facts: &Facts| told_of_the_clock(facts) == 1;
    world.shared.until("the engine is told", noticed).await;
    world.wake();
    let all = |facts: &Facts| (0..5).all(|n| facts.state(&format!("dlv_{n}")) == "delivered");
    world.shared.until("all of them", all).await;
}

#[tokio::test]
async fn a_clock_that_was_set_back_while_the_service_was_down_is_noticed_at_the_start() {
    let mut world = World::new(Box::new(|_, _| status(200))).await;
    world.register("board");
    world.deliver("board", "dlv_1");
    let ahead = |hours: u32| {
        let ms = i64::try_from((HOURS * hours).as_millis()).unwrap();
        WallTime::from_epoch_ms(world.clock.wall().epoch_ms() + ms)
    };
    let (tried, due) = (ahead(1), ahead(2));
    world.shared.with(|facts| {
        facts.deliveries[0].attempts = 3;
        facts.deliveries[0].last_attempt_at = Some(tried);
        facts.deliveries[0].next_attempt = due;
    });
    world.start(world.settings());
    let noticed = |facts: &Facts| told_of_the_clock(facts) == 1;
    world.shared.until("the engine is told", noticed).await;
    world.wake();
    let delivered = |facts: &Facts| facts.state("dlv_1") == "delivered";
    world.shared.until("it", delivered).await;
}

#[tokio::test]
async fn an_endpoint_that_fails_for_too_long_is_told_of_however_often_others_wake_its_lane() {
    let asks_for_time = |_: &_, _| with_header(429, "retry-after", "900");
    let mut world = World::new(Box::new(asks_for_time)).await;
    world.register("board");
    world.start(world.settings());
    world.deliver("board", "dlv_1");
    let refused = |facts: &Facts| facts.reports.len() == 1;
    world.shared.until("the refusal", refused).await;
    world.pass(Duration::from_secs(121));
    let never_idle = async {
        loop {
            world.wake();
            tokio::task::yield_now().await;
        }
    };
    let told = |facts: &Facts| matches!(facts.changes[..], [(_, ChannelChange::Failing { .. })]);
    tokio::select! {
        () = never_idle => {}
        () = world.shared.until("the engine is told", told) => {}
    }
}
