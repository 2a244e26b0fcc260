//! Two connections with one client id.

use super::client::{Client, PING, VITALS, hello, publish};
use super::double::{Harness, Seen};

#[tokio::test]
async fn a_newer_connection_ends_the_older_one() {
    let harness = Harness::start().await;
    for (older, newer) in [(4, 4), (5, 5), (4, 5), (5, 4)] {
        let (mut first, _) = Client::enter(harness.address, &hello(older, "w1")).await;
        let (mut second, _) = Client::enter(harness.address, &hello(newer, "w1")).await;
        first.expect_end(0x8e).await;
        second.send(&PING).await;
        second.expect(0xd0, &[]).await;
        second.send(&super::client::DISCONNECT).await;
        assert_eq!(second.answer().await, None);
    }
    assert_eq!(harness.count("takeovers", ""), 4);
}

#[tokio::test]
async fn other_client_ids_of_a_device_are_left_alone() {
    let harness = Harness::start().await;
    let (mut first, _) = Client::enter(harness.address, &hello(5, "w1")).await;
    let mut app = hello(5, "w1");
    app.id = "w1/app";
    Client::enter(harness.address, &app).await;
    first.send(&PING).await;
    first.expect(0xd0, &[]).await;
}

#[tokio::test]
async fn a_taken_over_session_keeps_its_open_exchanges() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        let durable = hello(version, "w1").durable();
        let (mut first, _) = Client::enter(harness.address, &durable).await;
        first
            .send(&publish(version, 2, u16::from(version), VITALS, "{}"))
            .await;
        first.expect(0x50, &[0, version]).await;
        let (mut second, present) = Client::enter(harness.address, &durable).await;
        assert!(present);
        second
            .send(&publish(version, 2, u16::from(version), VITALS, "{}"))
            .await;
        second.expect(0x50, &[0, version]).await;
    }
    let seen = harness.disk.seen();
    assert_eq!(
        seen.iter()
            .filter(|s| matches!(s, Seen::Vitals { .. }))
            .count(),
        2
    );
}

#[tokio::test]
async fn settlements_of_the_older_connection_never_reach_the_newer_one() {
    let harness = Harness::start().await;
    let durable = hello(4, "w1").durable();
    let (mut first, _) = Client::enter(harness.address, &durable).await;
    harness.hold(true);
    first.send(&publish(4, 1, 7, VITALS, "{}")).await;
    first.send(&PING).await;
    first.expect(0xd0, &[]).await;
    let mut second = Client::open(harness.address, 4).await;
    second.send(&durable.bytes()).await;
    first.expect_end(0).await;
    harness.hold(false);
    second.expect(0x20, &[1, 0]).await;
    second.send(&PING).await;
    second.expect(0xd0, &[]).await;
}

#[tokio::test]
async fn many_connections_at_once_leave_one() {
    let harness = Harness::start().await;
    let mut tasks = Vec::new();
    for _ in 0..20 {
        let address = harness.address;
        tasks.push(tokio::spawn(async move {
            let (mut client, answer) = Client::greet(address, &hello(5, "w1").durable()).await;
            if answer.is_some() {
                // Stays until it is told to end; the last one never is.
                let wait = std::time::Duration::from_secs(2);
                return tokio::time::timeout(wait, client.answer()).await.is_err();
            }
            false
        }));
    }
    let mut left = 0;
    for task in tasks {
        left += usize::from(task.await.unwrap());
    }
    assert_eq!(left, 1);
}
