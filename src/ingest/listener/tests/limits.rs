//! Sizes, rates, counts, silence, back-pressure, shutdown.

use super::client::{Client, PING, VITALS, hello, publish};
use super::double::{Disk, Harness, Seen, settings};
use std::sync::Arc;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_packet_larger_than_the_maximum_is_refused_before_it_is_read() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        let (mut client, _) = Client::enter(harness.address, &hello(version, "w1")).await;
        // 300 KiB are announced, and not one byte of them is sent.
        client.send(&[0x32, 0x80, 0xe0, 0x12]).await;
        client.expect_end(0x95).await;
    }
    assert_eq!(harness.count("violations", "packet_too_large"), 2);
}

#[tokio::test]
async fn the_largest_payload_is_taken_and_one_byte_more_is_quarantined() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        let (mut client, _) = Client::enter(harness.address, &hello(version, "w1")).await;
        let largest = format!("{{{}}}", " ".repeat(256 * 1024 - 2));
        client.send(&publish(version, 1, 1, VITALS, &largest)).await;
        client.expect(0x40, &[0, 1]).await;
        client
            .send(&publish(version, 1, 2, VITALS, &format!("{largest} ")))
            .await;
        client.expect(0x40, &[0, 2]).await;
    }
    let length = 256 * 1024 + 1;
    harness
        .until(Seen::Unreadable {
            reason: "too_large",
            length,
        })
        .await;
}

#[tokio::test]
async fn a_connect_larger_than_16_kib_is_closed() {
    let harness = Harness::start().await;
    let mut client = Client::open(harness.address, 4).await;
    client.send(&[0x10, 0x80, 0x80, 0x02]).await;
    assert_eq!(client.answer().await, None);
}

#[tokio::test]
async fn more_unacknowledged_messages_than_the_receive_maximum_end_a_v5_connection() {
    let mut few = settings();
    few.receive_maximum = 3;
    let harness = Harness::with(few).await;
    for qos in [1, 2] {
        let (mut client, _) = Client::enter(harness.address, &hello(5, "w1")).await;
        harness.hold(true);
        for id in 1..=3 {
            client.send(&publish(5, qos, id, VITALS, "{}")).await;
        }
        client.send(&PING).await;
        client.expect(0xd0, &[]).await;
        client.send(&publish(5, qos, 4, VITALS, "{}")).await;
        client.expect_end(0x93).await;
        harness.hold(false);
    }
}

#[tokio::test]
async fn a_qos_2_exchange_counts_until_it_is_complete() {
    let mut few = settings();
    few.receive_maximum = 1;
    let harness = Harness::with(few).await;
    let (mut client, _) = Client::enter(harness.address, &hello(5, "w1")).await;
    for id in [1, 2] {
        client.send(&publish(5, 2, id, VITALS, "{}")).await;
        client.expect(0x50, &[0, id as u8]).await;
        client.send(&super::client::release(id)).await;
        client.expect(0x70, &[0, id as u8]).await;
    }
    client.send(&publish(5, 2, 3, VITALS, "{}")).await;
    client.expect(0x50, &[0, 3]).await;
    client.send(&publish(5, 1, 4, VITALS, "{}")).await;
    client.expect_end(0x93).await;
}

#[tokio::test]
async fn a_v4_client_is_read_no_further_than_the_receive_maximum() {
    let mut few = settings();
    few.receive_maximum = 3;
    let harness = Harness::with(few).await;
    let (mut client, _) = Client::enter(harness.address, &hello(4, "w1")).await;
    harness.hold(true);
    for id in 1..=10 {
        client.send(&publish(4, 1, id, VITALS, "{}")).await;
    }
    wait_for(&harness, |h| h.count("messages", "1") == 3).await;
    harness.hold(false);
    for id in 1..=10_u16 {
        client.expect(0x40, &id.to_be_bytes()).await;
    }
}

async fn wait_for(harness: &Harness, done: impl Fn(&Harness) -> bool) {
    let deadline = Instant::now() + super::double::DEADLINE;
    while !done(harness) {
        assert!(Instant::now() < deadline, "the condition never came true");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_client_over_its_rate_is_slowed_and_loses_nothing() {
    let mut slow = settings();
    slow.rate_messages_per_second = 100;
    slow.rate_burst_messages = 10;
    let harness = Harness::with(slow).await;
    let (mut client, _) = Client::enter(harness.address, &hello(4, "w1")).await;
    let started = Instant::now();
    for id in 1..=60 {
        client.send(&publish(4, 1, id, VITALS, "{}")).await;
    }
    for id in 1..=60_u16 {
        client.expect(0x40, &id.to_be_bytes()).await;
    }
    assert!(
        started.elapsed() >= Duration::from_millis(480),
        "{:?}",
        started.elapsed()
    );
    assert!(harness.count("rate_pauses", "") > 0);
}

#[tokio::test]
async fn a_flood_of_control_packets_ends_the_connection() {
    let mut slow = settings();
    slow.rate_messages_per_second = 10;
    slow.rate_burst_messages = 10;
    let harness = Harness::with(slow).await;
    for version in [4, 5] {
        let (mut client, _) = Client::enter(harness.address, &hello(version, "w1")).await;
        client.send(&PING.repeat(200)).await;
        let mut pongs = 0;
        let last = loop {
            match client.answer().await {
                Some(answer) if answer.head == 0xd0 => pongs += 1,
                other => break other,
            }
        };
        assert!((100..110).contains(&pongs), "{pongs}");
        assert_eq!(
            last.map(|answer| answer.body[0]),
            (version == 5).then_some(0x96)
        );
    }
}

#[tokio::test]
async fn a_silent_client_is_ended_after_one_and_a_half_keep_alives() {
    let harness = Harness::start().await;
    for version in [4, 5] {
        let mut short = hello(version, "w1");
        short.keep_alive = 1;
        let (mut client, _) = Client::enter(harness.address, &short).await;
        let started = Instant::now();
        client.expect_end(0x8d).await;
        let waited = started.elapsed();
        assert!(
            waited >= Duration::from_millis(1400) && waited < Duration::from_secs(4),
            "{waited:?}"
        );
    }
    assert_eq!(harness.count("violations", "keep_alive_timeout"), 2);
}

#[tokio::test]
async fn a_client_without_a_keep_alive_gets_the_longest() {
    let mut short = settings();
    short.keep_alive_seconds_max = 1;
    let harness = Harness::with(short).await;
    for version in [4, 5] {
        let mut none = hello(version, "w1");
        none.keep_alive = 0;
        let (mut client, _) = Client::enter(harness.address, &none).await;
        client.expect_end(0x8d).await;
    }
}

#[tokio::test]
async fn a_full_inbox_makes_the_client_wait_and_drops_only_qos_0() {
    let harness = Harness::on(settings(), Arc::new(Disk::default()), 4).await;
    let (mut client, _) = Client::enter(harness.address, &hello(4, "w1")).await;
    harness.hold(true);
    for id in 1..=40 {
        let mut bytes = publish(4, 1, id, VITALS, "{}");
        bytes.extend(publish(4, 0, 0, VITALS, "{}"));
        client.send(&bytes).await;
    }
    wait_for(&harness, |h| h.count("inbox_pauses", "") > 0).await;
    harness.hold(false);
    for id in 1..=40_u16 {
        client.expect(0x40, &id.to_be_bytes()).await;
    }
    assert!(harness.count("messages_dropped", "") > 0);
}

#[tokio::test]
async fn connections_over_the_limit_are_closed_at_once() {
    let mut one = settings();
    one.connections_max = 1;
    let harness = Harness::with(one).await;
    let (mut first, _) = Client::enter(harness.address, &hello(4, "w1")).await;
    let (_, answer) = Client::greet(harness.address, &hello(4, "w2")).await;
    assert_eq!(answer, None);
    first.send(&PING).await;
    first.expect(0xd0, &[]).await;
    assert_eq!(harness.count("connections_over_limit", ""), 1);
}

#[tokio::test]
async fn sessions_over_the_limit_are_refused() {
    for (version, quota) in [(4, 3), (5, 0x97)] {
        let mut one = settings();
        one.sessions_max = 1;
        let harness = Harness::with(one).await;
        let (client, _) = Client::enter(harness.address, &hello(version, "w1").durable()).await;
        drop(client);
        let (_, answer) = Client::greet(harness.address, &hello(version, "w2")).await;
        assert_eq!(answer.unwrap().body[1], quota);
        Client::enter(harness.address, &hello(version, "w1")).await;
    }
}

#[tokio::test]
async fn shutdown_waits_for_acknowledgements_and_says_goodbye() {
    for version in [4, 5] {
        let harness = Harness::start().await;
        let (mut client, _) = Client::enter(harness.address, &hello(version, "w1")).await;
        harness.hold(true);
        client.send(&publish(version, 1, 7, VITALS, "{}")).await;
        client.send(&PING).await;
        client.expect(0xd0, &[]).await;
        harness.cancel.cancel();
        harness.hold(false);
        client.expect(0x40, &[0, 7]).await;
        client.expect_end(0x8b).await;
        harness.server.await.unwrap();
    }
}

#[tokio::test]
async fn shutdown_ends_at_its_deadline_when_the_engine_does_not_answer() {
    let harness = Harness::start().await;
    let (mut client, _) = Client::enter(harness.address, &hello(5, "w1")).await;
    harness.hold(true);
    client.send(&publish(5, 1, 7, VITALS, "{}")).await;
    client.send(&PING).await;
    client.expect(0xd0, &[]).await;
    harness.cancel.cancel();
    client.expect_end(0x8b).await;
    harness.server.await.unwrap();
}
