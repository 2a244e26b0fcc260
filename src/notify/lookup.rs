//! Name resolution that yields public addresses only.
//!
//! The HTTP client dials exactly the addresses that its resolver yields, and
//! asks it anew for each connection: the check stands at connect, and a name
//! that moves to a private address between two connections is refused.

use super::is_public;
use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Addresses of one name that are looked at.
const ADDRESSES_MAX: usize = 32;

/// Resolves names; the system does it, or a test.
pub trait Lookup: Send + Sync {
    /// The addresses of `host` now.
    fn lookup<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// Resolves as the operating system is configured to.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.take(ADDRESSES_MAX).map(|a| a.ip()).collect())
        })
    }
}

/// Why no connection is made.
#[derive(Debug, thiserror::Error)]
pub enum GuardRefusal {
    /// At least one address of the host is not public.
    #[error("the host has an address that is not public")]
    Private,
    /// The name has no address.
    #[error("failed to resolve the host's name")]
    Lookup(#[source] io::Error),
}

/// The addresses of `host`, all of them public. One private address among
/// public ones is a sign of rebinding, so it refuses the name as a whole.
pub(super) async fn lookup_public(
    lookup: &dyn Lookup,
    host: &str,
) -> Result<Vec<IpAddr>, GuardRefusal> {
    let found = lookup.lookup(host).await.map_err(GuardRefusal::Lookup)?;
    if found.is_empty() {
        let error = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        return Err(GuardRefusal::Lookup(error));
    }
    if found.iter().all(|address| is_public(*address)) {
        Ok(found)
    } else {
        Err(GuardRefusal::Private)
    }
}

/// The resolver of the client for hosts that are not allowed by name.
pub(super) struct PublicOnly(pub(super) Arc<dyn Lookup>);

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = Arc::clone(&self.0);
        Box::pin(async move {
            let found = lookup_public(&*lookup, name.as_str()).await?;
            Ok(addresses(found))
        })
    }
}

/// The resolver of the client for hosts that are allowed by name.
pub(super) struct Anywhere(pub(super) Arc<dyn Lookup>);

impl Resolve for Anywhere {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = Arc::clone(&self.0);
        Box::pin(async move { Ok(addresses(lookup.lookup(name.as_str()).await?)) })
    }
}

/// Port 0 stands for the URL's own port.
fn addresses(found: Vec<IpAddr>) -> Addrs {
    Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0)))
}
