//! What the standard forbids, packet by packet.

use super::client::{
    Client, DISCONNECT, PING, VITALS, hello, packet, publish, publish_with, release, text,
};
use super::double::Harness;
use proptest::prelude::*;

async fn refused(harness: &Harness, version: u8, bytes: &[u8], reason: u8) {
    let (mut client, _) = Client::enter(harness.address, &hello(version, "w1")).await;
    client.send(bytes).await;
    client.expect_end(reason).await;
}

#[tokio::test]
async fn reserved_header_bits_end_the_connection() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        for bytes in [
            &[0xc1, 0][..],
            &[0xe1, 0],
            &[0x60, 2, 0, 1],
            &[0x80, 2, 0, 1],
            &[0xa0, 2, 0, 1],
            &[0x00, 0],
        ] {
            refused(&harness, version, bytes, 0x81).await;
        }
    }
    refused(&harness, 4, &[0xf0, 0], 0x81).await;
    refused(&harness, 5, &[0xf1, 0], 0x81).await;
}

#[tokio::test]
async fn packets_that_only_a_server_sends_end_the_connection() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        for bytes in [
            &[0x20, 2, 0, 0][..],
            &[0x40, 2, 0, 1],
            &[0x50, 2, 0, 1],
            &[0x70, 2, 0, 1],
            &[0x90, 3, 0, 1, 0],
            &[0xb0, 2, 0, 1],
            &[0xd0, 0],
        ] {
            refused(&harness, version, bytes, 0x82).await;
        }
    }
}

#[tokio::test]
async fn a_length_of_five_bytes_or_longer_than_needed_is_malformed() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        refused(&harness, version, &[0x30, 0xff, 0xff, 0xff, 0xff, 1], 0x81).await;
        refused(&harness, version, &[0xc0, 0x80, 0x00], 0x81).await;
    }
}

#[tokio::test]
async fn qos_3_and_repeated_qos_0_are_malformed() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        for flags in [0b0110, 0b1110, 0b1000] {
            let bytes = publish_with(version, flags, 1, VITALS, &[], "{}");
            refused(&harness, version, &bytes, 0x81).await;
        }
    }
}

#[tokio::test]
async fn packet_id_0_is_a_protocol_error() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        for qos in [1, 2] {
            refused(
                &harness,
                version,
                &publish(version, qos, 0, VITALS, "{}"),
                0x82,
            )
            .await;
        }
        refused(&harness, version, &release(0), 0x82).await;
        refused(&harness, version, &packet(0x82, &[0, 0]), 0x82).await;
        refused(&harness, version, &packet(0xa2, &[0, 0]), 0x82).await;
    }
}

#[tokio::test]
async fn topics_with_wildcards_nul_or_broken_text_are_refused() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        for topic in ["wardlight/v1/w1/#", "wardlight/v1/+/vitals"] {
            refused(
                &harness,
                version,
                &publish(version, 1, 1, topic, "{}"),
                0x90,
            )
            .await;
        }
        let nul = publish(version, 1, 1, "wardlight/v1/w1/\0", "{}");
        refused(&harness, version, &nul, 0x81).await;
        for broken in [
            &b"\0\x02\xff\xfe\0"[..],
            b"\0\x03\xed\xa0\x80\0",
            b"\0\x09short",
        ] {
            refused(&harness, version, &packet(0x30, broken), 0x81).await;
        }
    }
    refused(&harness, 4, &publish(4, 1, 1, "", "{}"), 0).await;
    refused(&harness, 5, &publish(5, 1, 1, "", "{}"), 0x82).await;
}

#[tokio::test]
async fn a_topic_alias_is_refused() {
    let harness = Harness::start().await;
    for topic in [VITALS, ""] {
        let bytes = publish_with(5, 0b010, 1, topic, &[35, 0, 1], "{}");
        refused(&harness, 5, &bytes, 0x94).await;
    }
}

#[tokio::test]
async fn properties_that_are_wrong_end_the_connection() {
    let harness = Harness::start().await;
    let mut wildcard = vec![8];
    wildcard.extend(text("a/#"));
    let cases: [(&[u8], u8); 11] = [
        (&[1, 0, 1, 0], 0x82),
        (&[1, 2], 0x82),
        (&[11, 1], 0x82),
        (&[17, 0, 0, 0, 1], 0x81),
        (&[99, 0], 0x81),
        (&[2, 0], 0x81),
        (&wildcard, 0x82),
        // Content type, response topic, name and value of a pair: all UTF-8.
        (&[3, 0, 1, 0xff], 0x81),
        (&[8, 0, 1, 0xff], 0x81),
        (&[38, 0, 1, 0xff, 0, 1, b'v'], 0x81),
        (&[38, 0, 1, b'n', 0, 1, 0xff], 0x81),
    ];
    for (properties, reason) in cases {
        let bytes = publish_with(5, 0b010, 1, VITALS, properties, "{}");
        refused(&harness, 5, &bytes, reason).await;
    }
    let mut fine = Vec::new();
    for _ in 0..2 {
        fine.push(38);
        fine.extend(text("key"));
        fine.extend(text("value"));
    }
    fine.extend([1, 1, 2, 0, 0, 0, 9]);
    let (mut client, _) = Client::enter(harness.address, &hello(5, "w1")).await;
    client
        .send(&publish_with(5, 0b010, 1, VITALS, &fine, "{}"))
        .await;
    client.expect(0x40, &[0, 1]).await;
}

#[tokio::test]
async fn properties_of_connect_that_are_wrong_are_refused() {
    let harness = Harness::start().await;
    let cases: [(&[u8], u8); 5] = [
        (&[33, 0, 0], 0x82),
        (&[39, 0, 0, 0, 0], 0x82),
        (&[25, 2], 0x82),
        (&[17, 0, 0, 0, 1, 17, 0, 0, 0, 1], 0x82),
        (&[35, 0, 1], 0x81),
    ];
    for (properties, code) in cases {
        let mut wrong = hello(5, "w1");
        wrong.properties = properties.to_vec();
        let (mut client, answer) = Client::greet(harness.address, &wrong).await;
        assert_eq!(answer.unwrap().body, [0, code, 0]);
        assert_eq!(client.answer().await, None);
    }
}

#[tokio::test]
async fn flags_of_connect_that_are_wrong_are_refused() {
    let harness = Harness::start().await;
    let wrong: [(u8, u8); 6] = [
        (4, 0b0000_0011), // reserved bit
        (4, 0b0001_1110), // will QoS 3
        (4, 0b0000_1010), // will QoS without a will
        (4, 0b0010_0010), // will retain without a will
        (4, 0b0100_0010), // password without a user name
        (5, 0b0000_0011),
    ];
    for (version, flags) in wrong {
        let mut bytes = hello(version, "w1").bytes();
        bytes[9] = flags;
        let mut client = Client::open(harness.address, version).await;
        client.send(&bytes).await;
        if version == 5 {
            client.expect(0x20, &[0, 0x81, 0]).await;
        }
        assert_eq!(client.answer().await, None);
    }
    let mut trailing = hello(4, "w1").bytes();
    trailing[1] += 1;
    trailing.push(0);
    let mut client = Client::open(harness.address, 4).await;
    client.send(&trailing).await;
    assert_eq!(client.answer().await, None);
}

async fn refused_at_connect(harness: &Harness, version: u8, bytes: &[u8]) {
    let mut client = Client::open(harness.address, version).await;
    client.send(bytes).await;
    if version == 5 {
        client.expect(0x20, &[0, 0x81, 0]).await;
    }
    assert_eq!(client.answer().await, None);
}

#[tokio::test]
async fn fields_of_connect_are_those_that_its_flags_announce() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        let named = hello(version, "w1");
        let mut without_password = hello(version, "w1");
        without_password.password = None;
        let mut nobody = without_password.clone();
        nobody.user = None;
        let mut cases = vec![
            (named.clone(), 0b0000_0010),            // both stand there unannounced
            (named.clone(), 0b1000_0010),            // the password does
            (named, 0b1100_0110),                    // a Will is announced, none is there
            (without_password.clone(), 0b0000_0010), // the user name stands there unannounced
            (without_password, 0b1100_0010),         // a password is announced
            (nobody.clone(), 0b1000_0010),           // a user name is
        ];
        cases.push((nobody.with_will(VITALS), 0b0000_0010)); // a Will stands there unannounced
        for (hello, flags) in cases {
            let mut bytes = hello.bytes();
            bytes[9] = flags;
            refused_at_connect(&harness, version, &bytes).await;
        }
    }
}

#[tokio::test]
async fn client_id_will_topic_and_user_name_are_utf_8() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        let bytes = hello(version, "w1")
            .with_will("wardlight/v1/w1/status")
            .bytes();
        let mut names = Vec::new();
        for (at, two) in bytes.windows(2).enumerate() {
            if two == b"w1" {
                names.push(at);
            }
        }
        let [client_id, will_topic, user, _password] = names[..] else {
            panic!("four names: {names:?}");
        };
        for name in [client_id, will_topic, user] {
            let mut broken = bytes.clone();
            broken[name] = 0xff;
            refused_at_connect(&harness, version, &broken).await;
        }
    }
}

#[tokio::test]
async fn a_disconnect_with_a_body_is_read_in_5_and_malformed_in_3() {
    let harness = Harness::start().await;
    refused(&harness, 4, &[0xe0, 1, 0], 0x81).await;
    for bytes in [
        &DISCONNECT[..],
        &[0xe0, 1, 0],
        &[0xe0, 2, 4, 0],
        &[0xe0, 7, 0, 5, 17, 0, 0, 0, 0],
    ] {
        let (mut client, _) = Client::enter(harness.address, &hello(5, "w1")).await;
        client.send(bytes).await;
        assert_eq!(client.answer().await, None);
    }
    refused(&harness, 5, &[0xe0, 3, 0, 9, 17], 0x81).await;
}

#[tokio::test]
async fn bad_clients_cost_nobody_else_a_message() {
    let harness = Harness::start().await;
    let (mut good, _) = Client::enter(harness.address, &hello(4, "w2")).await;
    for id in 1..20_u16 {
        let (mut bad, _) = Client::enter(harness.address, &hello(5, "w1")).await;
        bad.send(&[0x30, 0xff, 0xff, 0xff, 0xff]).await;
        good.send(&publish(4, 1, id, "wardlight/v1/w2/vitals", "{}"))
            .await;
        good.expect(0x40, &id.to_be_bytes()).await;
        bad.expect_end(0x81).await;
    }
    assert_eq!(harness.count("violations", "malformed_packet"), 19);
}

/// Anything may follow a CONNECT; the listener must live on.
#[test]
fn no_bytes_bring_the_listener_down() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let harness = runtime.block_on(Harness::start());
    let bytes = prop::collection::vec(any::<u8>(), 0..64);
    proptest!(ProptestConfig::with_cases(200), |(version in 4..=5_u8, connect in any::<bool>(), bytes in bytes)| {
        runtime.block_on(async {
            let mut client = Client::open(harness.address, version).await;
            if connect {
                client.send(&hello(version, "w1").bytes()).await;
            }
            client.send(&bytes).await;
        });
    });
    runtime.block_on(async {
        let (mut client, _) = Client::enter(harness.address, &hello(4, "w2")).await;
        client.send(&PING).await;
        client.expect(0xd0, &[]).await;
        assert!(!harness.server.is_finished());
    });
}
