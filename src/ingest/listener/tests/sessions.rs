//! Durable sessions, their end, and restarts.

use super::client::{Client, DISCONNECT, VITALS, hello, publish};
use super::double::{Harness, Seen, settings};

#[tokio::test]
async fn a_durable_session_is_present_after_a_reconnect_and_a_kill() {
    for version in [4, 5] {
        let harness = Harness::start().await;
        let durable = hello(version, "w1").durable();
        let (_, present) = Client::enter(harness.address, &durable).await;
        assert!(!present);
        let (client, present) = Client::enter(harness.address, &durable).await;
        assert!(present);
        let harness = harness.kill_and_start_again().await;
        drop(client);
        let (mut client, present) = Client::enter(harness.address, &durable).await;
        assert!(present);
        client.send(&DISCONNECT).await;
        let client = "w1".to_owned();
        harness
            .until(Seen::Closed {
                client,
                expiry_seconds: None,
                keep_will: false,
            })
            .await;
        let (_, present) = Client::enter(harness.address, &durable).await;
        assert!(present);
    }
}

#[tokio::test]
async fn a_clean_start_forgets_the_session() {
    for version in [4, 5] {
        let harness = Harness::start().await;
        let (mut client, _) = Client::enter(harness.address, &hello(version, "w1").durable()).await;
        client.send(&publish(version, 2, 7, VITALS, "{}")).await;
        client.expect(0x50, &[0, 7]).await;
        drop(client);
        let (_, present) = Client::enter(harness.address, &hello(version, "w1")).await;
        assert!(!present);
        let (mut client, present) =
            Client::enter(harness.address, &hello(version, "w1").durable()).await;
        assert!(!present);
        // The id is no longer open: this is another message.
        client.send(&publish(version, 2, 7, VITALS, "{}")).await;
        client.expect(0x50, &[0, 7]).await;
        let seen = harness.disk.seen();
        assert_eq!(
            seen.iter()
                .filter(|s| matches!(s, Seen::Vitals { .. }))
                .count(),
            2
        );
    }
}

#[tokio::test]
async fn a_session_without_an_expiry_ends_with_its_connection() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        let (client, _) = Client::enter(harness.address, &hello(version, "w1")).await;
        drop(client);
        harness.until(Seen::Expired("w1".to_owned())).await;
    }
    let mut kept = hello(5, "w1");
    kept.clean = false;
    let (_, present) = Client::enter(harness.address, &kept).await;
    assert!(!present);
}

#[tokio::test]
async fn a_session_expires_after_its_time() {
    let harness = Harness::start().await;
    let short = hello(5, "w1").kept_for(1);
    let (client, _) = Client::enter(harness.address, &short).await;
    drop(client);
    harness.until(Seen::Expired("w1".to_owned())).await;
    let (_, present) = Client::enter(harness.address, &short).await;
    assert!(!present);
    assert_eq!(harness.count("sessions_expired", ""), 1);
}

#[tokio::test]
async fn a_session_expires_although_the_service_was_killed() {
    let harness = Harness::start().await;
    let (client, _) = Client::enter(harness.address, &hello(5, "w1").kept_for(1)).await;
    let harness = harness.kill_and_start_again().await;
    drop(client);
    harness.until(Seen::Expired("w1".to_owned())).await;
}

#[tokio::test]
async fn a_returning_client_keeps_its_session_from_expiring() {
    let harness = Harness::start().await;
    let short = hello(5, "w1").kept_for(1);
    let (client, _) = Client::enter(harness.address, &short).await;
    drop(client);
    let (_client, present) = Client::enter(harness.address, &short).await;
    assert!(present);
    // Another one falls due later than the first would have.
    let (other, _) = Client::enter(harness.address, &hello(5, "w2").kept_for(1)).await;
    drop(other);
    harness.until(Seen::Expired("w2".to_owned())).await;
    assert!(
        !harness
            .disk
            .seen()
            .contains(&Seen::Expired("w1".to_owned()))
    );
}

#[tokio::test]
async fn disconnect_may_change_the_expiry_but_not_from_zero() {
    let harness = Harness::start().await;
    let (mut client, _) = Client::enter(harness.address, &hello(5, "w1").durable()).await;
    client.send(&[0xe0, 7, 0, 5, 17, 0, 0, 0, 9]).await;
    let name = "w1".to_owned();
    harness
        .until(Seen::Closed {
            client: name,
            expiry_seconds: Some(9),
            keep_will: false,
        })
        .await;
    let (mut client, _) = Client::enter(harness.address, &hello(5, "w1").durable()).await;
    client.send(&[0xe0, 7, 0, 5, 17, 0, 0, 0, 0]).await;
    harness.until(Seen::Expired("w1".to_owned())).await;
    let (mut client, _) = Client::enter(harness.address, &hello(5, "w2")).await;
    client.send(&[0xe0, 7, 0, 5, 17, 0, 0, 0, 9]).await;
    client.expect_end(0x82).await;
    harness.until(Seen::Expired("w2".to_owned())).await;
}

#[tokio::test]
async fn the_longest_expiry_bounds_every_session() {
    let mut short = settings();
    short.session_expiry_seconds_max = 5;
    let harness = Harness::with(short).await;
    for version in [4, 5] {
        Client::enter(harness.address, &hello(version, "w1").kept_for(u32::MAX)).await;
    }
    let seen = harness.disk.seen();
    let expected = |s: &&Seen| {
        matches!(
            s,
            Seen::Opened {
                expiry_seconds: 5,
                ..
            }
        )
    };
    assert_eq!(seen.iter().filter(expected).count(), 2);
}

#[tokio::test]
async fn only_the_devices_own_client_id_keeps_a_session() {
    let harness = Harness::start().await;
    let mut below = hello(5, "w1").durable();
    below.id = "w1/app";
    let (client, _) = Client::enter(harness.address, &below).await;
    drop(client);
    harness.until(Seen::Expired("w1/app".to_owned())).await;
    below.version = 4;
    let (_, answer) = Client::greet(harness.address, &below).await;
    assert_eq!(answer.unwrap().body, [0, 2]);
}

#[tokio::test]
async fn a_session_that_ended_with_its_connection_is_not_resumed_after_a_kill() {
    let harness = Harness::start().await;
    let mut ends = hello(5, "w1").with_will("wardlight/v1/w1/status");
    ends.clean = false;
    let (client, _) = Client::enter(harness.address, &ends).await;
    let harness = harness.kill_and_start_again().await;
    drop(client);
    let (_client, present) = Client::enter(harness.address, &ends).await;
    assert!(!present);
}
