//! Which URLs a webhook may be sent to.

use super::lookup::{GuardRefusal, Lookup, lookup_public};
use super::{Settings, is_public};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use url::{Host, Url};

/// Longest URL of an endpoint.
const URL_LENGTH_MAX: usize = 2_048;

/// Decides which URLs a webhook may be sent to: `https` to public addresses,
/// and whatever the configuration allows by `name:port`.
#[derive(Clone)]
pub struct AddressGuard {
    allowed: Arc<BTreeSet<(String, u16)>>,
    lookup: Arc<dyn Lookup>,
}

/// Why a URL is refused.
#[derive(Debug, thiserror::Error)]
pub enum UrlError {
    /// Not a URL at all.
    #[error("the address is not a URL")]
    Malformed(#[source] url::ParseError),
    /// Too long.
    #[error("the URL has {length} characters, at most {URL_LENGTH_MAX} are allowed")]
    Length {
        /// Characters found.
        length: usize,
    },
    /// No TLS.
    #[error("the URL must be https, unless the host is listed in `dangerous_allow_private_hosts`")]
    NotHttps,
    /// `https://name@host/` reads like one host and goes to another.
    #[error("the URL must not contain a user name or password")]
    UserInfo,
    /// No host.
    #[error("the URL has no host")]
    NoHost,
    /// An address that is not on the public internet.
    #[error("the host is at an address that is not public")]
    Private,
    /// The host has no address.
    #[error("the host's name cannot be resolved")]
    Unresolved(#[source] std::io::Error),
}

/// A URL that passed, and whether its host is allowed by name.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) url: Url,
    pub(super) allowed_by_name: bool,
}

impl AddressGuard {
    /// A guard that lets pass what `settings` allow and resolves through `lookup`.
    pub fn new(settings: &Settings, lookup: Arc<dyn Lookup>) -> Self {
        let hosts = &settings.dangerous_allow_private_hosts;
        Self {
            allowed: Arc::new(hosts.iter().filter_map(|h| allowed_host(h)).collect()),
            lookup,
        }
    }

    /// Checks a URL's form, and every address that its host has now. Each
    /// attempt checks by itself, because names may move.
    ///
    /// # Errors
    /// [`UrlError`] says why, in words for whoever registers the endpoint.
    pub async fn check(&self, url: &str) -> Result<(), UrlError> {
        let target = self.target(url)?;
        match target.url.host() {
            Some(Host::Domain(name)) if !target.allowed_by_name => {
                match lookup_public(&*self.lookup, name).await {
                    Ok(_) => Ok(()),
                    Err(GuardRefusal::Private) => Err(UrlError::Private),
                    Err(GuardRefusal::Lookup(source)) => Err(UrlError::Unresolved(source)),
                }
            }
            _ => Ok(()),
        }
    }

    /// Checks what can be seen without resolving the name.
    ///
    /// # Errors
    /// [`UrlError`] says why the address is refused.
    pub fn check_form(&self, url: &str) -> Result<(), UrlError> {
        self.target(url).map(|_| ())
    }

    /// Checks a URL without resolving its host.
    pub(super) fn target(&self, url: &str) -> Result<Target, UrlError> {
        let length = url.len();
        if length > URL_LENGTH_MAX {
            return Err(UrlError::Length { length });
        }
        let url = Url::parse(url).map_err(UrlError::Malformed)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::UserInfo);
        }
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(UrlError::NoHost);
        };
        let allowed_by_name = self.allowed.contains(&(host.to_owned(), port));
        match (url.scheme(), allowed_by_name) {
            ("https", _) | ("http", true) => {}
            _ => return Err(UrlError::NotHttps),
        }
        // An address literal is never resolved, so it is checked here. `Url`
        // has already turned `2130706433` and `0x7f.1` into 127.0.0.1.
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) | None => None,
        };
        if !allowed_by_name && literal.is_some_and(|address| !is_public(address)) {
            return Err(UrlError::Private);
        }
        Ok(Target {
            url,
            allowed_by_name,
        })
    }

    pub(super) fn lookup(&self) -> Arc<dyn Lookup> {
        Arc::clone(&self.lookup)
    }
}

/// Reads `name:port` the way a URL's host and port are read.
pub(super) fn allowed_host(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let url = Url::parse(&format!("https://{host}/")).ok()?;
    let plain = url.path() == "/"
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    let port = port.parse().ok().filter(|port| *port != 0)?;
    plain.then(|| Some((url.host_str()?.to_owned(), port)))?
}
