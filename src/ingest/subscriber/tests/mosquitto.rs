use super::broker::{Broker, DURABLE, MOSQUITTO, installed};
use super::client::Publisher;
use super::*;

#[tokio::test]
async fn a_killed_subscriber_gets_again_exactly_what_was_not_acknowledged() {
    if !installed(MOSQUITTO) {
        return;
    }
    let broker = Broker::start(DURABLE).await;
    let mut first = run(settings(broker.port));
    first.is_well().await;
    let mut publisher = Publisher::connect(broker.port).await;
    publisher.publish_all(&numbered(5)).await;
    let (texts, mut deliveries) = first.take(5).await;
    assert_eq!(texts, numbered(5));
    let unsettled = deliveries.split_off(3);
    settle(deliveries);
    let acknowledged = || broker.logged(&["Received PUBACK from wardlight"]) == 3;
    until("three acknowledged", acknowledged).await;
    first.kill().await;
    drop(unsettled);

    let mut second = run(settings(broker.port));
    let (texts, deliveries) = second.take(2).await;
    assert_eq!(texts, ["m3", "m4"]);
    settle(deliveries);
    publisher.publish("m5", false).await;
    assert_eq!(second.take(1).await.0, ["m5"]);
    assert_eq!(second.handle.counters().redelivered, 2);
}

#[tokio::test]
async fn a_restarted_broker_keeps_the_session_and_settlements_from_before_acknowledge_nothing() {
    if !installed(MOSQUITTO) {
        return;
    }
    let mut broker = Broker::start(DURABLE).await;
    let mut subscriber = run(settings(broker.port));
    subscriber.is_well().await;
    let mut publisher = Publisher::connect(broker.port).await;
    publisher.publish_all(&numbered(5)).await;
    let (_, of_the_first) = subscriber.take(5).await;

    broker.restart().await;
    let (texts, of_the_second) = subscriber.take(5).await;
    assert_eq!(texts, numbered(5));
    settle(of_the_first);
    assert_eq!(subscriber.handle.counters().stale_settlements, 5);
    settle(of_the_second);
    let acknowledged = || broker.logged(&["Received PUBACK from wardlight"]) == 5;
    until("five acknowledged", acknowledged).await;
    let counters = subscriber.handle.counters();
    assert_eq!(
        (counters.acknowledged, counters.sessions_lost),
        (5, 1),
        "only the very first connection found no session"
    );
    assert_eq!(subscriber.handle.health.borrow().generation, 2);
}

#[tokio::test]
async fn a_broker_that_forgot_the_session_is_subscribed_to_again() {
    if !installed(MOSQUITTO) {
        return;
    }
    let mut broker = Broker::start("persistence false\n").await;
    let mut subscriber = run(settings(broker.port));
    subscriber.is_well().await;
    broker.restart().await;
    subscriber
        .health("second connection", |h| h.generation == 2 && h.is_well())
        .await;
    let mut publisher = Publisher::connect(broker.port).await;
    publisher.publish("after", false).await;
    assert_eq!(subscriber.take(1).await.0, ["after"]);
    assert_eq!(subscriber.handle.counters().sessions_lost, 2);
}

#[tokio::test]
async fn messages_far_above_rumqttcs_default_limit_pass() {
    if !installed(MOSQUITTO) {
        return;
    }
    let broker = Broker::start(DURABLE).await;
    let mut subscriber = run(settings(broker.port));
    subscriber.is_well().await;
    let mut publisher = Publisher::connect(broker.port).await;
    for size in [15 * 1024, 300 * 1024, 3 * 1024 * 1024] {
        publisher.publish(&"x".repeat(size), false).await;
        let (texts, deliveries) = subscriber.take(1).await;
        assert_eq!(texts.first().map(String::len), Some(size));
        settle(deliveries);
    }
}

#[tokio::test]
async fn a_message_above_our_announced_limit_is_kept_from_us_and_blocks_nothing() {
    if !installed(MOSQUITTO) {
        return;
    }
    let broker = Broker::start(DURABLE).await;
    let mut subscriber = run(SubscriberSettings {
        packet_bytes_max: 4096,
        ..settings(broker.port)
    });
    subscriber.is_well().await;
    let mut publisher = Publisher::connect(broker.port).await;
    publisher.publish(&"x".repeat(8192), false).await;
    publisher.publish("small", false).await;
    // Mosquitto drops the large one without a word: the sequence gap that the
    // engine reports is the only trace.
    assert_eq!(subscriber.take(1).await.0, ["small"]);
    assert_eq!(subscriber.handle.health.borrow().generation, 1);
}

#[tokio::test]
async fn retained_messages_are_not_sent_to_us_and_a_live_one_with_the_flag_is_judged() {
    if !installed(MOSQUITTO) {
        return;
    }
    let broker = Broker::start(DURABLE).await;
    let mut publisher = Publisher::connect(broker.port).await;
    publisher.publish("old", true).await;
    for _ in 0..2 {
        let mut subscriber = run(settings(broker.port));
        subscriber.is_well().await;
        publisher.publish("live", true).await;
        let (texts, deliveries) = subscriber.take(1).await;
        assert_eq!(texts, ["live"]);
        settle(deliveries);
        assert_eq!(subscriber.handle.counters().retained, 0);
        subscriber.stop().await;
    }
}

#[tokio::test]
async fn a_stalled_engine_holds_at_most_the_receive_maximum_and_acknowledges_in_order() {
    if !installed(MOSQUITTO) {
        return;
    }
    let broker = Broker::start(DURABLE).await;
    let mut subscriber = run(SubscriberSettings {
        receive_maximum: 10,
        ..settings(broker.port)
    });
    subscriber.is_well().await;
    let mut publisher = Publisher::connect(broker.port).await;
    publisher.publish_all(&numbered(200)).await;
    subscriber.counted("ten", |c| c.messages == 10).await;
    for settled in 0..200 {
        let (texts, deliveries) = subscriber.take(1).await;
        assert_eq!(texts, [format!("m{settled}")]);
        // Mosquitto 2.0.11 sends a whole window for each acknowledgement while
        // it has messages queued; one above ours is read before we stop.
        let open = subscriber.handle.counters().messages - settled;
        assert!(open <= 11, "{open} messages are open");
        settle(deliveries);
    }
    let acknowledged = || broker.logged(&["Received PUBACK from wardlight"]) == 200;
    until("all acknowledged", acknowledged).await;
    let ids = |before: &str, sign: &str| -> Vec<u16> {
        let log = broker.log();
        let rest = log.lines().filter_map(|line| line.split_once(before));
        rest.map(|(_, rest)| packet_id(rest, sign)).collect()
    };
    let sent = ids("Sending PUBLISH to wardlight (", ", m");
    let acknowledged = ids("Received PUBACK from wardlight (", "Mid: ");
    assert_eq!(acknowledged, sent, "in the order received");
}

fn packet_id(line: &str, before: &str) -> u16 {
    let (_, rest) = line.split_once(before).expect("has a packet id");
    let (digits, _) = rest.split_once(',').expect("ends");
    digits.parse().expect("a number")
}

#[tokio::test]
async fn a_full_inbox_keeps_order_drops_only_what_has_no_guarantee_and_recovers() {
    if !installed(MOSQUITTO) {
        return;
    }
    let broker = Broker::start(DURABLE).await;
    let settings = SubscriberSettings {
        receive_maximum: 4,
        ..settings(broker.port)
    };
    let mut subscriber = run_with_inbox(settings, 2);
    subscriber.is_well().await;
    // Another way in filled the inbox.
    for _ in 0..2 {
        let place = subscriber.filler.reserve().await.expect("open");
        place.send(Envelope {
            stamp: crate::domain::ClinicalTime::from_epoch_ms(0),
            received: crate::domain::WallTime::from_epoch_ms(0),
            input: Input::Tick,
            delivery: None,
        });
    }
    let mut publisher = Publisher::connect(broker.port).await;
    publisher.publish_all(&numbered(4)).await;
    subscriber.counted("four", |c| c.messages == 4).await;
    publisher.publish_unguaranteed("unguaranteed").await;
    subscriber
        .counted("dropped", |c| c.no_guarantee_dropped == 1)
        .await;
    for _ in 0..2 {
        assert!(matches!(subscriber.next().await.input, Input::Tick));
    }
    let (texts, deliveries) = subscriber.take(4).await;
    assert_eq!(texts, numbered(4));
    settle(deliveries);
    publisher.publish_unguaranteed("again").await;
    let envelope = subscriber.next().await;
    assert_eq!(text(&envelope), "again");
    assert!(envelope.delivery.is_none());
    assert_eq!(subscriber.handle.counters().no_guarantee, 2);
}

#[tokio::test]
async fn an_orderly_stop_still_acknowledges_what_the_engine_settles() {
    if !installed(MOSQUITTO) {
        return;
    }
    let broker = Broker::start(DURABLE).await;
    let mut subscriber = run(settings(broker.port));
    subscriber.is_well().await;
    let mut publisher = Publisher::connect(broker.port).await;
    publisher.publish_all(&numbered(3)).await;
    let (_, deliveries) = subscriber.take(3).await;
    subscriber.cancel.cancel();
    // Long enough for an impatient end to be over before the engine settles.
    publisher.publish_all(&numbered(100)).await;
    settle(deliveries);
    subscriber.stop().await;
    let said_goodbye = || broker.logged(&["Received DISCONNECT from wardlight"]) == 1;
    until("goodbye", said_goodbye).await;
    assert_eq!(broker.logged(&["Received PUBACK from wardlight"]), 3);

    let mut next = run(settings(broker.port));
    assert_eq!(next.take(100).await.0, numbered(100));
}

#[tokio::test]
async fn a_changed_topic_list_takes_effect_at_once() {
    if !installed(MOSQUITTO) {
        return;
    }
    let broker = Broker::start(DURABLE).await;
    let mut subscriber = run(SubscriberSettings {
        topics: vec!["elsewhere/#".to_owned()],
        ..settings(broker.port)
    });
    subscriber.is_well().await;
    subscriber
        .handle
        .set_topics(vec!["wardlight/v1/+/vitals".to_owned()]);
    let asked = || broker.logged(&["Received UNSUBSCRIBE from wardlight"]) == 1;
    until("taken back", asked).await;
    subscriber.is_well().await;
    let granted = || broker.logged(&["Sending SUBACK to wardlight"]) == 2;
    until("granted", granted).await;
    let mut publisher = Publisher::connect(broker.port).await;
    publisher.publish("new topic", false).await;
    assert_eq!(subscriber.take(1).await.0, ["new topic"]);
}
