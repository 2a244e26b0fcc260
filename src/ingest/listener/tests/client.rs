//! A client that sends bytes; its answers are read by the client library's codecs.

use super::double::DEADLINE;
use bytes::{BufMut, BytesMut};
use rumqttc::mqttbytes::v4;
use rumqttc::v5::mqttbytes::v5;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

pub(super) const VITALS: &str = "wardlight/v1/w1/vitals";

/// One packet from the server.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    /// The first byte.
    pub(super) head: u8,
    /// All after the fixed header.
    pub(super) body: Vec<u8>,
    /// As the library reads it, for version 5.
    pub(super) v5: Option<v5::Packet>,
}

pub(super) struct Client {
    pub(super) stream: TcpStream,
    version: u8,
    input: BytesMut,
}

/// What a CONNECT says; `properties` and `will_properties` are encoded ones.
#[derive(Clone)]
pub(super) struct Hello {
    pub(super) version: u8,
    pub(super) id: &'static str,
    pub(super) user: Option<&'static str>,
    pub(super) password: Option<String>,
    pub(super) clean: bool,
    pub(super) keep_alive: u16,
    pub(super) will: Option<(&'static str, &'static str)>,
    pub(super) will_properties: Vec<u8>,
    pub(super) properties: Vec<u8>,
}

pub(super) fn hello(version: u8, device: &'static str) -> Hello {
    Hello {
        version,
        id: device,
        user: Some(device),
        password: Some(format!("secret of {device}")),
        clean: true,
        keep_alive: 60,
        will: None,
        will_properties: Vec::new(),
        properties: Vec::new(),
    }
}

impl Hello {
    /// Keeps the session for an hour.
    pub(super) fn durable(self) -> Self {
        self.kept_for(3600)
    }

    pub(super) fn kept_for(mut self, seconds: u32) -> Self {
        self.clean = false;
        self.properties.push(17);
        self.properties.extend(seconds.to_be_bytes());
        self
    }

    pub(super) fn with_will(mut self, topic: &'static str) -> Self {
        self.will = Some((topic, r#"{"online": false, "session": 7}"#));
        self
    }

    pub(super) fn delayed(mut self, seconds: u32) -> Self {
        self.will_properties.push(24);
        self.will_properties.extend(seconds.to_be_bytes());
        self
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut flags = u8::from(self.clean) << 1;
        flags |= u8::from(self.will.is_some()) << 2;
        flags |= u8::from(self.password.is_some()) << 6;
        flags |= u8::from(self.user.is_some()) << 7;
        let mut body = text("MQTT");
        body.extend([self.version, flags]);
        body.extend(self.keep_alive.to_be_bytes());
        if self.version == 5 {
            body.extend(with_length(&self.properties));
        }
        body.extend(text(self.id));
        if let Some((topic, payload)) = self.will {
            if self.version == 5 {
                body.extend(with_length(&self.will_properties));
            }
            body.extend(text(topic));
            body.extend(text(payload));
        }
        body.extend(self.user.map(text).unwrap_or_default());
        body.extend(self.password.as_deref().map(text).unwrap_or_default());
        packet(0x10, &body)
    }
}

pub(super) fn text(text: &str) -> Vec<u8> {
    let mut bytes = (text.len() as u16).to_be_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes
}

fn with_length(bytes: &[u8]) -> Vec<u8> {
    let mut length = bytes.len();
    let mut out = Vec::new();
    loop {
        let byte = (length % 128) as u8;
        length /= 128;
        out.push(if length > 0 { byte | 0x80 } else { byte });
        if length == 0 {
            break;
        }
    }
    out.extend(bytes);
    out
}

pub(super) fn packet(head: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![head];
    bytes.extend(with_length(body));
    bytes
}

/// A PUBLISH; `flags` are those of the fixed header without the QoS.
pub(super) fn publish(version: u8, qos: u8, id: u16, topic: &str, payload: &str) -> Vec<u8> {
    publish_with(version, qos << 1, id, topic, &[], payload)
}

pub(super) fn publish_with(
    version: u8,
    flags: u8,
    id: u16,
    topic: &str,
    properties: &[u8],
    payload: &str,
) -> Vec<u8> {
    let mut body = text(topic);
    if flags & 0b110 != 0 {
        body.extend(id.to_be_bytes());
    }
    if version == 5 {
        body.extend(with_length(properties));
    }
    body.extend(payload.as_bytes());
    packet(0x30 | flags, &body)
}

pub(super) fn release(id: u16) -> Vec<u8> {
    packet(0x62, &id.to_be_bytes())
}

pub(super) const PING: [u8; 2] = [0xc0, 0];
pub(super) const DISCONNECT: [u8; 2] = [0xe0, 0];

impl Client {
    /// Connects the socket and says nothing.
    pub(super) async fn open(address: SocketAddr, version: u8) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let input = BytesMut::new();
        Self {
            stream,
            version,
            input,
        }
    }

    /// Connects and returns the answer too.
    pub(super) async fn greet(address: SocketAddr, hello: &Hello) -> (Self, Option<Answer>) {
        let mut client = Self::open(address, hello.version).await;
        client.send(&hello.bytes()).await;
        let answer = client.answer().await;
        (client, answer)
    }

    /// Connects and must be let in; returns whether a session was present.
    pub(super) async fn enter(address: SocketAddr, hello: &Hello) -> (Self, bool) {
        let (client, answer) = Self::greet(address, hello).await;
        let answer = answer.expect("an answer to CONNECT");
        assert_eq!((answer.head, answer.body[1]), (0x20, 0), "{answer:?}");
        assert!(answer.body[0] <= 1, "reserved bits: {answer:?}");
        (client, answer.body[0] == 1)
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) {
        // The server may have closed: the test looks at its answers.
        let _ = self.stream.write_all(bytes).await;
    }

    /// The next packet; none when the server closed.
    pub(super) async fn answer(&mut self) -> Option<Answer> {
        let answer = timeout(DEADLINE, self.read()).await;
        answer.expect("an answer, or the end, within the deadline")
    }

    async fn read(&mut self) -> Option<Answer> {
        loop {
            if let Some(answer) = self.take() {
                return Some(answer);
            }
            match self.stream.read_buf(&mut self.input).await {
                Ok(0) | Err(_) => {
                    assert!(self.input.is_empty(), "half a packet");
                    return None;
                }
                Ok(_) => {}
            }
        }
    }

    fn take(&mut self) -> Option<Answer> {
        let head = *self.input.first()?;
        let (mut length, mut header) = (0, 1);
        loop {
            let byte = usize::from(*self.input.get(header)?);
            length |= (byte & 0x7f) << (7 * (header - 1));
            header += 1;
            if byte & 0x80 == 0 {
                break;
            }
        }
        if self.input.len() < header + length {
            return None;
        }
        let mut whole = self.input.split_to(header + length);
        let body = whole[header..].to_vec();
        whole.put_slice(&[]);
        let v5 = (self.version == 5).then(|| v5::Packet::read(&mut whole, None).unwrap());
        if self.version == 4 {
            v4::Packet::read(&mut whole, usize::MAX).unwrap();
        }
        Some(Answer { head, body, v5 })
    }

    /// The next answer must be these bytes after its head.
    pub(super) async fn expect(&mut self, head: u8, body: &[u8]) {
        let answer = self.answer().await.expect("an answer");
        assert_eq!((answer.head, &answer.body[..]), (head, body));
    }

    /// The server must end it: version 5 with this reason, 3.1.1 without a word.
    pub(super) async fn expect_end(&mut self, reason: u8) {
        if self.version == 5 {
            // A reason, and no property: neither a session expiry nor words.
            self.expect(0xe0, &[reason, 0]).await;
        }
        assert_eq!(self.answer().await, None);
    }
}
