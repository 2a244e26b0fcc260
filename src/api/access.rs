//! Who asks, and whether they may: bearer tokens and sessions, closed by default.

use super::problem::{Kind, Problem};
use super::secret::sha256_hex;
use super::state::ApiState;
use crate::domain::WallTime;
use crate::engine::Access;
use crate::registry::{Permission, Role, WardScope};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, header, request::Parts};
use axum::middleware::Next;
use axum::response::Response;

/// The session's cookie.
pub(super) const SESSION: &str = "wardlight";
/// Its name where the page came over https: browsers then take it only from this
/// very host, never from a neighbour or over plain http.
pub(super) const SESSION_SECURE: &str = "__Host-wardlight";

/// By what somebody is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// The admin socket, which only the service's own account reaches.
    Local,
    /// A bearer token, by its SHA-256.
    Token(String),
    /// A session, by the SHA-256 of its cookie, and the account's name.
    Session { sha256: String, account: String },
}

/// Who asks.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// The name that the audit shows.
    pub(super) author: String,
    /// What the caller may do.
    pub(super) role: Role,
    /// Where.
    pub(super) wards: WardScope,
    /// By what a stream notices that it is no longer in force.
    pub(super) known: Known,
}

impl Caller {
    /// Whoever reaches the admin socket: the file's mode lets only the
    /// service's own account in.
    pub(super) fn local_administrator() -> Self {
        Self {
            author: String::from("local administrator"),
            role: Role::Administrator,
            wards: WardScope::All,
            known: Known::Local,
        }
    }

    /// Whether the caller signed in with an account, and not with a token.
    pub(super) const fn has_account(&self) -> bool {
        matches!(self.known, Known::Session { .. })
    }

    /// Whether what the caller is known by is still in force.
    pub(super) fn is_in_force(&self, access: &Access, now: WallTime) -> bool {
        match &self.known {
            Known::Local => true,
            Known::Token(sha256) => of_token(access, sha256).is_some(),
            Known::Session { sha256, .. } => of_session(access, sha256, now).is_some(),
        }
    }
}

/// Lets a request in with a token or a session in force, or from the admin socket (which
/// has put its caller in already); nothing of the network can set extensions.
pub(super) async fn authenticate(
    State(state): State<ApiState>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if request.extensions().get::<Caller>().is_none() {
        let caller = caller_of(&state, request.headers())?;
        request.extensions_mut().insert(caller);
    }
    Ok(next.run(request).await)
}

pub(super) fn caller_of(state: &ApiState, headers: &HeaderMap) -> Result<Caller, Problem> {
    let access = state.engine().access.borrow();
    let Some(given) = headers.get(header::AUTHORIZATION) else {
        let cookie = session_cookie(headers);
        let session = cookie.and_then(|cookie| of_cookie(&access, cookie, state.clock().wall()));
        return session.ok_or_else(|| refused("send `Authorization: Bearer` and a token"));
    };
    let token = given
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| refused("send `Authorization: Bearer` and a token"))?;
    // Looked up by hash: timing tells nothing about the token itself.
    of_token(&access, &sha256_hex(token)).ok_or_else(|| refused("the token is not in force"))
}

fn refused(detail: &str) -> Problem {
    Problem::new(Kind::Unauthenticated).with_detail(detail)
}

/// A cookie holds a session's secret, or the token that somebody signed in with.
fn of_cookie(access: &Access, cookie: &str, now: WallTime) -> Option<Caller> {
    let sha256 = sha256_hex(cookie);
    of_session(access, &sha256, now).or_else(|| of_token(access, &sha256))
}

pub(super) fn of_token(access: &Access, sha256: &str) -> Option<Caller> {
    let known = access.tokens.get(sha256);
    let known = known.filter(|known| known.revoked.is_none())?;
    Some(Caller {
        author: known.name.clone(),
        role: known.role,
        wards: known.wards.clone(),
        known: Known::Token(sha256.to_owned()),
    })
}

fn of_session(access: &Access, sha256: &str, now: WallTime) -> Option<Caller> {
    let (name, ends) = access.sessions.get(sha256)?;
    let account = access.accounts.get(name)?;
    if *ends <= now || account.closed.is_some() {
        return None;
    }
    Some(Caller {
        author: account.author(),
        role: account.role,
        wards: account.wards.clone(),
        known: Known::Session {
            sha256: sha256.to_owned(),
            account: name.clone(),
        },
    })
}

/// The session's cookie, where there is one.
pub(super) fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    let given = headers.get_all(header::COOKIE).iter();
    let pairs = given.filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|text| text.split(';')).map(str::trim);
    pairs.find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        (name == SESSION || name == SESSION_SECURE).then_some(value)
    })
}

macro_rules! caller_who_may {
    ($($(#[$doc:meta])* $name:ident = $permission:ident;)*) => {$(
        $(#[$doc])*
        pub(super) struct $name(pub(super) Caller);

        impl FromRequestParts<ApiState> for $name {
            type Rejection = Problem;

            async fn from_request_parts(
                parts: &mut Parts,
                _: &ApiState,
            ) -> Result<Self, Problem> {
                allowed(parts, Permission::$permission).map(Self)
            }
        }
    )*};
}

caller_who_may! {
    /// May see what Wardlight is and how it does.
    SeesSystem = SeeSystem;
    /// May see patients.
    SeesPatients = SeePatients;
    /// May see devices.
    SeesDevices = SeeDevices;
    /// May see the alarm burden.
    SeesFigures = SeeFigures;
    /// May answer alerts and enter observations.
    AnswersAlerts = AnswerAlerts;
    /// May write notes on patients.
    WritesNotes = WriteNotes;
    /// May set a patient's own limits.
    SetsLimits = SetLimits;
    /// May change patients, wards and assignments.
    ManagesPatients = ManagePatients;
    /// May keep notifications back and say who is on call.
    ManagesRouting = ManageRouting;
    /// May change devices and see what lies in quarantine.
    ManagesDevices = ManageDevices;
    /// May make credentials of devices.
    ManagesCredentials = ManageCredentials;
    /// May change webhooks and see what they were sent.
    ManagesChannels = ManageChannels;
    /// May read the audit.
    ReadsAudit = ReadAudit;
    /// May make accounts and tokens.
    ManagesAccess = ManageAccess;
}

fn allowed(parts: &Parts, permission: Permission) -> Result<Caller, Problem> {
    let caller = parts
        .extensions
        .get::<Caller>()
        .ok_or_else(|| Problem::new(Kind::Unauthenticated))?;
    if !caller.role.may(permission) {
        let detail = format!(
            "this needs the permission {}, which the role {} does not have",
            permission.name(),
            caller.role.name()
        );
        return Err(Problem::new(Kind::Forbidden).with_detail(detail));
    }
    Ok(caller.clone())
}
