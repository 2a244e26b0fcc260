//! Receivers that are down, slow or overwhelmed, under a clock of the test's own.

use super::world::{Facts, Got, START_MS, World, status, with_header};
use crate::domain::Priority;
use crate::engine::ChannelChange;
use crate::store::DeliveryView;
use axum::response::Response;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const PATIENTS: u32 = 5;

/// No answer: the connection is dropped once the request was read. Unwinding
/// the receiver's task is what makes it let go.
fn dropped() -> Option<Response> {
    std::panic::resume_unwind(Box::new("dropped"))
}

/// The ways in which it fails, one after the other.
fn failure(turn: usize) -> Option<Response> {
    match turn % 5 {
        0 => status(500),
        1 => with_header(429, "retry-after", "20"),
        2 => with_header(301, "location", "/elsewhere"),
        3 => dropped(),
        _ => status(503),
    }
}

/// Lets time pass in steps until `done`; what is sent meanwhile is committed.
async fn pass_until(world: &World, step: Duration, most: usize, done: impl Fn(&Facts) -> bool) {
    for _ in 0..most {
        if world.shared.with(|facts| done(facts)) {
            return;
        }
        world.pass(step);
        settle(world).await;
    }
    panic!("it takes longer than {most} steps");
}

/// Waits until the notifier has looked again and nothing is under way.
async fn settle(world: &World) {
    let reads = world.shared.with(|facts| facts.reads);
    world.wake();
    let looked = move |facts: &Facts| facts.reads > reads && facts.got.len() == facts.reports.len();
    world.shared.until("a look", looked).await;
}

fn number_of(id: &str) -> usize {
    id.rsplit('_').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_receiver_that_is_down_for_an_hour_gets_everything_once_in_each_patients_order() {
    let down = Arc::new(AtomicBool::new(true));
    let is_down = Arc::clone(&down);
    let answer = move |got: &Got, before| match got.path.as_str() {
        "board" if is_down.load(Ordering::SeqCst) => failure(before),
        _ => status(200),
    };
    let mut world = World::new(Box::new(answer)).await;
    world.register("board");
    world.register("other");
    world.start(world.settings());
    // An event of each patient every four minutes for an hour.
    let mut sent = 0;
    for minute in 0..60 {
        if minute % 4 == 0 {
            for patient in 0..PATIENTS {
                let urgency = if patient == 0 {
                    Priority::High
                } else {
                    Priority::Low
                };
                for to in ["board", "other"] {
                    world.deliver_as(to, &format!("{to}_{sent}"), Some(patient), urgency);
                }
                sent += 1;
            }
            let others = move |facts: &Facts| {
                (0..sent).all(|n| facts.state(&format!("other_{n}")) == "delivered")
            };
            world.shared.until("the other's, at once", others).await;
        }
        world.pass(Duration::from_secs(60));
        settle(&world).await;
    }
    let (attempts, told) = world.shared.with(|facts| {
        let to_board = facts.got.iter().filter(|got| got.path == "board");
        (to_board.count(), facts.changes.clone())
    });
    assert_eq!(told.len(), 1, "told once: {told:?}");
    assert!(
        matches!(told[0].1, ChannelChange::Failing { .. }),
        "{told:?}"
    );
    assert!(
        (20..600).contains(&attempts),
        "{attempts} attempts in an hour"
    );

    down.store(false, Ordering::SeqCst);
    let all =
        move |facts: &Facts| (0..sent).all(|n| facts.state(&format!("board_{n}")) == "delivered");
    pass_until(&world, Duration::from_secs(5), 40, all).await;
    world.shared.with(|facts| {
        assert_eq!(facts.changes.len(), 2);
        assert_eq!(facts.changes[1].1, ChannelChange::Recovered);
        check_taken_once_in_order(facts, sent);
        check_nothing_overtook(facts);
        check_ways_to_fail(facts);
        check_other_was_not_delayed(facts);
    });
}

fn check_taken_once_in_order(facts: &Facts, sent: usize) {
    let taken: Vec<_> = facts
        .reports
        .iter()
        .filter(|report| report.status == Some(200))
        .map(|report| report.delivery.as_str().to_owned())
        .filter(|id| id.starts_with("board"))
        .collect();
    let distinct: BTreeSet<_> = taken.iter().collect();
    assert_eq!((taken.len(), distinct.len()), (sent, sent), "each once");
    for patient in 0..PATIENTS as usize {
        let of: Vec<_> = taken
            .iter()
            .map(|id| number_of(id))
            .filter(|n| n % PATIENTS as usize == patient)
            .collect();
        assert!(of.is_sorted(), "patient {patient}: {of:?}");
    }
}

/// No later event of a patient was even tried before the earlier was taken:
/// the earlier is never tried again after it.
fn check_nothing_overtook(facts: &Facts) {
    let to_board: Vec<_> = facts.got.iter().filter(|got| got.path == "board").collect();
    for (at, got) in to_board.iter().enumerate() {
        let Some(earlier) = number_of(&got.id).checked_sub(PATIENTS as usize) else {
            continue;
        };
        let id = format!("board_{earlier}");
        let (before, after) = to_board.split_at(at);
        assert!(before.iter().any(|got| got.id == id), "{} first", got.id);
        assert!(after.iter().all(|got| got.id != id), "{} too soon", got.id);
    }
}

fn check_ways_to_fail(facts: &Facts) {
    let followed = facts.got.iter().any(|got| got.path == "elsewhere");
    assert!(!followed, "no redirect is followed");
    let errors: BTreeSet<_> = facts.reports.iter().filter_map(|r| r.error).collect();
    let all_ways = [
        "http_status",
        "redirect_refused",
        "request_failed",
        "slow_down",
    ];
    assert_eq!(errors, BTreeSet::from(all_ways));
}

/// The other endpoint was told of each at the moment it was written: its slowest
/// delivery took no longer than without the outage.
fn check_other_was_not_delayed(facts: &Facts) {
    let delays = facts.reports.iter().filter_map(|report| {
        let of = |d: &&DeliveryView| d.id == report.delivery.as_str();
        let delivery = facts.deliveries.iter().find(of)?;
        let to_other = delivery.endpoint == "other";
        to_other.then(|| report.at.ms_since(delivery.received))
    });
    assert_eq!(delays.collect::<BTreeSet<_>>(), BTreeSet::from([0]));
}

#[tokio::test]
async fn a_delivery_that_is_refused_alone_steps_aside_and_its_patient_goes_on() {
    let poison = |got: &Got, _| status(if got.id == "dlv_0" { 400 } else { 200 });
    let mut world = World::new(Box::new(poison)).await;
    world.register("board");
    world.start(world.settings());
    world.deliver_as("board", "dlv_0", Some(1), Priority::High);
    world.deliver_as("board", "dlv_1", Some(1), Priority::High);
    let behind = |facts: &Facts| facts.state("dlv_1") == "delivered";
    for other in 2..32 {
        if world.shared.with(|facts| behind(facts)) {
            break;
        }
        world.deliver_as("board", &format!("dlv_{other}"), Some(other), Priority::Low);
        world.pass(Duration::from_secs(15));
        settle(&world).await;
    }
    world.shared.with(|facts| {
        assert!(behind(facts), "the next of the patient was sent");
        assert!(facts.aside.contains("dlv_0"));
        assert_eq!(
            facts.state("dlv_0"),
            "waiting",
            "and the first is still tried"
        );
        let tries = facts.got.iter().filter(|got| got.id == "dlv_0").count();
        assert!((6..=9).contains(&tries), "{tries}");
    });
}

#[tokio::test]
async fn a_dead_endpoint_is_probed_by_one_and_what_is_new_and_urgent_is_tried_at_once() {
    let mut world = World::new(Box::new(|_, _| status(500))).await;
    world.register("board");
    world.start(world.settings());
    for number in 0..40 {
        world.deliver_as(
            "board",
            &format!("dlv_{number}"),
            Some(number),
            Priority::Low,
        );
    }
    // The first window, then one by one until the circuit opens: no time passes,
    // so nothing is tried after that.
    let opened = |facts: &Facts| facts.reports.len() == 5;
    world.shared.until("five attempts", opened).await;
    world.deliver_as("board", "dlv_low", Some(90), Priority::Low);
    world.deliver_as("board", "dlv_urgent", Some(91), Priority::High);
    let urgent = |facts: &Facts| facts.got.iter().any(|got| got.id == "dlv_urgent");
    world.shared.until("the urgent one", urgent).await;
    settle(&world).await;
    settle(&world).await;
    assert_eq!(
        world.shared.with(|facts| facts.got.len()),
        6,
        "nothing else"
    );
    world.pass(Duration::from_secs(16));
    let probed = |facts: &Facts| facts.reports.len() == 7;
    world.shared.until("one probe", probed).await;
    settle(&world).await;
    world.shared.with(|facts| {
        assert_eq!(facts.got.len(), 7, "one probe at a time");
        let attempts = facts.deliveries.iter().map(|d| d.attempts);
        assert!(
            attempts.max().unwrap() <= 3,
            "nobody's attempts are used up"
        );
    });
}

#[tokio::test]
async fn after_a_restart_a_channel_that_was_failing_is_told_of_when_it_works() {
    let mut world = World::new(Box::new(|_, _| status(200))).await;
    world.register("board");
    world.shared.with(|facts| {
        facts.endpoints[0].trouble = Some(crate::domain::ChannelTrouble {
            since: crate::domain::WallTime::from_epoch_ms(START_MS - 3_600_000),
            error: "timeout".to_owned(),
            told: None,
        });
    });
    let (health, _) = world.start(world.settings());
    world.deliver("board", "dlv_1");
    world
        .shared
        .until("told", |facts| facts.changes.len() == 1)
        .await;
    world.shared.with(|facts| {
        assert_eq!(facts.changes[0].1, ChannelChange::Recovered);
    });
    assert!(!health.snapshot()[0].failing);
}

#[tokio::test]
async fn what_is_under_way_is_not_overtaken_when_an_answer_supersedes_it() {
    let mut world = World::new(Box::new(|_, _| status(200))).await;
    world.register("board");
    world.start(world.settings());
    world.shared.with(|facts| facts.stuck = true);
    world.deliver_as("board", "dlv_1", Some(1), Priority::High);
    let under_way = |facts: &Facts| facts.pending() == 1;
    world.shared.until("the first", under_way).await;
    world.shared.with(|facts| {
        facts.deliveries[0].state = "superseded".to_owned();
    });
    world.deliver_as("board", "dlv_2", Some(1), Priority::High);
    world.deliver_as("board", "dlv_3", Some(2), Priority::Low);
    let other = |facts: &Facts| facts.got.iter().any(|got| got.id == "dlv_3");
    world.shared.until("the other patient's", other).await;
    let ids = |facts: &mut Facts| {
        facts
            .got
            .iter()
            .map(|got| got.id.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(world.shared.with(ids), ["dlv_1", "dlv_3"]);
    world.unstick();
    let next = |facts: &Facts| facts.state("dlv_2") == "delivered";
    world.shared.until("the next", next).await;
}
