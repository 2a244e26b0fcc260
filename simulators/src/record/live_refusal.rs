//! What no recording will overcome by trying again, and what to do about it.

use crate::publish::{BrokerOptions, Distrust, Protocol, Refusal};
use rumqttc::{ConnectionError, TlsError};

/// Why a recording cannot begin until a person changed something. The words tell what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LiveRefusal {
    /// User name, password or client id.
    #[error("the broker refused it: {0}")]
    Broker(Refusal),
    /// The version of MQTT, which cannot be chosen here.
    #[error("a recording speaks MQTT 3.1.1 only; let the broker speak it, and leave --mqtt out")]
    Version,
    /// The certificate.
    #[error("the broker's certificate is not trusted: {0}")]
    Certificate(Distrust),
    /// The name in the certificate, which cannot be given apart from the host here.
    #[error(
        "a recording needs a certificate that names the host; give the name in it with --host, \
         and leave --tls-server-name out"
    )]
    ServerName,
    /// Names of devices, none of which a recording is.
    #[error(
        "a recording is one client and no watch; give it a --username and --password-file of its \
         own, without {{device}}"
    )]
    OwnNames,
}

/// What the options ask for and a recording cannot do: silence would look as if it did.
pub(super) fn unsupported(broker: &BrokerOptions) -> Option<LiveRefusal> {
    let other_name = |name: &String| *name != broker.host;
    let tls = broker.tls.as_ref();
    if broker.wants_own_names() {
        Some(LiveRefusal::OwnNames)
    } else if broker.protocol == Protocol::V5 {
        Some(LiveRefusal::Version)
    } else if tls
        .and_then(|tls| tls.server_name.as_ref())
        .is_some_and(other_name)
    {
        Some(LiveRefusal::ServerName)
    } else {
        None
    }
}

/// What a failed connection says that lasts, if it does.
pub(super) fn lasting_refusal(error: &ConnectionError) -> Option<LiveRefusal> {
    match error {
        ConnectionError::ConnectionRefused(code) => match Refusal::of_v4(*code)? {
            Refusal::Version => Some(LiveRefusal::Version),
            refusal => refusal.lasts().then_some(LiveRefusal::Broker(refusal)),
        },
        ConnectionError::Tls(TlsError::DNSName(_)) => Some(LiveRefusal::ServerName),
        ConnectionError::Tls(TlsError::Io(error)) => Distrust::of(error).map(of_distrust),
        // The network, or the other side going away: it may come back.
        _ => None,
    }
}

fn of_distrust(distrust: Distrust) -> LiveRefusal {
    match distrust {
        Distrust::Name => LiveRefusal::ServerName,
        Distrust::Authority | Distrust::Time | Distrust::Unusable => {
            LiveRefusal::Certificate(distrust)
        }
    }
}
