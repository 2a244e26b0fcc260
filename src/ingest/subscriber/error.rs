//! Why a connection to the broker ended.

use rumqttc::v5::mqttbytes::Error as PacketError;
use rumqttc::v5::mqttbytes::v5::{ConnectReturnCode, DisconnectReasonCode};
use std::io;

/// Why a connection ended, or never came to be.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionEnd {
    /// Connecting took too long.
    #[error("the broker did not answer within {seconds} s")]
    ConnectTimeout {
        /// The limit.
        seconds: u16,
    },
    /// TCP or TLS failed.
    #[error("the network failed")]
    Network(#[from] io::Error),
    /// A certificate, key or password file could not be used.
    #[error("a file of the subscriber's settings cannot be used")]
    File(#[source] io::Error),
    /// The TLS settings do not make a TLS client.
    #[error("the tls settings cannot be used")]
    Tls(#[from] rustls::Error),
    /// CONNACK said no.
    #[error("the broker refused the connection: {code:?}")]
    Refused {
        /// What it said.
        code: ConnectReturnCode,
    },
    /// The broker said goodbye.
    #[error("the broker ended the connection: {code:?}")]
    Disconnected {
        /// What it said.
        code: DisconnectReasonCode,
    },
    /// The broker closed the socket without a word.
    #[error("the broker closed the connection")]
    Closed,
    /// A ping had no answer.
    #[error("the broker did not answer a ping")]
    PingTimeout,
    /// A subscription had no answer.
    #[error("the broker did not answer a subscription")]
    SubscribeTimeout,
    /// A packet above the limit.
    #[error("a packet of {bytes} bytes is larger than the limit of {limit}")]
    Oversize {
        /// Its size without the fixed header.
        bytes: usize,
        /// The limit in force.
        limit: u32,
    },
    /// Bytes that are not MQTT 5.
    #[error("the broker sent a packet that cannot be read")]
    Malformed(#[source] PacketError),
    /// A packet we would have to send is not sendable.
    #[error("a packet of ours cannot be written")]
    Unwritable(#[source] PacketError),
    /// A topic alias, although we allow none, or no topic at all.
    #[error("the broker sent a message without its topic")]
    TopicMissing,
    /// A packet that a client never gets, or not at this point.
    #[error("the broker broke the protocol")]
    Protocol,
    /// The engine takes no more: the service is stopping.
    #[error("the engine stopped")]
    EngineStopped,
    /// We were asked to stop.
    #[error("stopped in order")]
    Stopped,
}

impl ConnectionEnd {
    /// The stable code that health and metrics show.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ConnectTimeout { .. } => "connect_timeout",
            Self::Network(_) => "network",
            Self::File(_) => "file",
            Self::Tls(_) => "tls",
            Self::Refused { .. } => "refused",
            Self::Disconnected { .. } => "disconnected",
            Self::Closed => "closed",
            Self::PingTimeout => "ping_timeout",
            Self::SubscribeTimeout => "subscribe_timeout",
            Self::Oversize { .. } => "oversize",
            Self::Malformed(_) => "malformed",
            Self::Unwritable(_) => "unwritable",
            Self::TopicMissing => "topic_missing",
            Self::Protocol => "protocol",
            Self::EngineStopped => "engine_stopped",
            Self::Stopped => "stopped",
        }
    }

    /// What to tell the broker, when it is worth telling.
    pub(super) const fn farewell(&self) -> Option<DisconnectReasonCode> {
        match self {
            Self::Oversize { .. } => Some(DisconnectReasonCode::PacketTooLarge),
            Self::Malformed(_) => Some(DisconnectReasonCode::MalformedPacket),
            Self::TopicMissing => Some(DisconnectReasonCode::TopicAliasInvalid),
            Self::Protocol => Some(DisconnectReasonCode::ProtocolError),
            Self::EngineStopped | Self::Stopped => Some(DisconnectReasonCode::NormalDisconnection),
            Self::ConnectTimeout { .. }
            | Self::Network(_)
            | Self::File(_)
            | Self::Tls(_)
            | Self::Refused { .. }
            | Self::Disconnected { .. }
            | Self::Closed
            | Self::PingTimeout
            | Self::SubscribeTimeout
            | Self::Unwritable(_) => None,
        }
    }

    /// Whether the subscriber must end instead of connecting again.
    pub(super) const fn is_final(&self) -> bool {
        matches!(self, Self::EngineStopped | Self::Stopped)
    }
}
