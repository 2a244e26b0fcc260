//! CONNECT and its answers.

use super::client::{Client, PING, VITALS, hello, packet, publish, text};
use super::double::{Harness, LONG_DEVICE, Seen, settings};
use rumqttc::v5::mqttbytes::v5;

async fn code(harness: &Harness, hello: &super::client::Hello) -> Option<u8> {
    let (mut client, answer) = Client::greet(harness.address, hello).await;
    let answer = answer?;
    assert_eq!(answer.head, 0x20);
    if answer.body[1] != 0 {
        assert_eq!(answer.body[0], 0, "a refusal never says session present");
        assert_eq!(
            client.answer().await,
            None,
            "a refused connection is closed"
        );
    }
    Some(answer.body[1])
}

#[tokio::test]
async fn a_device_with_its_password_is_let_in() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        assert_eq!(code(&harness, &hello(version, "w1")).await, Some(0));
        let mut rotated = hello(version, "w1");
        rotated.password = Some("old".to_owned());
        assert_eq!(code(&harness, &rotated).await, Some(0));
    }
}

#[tokio::test]
async fn wrong_credentials_are_refused_each_with_its_code() {
    let harness = Harness::start().await;
    for (version, wrong, missing) in [(4, 4, 5), (5, 0x86, 0x87)] {
        let mut password = hello(version, "w1");
        password.password = Some("secret of w2".to_owned());
        assert_eq!(code(&harness, &password).await, Some(wrong));
        let mut none = hello(version, "w1");
        none.password = None;
        assert_eq!(code(&harness, &none).await, Some(wrong));
        let mut user = hello(version, "w1");
        user.user = Some("w3");
        assert_eq!(code(&harness, &user).await, Some(wrong));
        let mut nobody = hello(version, "w1");
        (nobody.user, nobody.password) = (None, None);
        assert_eq!(code(&harness, &nobody).await, Some(missing));
    }
    assert_eq!(harness.count("refusals", "credentials"), 6);
    assert!(harness.disk.seen().is_empty(), "nobody reached the engine");
}

#[tokio::test]
async fn what_follows_a_refused_connect_is_not_processed() {
    let harness = Harness::start().await;
    for (version, refused) in [(4, 4), (5, 0x86)] {
        let mut wrong = hello(version, "w1");
        wrong.password = Some("guess".to_owned());
        let mut bytes = wrong.bytes();
        bytes.extend(publish(version, 1, 1, VITALS, "{}"));
        bytes.extend(hello(version, "w1").bytes());
        let mut client = Client::open(harness.address, version).await;
        client.send(&bytes).await;
        let answer = client.answer().await.expect("a CONNACK");
        assert_eq!((answer.head, &answer.body[..2]), (0x20, &[0, refused][..]));
        assert_eq!(client.answer().await, None);
    }
    assert!(harness.disk.seen().is_empty(), "nobody reached the engine");
}

#[tokio::test]
async fn a_client_id_of_23_letters_and_digits_is_allowed() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        let allowed = hello(version, LONG_DEVICE);
        assert_eq!(allowed.id.len(), 23);
        assert_eq!(code(&harness, &allowed).await, Some(0));
    }
}

#[tokio::test]
async fn a_device_cannot_use_the_client_id_of_another() {
    let harness = Harness::start().await;
    for (version, refused) in [(4, 2), (5, 0x85)] {
        for id in ["w2", "w10", "w1x"] {
            let mut other = hello(version, "w1");
            other.id = id;
            assert_eq!(code(&harness, &other).await, Some(refused));
        }
        let mut below = hello(version, "w1");
        below.id = "w1/app";
        assert_eq!(code(&harness, &below).await, Some(0));
    }
}

#[tokio::test]
async fn an_empty_client_id_is_assigned_one_of_the_device() {
    let harness = Harness::start().await;
    let mut empty = hello(5, "w1");
    empty.id = "";
    let mut assigned = Vec::new();
    for _ in 0..2 {
        let (_, answer) = Client::greet(harness.address, &empty).await;
        let Some(v5::Packet::ConnAck(connack)) = answer.unwrap().v5 else {
            panic!("a CONNACK");
        };
        let id = connack
            .properties
            .unwrap()
            .assigned_client_identifier
            .unwrap();
        assert!(id.starts_with("w1/"));
        assigned.push(id);
    }
    assert_ne!(assigned[0], assigned[1]);
    let mut old = hello(4, "w1");
    old.id = "";
    assert_eq!(code(&harness, &old).await, Some(0));
    old.clean = false;
    assert_eq!(code(&harness, &old).await, Some(2));
}

#[tokio::test]
async fn versions_that_are_not_spoken_are_told_so() {
    let harness = Harness::start().await;
    let mut newer = hello(5, "w1");
    newer.version = 6;
    let mut client = Client::open(harness.address, 5).await;
    client.send(&newer.bytes()).await;
    client.expect(0x20, &[0, 0x84, 0]).await;
    let mut older = text("MQIsdp");
    older.extend([3, 2, 0, 60]);
    older.extend(text("w1"));
    let mut client = Client::open(harness.address, 4).await;
    client.send(&packet(0x10, &older)).await;
    client.expect(0x20, &[0, 1]).await;
    assert_eq!(client.answer().await, None);
}

#[tokio::test]
async fn another_protocol_is_closed_without_an_answer() {
    let harness = Harness::start().await;
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &packet(0x10, b"\0\x04MQTX\x04\x02\0\x3c\0\0"),
    ] {
        let mut client = Client::open(harness.address, 4).await;
        client.send(bytes).await;
        assert_eq!(client.answer().await, None);
    }
}

#[tokio::test]
async fn the_first_packet_must_be_connect() {
    let harness = Harness::start().await;
    let mut client = Client::open(harness.address, 4).await;
    client.send(&PING).await;
    assert_eq!(client.answer().await, None);
}

#[tokio::test]
async fn a_second_connect_is_a_protocol_error() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        let (mut client, _) = Client::enter(harness.address, &hello(version, "w1")).await;
        client.send(&hello(version, "w1").bytes()).await;
        client.expect_end(0x82).await;
    }
}

#[tokio::test]
async fn no_connect_in_time_ends_the_connection() {
    let mut short = settings();
    short.connect_timeout_seconds = 1;
    let harness = Harness::with(short).await;
    let mut client = Client::open(harness.address, 4).await;
    client.send(&[0x10]).await;
    assert_eq!(client.answer().await, None);
    assert_eq!(harness.count("connect_timeouts", ""), 1);
}

#[tokio::test]
async fn connack_tells_a_v5_client_every_limit() {
    let mut limits = settings();
    limits.receive_maximum = 7;
    limits.keep_alive_seconds_max = 30;
    limits.session_expiry_seconds_max = 100;
    let harness = Harness::with(limits).await;
    let (_, answer) = Client::greet(harness.address, &hello(5, "w1").durable()).await;
    let Some(v5::Packet::ConnAck(connack)) = answer.unwrap().v5 else {
        panic!("a CONNACK");
    };
    let told = connack.properties.unwrap();
    assert_eq!(told.receive_max, Some(7));
    assert_eq!(told.server_keep_alive, Some(30));
    assert_eq!(told.session_expiry_interval, Some(100));
    assert_eq!(told.max_packet_size, Some(256 * 1024 + 1024));
    assert_eq!(told.topic_alias_max, None);
    assert_eq!(told.wildcard_subscription_available, Some(0));
    assert_eq!(told.subscription_identifiers_available, Some(0));
    assert_eq!(told.shared_subscription_available, Some(0));
    assert_eq!(told.assigned_client_identifier, None);
    // Nothing that the client did not ask for or that means nothing here.
    assert_eq!((told.reason_string, told.user_properties.len()), (None, 0));
    assert_eq!(told.response_information, None);
    assert_eq!(told.authentication_method, None);
    assert_eq!(told.authentication_data, None);
    let client = "w1".to_owned();
    harness
        .until(Seen::Opened {
            client,
            clean: false,
            expiry_seconds: 100,
        })
        .await;
}

#[tokio::test]
async fn connack_comes_only_after_the_session_is_stored() {
    let harness = Harness::start().await;
    harness.hold(true);
    let mut client = Client::open(harness.address, 4).await;
    let bytes = [hello(4, "w1").bytes(), PING.to_vec()].concat();
    client.send(&bytes).await;
    let early = tokio::time::timeout(std::time::Duration::from_millis(100), client.answer()).await;
    assert!(early.is_err());
    harness.hold(false);
    client.expect(0x20, &[0, 0]).await;
    client.expect(0xd0, &[]).await;
}

#[tokio::test]
async fn a_store_that_does_not_answer_makes_the_service_unavailable() {
    for (version, unavailable) in [(4, 3), (5, 0x88)] {
        let mut short = settings();
        short.connect_timeout_seconds = 1;
        let harness = Harness::with(short).await;
        harness.hold(true);
        let (_, answer) = Client::greet(harness.address, &hello(version, "w1")).await;
        assert_eq!(answer.unwrap().body[1], unavailable);
    }
}

#[tokio::test]
async fn enhanced_authentication_is_refused() {
    let harness = Harness::start().await;
    let mut scram = hello(5, "w1");
    scram.properties.push(21);
    scram.properties.extend(text("SCRAM-SHA-1"));
    assert_eq!(code(&harness, &scram).await, Some(0x8c));
    let mut data = hello(5, "w1");
    data.properties.push(22);
    data.properties.extend(text("x"));
    assert_eq!(code(&harness, &data).await, Some(0x82));
    let (mut client, _) = Client::enter(harness.address, &hello(5, "w1")).await;
    client.send(&packet(0xf0, &[0x18, 0])).await;
    client.expect_end(0x82).await;
}

#[tokio::test]
async fn anonymous_clients_come_in_only_where_that_is_set() {
    let mut open = settings();
    open.dangerous_anonymous = true;
    let harness = Harness::with(open).await;
    for version in [4, 5] {
        let mut nobody = hello(version, "anything");
        (nobody.user, nobody.password) = (None, None);
        assert_eq!(code(&harness, &nobody).await, Some(0));
        let mut wrong = hello(version, "w1");
        wrong.password = Some("guess".to_owned());
        assert_ne!(code(&harness, &wrong).await, Some(0));
    }
}

#[tokio::test]
async fn a_revoked_credential_ends_its_connection() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        let (mut stays, _) = Client::enter(harness.address, &hello(version, "w2")).await;
        let (mut client, _) = Client::enter(harness.address, &hello(version, "w1")).await;
        let before = (**harness.access.borrow()).clone();
        let mut access = before.clone();
        access.devices.get_mut("w1").unwrap().sha256 = vec![super::double::sha256("new")];
        harness.access.send_replace(std::sync::Arc::new(access));
        client.expect_end(0x87).await;
        stays.send(&PING).await;
        stays.expect(0xd0, &[]).await;
        harness.access.send_replace(std::sync::Arc::new(before));
    }
}
