//! Who comes without a token: by a link in a message, with a request that a
//! receiver's machine signed, or to sign in.
//!
//! Nobody guesses a key of 256 bits; what is bounded is the work that trying makes.
//! Whoever is refused too often is told to wait, before anything is read. A genuine
//! link is known by itself and always passes: it suffers from no neighbour behind
//! the same address. And strangers together never take all places, nor one of them
//! all that strangers have.

use super::access::Caller;
use super::patience::{Patience, known_by};
use super::problem::{Kind, Problem};
use super::settings::Settings;
use super::state::ApiState;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, SemaphorePermit};

/// The share of all places that strangers may take.
const SHARE: usize = 4;
/// The share of those that one client may take.
const SHARE_OF_ONE: usize = 2;
/// Addresses in `X-Forwarded-For` that are looked at, from the end.
const FORWARDED_MAX: usize = 16;

/// The address of the connection a request came over.
#[derive(Clone, Copy)]
pub(super) struct Peer(pub(super) IpAddr);

/// By which way: who follows old links is not thereby a suspicious machine.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Way {
    Link,
    Signed,
    SignIn,
}

/// What is known of strangers.
pub(super) struct Strangers {
    patience: Mutex<Patience<(IpAddr, Way)>>,
    places: Semaphore,
    /// How many places each client has; as many entries as there are places.
    under_way: Mutex<HashMap<IpAddr, usize>>,
    most_of_one: usize,
    trusted_proxies: Vec<IpAddr>,
}

impl Strangers {
    pub(super) fn new(settings: &Settings) -> Self {
        let places = (settings.requests_at_once / SHARE).max(1);
        Self {
            patience: Mutex::new(Patience::new(settings.refusals_per_minute)),
            places: Semaphore::new(places),
            under_way: Mutex::default(),
            most_of_one: (places / SHARE_OF_ONE).max(1),
            trusted_proxies: settings.trusted_proxies.clone(),
        }
    }

    fn with<T>(&self, ask: impl FnOnce(&mut Patience<(IpAddr, Way)>) -> T) -> T {
        // Every change leaves it whole, so a panic elsewhere does not spoil it.
        let patience = self.patience.lock();
        ask(&mut patience.unwrap_or_else(PoisonError::into_inner))
    }

    /// A place for a request of `client`; none when all are taken, or it has so
    /// many that others would find none: requests may be sent ever so slowly.
    fn place(&self, client: IpAddr) -> Option<Place<'_>> {
        let permit = self.places.try_acquire().ok()?;
        let mut under_way = self.under_way();
        let taken = under_way.entry(client).or_default();
        if *taken >= self.most_of_one {
            return None;
        }
        *taken += 1;
        Some(Place {
            strangers: self,
            client,
            _permit: permit,
        })
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        let under_way = self.under_way.lock();
        under_way.unwrap_or_else(PoisonError::into_inner)
    }

    /// Who asks: the other end of the connection, or whom a proxy of ours names.
    fn client(&self, request: &Request) -> IpAddr {
        let peer = request.extensions().get::<Peer>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
        known_by(match self.is_trusted(peer) {
            true => self.forwarded(request.headers()).unwrap_or(peer),
            false => peer,
        })
    }

    /// The last address that no proxy of ours has: what stands before it, the
    /// client itself may have written.
    fn forwarded(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let named = headers.get_all("x-forwarded-for").into_iter();
        let named: Vec<_> = named.filter_map(|value| value.to_str().ok()).collect();
        let addresses = named.iter().flat_map(|text| text.split(',')).rev();
        for text in addresses.take(FORWARDED_MAX) {
            let address = address(text.trim())?;
            if !self.is_trusted(address) {
                return Some(address);
            }
        }
        None
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let mut proxies = self.trusted_proxies.iter();
        proxies.any(|proxy| proxy.to_canonical() == address)
    }
}

/// A place that is free again when it is dropped.
struct Place<'a> {
    strangers: &'a Strangers,
    client: IpAddr,
    _permit: SemaphorePermit<'a>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut under_way = self.strangers.under_way();
        if let Some(taken) = under_way.get_mut(&self.client) {
            *taken -= 1;
        }
        under_way.retain(|_, taken| *taken > 0);
    }
}

/// Some proxies write the port, too.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    text.parse().ok().or_else(with_port)
}

/// Lets strangers in, as long as there is patience with them and room for them.
pub(super) async fn bound_strangers(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if request.extensions().get::<Caller>().is_some() {
        return Ok(next.run(request).await); // over the admin socket
    }
    let strangers = &state.inner.strangers;
    let path = request.uri().path();
    let way = match path {
        "/sign-in" => Way::SignIn,
        _ if path.starts_with("/v1/") => Way::Signed,
        _ => Way::Link,
    };
    let who = (strangers.client(&request), way);
    let wait = strangers.with(|patience| patience.wait(who, Instant::now()));
    if let Some(wait) = wait.filter(|_| !is_genuine_link(&state, path)) {
        return Err(slow_down(wait));
    }
    let place = strangers.place(who.0);
    let _place = place.ok_or_else(|| Problem::new(Kind::Overloaded))?;
    let response = next.run(request).await;
    if is_refusal(response.status()) {
        strangers.with(|patience| patience.note(who, Instant::now()));
    }
    Ok(response)
}

/// Whether it shows by itself that Wardlight made it, and is still good.
fn is_genuine_link(state: &ApiState, path: &str) -> bool {
    let parts = &state.inner.parts;
    let now = state.clock().clinical().epoch_ms().div_euclid(1000);
    if let Some(token) = path.strip_prefix("/actions/") {
        return parts.signatures.link(token, now).is_ok();
    }
    let token = path.strip_prefix("/charts/");
    let token = token.and_then(|token| token.strip_suffix(".png"));
    token.is_some_and(|token| (parts.chart_check)(token, now).is_some())
}

fn is_refusal(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND
    )
}

fn slow_down(wait: Duration) -> Problem {
    let detail =
        "too many requests from this address were refused; wait as long as `Retry-After` says";
    let seconds = wait.as_secs().saturating_add(1);
    Problem::new(Kind::SlowDown)
        .with_detail(detail)
        .retry_after(seconds)
}
