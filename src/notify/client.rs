//! Sends one signed request.

use super::format::HttpRequest;
use super::lookup::{Anywhere, GuardRefusal, PublicOnly};
use super::{AddressGuard, Headers, Settings, UrlError, events};
use crate::telemetry::Event as _;
use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{Certificate, ClientBuilder, redirect};
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

/// Bytes of an answer's body that are read so that the connection can be used
/// again; a longer body closes it.
const BODY_BYTES_MAX: usize = 4_096;
/// How long the answer's body is waited for once its status is known.
const BODY_WAIT: Duration = Duration::from_secs(1);
/// Longest `Retry-After` value that is looked at.
const RETRY_AFTER_LENGTH_MAX: usize = 64;

/// Why the HTTP client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The file of authorities cannot be read.
    #[error("failed to read the authorities at {}", path.display())]
    AuthoritiesFile {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file of authorities holds no certificates.
    #[error("failed to read certificates from {}", path.display())]
    Authorities {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// TLS cannot start: most likely no crypto provider is installed.
    #[error("failed to start the HTTP client")]
    Build(#[source] reqwest::Error),
}

/// Two HTTP clients that follow no redirect and use no proxy: one that dials
/// public addresses over TLS only, one for hosts allowed by name.
pub(super) struct Client {
    guarded: reqwest::Client,
    open: reqwest::Client,
    guard: AddressGuard,
}

/// The head of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<String>,
}

/// Why there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SendError {
    Url,
    AddressRefused,
    Signature,
    Name,
    Connect,
    Tls,
    Timeout,
    Request,
    /// The stored document cannot be put into the endpoint's form.
    Format,
    /// There is no mail server.
    NoMail,
    /// The mail server refused it for good.
    MailRefused,
    /// The mail server wants to be asked again.
    MailDeferred,
    /// The same for some recipients; others have the mail.
    MailDeferredBySome,
}

impl SendError {
    /// The stable code in reports and lists.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Url => "url_invalid",
            Self::AddressRefused => "address_refused",
            Self::Signature => "secret_invalid",
            Self::Name => "name_not_resolved",
            Self::Connect => "connect_failed",
            Self::Tls => "tls_failed",
            Self::Timeout => "timeout",
            Self::Request => "request_failed",
            Self::Format => "format_failed",
            Self::NoMail => "mail_not_configured",
            Self::MailRefused => "mail_refused",
            Self::MailDeferred => "mail_deferred",
            Self::MailDeferredBySome => "mail_deferred_by_some",
        }
    }
}

impl Client {
    pub(super) fn new(settings: &Settings, guard: AddressGuard) -> Result<Self, ClientError> {
        let authorities = authorities(settings)?;
        let guarded = build(settings, &authorities, |builder| {
            builder
                .https_only(true)
                .dns_resolver(PublicOnly(guard.lookup()))
        })?;
        let open = build(settings, &authorities, |builder| {
            builder.dns_resolver(Anywhere(guard.lookup()))
        })?;
        Ok(Self {
            guarded,
            open,
            guard,
        })
    }

    /// Posts a request. The answer counts as soon as its head is there.
    pub(super) async fn post(
        &self,
        request: HttpRequest,
        headers: &Headers,
    ) -> Result<Answer, SendError> {
        let target = self
            .guard
            .target(&request.url)
            .map_err(|error| match error {
                UrlError::Private => SendError::AddressRefused,
                _ => SendError::Url,
            })?;
        let client = if target.allowed_by_name {
            &self.open
        } else {
            &self.guarded
        };
        let mut post = client
            .post(target.url)
            .header(CONTENT_TYPE, request.content_type)
            .header("webhook-id", &headers.id)
            .header("webhook-timestamp", &headers.timestamp);
        if !headers.signature.is_empty() {
            post = post.header("webhook-signature", &headers.signature);
        }
        if let Some(authorization) = &request.authorization {
            let mut value =
                HeaderValue::from_str(authorization).map_err(|_| SendError::Signature)?;
            value.set_sensitive(true);
            post = post.header(AUTHORIZATION, value);
        }
        let sent = post.body(Bytes::from(request.body)).send().await;
        let mut response = sent.map_err(|error| classify(&error))?;
        let answer = Answer {
            status: response.status().as_u16(),
            retry_after: retry_after(&response),
        };
        // What the body says is of no use; reading its head keeps the
        // connection for the next delivery.
        let _ = tokio::time::timeout(BODY_WAIT, drain(&mut response)).await;
        Ok(answer)
    }
}

fn retry_after(response: &reqwest::Response) -> Option<String> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    (value.len() <= RETRY_AFTER_LENGTH_MAX).then(|| value.to_owned())
}

async fn drain(response: &mut reqwest::Response) {
    let mut read = 0;
    while read <= BODY_BYTES_MAX {
        match response.chunk().await {
            Ok(Some(chunk)) => read += chunk.len(),
            Ok(None) | Err(_) => return,
        }
    }
}

fn build(
    settings: &Settings,
    authorities: &[Certificate],
    finish: impl Fn(ClientBuilder) -> ClientBuilder,
) -> Result<reqwest::Client, ClientError> {
    let base = || {
        let timeout = Duration::from_secs(settings.timeout_seconds.into());
        let idle = usize::try_from(settings.in_flight_max).unwrap_or(usize::MAX);
        let builder = reqwest::Client::builder()
            .user_agent(concat!("Wardlight/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(timeout)
            .connect_timeout(timeout / 2)
            .pool_max_idle_per_host(idle)
            .pool_idle_timeout(Duration::from_secs(300))
            .tcp_keepalive(Duration::from_secs(30));
        finish(builder)
    };
    let with_system = base().tls_certs_merge(authorities.iter().cloned()).build();
    // A machine without certificates of its own (a bare container) can still
    // deliver to hosts that need none, and to those of the configured file.
    with_system.or_else(|source| {
        events::NoSystemAuthorities { error: &source }.emit();
        base()
            .tls_certs_only(authorities.iter().cloned())
            .build()
            .map_err(ClientError::Build)
    })
}

fn authorities(settings: &Settings) -> Result<Vec<Certificate>, ClientError> {
    let Some(path) = settings.authorities_file.as_ref().map(PathBuf::from) else {
        return Ok(Vec::new());
    };
    let bytes = std::fs::read(&path).map_err(|source| ClientError::AuthoritiesFile {
        path: path.clone(),
        source,
    })?;
    Certificate::from_pem_bundle(&bytes).map_err(|source| ClientError::Authorities { path, source })
}

/// Finds the reason in the chain of causes, by type.
fn classify(error: &reqwest::Error) -> SendError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(current) = cause {
        match current.downcast_ref::<GuardRefusal>() {
            Some(GuardRefusal::Private) => return SendError::AddressRefused,
            Some(GuardRefusal::Lookup(_)) => return SendError::Name,
            None if is_tls(current) => return SendError::Tls,
            None => cause = current.source(),
        }
    }
    if error.is_timeout() {
        SendError::Timeout
    } else if error.is_dns() {
        SendError::Name
    } else if error.is_connect() {
        SendError::Connect
    } else {
        SendError::Request
    }
}

/// TLS errors travel inside I/O errors (one in another), which hide them from
/// `source`.
fn is_tls(error: &(dyn Error + 'static)) -> bool {
    let mut current = error;
    while let Some(inside) = current
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref)
    {
        current = inside;
    }
    current.is::<rustls::Error>()
}
