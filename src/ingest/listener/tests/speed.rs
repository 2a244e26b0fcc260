//! How fast the listener is with nothing behind it; says something only when
//! optimised (`cargo test --release -- --nocapture messages_a_second`).

use super::client::{Client, Hello, hello, publish};
use super::double::{Harness, settings};
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const CLIENTS: u16 = 4;

fn payload(client: u16, message: usize) -> String {
    format!(
        r#"{{"session":1,"seq":{message},"hr":7{client}.5,"spo2":97,"rr":16,"temp":36.7,"steps":12,"battery":81}}"#
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_message_of_several_clients_is_acknowledged_and_messages_a_second_are_printed() {
    let each = if cfg!(debug_assertions) {
        2_000
    } else {
        250_000
    };
    let mut open = settings();
    open.dangerous_anonymous = true;
    open.rate_messages_per_second = 10_000_000;
    open.rate_burst_messages = 10_000_000;
    open.receive_maximum = 20_000;
    let harness = Harness::with(open).await;
    let mut bytes = Vec::new();
    for client in 0..CLIENTS {
        let messages = (0..each).map(|message| {
            let id = u16::try_from(message % 60_000).unwrap() + 1;
            let topic = format!("wardlight/v1/d{}/vitals", message % 500);
            publish(4, 1, id, &topic, &payload(client, message))
        });
        bytes.push(messages.collect::<Vec<_>>().concat());
    }
    let started = Instant::now();
    let mut tasks = Vec::new();
    for (id, bytes) in ["a", "b", "c", "d"].into_iter().zip(bytes) {
        let anonymous = Hello {
            user: None,
            password: None,
            ..hello(4, id)
        };
        let (client, _) = Client::enter(harness.address, &anonymous).await;
        tasks.push(tokio::spawn(async move {
            let (mut input, mut output) = client.stream.into_split();
            let writer = tokio::spawn(async move {
                output.write_all(&bytes).await.unwrap();
                output
            });
            let mut left = each * 4;
            let mut buffer = vec![0; 64 * 1024];
            while left > 0 {
                let read = input.read(&mut buffer).await.unwrap();
                assert!(read > 0, "{left} bytes of acknowledgements are missing");
                left -= read;
            }
            drop(writer.await.unwrap());
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let all = each * usize::from(CLIENTS);
    let rate = all as f64 / started.elapsed().as_secs_f64();
    eprintln!("{rate:.0} messages/s of six vitals, QoS 1, all acknowledged");
    assert_eq!(harness.count("messages", "1"), all as u64);
}
