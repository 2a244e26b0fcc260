//! The device's offline event.

use super::client::{Client, DISCONNECT, Hello, PING, hello};
use super::double::{Harness, Seen};

const STATUS: &str = "wardlight/v1/w1/status";

fn offline() -> Seen {
    Seen::Status {
        device: "w1".to_owned(),
        online: false,
    }
}

fn with_will(version: u8) -> Hello {
    hello(version, "w1").with_will(STATUS)
}

async fn assert_none(harness: &Harness) {
    // A later event of another device shows that the first would have come.
    let other = hello(5, "w2").with_will("wardlight/v1/w2/status");
    let (client, _) = Client::enter(harness.address, &other).await;
    drop(client);
    harness
        .until(Seen::Status {
            device: "w2".to_owned(),
            online: false,
        })
        .await;
    assert!(
        !harness.disk.seen().contains(&offline()),
        "{:?}",
        harness.disk.seen()
    );
}

#[tokio::test]
async fn a_lost_connection_publishes_the_will() {
    for version in [4, 5] {
        for hello in [with_will(version), with_will(version).durable()] {
            let harness = Harness::start().await;
            let (client, _) = Client::enter(harness.address, &hello).await;
            drop(client);
            harness.until(offline()).await;
            harness.until(Seen::WillDone("w1".to_owned())).await;
            assert_eq!(harness.count("wills", ""), 1);
        }
    }
}

#[tokio::test]
async fn a_connection_without_a_will_publishes_none() {
    for version in [4, 5] {
        let harness = Harness::start().await;
        let without = hello(version, "w1").durable();
        let (client, _) = Client::enter(harness.address, &without).await;
        drop(client);
        assert_none(&harness).await;
        // Nor does the session, which a kill leaves open.
        let (client, _) = Client::enter(harness.address, &without).await;
        let harness = harness.kill_and_start_again().await;
        drop(client);
        // This one falls due after the grace that a restart gives.
        let later = hello(5, "w2").with_will("wardlight/v1/w2/status");
        let (gone, _) = Client::enter(harness.address, &later.kept_for(2).delayed(2)).await;
        drop(gone);
        let fell_due = |seen: &[Seen]| {
            let done = Seen::WillDone("w2".to_owned());
            seen.iter().filter(|seen| **seen == done).count() == 2
        };
        harness.disk.until("the later Will", fell_due).await;
        assert!(!harness.disk.seen().contains(&offline()));
    }
}

#[tokio::test]
async fn a_will_is_judged_whether_it_is_to_be_retained_or_not() {
    const WILL_RETAIN: u8 = 0b0010_0000;
    for version in [4, 5] {
        for retain in [0, WILL_RETAIN] {
            let harness = Harness::start().await;
            let mut bytes = with_will(version).bytes();
            bytes[9] |= retain;
            let mut client = Client::open(harness.address, version).await;
            client.send(&bytes).await;
            let answer = client.answer().await.expect("a CONNACK");
            assert_eq!((answer.head, answer.body[1]), (0x20, 0));
            drop(client);
            harness.until(offline()).await;
        }
    }
}

#[tokio::test]
async fn a_normal_disconnect_makes_the_will_void() {
    for version in [4, 5] {
        for hello in [with_will(version), with_will(version).durable()] {
            let harness = Harness::start().await;
            let (mut client, _) = Client::enter(harness.address, &hello).await;
            client.send(&DISCONNECT).await;
            assert_eq!(client.answer().await, None);
            assert_none(&harness).await;
        }
    }
}

#[tokio::test]
async fn a_disconnect_with_will_publishes_it() {
    let harness = Harness::start().await;
    let (mut client, _) = Client::enter(harness.address, &with_will(5)).await;
    client.send(&[0xe0, 1, 4]).await;
    harness.until(offline()).await;
}

#[tokio::test]
async fn a_protocol_error_or_silence_publishes_the_will() {
    for version in [4, 5] {
        let harness = Harness::start().await;
        let (mut client, _) = Client::enter(harness.address, &with_will(version)).await;
        client.send(&[0xc1, 0]).await;
        client.expect_end(0x81).await;
        harness.until(offline()).await;
        let harness = Harness::start().await;
        let mut short = with_will(version);
        short.keep_alive = 1;
        let _client = Client::enter(harness.address, &short).await;
        harness.until(offline()).await;
    }
}

#[tokio::test]
async fn a_delayed_will_waits_and_is_void_when_the_client_returns() {
    let harness = Harness::start().await;
    let delayed = with_will(5).durable().delayed(1);
    let (client, _) = Client::enter(harness.address, &delayed).await;
    drop(client);
    let client = "w1".to_owned();
    harness
        .until(Seen::Closed {
            client,
            expiry_seconds: None,
            keep_will: true,
        })
        .await;
    let (mut client, _) = Client::enter(harness.address, &hello(5, "w1").durable()).await;
    client.send(&PING).await;
    client.expect(0xd0, &[]).await;
    let other = hello(5, "w2")
        .with_will("wardlight/v1/w2/status")
        .durable()
        .delayed(1);
    let (gone, _) = Client::enter(harness.address, &other).await;
    drop(gone);
    harness
        .until(Seen::Status {
            device: "w2".to_owned(),
            online: false,
        })
        .await;
    assert!(!harness.disk.seen().contains(&offline()));
}

#[tokio::test]
async fn a_delayed_will_is_published_when_the_session_ends_first() {
    let harness = Harness::start().await;
    let ends_first = [
        with_will(5).delayed(3600),
        with_will(5).kept_for(1).delayed(3600),
    ];
    for (count, hello) in (1..).zip(ends_first) {
        let (client, _) = Client::enter(harness.address, &hello).await;
        drop(client);
        let wills = |seen: &[Seen]| seen.iter().filter(|s| **s == offline()).count() == count;
        harness.disk.until("the will", wills).await;
    }
}

#[tokio::test]
async fn a_clean_start_publishes_the_delayed_will_of_the_session_it_ends() {
    let harness = Harness::start().await;
    let delayed = with_will(5).durable().delayed(3600);
    let (client, _) = Client::enter(harness.address, &delayed).await;
    drop(client);
    let client = "w1".to_owned();
    harness
        .until(Seen::Closed {
            client,
            expiry_seconds: None,
            keep_will: true,
        })
        .await;
    Client::enter(harness.address, &hello(5, "w1")).await;
    harness.until(offline()).await;
}

#[tokio::test]
async fn a_takeover_publishes_the_will_unless_it_is_delayed_and_the_session_goes_on() {
    let cases = [
        (with_will(4).durable(), hello(4, "w1").durable(), true),
        (with_will(5).durable(), hello(5, "w1").durable(), true),
        (
            with_will(5).durable().delayed(60),
            hello(5, "w1").durable(),
            false,
        ),
        (with_will(5).durable().delayed(60), hello(5, "w1"), true),
    ];
    for (first, second, published) in cases {
        let harness = Harness::start().await;
        let (_first, _) = Client::enter(harness.address, &first).await;
        let (_second, _) = Client::enter(harness.address, &second).await;
        if published {
            harness.until(offline()).await;
        } else {
            assert_none(&harness).await;
        }
    }
}

#[tokio::test]
async fn a_will_survives_a_kill_and_is_published_when_the_client_stays_away() {
    for hello in [
        with_will(4),
        with_will(4).durable(),
        with_will(5),
        with_will(5).durable().delayed(1),
    ] {
        let harness = Harness::start().await;
        let (client, _) = Client::enter(harness.address, &hello).await;
        let harness = harness.kill_and_start_again().await;
        drop(client);
        harness.until(offline()).await;
        harness.until(Seen::WillDone("w1".to_owned())).await;
    }
}

#[tokio::test]
async fn a_client_that_returns_after_a_restart_is_not_shown_offline() {
    for version in [4, 5] {
        for hello in [with_will(version), with_will(version).durable()] {
            let harness = Harness::start().await;
            let (client, _) = Client::enter(harness.address, &hello).await;
            let harness = harness.kill_and_start_again().await;
            drop(client);
            let (mut client, present) = Client::enter(harness.address, &hello).await;
            assert_eq!(present, !hello.clean);
            client.send(&PING).await;
            client.expect(0xd0, &[]).await;
            let other = super::client::hello(5, "w2").with_will("wardlight/v1/w2/status");
            let (gone, _) = Client::enter(harness.address, &other.kept_for(2).delayed(2)).await;
            drop(gone);
            harness
                .until(Seen::Status {
                    device: "w2".to_owned(),
                    online: false,
                })
                .await;
            assert!(!harness.disk.seen().contains(&offline()));
        }
    }
}

#[tokio::test]
async fn a_will_outside_the_devices_own_topic_is_refused() {
    let harness = Harness::start().await;
    for (version, refused) in [(4, 5), (5, 0x87)] {
        let other = hello(version, "w1").with_will("wardlight/v1/w2/status");
        let (_, answer) = Client::greet(harness.address, &other).await;
        assert_eq!(answer.unwrap().body[1], refused);
    }
}

#[tokio::test]
async fn a_will_topic_with_wildcards_is_refused() {
    let harness = Harness::start().await;
    let (_, answer) = Client::greet(
        harness.address,
        &hello(5, "w1").with_will("wardlight/v1/w1/#"),
    )
    .await;
    assert_eq!(answer.unwrap().body, [0, 0x81, 0]);
    let (_, answer) = Client::greet(
        harness.address,
        &hello(4, "w1").with_will("wardlight/v1/w1/#"),
    )
    .await;
    assert_eq!(answer, None);
}
