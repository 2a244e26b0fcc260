//! Records what a live broker carries.

use super::line::RecordedMessage;
use super::live_refusal::{LiveRefusal, lasting_refusal, unsupported};
use super::tape::{TapeError, TapeWriter};
use crate::publish::{BrokerOptions, ConnectError, client_config};
use crate::wall;
use rumqttc::{
    AsyncClient, ConnectionError, Event, MqttOptions, Packet, Publish, QoS, SubAck,
    SubscribeReasonCode, TlsConfiguration, Transport,
};
use std::path::PathBuf;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Largest message taken, bytes; the client's default of 10 KiB would break the connection.
const PACKET_BYTES_MAX: usize = 16 << 20;
/// Wait before a lost connection is made again.
const RETRY_AFTER: Duration = Duration::from_millis(500);

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
    /// The connection cannot be made, and trying again does not help.
    #[error("the connection cannot be made")]
    Connect(#[source] LiveRefusal),
}

/// Subscribes and writes every message until cancelled or until enough came; `subscribed`
/// is called once the broker granted the subscription. Returns the number of messages.
///
/// A lost connection is made again for ever, once there was one; before, what only a
/// person can change ends the recording.
///
/// # Errors
/// A file that cannot be written, a broker that takes no connection, or a refused
/// subscription.
pub async fn record_live(
    recording: LiveRecording,
    cancel: CancellationToken,
    subscribed: impl Fn() + Send,
) -> Result<u64, RecordLiveError> {
    if let Some(refusal) = unsupported(&recording.broker) {
        return Err(RecordLiveError::Connect(refusal));
    }
    let options = client_options(&recording.broker)?;
    let mut tape = TapeWriter::create(&recording.path)?;
    let (client, mut events) = AsyncClient::new(options, 16);
    let mut connected_once = false;
    let mut recorded = 0;
    while recording.messages_max.is_none_or(|most| recorded < most) {
        let event = tokio::select! {
            () = cancel.cancelled() => break,
            event = events.poll() => event,
        };
        match event {
            // A new connection has no subscription: the session is clean.
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                connected_once = true;
                client
                    .try_subscribe(recording.filter.clone(), QoS::ExactlyOnce)
                    .map_err(|error| RecordLiveError::Client(Box::new(error)))?;
            }
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
                worth_another_try(&error, connected_once)?;
                tokio::select! {
                    () = cancel.cancelled() => break,
                    // The client has no wait of its own.
                    () = tokio::time::sleep(RETRY_AFTER) => {}
                }
            }
        }
    }
    Ok(tape.finish()?)
}

/// Says what happened, or ends a recording that never began and never will.
fn worth_another_try(error: &ConnectionError, connected_once: bool) -> Result<(), RecordLiveError> {
    match lasting_refusal(error) {
        Some(refusal) if !connected_once => Err(RecordLiveError::Connect(refusal)),
        Some(_) | None => {
            tracing::warn!(%error, "connection lost while recording");
            Ok(())
        }
    }
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
