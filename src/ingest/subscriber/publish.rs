//! Sends one message the way a watch does, on a connection of its own.

use super::transport::{Accepted, Stream, connect};
use super::{ConnectionEnd, SubscriberSettings, packets};
use bytes::BytesMut;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{DisconnectReasonCode, Packet, PubAckReason, Publish};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The only message of the connection.
const PACKET: u16 = 1;

/// Connects as `settings` say, publishes `payload` at QoS 1, and waits for its
/// acknowledgement. `sent` is called once the message has left. There is no
/// time limit but the one for connecting.
///
/// # Errors
/// [`ConnectionEnd`] says why the message was not acknowledged.
pub async fn publish_once(
    settings: &SubscriberSettings,
    topic: &str,
    payload: Vec<u8>,
    sent: impl FnOnce(),
) -> Result<(), ConnectionEnd> {
    let Accepted {
        mut stream,
        mut rest,
        ..
    } = connect(settings).await?;
    let mut publish = Publish::new(topic, QoS::AtLeastOnce, payload, None);
    publish.pkid = PACKET;
    let mut out = BytesMut::new();
    packets::write(&Packet::Publish(publish), &mut out, None)?;
    stream.write_all_buf(&mut out).await?;
    stream.flush().await?;
    sent();
    acknowledged(&mut stream, &mut rest, settings.packet_bytes_max).await?;
    packets::write_disconnect(DisconnectReasonCode::NormalDisconnection, &mut out);
    // It is acknowledged: a goodbye that is lost changes nothing.
    let _ = stream.write_all_buf(&mut out).await;
    Ok(())
}

async fn acknowledged(
    stream: &mut Box<dyn Stream>,
    buffer: &mut BytesMut,
    limit: u32,
) -> Result<(), ConnectionEnd> {
    loop {
        match packets::next(buffer, limit)? {
            Some(Packet::PubAck(ack)) if ack.pkid == PACKET => {
                return match ack.reason {
                    // A broker that knows no subscriber took it all the same.
                    PubAckReason::Success | PubAckReason::NoMatchingSubscribers => Ok(()),
                    _ => Err(ConnectionEnd::Protocol),
                };
            }
            Some(Packet::Disconnect(_)) => return Err(ConnectionEnd::Closed),
            Some(_) => return Err(ConnectionEnd::Protocol),
            None => {}
        }
        if stream.read_buf(buffer).await? == 0 {
            return Err(ConnectionEnd::Closed);
        }
    }
}
