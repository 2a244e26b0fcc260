//! Why a packet or a connection is refused, as the standard numbers it.

use rumqttc::mqttbytes::v4::ConnectReturnCode as CodeV4;
use rumqttc::v5::mqttbytes::v5::ConnectReturnCode as CodeV5;
use rumqttc::v5::mqttbytes::v5::DisconnectReasonCode as Reason;

/// Why the connection must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Violation {
    #[error("malformed packet")]
    Malformed,
    #[error("protocol error")]
    Protocol,
    #[error("packet larger than the maximum")]
    TooLarge,
    #[error("topic name with wildcards or empty")]
    TopicName,
    #[error("topic alias above the maximum of 0")]
    TopicAlias,
    #[error("more unacknowledged messages than the receive maximum")]
    ReceiveMaximum,
    #[error("more control packets than the hard limit")]
    RateTooHigh,
    #[error("publish outside the device's own topic")]
    NotAuthorized,
    #[error("no packet within one and a half times the keep-alive")]
    KeepAlive,
    #[error("answers were not taken in time")]
    WriteStalled,
    #[error("a delivery was dropped unsettled")]
    Unsettled,
}

impl Violation {
    /// Every violation, for counters.
    pub(crate) const ALL: [Self; 11] = [
        Self::Malformed,
        Self::Protocol,
        Self::TooLarge,
        Self::TopicName,
        Self::TopicAlias,
        Self::ReceiveMaximum,
        Self::RateTooHigh,
        Self::NotAuthorized,
        Self::KeepAlive,
        Self::WriteStalled,
        Self::Unsettled,
    ];

    /// What a v5 DISCONNECT says.
    pub(crate) const fn reason(self) -> Reason {
        match self {
            Self::Malformed => Reason::MalformedPacket,
            Self::Protocol => Reason::ProtocolError,
            Self::TooLarge => Reason::PacketTooLarge,
            Self::TopicName => Reason::TopicNameInvalid,
            Self::TopicAlias => Reason::TopicAliasInvalid,
            Self::ReceiveMaximum => Reason::ReceiveMaximumExceeded,
            Self::RateTooHigh => Reason::MessageRateTooHigh,
            Self::NotAuthorized => Reason::NotAuthorized,
            Self::KeepAlive => Reason::KeepAliveTimeout,
            Self::WriteStalled | Self::Unsettled => Reason::UnspecifiedError,
        }
    }

    /// The stable code that logs and counters show.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed_packet",
            Self::Protocol => "protocol_error",
            Self::TooLarge => "packet_too_large",
            Self::TopicName => "topic_name_invalid",
            Self::TopicAlias => "topic_alias_invalid",
            Self::ReceiveMaximum => "receive_maximum_exceeded",
            Self::RateTooHigh => "rate_too_high",
            Self::NotAuthorized => "not_authorized",
            Self::KeepAlive => "keep_alive_timeout",
            Self::WriteStalled => "write_stalled",
            Self::Unsettled => "unsettled",
        }
    }
}

/// Why a CONNECT is answered with a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("protocol version not spoken here")]
    ProtocolVersion,
    #[error("client id not allowed")]
    ClientId,
    #[error("unknown device or wrong password")]
    Credentials,
    #[error("credentials are needed")]
    NotAuthorized,
    #[error("enhanced authentication is not offered")]
    AuthenticationMethod,
    #[error("no more sessions are kept")]
    Quota,
    #[error("the service cannot answer now")]
    Unavailable,
    #[error("malformed CONNECT")]
    Malformed,
    #[error("protocol error in CONNECT")]
    Protocol,
}

impl Refusal {
    /// Every refusal, for counters.
    pub(crate) const ALL: [Self; 9] = [
        Self::ProtocolVersion,
        Self::ClientId,
        Self::Credentials,
        Self::NotAuthorized,
        Self::AuthenticationMethod,
        Self::Quota,
        Self::Unavailable,
        Self::Malformed,
        Self::Protocol,
    ];

    /// The v3.1.1 return code; none where the standard says: close without an answer.
    pub(super) const fn code_v4(self) -> Option<CodeV4> {
        match self {
            Self::ProtocolVersion => Some(CodeV4::RefusedProtocolVersion),
            Self::ClientId => Some(CodeV4::BadClientId),
            Self::Credentials => Some(CodeV4::BadUserNamePassword),
            Self::NotAuthorized => Some(CodeV4::NotAuthorized),
            Self::Quota | Self::Unavailable => Some(CodeV4::ServiceUnavailable),
            Self::AuthenticationMethod | Self::Malformed | Self::Protocol => None,
        }
    }

    /// The v5 reason code.
    pub(super) const fn code_v5(self) -> CodeV5 {
        match self {
            Self::ProtocolVersion => CodeV5::UnsupportedProtocolVersion,
            Self::ClientId => CodeV5::ClientIdentifierNotValid,
            Self::Credentials => CodeV5::BadUserNamePassword,
            Self::NotAuthorized => CodeV5::NotAuthorized,
            Self::AuthenticationMethod => CodeV5::BadAuthenticationMethod,
            Self::Quota => CodeV5::QuotaExceeded,
            Self::Unavailable => CodeV5::ServerUnavailable,
            Self::Malformed => CodeV5::MalformedPacket,
            Self::Protocol => CodeV5::ProtocolError,
        }
    }

    /// The stable code that logs and counters show.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::ProtocolVersion => "protocol_version",
            Self::ClientId => "client_id",
            Self::Credentials => "credentials",
            Self::NotAuthorized => "not_authorized",
            Self::AuthenticationMethod => "authentication_method",
            Self::Quota => "quota",
            Self::Unavailable => "unavailable",
            Self::Malformed => "malformed",
            Self::Protocol => "protocol",
        }
    }
}

impl From<Violation> for Refusal {
    fn from(violation: Violation) -> Self {
        match violation {
            Violation::Malformed | Violation::TooLarge => Self::Malformed,
            _ => Self::Protocol,
        }
    }
}
