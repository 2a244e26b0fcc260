//! The certificate that watches see.

use super::Settings;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is missing or not PEM.
    #[error("failed to read {}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// Certificate and key do not fit together.
    #[error("certificate and key do not make a TLS server")]
    Server(#[source] rustls::Error),
    /// One of the two files is not named.
    #[error("`tls_certificate` and `tls_key` belong together")]
    HalfGiven,
}

/// The acceptor for the settings' files; none when there are none.
pub(super) fn acceptor(settings: &Settings) -> Result<Option<TlsAcceptor>, TlsError> {
    let (certificate, key) = match (&settings.tls_certificate, &settings.tls_key) {
        (Some(certificate), Some(key)) => (certificate, key),
        (None, None) => return Ok(None),
        (Some(_), None) | (None, Some(_)) => return Err(TlsError::HalfGiven),
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|source| file(certificate, source))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|source| file(key, source))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Server)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(TlsError::Server)?;
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

fn file(path: &Path, source: rustls::pki_types::pem::Error) -> TlsError {
    let path = path.to_owned();
    TlsError::File { path, source }
}
