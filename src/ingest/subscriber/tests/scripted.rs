use super::client::{Peer, publish, suback};
use super::*;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{
    ConnAckProperties, DisconnectReasonCode, Packet, PublishProperties, RetainForwardRule,
    SubscribeReasonCode,
};
use tokio::net::TcpListener;

const GRANTED: SubscribeReasonCode = SubscribeReasonCode::Success(QoS::AtLeastOnce);
const TOPIC: &str = "wardlight/v1/w-1/vitals";

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    (listener, port)
}

async fn acknowledged(peer: &mut Peer, count: usize) -> Vec<u16> {
    let mut packets = Vec::new();
    while packets.len() < count {
        match peer.next().await {
            Some(Packet::PubAck(ack)) => packets.push(ack.pkid),
            other => panic!("not an acknowledgement: {other:?}"),
        }
    }
    packets
}

async fn farewell(peer: &mut Peer) -> Option<DisconnectReasonCode> {
    match peer.next().await {
        Some(Packet::Disconnect(disconnect)) => Some(disconnect.reason_code),
        _ => None,
    }
}

#[tokio::test]
async fn it_asks_for_a_lasting_session_and_no_retained_messages() {
    let (listener, port) = listen().await;
    let _subscriber = run(settings(port));
    let mut peer = Peer::accept(&listener).await;
    let (connect, subscribe) = peer.greet(false, None, &[GRANTED]).await;
    assert!(!connect.clean_start);
    let properties = connect.properties.expect("has properties");
    assert_eq!(properties.session_expiry_interval, Some(7 * 24 * 3600));
    assert_eq!(properties.receive_maximum, Some(2000));
    assert_eq!(properties.max_packet_size, Some(16 * 1024 * 1024));
    assert_eq!(properties.topic_alias_max, Some(0));
    let filter = subscribe.filters.first().expect("one filter");
    assert_eq!(filter.qos, QoS::AtLeastOnce);
    assert_eq!(filter.retain_forward_rule, RetainForwardRule::Never);
}

#[tokio::test]
async fn a_refused_subscription_is_shown_until_it_is_granted() {
    let (listener, port) = listen().await;
    let subscriber = run(settings(port));
    let mut peer = Peer::accept(&listener).await;
    // The broker shortens the keep-alive, and with it the wait before we ask again.
    let hurry = ConnAckProperties {
        server_keep_alive: Some(1),
        ..no_properties()
    };
    peer.greet(false, Some(hurry), &[SubscribeReasonCode::NotAuthorized])
        .await;
    subscriber
        .health("refusal", |h| h.connected && h.subscriptions_refused == 1)
        .await;
    assert!(!subscriber.handle.health.borrow().is_well());
    assert!(matches!(peer.next().await, Some(Packet::PingReq(_))));
    let Some(Packet::Subscribe(again)) = peer.next().await else {
        panic!("asks again");
    };
    let pong = Packet::PingResp(rumqttc::v5::mqttbytes::v5::PingResp);
    peer.send(&[pong, suback(again.pkid, &[GRANTED])]).await;
    subscriber.is_well().await;
    assert_eq!(subscriber.handle.counters().subscriptions_refused, 1);
}

#[tokio::test]
async fn an_acknowledgement_from_before_a_reconnect_does_not_acknowledge_another_message() {
    let (listener, port) = listen().await;
    let mut subscriber = run(settings(port));
    let mut peer = Peer::accept(&listener).await;
    peer.greet(false, None, &[GRANTED]).await;
    peer.send(&[Packet::Publish(publish(1, TOPIC, "first"))])
        .await;
    let (_, stale) = subscriber.take(1).await;
    drop(peer);
    let mut peer = Peer::accept(&listener).await;
    peer.greet(false, None, &[GRANTED]).await;
    let other = Packet::Publish(publish(1, TOPIC, "another"));
    let third = Packet::Publish(publish(2, TOPIC, "third"));
    peer.send(&[other, third]).await;
    let (texts, mut fresh) = subscriber.take(2).await;
    assert_eq!(texts, ["another", "third"]);
    settle(stale);
    settle(vec![fresh.remove(1)]);
    assert_eq!(acknowledged(&mut peer, 1).await, [2]);
    settle(fresh);
    assert_eq!(acknowledged(&mut peer, 1).await, [1]);
}

#[tokio::test]
async fn a_retained_message_is_acknowledged_in_its_turn_and_not_judged() {
    let (listener, port) = listen().await;
    let mut subscriber = run(settings(port));
    let mut peer = Peer::accept(&listener).await;
    peer.greet(false, None, &[GRANTED]).await;
    let mut old = publish(2, TOPIC, "old");
    old.retain = true;
    let live = [publish(1, TOPIC, "live"), old, publish(3, TOPIC, "more")];
    peer.send(&live.map(Packet::Publish)).await;
    let (texts, deliveries) = subscriber.take(2).await;
    assert_eq!(texts, ["live", "more"]);
    settle(deliveries);
    assert_eq!(acknowledged(&mut peer, 3).await, [1, 2, 3]);
    assert_eq!(subscriber.handle.counters().retained, 1);
}

#[tokio::test]
async fn a_topic_alias_or_an_empty_topic_ends_the_connection() {
    let (listener, port) = listen().await;
    let mut subscriber = run(settings(port));
    let mut aliased = publish(1, TOPIC, "aliased");
    aliased.properties = Some(PublishProperties {
        topic_alias: Some(1),
        ..PublishProperties::default()
    });
    for wrong in [aliased, publish(1, "", "without topic")] {
        let mut peer = Peer::accept(&listener).await;
        peer.greet(false, None, &[GRANTED]).await;
        peer.send(&[Packet::Publish(wrong)]).await;
        let said = farewell(&mut peer).await;
        assert_eq!(said, Some(DisconnectReasonCode::TopicAliasInvalid));
        drop(peer);
        subscriber
            .health("named", |h| h.last_error == Some("topic_missing"))
            .await;
    }
    assert!(subscriber.inbox.try_recv().is_err());
}

#[tokio::test]
async fn an_over_size_message_that_comes_twice_is_shown_to_the_operator() {
    let (listener, port) = listen().await;
    let subscriber = run(SubscriberSettings {
        packet_bytes_max: 4096,
        ..settings(port)
    });
    for round in 1..=2 {
        let mut peer = Peer::accept(&listener).await;
        peer.greet(false, None, &[GRANTED]).await;
        peer.send(&[Packet::Publish(publish(1, TOPIC, &"x".repeat(9000)))])
            .await;
        let said = farewell(&mut peer).await;
        assert_eq!(said, Some(DisconnectReasonCode::PacketTooLarge));
        drop(peer);
        subscriber.counted("counted", |c| c.oversize == round).await;
        if round == 1 {
            assert_eq!(subscriber.handle.health.borrow().oversize, None);
        }
    }
    subscriber
        .health("shown", |h| {
            h.oversize
                .is_some_and(|o| o.bytes > 9000 && o.limit == 4096)
        })
        .await;
}

#[tokio::test]
async fn short_connections_do_not_start_the_waits_over() {
    let (listener, port) = listen().await;
    let subscriber = run(SubscriberSettings {
        backoff_ms_first: 1,
        ..settings(port)
    });
    for _ in 0..6 {
        let mut peer = Peer::accept(&listener).await;
        peer.greet(false, None, &[GRANTED]).await;
    }
    subscriber
        .health("waits longer", |h| {
            h.backoff
                .is_some_and(|wait| wait >= Duration::from_millis(8))
        })
        .await;
}

#[tokio::test]
async fn a_broker_that_ignores_the_receive_maximum_waits_in_its_socket() {
    let (listener, port) = listen().await;
    let mut subscriber = run(SubscriberSettings {
        receive_maximum: 5,
        ..settings(port)
    });
    let mut peer = Peer::accept(&listener).await;
    peer.greet(false, None, &[GRANTED]).await;
    subscriber.is_well().await;
    let filling = "x".repeat(2000);
    let burst: Vec<Packet> = (1..=1000)
        .map(|id| Packet::Publish(publish(id, TOPIC, &filling)))
        .collect();
    peer.send(&burst).await;
    subscriber
        .counted("breach", |c| c.window_breaches > 0)
        .await;
    let seen = subscriber.handle.counters().messages;
    assert!(seen < 200, "one read and no more, but {seen} messages");
    for id in 1..=1000 {
        let (_, deliveries) = subscriber.take(1).await;
        settle(deliveries);
        assert_eq!(acknowledged(&mut peer, 1).await, [id]);
    }
    assert_eq!(subscriber.handle.health.borrow().generation, 1);
}

#[tokio::test]
async fn a_broker_that_answers_no_ping_is_left() {
    let (listener, port) = listen().await;
    let subscriber = run(settings(port));
    let mut peer = Peer::accept(&listener).await;
    let hurry = ConnAckProperties {
        server_keep_alive: Some(1),
        ..no_properties()
    };
    peer.greet(false, Some(hurry), &[GRANTED]).await;
    subscriber
        .health("left", |h| h.last_error == Some("ping_timeout"))
        .await;
    assert!(!subscriber.handle.health.borrow().connected);
}

#[tokio::test]
async fn garbage_ends_the_connection_and_the_next_one_works() {
    let (listener, port) = listen().await;
    let mut subscriber = run(settings(port));
    let mut peer = Peer::accept(&listener).await;
    peer.greet(false, None, &[GRANTED]).await;
    peer.send_raw(&[0xff; 64]).await;
    let said = farewell(&mut peer).await;
    assert_eq!(said, Some(DisconnectReasonCode::MalformedPacket));
    drop(peer);
    let mut peer = Peer::accept(&listener).await;
    peer.greet(false, None, &[GRANTED]).await;
    peer.send(&[Packet::Publish(publish(7, TOPIC, "fine"))])
        .await;
    let (texts, deliveries) = subscriber.take(1).await;
    assert_eq!(texts, ["fine"]);
    settle(deliveries);
    assert_eq!(acknowledged(&mut peer, 1).await, [7]);
}

const fn no_properties() -> ConnAckProperties {
    ConnAckProperties {
        session_expiry_interval: None,
        receive_max: None,
        max_qos: None,
        retain_available: None,
        max_packet_size: None,
        assigned_client_identifier: None,
        topic_alias_max: None,
        reason_string: None,
        user_properties: Vec::new(),
        wildcard_subscription_available: None,
        subscription_identifiers_available: None,
        shared_subscription_available: None,
        server_keep_alive: None,
        response_information: None,
        server_reference: None,
        authentication_method: None,
        authentication_data: None,
    }
}
