//! The socket: TCP or TLS.

use super::frames::FrameError;
use super::options::{BrokerOptions, TlsOptions};
use super::refusal::{Distrust, Refusal};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName, pem};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Half of a connection that is read.
pub(super) type Reader = Box<dyn AsyncRead + Send + Unpin>;
/// Half of a connection that is written.
pub(super) type Writer = Box<dyn AsyncWrite + Send + Unpin>;

/// Why a connection could not be made or ended.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The socket.
    #[error("the connection to {host}:{port} failed")]
    Socket {
        /// Broker's host.
        host: String,
        /// Broker's port.
        port: u16,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// The broker closed the connection.
    #[error("the broker closed the connection")]
    Closed,
    /// The broker said no to CONNECT.
    #[error("the broker refused the connection: {0}")]
    Refused(Refusal),
    /// Somebody answers who is not the broker, or cannot show it.
    #[error("the certificate of {host}:{port} is not trusted: {distrust}")]
    Untrusted {
        /// Broker's host.
        host: String,
        /// Broker's port.
        port: u16,
        /// What is wrong with it.
        distrust: Distrust,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// No answer in time.
    #[error("no answer from the broker in time")]
    TimedOut,
    /// A frame that cannot be read or written.
    #[error("the broker and we do not understand each other")]
    Frame(#[from] FrameError),
    /// The file of certificates.
    #[error("the file of trusted certificates cannot be read")]
    Certificates(#[source] pem::Error),
    /// The name in the certificate.
    #[error("the server name is not a host name")]
    ServerName(#[source] InvalidDnsNameError),
    /// TLS set-up.
    #[error("the TLS set-up is not usable")]
    Tls(#[source] rustls::Error),
}

impl ConnectError {
    /// Whether trying again is of no use until a person changed something.
    pub(super) fn lasts(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.lasts(),
            Self::Untrusted { .. } | Self::Certificates(_) | Self::ServerName(_) | Self::Tls(_) => {
                true
            }
            Self::Socket { .. } | Self::Closed | Self::TimedOut | Self::Frame(_) => false,
        }
    }
}

/// Opens a socket to the broker.
pub(super) async fn open(options: &BrokerOptions) -> Result<(Reader, Writer), ConnectError> {
    let socket = |source| ConnectError::Socket {
        host: options.host.clone(),
        port: options.port,
        source,
    };
    let stream = TcpStream::connect((options.host.as_str(), options.port))
        .await
        .map_err(socket)?;
    stream.set_nodelay(true).map_err(socket)?;
    match &options.tls {
        None => {
            let (reader, writer) = stream.into_split();
            Ok((Box::new(reader), Box::new(writer)))
        }
        Some(tls) => {
            let name = tls
                .server_name
                .clone()
                .unwrap_or_else(|| options.host.clone());
            let name = ServerName::try_from(name).map_err(ConnectError::ServerName)?;
            let stream = TlsConnector::from(client_config(tls)?)
                .connect(name, stream)
                .await
                .map_err(|source| handshake(options, source))?;
            let (reader, writer) = tokio::io::split(stream);
            Ok((Box::new(reader), Box::new(writer)))
        }
    }
}

fn handshake(options: &BrokerOptions, source: io::Error) -> ConnectError {
    let (host, port) = (options.host.clone(), options.port);
    match Distrust::of(&source) {
        Some(distrust) => ConnectError::Untrusted {
            host,
            port,
            distrust,
            source,
        },
        None => ConnectError::Socket { host, port, source },
    }
}

/// What TLS trusts: the certificates of a file, and nothing else.
pub(crate) fn client_config(tls: &TlsOptions) -> Result<Arc<rustls::ClientConfig>, ConnectError> {
    let mut roots = rustls::RootCertStore::empty();
    let certificates =
        CertificateDer::pem_file_iter(&tls.ca_file).map_err(ConnectError::Certificates)?;
    for certificate in certificates {
        let certificate = certificate.map_err(ConnectError::Certificates)?;
        roots.add(certificate).map_err(ConnectError::Tls)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(ConnectError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
