//! Why a broker and a publisher do not come together, and what to do about it.

use rumqttc::mqttbytes::v4;
use rumqttc::v5::mqttbytes::v5;
use rustls::CertificateError;
use std::io;

/// Why a broker said no to CONNECT. The words tell what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// User name, password, or the right to connect.
    #[error(
        "the user name or password is wrong, or may not connect; check --username, \
         --password-file and --device-password-file"
    )]
    Login,
    /// The client id.
    #[error("the client id is not accepted; it may have to be the device's own")]
    ClientId,
    /// The version of MQTT.
    #[error("this version of MQTT is not spoken there; try the other one with --mqtt")]
    Version,
    /// Anything else: it may be over soon.
    #[error("not now; see the broker's log when it lasts")]
    NotNow,
}

impl Refusal {
    /// Whether only a person can end it.
    pub(crate) fn lasts(self) -> bool {
        match self {
            Self::Login | Self::ClientId | Self::Version => true,
            Self::NotNow => false,
        }
    }

    /// What an answer in MQTT 3.1.1 says.
    pub(crate) fn of_v4(code: v4::ConnectReturnCode) -> Option<Self> {
        use v4::ConnectReturnCode as Code;
        match code {
            Code::Success => None,
            Code::BadUserNamePassword | Code::NotAuthorized => Some(Self::Login),
            Code::BadClientId => Some(Self::ClientId),
            Code::RefusedProtocolVersion => Some(Self::Version),
            Code::ServiceUnavailable => Some(Self::NotNow),
        }
    }

    /// What an answer in MQTT 5 says.
    pub(super) fn of_v5(code: v5::ConnectReturnCode) -> Option<Self> {
        use v5::ConnectReturnCode as Code;
        match code {
            Code::Success => None,
            Code::BadUserNamePassword
            | Code::NotAuthorized
            | Code::Banned
            | Code::BadAuthenticationMethod => Some(Self::Login),
            Code::BadClientId | Code::ClientIdentifierNotValid => Some(Self::ClientId),
            Code::RefusedProtocolVersion | Code::UnsupportedProtocolVersion => Some(Self::Version),
            _ => Some(Self::NotNow),
        }
    }
}

/// Why a broker's certificate is not trusted. The words tell what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// Another authority.
    #[error(
        "no certificate of the trusted file signed it; give the authority that did with --tls-ca"
    )]
    Authority,
    /// Another name.
    #[error("it names another server; give the name in it with --tls-server-name")]
    Name,
    /// Another time.
    #[error("it is expired or not yet valid; renew it, or set this machine's clock")]
    Time,
    /// Anything else.
    #[error("it cannot be used; let the broker have another")]
    Unusable,
}

impl Distrust {
    /// What is wrong with the certificate, if that is why a handshake failed.
    pub(crate) fn of(error: &io::Error) -> Option<Self> {
        let rustls::Error::InvalidCertificate(why) = error.get_ref()?.downcast_ref()? else {
            return None;
        };
        Some(match why {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::Authority,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Self::Name
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => Self::Time,
            _ => Self::Unusable,
        })
    }
}
