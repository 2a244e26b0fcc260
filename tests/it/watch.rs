//! A watch that speaks MQTT byte by byte, so that it can also speak it wrongly.

use crate::service::{Service, password};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

/// What the server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// CONNACK with its reason.
    Connack(u8),
    /// PUBACK with its reason.
    Puback(u8),
    /// DISCONNECT with its reason.
    Disconnect(u8),
    /// The connection ended.
    Closed,
    /// Anything else, by its first byte.
    Other(u8),
}

pub(crate) struct Watch {
    stream: TcpStream,
    version: u8,
    device: String,
    packet: u16,
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u16).to_be_bytes());
    bytes.extend(text.as_bytes());
}

/// A packet with its fixed header.
fn packet(head: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![head];
    let mut length = body.len();
    loop {
        let digit = (length % 128) as u8;
        length /= 128;
        bytes.push(if length > 0 { digit | 0x80 } else { digit });
        if length == 0 {
            break;
        }
    }
    bytes.extend(body);
    bytes
}

impl Watch {
    /// Connects with the device's own password and MQTT 5.
    pub(crate) async fn connect(service: &Service, device: &str) -> Self {
        let (watch, answer) = Self::hello(service.mqtt(), 5, device, &password(device)).await;
        assert_eq!(answer, Answer::Connack(0));
        watch
    }

    pub(crate) async fn hello(
        to: SocketAddr,
        version: u8,
        device: &str,
        password: &str,
    ) -> (Self, Answer) {
        let stream = TcpStream::connect(to).await.expect("connects");
        let mut watch = Self {
            stream,
            version,
            device: device.to_owned(),
            packet: 0,
        };
        let mut body = Vec::new();
        text(&mut body, "MQTT");
        body.extend([version, 0b1100_0010, 0, 60]);
        if version == 5 {
            body.push(0);
        }
        text(&mut body, device);
        text(&mut body, device);
        text(&mut body, password);
        watch.send(&packet(0x10, &body)).await;
        let answer = watch.answer().await;
        (watch, answer)
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        // A server that has hung up may answer all the same.
        let _ = self.stream.write_all(bytes).await;
    }

    /// The bytes of a PUBLISH at QoS 1 below the device's own topic.
    pub(crate) fn vitals(&mut self, payload: &[u8]) -> Vec<u8> {
        let topic = format!("wardlight/v1/{}/vitals", self.device);
        self.publish(&topic, payload)
    }

    pub(crate) fn publish(&mut self, topic: &str, payload: &[u8]) -> Vec<u8> {
        self.packet += 1;
        let mut body = Vec::new();
        text(&mut body, topic);
        body.extend(self.packet.to_be_bytes());
        if self.version == 5 {
            body.push(0);
        }
        body.extend(payload);
        packet(0x32, &body)
    }

    /// Publishes vitals and waits for the acknowledgement.
    pub(crate) async fn say(&mut self, payload: &Value) -> Answer {
        let bytes = self.vitals(payload.to_string().as_bytes());
        self.send(&bytes).await;
        self.answer().await
    }

    pub(crate) async fn answer(&mut self) -> Answer {
        timeout(PATIENCE, self.read())
            .await
            .expect("an answer in time")
    }

    async fn read(&mut self) -> Answer {
        let Ok(head) = self.stream.read_u8().await else {
            return Answer::Closed;
        };
        let (mut length, mut shift) = (0_usize, 0);
        loop {
            let Ok(byte) = self.stream.read_u8().await else {
                return Answer::Closed;
            };
            length |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let mut body = vec![0; length];
        if self.stream.read_exact(&mut body).await.is_err() {
            return Answer::Closed;
        }
        let byte = |place: usize| body.get(place).copied().unwrap_or(0);
        match head >> 4 {
            2 => Answer::Connack(byte(1)),
            4 => Answer::Puback(byte(2)),
            14 => Answer::Disconnect(byte(0)),
            _ => Answer::Other(head),
        }
    }
}
