//! The socket to the broker: TCP, with TLS or without, and what it says first.

use super::{ConnectionEnd, SubscriberSettings, TlsSettings, packets};
use bytes::BytesMut;
use rumqttc::v5::mqttbytes::v5::{ConnAck, ConnectReturnCode, Packet};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A byte stream to the broker.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection that the broker accepted.
pub(super) struct Accepted {
    pub(super) stream: Box<dyn Stream>,
    /// Bytes that came after CONNACK.
    pub(super) rest: BytesMut,
    pub(super) connack: ConnAck,
}

/// Connects: TCP, TLS, CONNECT, CONNACK, all within one time limit.
pub(super) async fn connect(settings: &SubscriberSettings) -> Result<Accepted, ConnectionEnd> {
    let attempt = tokio::time::timeout(settings.connect_timeout(), try_connect(settings));
    let late = |_| ConnectionEnd::ConnectTimeout {
        seconds: settings.connect_timeout_seconds,
    };
    attempt.await.map_err(late)?
}

async fn try_connect(settings: &SubscriberSettings) -> Result<Accepted, ConnectionEnd> {
    let files = settings.clone();
    let read = tokio::task::spawn_blocking(move || {
        let password = password(&files)?;
        let tls = files.tls.as_ref().map(tls_connector).transpose()?;
        Ok::<_, ConnectionEnd>((password, tls))
    });
    let (password, tls) = read
        .await
        .map_err(|panic| ConnectionEnd::File(io::Error::other(panic)))??;
    let tcp = TcpStream::connect((settings.host.as_str(), settings.port)).await?;
    // Acknowledgements leave in batches of our own; Nagle would only delay them.
    tcp.set_nodelay(true)?;
    let mut stream: Box<dyn Stream> = match (&settings.tls, tls) {
        (Some(wanted), Some(connector)) => {
            let name = wanted.server_name.as_ref().unwrap_or(&settings.host);
            let name = ServerName::try_from(name.clone())
                .map_err(|error| ConnectionEnd::File(io::Error::other(error)))?;
            Box::new(connector.connect(name, tcp).await?)
        }
        _ => Box::new(tcp),
    };
    let mut out = BytesMut::new();
    packets::write(&packets::connect(settings, password), &mut out, None)?;
    stream.write_all_buf(&mut out).await?;
    stream.flush().await?;
    let mut rest = BytesMut::new();
    let connack = read_connack(&mut stream, &mut rest, settings.packet_bytes_max).await?;
    Ok(Accepted {
        stream,
        rest,
        connack,
    })
}

async fn read_connack(
    stream: &mut Box<dyn Stream>,
    buffer: &mut BytesMut,
    limit: u32,
) -> Result<ConnAck, ConnectionEnd> {
    loop {
        match packets::next(buffer, limit)? {
            Some(Packet::ConnAck(connack)) if connack.code == ConnectReturnCode::Success => {
                return Ok(connack);
            }
            Some(Packet::ConnAck(connack)) => {
                let code = connack.code;
                return Err(ConnectionEnd::Refused { code });
            }
            Some(_) => return Err(ConnectionEnd::Protocol),
            None => {}
        }
        if stream.read_buf(buffer).await? == 0 {
            return Err(ConnectionEnd::Closed);
        }
    }
}

fn password(settings: &SubscriberSettings) -> Result<Option<String>, ConnectionEnd> {
    let Some(path) = &settings.password_file else {
        return Ok(settings.password.as_ref().map(|p| p.expose().to_owned()));
    };
    let text = std::fs::read_to_string(path).map_err(ConnectionEnd::File)?;
    Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
}

fn tls_connector(settings: &TlsSettings) -> Result<TlsConnector, ConnectionEnd> {
    let mut roots = rustls::RootCertStore::empty();
    for authority in certificates(&settings.ca_file)? {
        roots.add(authority)?;
    }
    if roots.is_empty() {
        return Err(unusable("no certificate in ca_file"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let config = match (&settings.client_certificate_file, &settings.client_key_file) {
        (Some(chain), Some(key)) => {
            let key = PrivateKeyDer::from_pem_file(key)
                .map_err(|error| ConnectionEnd::File(io::Error::other(error)))?;
            builder.with_client_auth_cert(certificates(chain)?, key)?
        }
        (None, None) => builder.with_no_client_auth(),
        _ => return Err(unusable("certificate and key must be given together")),
    };
    Ok(TlsConnector::from(Arc::new(config)))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ConnectionEnd> {
    let failed = |error| ConnectionEnd::File(io::Error::other(error));
    let all = CertificateDer::pem_file_iter(path).map_err(failed)?;
    all.collect::<Result<_, _>>().map_err(failed)
}

fn unusable(why: &'static str) -> ConnectionEnd {
    ConnectionEnd::File(io::Error::other(why))
}
