//! A store that stands still: nothing can be queued, so the channels that hear
//! of the system are told past it.

use crate::flying::{Flying, LATE, ON, RECOVERED, pager};
use crate::full_disk::{SMALL, start_watches, until_acknowledged, until_full};
use crate::receiver::{Got, Receiver};
use crate::service::{START, Service, directory, eventually};
use crate::small_disk::SmallDisk;
use serde_json::Value;
use std::net::TcpListener;
use wardlight::store::database_path;

/// What messages say happened, oldest first.
fn types(told: &[Value]) -> Vec<&str> {
    let types = told.iter().map(|told| told["type"].as_str());
    types.map(Option::unwrap_or_default).collect()
}

/// Identifier, type and state of every message about the system, oldest first.
fn recorded(service: &Service) -> Vec<(String, String, String)> {
    let all = service.running.reader.deliveries(None, None, None, 100);
    let all = all.expect("reads").into_iter().rev();
    let system = all.filter(|told| told.event_type.starts_with("system."));
    system
        .map(|told| (told.id, told.event_type, told.state))
        .collect()
}

/// Each message that was received stands in the list under its identifier, as
/// delivered, and nothing else does.
async fn all_is_recorded(service: &Service, got: &[Got]) {
    let received: Vec<_> = got
        .iter()
        .map(|got| {
            let event = got.json()["type"].as_str().expect("named").to_owned();
            (got.id.clone(), event, "delivered".to_owned())
        })
        .collect();
    let same = async || (recorded(service) == received).then_some(());
    eventually("recorded", same).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_stands_still_is_told_past_it_once_and_told_over_once() {
    let data = directory();
    let flying = Flying::start(data.path()).await;
    flying.came_round().await;
    // For less than the five seconds that the writer waits for its turn.
    let lock = rusqlite::Connection::open(database_path(data.path())).expect("opens");
    lock.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let told = eventually("told", async || {
        flying.advance(1);
        let told = flying.told();
        (!told.is_empty()).then_some(told)
    })
    .await;
    assert_eq!(types(&told), [LATE]);
    assert_eq!(told[0]["data"]["recorded"], false);
    // It stands at the door: our listener lets nobody in without a commit.
    assert_eq!(told[0]["data"]["error"], "not_sent");
    let first = flying.receiver.got().remove(0);
    let now = flying.service.clock.wall();
    first.verify(&flying.secret, now).expect("signed");
    assert_eq!(recorded(&flying.service), []);
    let canary = flying.canary().await;
    assert_eq!(canary["state"], "degraded", "{canary}");

    lock.execute_batch("ROLLBACK").expect("unlocked");
    eventually("told over", async || {
        flying.advance(1);
        (flying.told().len() >= 2).then_some(())
    })
    .await;
    flying.service.settle().await;
    assert_eq!(types(&flying.told()), [LATE, RECOVERED]);
    all_is_recorded(&flying.service, &flying.receiver.got()).await;
    flying.service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_until_it_is_taken_and_is_recorded_when_there_is_room() {
    let Some(disk) = SmallDisk::mount(2) else {
        return;
    };
    let data = disk.path().join("data");
    let small: Vec<_> = SMALL.into_iter().chain([ON]).collect();
    // Nobody listens there yet.
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("bound").port();
    drop(free);
    let service = Flying::service_with(&data, port, START, &small).await;
    service.enter(&["ada"]).await;
    let secret = pager(&service, port).await;
    let watches = start_watches(&service, &["ada"]).await;
    until_full(&service).await;
    let mut flying = Flying {
        service,
        receiver: Receiver::start().await,
        secret,
    };
    // Late, and for a while there is nobody to be told.
    eventually("degraded", async || {
        flying.advance(1);
        (flying.canary().await["state"] == "degraded").then_some(())
    })
    .await;
    for _ in 0..60 {
        flying.advance(1);
        tokio::task::yield_now().await;
    }
    flying.receiver = Receiver::start_at(port).await;
    let told = eventually("told", async || {
        flying.advance(1);
        let told = flying.told();
        (!told.is_empty()).then_some(told)
    })
    .await;
    assert_eq!(types(&told), [LATE]);
    assert_eq!(told[0]["data"]["recorded"], false);
    let first = flying.receiver.got().remove(0);
    let now = flying.service.clock.wall();
    first.verify(&flying.secret, now).expect("signed");
    // Said once, however long it lasts.
    for _ in 0..20 {
        flying.advance(60);
        flying.canary().await;
    }
    assert_eq!(types(&flying.told()), [LATE]);

    disk.grow(64);
    until_acknowledged(&watches).await;
    eventually("told over", async || {
        flying.advance(1);
        (flying.told().len() >= 2).then_some(())
    })
    .await;
    flying.service.settle().await;
    assert_eq!(types(&flying.told()), [LATE, RECOVERED]);
    all_is_recorded(&flying.service, &flying.receiver.got()).await;
    flying.service.stop().await;
}
