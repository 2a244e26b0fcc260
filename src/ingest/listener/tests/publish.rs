//! QoS 0 and 1, topics, retained messages, order.

use super::client::{Client, DISCONNECT, PING, VITALS, hello, packet, publish, publish_with, text};
use super::double::{Harness, Seen};

fn vitals(payload: &str) -> Seen {
    Seen::Vitals {
        device: "w1".to_owned(),
        payload: payload.to_owned(),
        packet: None,
    }
}

#[tokio::test]
async fn a_qos_1_message_is_acknowledged_only_after_it_is_stored() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        let (mut client, _) = Client::enter(harness.address, &hello(version, "w1")).await;
        harness.hold(true);
        client
            .send(&publish(version, 1, 7, VITALS, r#"{"hr": 70}"#))
            .await;
        client.send(&PING).await;
        // The answer to the ping overtakes: nothing else was ready.
        client.expect(0xd0, &[]).await;
        harness.hold(false);
        client.expect(0x40, &[0, 7]).await;
        harness.until(vitals(r#"{"hr": 70}"#)).await;
    }
}

#[tokio::test]
async fn acknowledgements_come_in_the_order_of_the_messages() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        let (mut client, _) = Client::enter(harness.address, &hello(version, "w1")).await;
        let mut bytes = Vec::new();
        for id in 1..=500 {
            // Every third needs no engine and must still wait for its turn.
            let flags = if id % 3 == 0 { 0b011 } else { 0b010 };
            bytes.extend(publish_with(version, flags, id, VITALS, &[], "{}"));
        }
        client.send(&bytes).await;
        for id in 1..=500_u16 {
            client.expect(0x40, &id.to_be_bytes()).await;
        }
    }
}

#[tokio::test]
async fn a_qos_0_message_before_disconnect_is_taken() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        let (mut client, _) = Client::enter(harness.address, &hello(version, "w1")).await;
        let payload = format!(r#"{{"hr": 7{version}}}"#);
        let mut bytes = publish(version, 0, 0, VITALS, &payload);
        bytes.extend(DISCONNECT);
        client.send(&bytes).await;
        harness.until(vitals(&payload)).await;
        assert_eq!(client.answer().await, None);
    }
    assert_eq!(harness.count("messages", "0"), 2);
}

#[tokio::test]
async fn a_message_in_single_bytes_is_read() {
    let harness = Harness::start().await;
    let (mut client, _) = Client::enter(harness.address, &hello(4, "w1")).await;
    for byte in publish(4, 1, 7, VITALS, r#"{"hr": 70}"#) {
        client.send(&[byte]).await;
        tokio::task::yield_now().await;
    }
    client.expect(0x40, &[0, 7]).await;
}

#[tokio::test]
async fn what_cannot_be_read_is_quarantined_and_acknowledged() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        let (mut client, _) = Client::enter(harness.address, &hello(version, "w1")).await;
        let cases = [
            (VITALS, "{"),
            ("wardlight/v1/w1/elsewhere", "{}"),
            ("wardlight/v1/w1/vitals/xml", "{}"),
        ];
        for (id, (topic, payload)) in (1..).zip(cases) {
            client.send(&publish(version, 1, id, topic, payload)).await;
            client.expect(0x40, &id.to_be_bytes()).await;
        }
    }
    for reason in ["malformed", "wrong_topic", "unknown_format"] {
        let of = |seen: &Seen| matches!(seen, Seen::Unreadable { reason: r, .. } if *r == reason);
        assert_eq!(
            harness.disk.seen().iter().filter(|seen| of(seen)).count(),
            2
        );
    }
    assert_eq!(harness.count("messages_unreadable", ""), 6);
}

#[tokio::test]
async fn a_publish_outside_the_devices_own_topic_is_refused() {
    let harness = Harness::start().await;
    for topic in [
        "wardlight/v1/w10/vitals",
        "wardlight/v1/w2/vitals",
        "elsewhere",
        "$SYS/x",
    ] {
        let (mut client, _) = Client::enter(harness.address, &hello(5, "w1")).await;
        client.send(&publish(5, 1, 1, topic, "{}")).await;
        client.expect(0x40, &[0, 1, 0x87, 0]).await;
        client.send(&publish(5, 2, 2, topic, "{}")).await;
        client.expect(0x50, &[0, 2, 0x87, 0]).await;
        client.send(&publish(5, 0, 0, topic, "{}")).await;
        client.expect_end(0x87).await;
        for qos in [0, 1, 2] {
            let (mut client, _) = Client::enter(harness.address, &hello(4, "w1")).await;
            client.send(&publish(4, qos, 1, topic, "{}")).await;
            client.expect_end(0).await;
        }
    }
    let seen = harness.disk.seen();
    assert!(
        !seen
            .iter()
            .any(|seen| matches!(seen, Seen::Vitals { .. } | Seen::Unreadable { .. }))
    );
    assert_eq!(harness.count("messages_not_authorized", ""), 24);
}

#[tokio::test]
async fn a_retained_message_is_acknowledged_counted_and_not_judged() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        let (mut client, _) = Client::enter(harness.address, &hello(version, "w1")).await;
        client
            .send(&publish_with(version, 0b001, 0, VITALS, &[], "{}"))
            .await;
        client
            .send(&publish_with(version, 0b011, 1, VITALS, &[], "{}"))
            .await;
        client.expect(0x40, &[0, 1]).await;
        client
            .send(&publish_with(version, 0b101, 2, VITALS, &[], "{}"))
            .await;
        client.expect(0x50, &[0, 2]).await;
        client.send(&super::client::release(2)).await;
        client.expect(0x70, &[0, 2]).await;
    }
    assert_eq!(harness.count("messages_retained", ""), 6);
    let seen = harness.disk.seen();
    assert!(
        !seen
            .iter()
            .any(|s| matches!(s, Seen::Vitals { .. } | Seen::Released(_)))
    );
}

#[tokio::test]
async fn a_content_type_chooses_the_format() {
    let harness = Harness::start().await;
    let (mut client, _) = Client::enter(harness.address, &hello(5, "w1")).await;
    let mut properties = vec![3];
    properties.extend(text("application/fhir+json"));
    client
        .send(&publish_with(5, 0b010, 1, VITALS, &properties, "{}"))
        .await;
    client.expect(0x40, &[0, 1]).await;
    harness
        .until(Seen::Unreadable {
            reason: "unknown_format",
            length: 2,
        })
        .await;
}

#[tokio::test]
async fn a_repeated_qos_1_message_is_given_to_the_engine_again() {
    let harness = Harness::start().await;
    let (mut client, _) = Client::enter(harness.address, &hello(4, "w1")).await;
    for flags in [0b0010, 0b1010] {
        client
            .send(&publish_with(4, flags, 9, VITALS, &[], r#"{"hr": 70}"#))
            .await;
        client.expect(0x40, &[0, 9]).await;
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
async fn a_ping_is_answered() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        let (mut client, _) = Client::enter(harness.address, &hello(version, "w1")).await;
        client.send(&packet(0xc0, &[])).await;
        client.expect(0xd0, &[]).await;
    }
}
