//! A bare MQTT 5 end on rumqttc's codec: publisher, and scripted broker.

use super::{PATIENCE, packets};
use bytes::BytesMut;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{
    ConnAck, ConnAckProperties, Connect, ConnectReturnCode, Login, Packet, Publish, SubAck,
    Subscribe, SubscribeReasonCode,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// One end of a connection.
pub(super) struct Peer {
    stream: TcpStream,
    buffer: BytesMut,
}

impl Peer {
    pub(super) async fn accept(listener: &TcpListener) -> Self {
        let accepted = tokio::time::timeout(PATIENCE, listener.accept()).await;
        Self::over(accepted.expect("in time").expect("accepts").0)
    }

    fn over(stream: TcpStream) -> Self {
        let buffer = BytesMut::new();
        Self { stream, buffer }
    }

    pub(super) async fn send(&mut self, packets: &[Packet]) {
        let mut out = BytesMut::new();
        for packet in packets {
            packet.write(&mut out, None).expect("writable");
        }
        self.stream.write_all(&out).await.expect("sent");
    }

    pub(super) async fn send_raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("sent");
    }

    /// The next packet; none when the other end closed.
    pub(super) async fn next(&mut self) -> Option<Packet> {
        loop {
            match packets::next(&mut self.buffer, u32::MAX) {
                Ok(Some(packet)) => return Some(packet),
                Ok(None) => {}
                Err(end) => panic!("unreadable: {end}"),
            }
            let read = self.stream.read_buf(&mut self.buffer);
            let read = tokio::time::timeout(PATIENCE, read).await.expect("in time");
            if read.unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    /// Answers CONNECT and the first SUBSCRIBE.
    pub(super) async fn greet(
        &mut self,
        session_present: bool,
        properties: Option<ConnAckProperties>,
        codes: &[SubscribeReasonCode],
    ) -> (Connect, Subscribe) {
        let Some(Packet::Connect(connect, ..)) = self.next().await else {
            panic!("CONNECT comes first");
        };
        let connack = ConnAck {
            session_present,
            code: ConnectReturnCode::Success,
            properties,
        };
        self.send(&[Packet::ConnAck(connack)]).await;
        let Some(Packet::Subscribe(subscribe)) = self.next().await else {
            panic!("SUBSCRIBE follows");
        };
        self.send(&[suback(subscribe.pkid, codes)]).await;
        (connect, subscribe)
    }
}

pub(super) fn suback(pkid: u16, codes: &[SubscribeReasonCode]) -> Packet {
    Packet::SubAck(SubAck {
        pkid,
        return_codes: codes.to_vec(),
        properties: None,
    })
}

pub(super) fn publish(pkid: u16, topic: &str, payload: &str) -> Publish {
    let qos = match pkid {
        0 => QoS::AtMostOnce,
        _ => QoS::AtLeastOnce,
    };
    let mut publish = Publish::new(topic, qos, payload.to_owned(), None);
    publish.pkid = pkid;
    publish
}

/// A publisher towards a real broker.
pub(super) struct Publisher {
    peer: Peer,
    sent: u16,
}

impl Publisher {
    pub(super) async fn connect(port: u16) -> Self {
        Self::connect_with(port, None).await
    }

    pub(super) async fn connect_as(port: u16, user: &str) -> Self {
        let login = Login {
            username: user.to_owned(),
            password: "secret".to_owned(),
        };
        Self::connect_with(port, Some(login)).await
    }

    async fn connect_with(port: u16, login: Option<Login>) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await;
        let mut peer = Peer::over(stream.expect("the broker listens"));
        let connect = Connect {
            keep_alive: 60,
            client_id: "publisher".to_owned(),
            clean_start: true,
            properties: None,
        };
        peer.send(&[Packet::Connect(connect, None, login)]).await;
        assert!(matches!(peer.next().await, Some(Packet::ConnAck(_))));
        Self { peer, sent: 0 }
    }

    /// Publishes one message at QoS 1 and waits for its PUBACK.
    pub(super) async fn publish(&mut self, payload: &str, retain: bool) {
        self.sent += 1;
        let mut message = publish(self.sent, "wardlight/v1/w-1/vitals", payload);
        message.retain = retain;
        self.peer.send(&[Packet::Publish(message)]).await;
        assert!(matches!(self.peer.next().await, Some(Packet::PubAck(_))));
    }

    pub(super) async fn publish_all(&mut self, payloads: &[String]) {
        for payload in payloads {
            self.publish(payload, false).await;
        }
    }

    /// Publishes at QoS 0; on return the broker has it.
    pub(super) async fn publish_unguaranteed(&mut self, payload: &str) {
        let message = publish(0, "wardlight/v1/w-1/vitals", payload);
        let ping = Packet::PingReq(rumqttc::v5::mqttbytes::v5::PingReq);
        self.peer.send(&[Packet::Publish(message), ping]).await;
        assert!(matches!(self.peer.next().await, Some(Packet::PingResp(_))));
    }
}
