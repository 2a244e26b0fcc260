//! Nothing is fanned out.

use super::client::{Client, hello, packet, text};
use super::double::Harness;

fn filters(version: u8, filters: &[&str], options: Option<u8>) -> Vec<u8> {
    let mut body = vec![0, 5];
    if version == 5 {
        body.push(0);
    }
    for filter in filters {
        body.extend(text(filter));
        body.extend(options);
    }
    body
}

/// The last filter is no UTF-8; `after` bytes follow it.
fn broken(mut body: Vec<u8>, after: usize) -> Vec<u8> {
    let last = body.len() - after - 1;
    body[last] = 0xff;
    body
}

#[tokio::test]
async fn every_filter_of_a_subscription_is_refused() {
    let harness = Harness::start().await;
    let wanted = ["wardlight/v1/w1/#", "a/+", "$share/g/x"];
    let (mut client, _) = Client::enter(harness.address, &hello(4, "w1")).await;
    client
        .send(&packet(0x82, &filters(4, &wanted, Some(1))))
        .await;
    client.expect(0x90, &[0, 5, 0x80, 0x80, 0x80]).await;
    let (mut client, _) = Client::enter(harness.address, &hello(5, "w1")).await;
    client
        .send(&packet(0x82, &filters(5, &wanted, Some(1))))
        .await;
    client.expect(0x90, &[0, 5, 0, 0x87, 0x87, 0x87]).await;
    assert_eq!(harness.count("subscriptions_refused", ""), 6);
}

#[tokio::test]
async fn an_unsubscription_is_answered() {
    let harness = Harness::start().await;
    let (mut client, _) = Client::enter(harness.address, &hello(4, "w1")).await;
    client
        .send(&packet(0xa2, &filters(4, &["a", "b"], None)))
        .await;
    client.expect(0xb0, &[0, 5]).await;
    let (mut client, _) = Client::enter(harness.address, &hello(5, "w1")).await;
    client
        .send(&packet(0xa2, &filters(5, &["a", "b"], None)))
        .await;
    client.expect(0xb0, &[0, 5, 0, 0x11, 0x11]).await;
}

#[tokio::test]
async fn subscriptions_without_a_readable_filter_or_with_reserved_bits_are_refused() {
    let harness = Harness::start().await;
    let cases = [
        (4, 0x82, filters(4, &[], None), 0),
        (5, 0x82, filters(5, &[], None), 0x82),
        (4, 0xa2, filters(4, &[], None), 0),
        (5, 0xa2, filters(5, &[], None), 0x82),
        (4, 0x82, filters(4, &["a"], Some(3)), 0),
        (5, 0x82, filters(5, &["a"], Some(3)), 0x81),
        (4, 0x82, filters(4, &["a"], Some(4)), 0),
        (5, 0x82, filters(5, &["a"], Some(0x40)), 0x81),
        (5, 0x82, filters(5, &["a"], Some(0x30)), 0x81),
        (4, 0x82, filters(4, &[""], Some(0)), 0),
        (5, 0xa2, filters(5, &[""], None), 0x81),
        (4, 0x82, broken(filters(4, &["a"], Some(0)), 1), 0),
        (5, 0x82, broken(filters(5, &["a"], Some(0)), 1), 0x81),
        (4, 0xa2, broken(filters(4, &["a"], None), 0), 0),
        (5, 0xa2, broken(filters(5, &["a"], None), 0), 0x81),
    ];
    for (version, head, body, reason) in cases {
        let (mut client, _) = Client::enter(harness.address, &hello(version, "w1")).await;
        client.send(&packet(head, &body)).await;
        client.expect_end(reason).await;
    }
}

#[tokio::test]
async fn an_answer_larger_than_the_client_takes_is_not_sent() {
    let harness = Harness::start().await;
    let mut small = hello(5, "w1");
    small.properties.extend([39, 0, 0, 0, 40]);
    let (mut client, _) = Client::enter(harness.address, &small).await;
    client
        .send(&packet(0x82, &filters(5, &["a"; 60], Some(0))))
        .await;
    client.send(&super::client::PING).await;
    client.expect(0xd0, &[]).await;
}
