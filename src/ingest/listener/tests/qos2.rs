//! QoS 2, over reconnects and kills.

use super::client::{Client, VITALS, hello, packet, publish, publish_with, release};
use super::double::{Harness, Seen};

fn stored(harness: &Harness) -> usize {
    let seen = harness.disk.seen();
    seen.iter()
        .filter(|s| matches!(s, Seen::Vitals { .. }))
        .count()
}

#[tokio::test]
async fn a_qos_2_message_is_received_after_it_is_stored_and_released_after_that() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        let (mut client, _) = Client::enter(harness.address, &hello(version, "w1")).await;
        harness.hold(true);
        client
            .send(&publish(version, 2, 7, VITALS, r#"{"hr": 70}"#))
            .await;
        client.send(&super::client::PING).await;
        client.expect(0xd0, &[]).await;
        harness.hold(false);
        client.expect(0x50, &[0, 7]).await;
        harness.hold(true);
        client.send(&release(7)).await;
        client.send(&super::client::PING).await;
        client.expect(0xd0, &[]).await;
        harness.hold(false);
        client.expect(0x70, &[0, 7]).await;
        harness.until(Seen::Released(7)).await;
    }
}

#[tokio::test]
async fn a_repeated_qos_2_message_is_received_again_without_a_second_input() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        let before = stored(&harness);
        let (mut client, _) = Client::enter(harness.address, &hello(version, "w1")).await;
        client.send(&publish(version, 2, 7, VITALS, "{}")).await;
        client.expect(0x50, &[0, 7]).await;
        client
            .send(&publish_with(version, 0b1100, 7, VITALS, &[], "{}"))
            .await;
        client.expect(0x50, &[0, 7]).await;
        client.send(&release(7)).await;
        client.expect(0x70, &[0, 7]).await;
        assert_eq!(stored(&harness), before + 1);
        // Released, the id means a new message.
        client.send(&publish(version, 2, 7, VITALS, "{}")).await;
        client.expect(0x50, &[0, 7]).await;
        assert_eq!(stored(&harness), before + 2);
    }
}

#[tokio::test]
async fn open_qos_2_exchanges_survive_a_reconnect_and_a_kill() {
    for version in [4, 5] {
        let harness = Harness::start().await;
        let hello = hello(version, "w1").durable();
        let (mut client, present) = Client::enter(harness.address, &hello).await;
        assert!(!present);
        client.send(&publish(version, 2, 7, VITALS, "{}")).await;
        client.expect(0x50, &[0, 7]).await;
        drop(client);
        let harness = harness.kill_and_start_again().await;
        let (mut client, present) = Client::enter(harness.address, &hello).await;
        assert!(present);
        client
            .send(&publish_with(version, 0b1100, 7, VITALS, &[], "{}"))
            .await;
        client.expect(0x50, &[0, 7]).await;
        assert_eq!(stored(&harness), 1);
        drop(client);
        let (mut client, _) = Client::enter(harness.address, &hello).await;
        client.send(&release(7)).await;
        client.expect(0x70, &[0, 7]).await;
        harness.until(Seen::Released(7)).await;
    }
}

#[tokio::test]
async fn a_message_that_was_not_stored_before_a_kill_is_new_after_it() {
    for version in [4, 5] {
        let harness = Harness::start().await;
        let hello = hello(version, "w1").durable();
        let (mut client, _) = Client::enter(harness.address, &hello).await;
        harness.hold(true);
        client.send(&publish(version, 2, 7, VITALS, "{}")).await;
        client.send(&super::client::PING).await;
        client.expect(0xd0, &[]).await;
        let harness = harness.kill_and_start_again().await;
        let (mut client, present) = Client::enter(harness.address, &hello).await;
        assert!(present);
        client
            .send(&publish_with(version, 0b1100, 7, VITALS, &[], "{}"))
            .await;
        client.expect(0x50, &[0, 7]).await;
        assert_eq!(stored(&harness), 1);
    }
}

#[tokio::test]
async fn a_release_of_nothing_is_answered() {
    let harness = Harness::start().await;
    let (mut client, _) = Client::enter(harness.address, &hello(4, "w1")).await;
    client.send(&release(9)).await;
    client.expect(0x70, &[0, 9]).await;
    let (mut client, _) = Client::enter(harness.address, &hello(5, "w1")).await;
    client.send(&release(9)).await;
    client.expect(0x70, &[0, 9, 0x92, 0]).await;
    // Of the reason codes of PUBREL, 0x92 says that the client lost its state.
    client.send(&packet(0x62, &[0, 9, 0x92])).await;
    client.expect(0x70, &[0, 9, 0x92, 0]).await;
    client.send(&packet(0x62, &[0, 9, 0x87])).await;
    client.expect_end(0x82).await;
    assert!(!harness.disk.seen().contains(&Seen::Released(9)));
}
