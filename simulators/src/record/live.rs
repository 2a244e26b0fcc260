//! Records what a live broker carries.

use super::line::RecordedMessage;
use super::tape::{TapeError, TapeWriter};
use crate::publish::{BrokerOptions, ConnectError, client_config};
use crate::wall;
use rumqttc::{
    AsyncClient, Event, MqttOptions, Packet, Publish, QoS, SubAck, SubscribeReasonCode,
    TlsConfiguration, Transport,
};
use std::path::PathBuf;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Largest message taken, bytes; the client's default of 10 KiB would break the connection.
const PACKET_BYTES_MAX: usize = 16 << 20;

/// What to record.
#[derive(Debug, Clone)]
pub struct LiveRecording {
    /// The broker, spoken to in MQTT 3.1.1; the certificate must name the host.
    pub broker: BrokerOptions,
    /// Topic filter, `wardlight/v1/#` unless the site says otherwise.
    pub filter: String,
    /// Where to write.
    pub path: PathBuf,
    /// Stop after so many messages.
    pub messages_max: Option<u64>,
}

/// Why a live recording ended early.
#[derive(Debug, thiserror::Error)]
pub enum RecordLiveError {
    /// The file.
    #[error("the recording cannot be written")]
    Tape(#[from] TapeError),
    /// The client.
    #[error("the subscription cannot be asked for")]
    Client(#[source] Box<rumqttc::ClientError>),
    /// The broker said no.
    #[error("the broker refused the subscription")]
    Refused,
    /// Encryption.
    #[error("the TLS set-up is not usable")]
    Tls(#[from] ConnectError),
}

/// Subscribes and writes every message until cancelled or until enough came; `subscribed`
/// is called once the broker granted the subscription. Returns the number of messages.
///
/// # Errors
/// A file that cannot be written, or a refused subscription.
pub async fn record_live(
    recording: LiveRecording,
    cancel: CancellationToken,
    subscribed: impl Fn() + Send,
) -> Result<u64, RecordLiveError> {
    let mut tape = TapeWriter::create(&recording.path)?;
    let (client, mut events) = AsyncClient::new(client_options(&recording.broker)?, 16);
    let mut recorded = 0;
    while recording.messages_max.is_none_or(|most| recorded < most) {
        let event = tokio::select! {
            () = cancel.cancelled() => break,
            event = events.poll() => event,
        };
        match event {
            // A new connection has no subscription: the session is clean.
            Ok(Event::Incoming(Packet::ConnAck(_))) => client
                .try_subscribe(recording.filter.clone(), QoS::ExactlyOnce)
                .map_err(|error| RecordLiveError::Client(Box::new(error)))?,
            Ok(Event::Incoming(Packet::SubAck(answer))) => {
                granted(&answer)?;
                subscribed();
            }
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                tape.write(&recorded_message(publish))?;
                recorded += 1;
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "connection lost while recording");
                // The client has no wait of its own.
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
    }
    Ok(tape.finish()?)
}

fn granted(answer: &SubAck) -> Result<(), RecordLiveError> {
    let refused = answer.return_codes.contains(&SubscribeReasonCode::Failure);
    if refused {
        Err(RecordLiveError::Refused)
    } else {
        Ok(())
    }
}

fn recorded_message(publish: Publish) -> RecordedMessage {
    RecordedMessage {
        at_ms: wall::epoch_ms(),
        topic: publish.topic,
        payload: publish.payload.to_vec(),
        qos: publish.qos as u8,
        retain: publish.retain,
    }
}

fn client_options(broker: &BrokerOptions) -> Result<MqttOptions, RecordLiveError> {
    let mut options = MqttOptions::new(&broker.client_id, &broker.host, broker.port);
    options.set_clean_session(true);
    options.set_keep_alive(broker.keep_alive);
    options.set_max_packet_size(PACKET_BYTES_MAX, PACKET_BYTES_MAX);
    if let Some(username) = &broker.username {
        options.set_credentials(username, broker.password.clone().unwrap_or_default());
    }
    if let Some(tls) = &broker.tls {
        let tls = TlsConfiguration::Rustls(client_config(tls)?);
        options.set_transport(Transport::Tls(tls));
    }
    Ok(options)
}
