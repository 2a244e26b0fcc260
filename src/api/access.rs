//! Who asks, and whether they may: bearer tokens, closed by default.

use super::problem::{Kind, Problem};
use super::secret::sha256_hex;
use super::state::ApiState;
use crate::registry::Role;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, header, request::Parts};
use axum::middleware::Next;
use axum::response::Response;

/// Who asks.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// The name that the audit shows.
    pub(super) author: String,
    /// What the token may do.
    pub(super) role: Role,
    /// The token's SHA-256, by which a stream notices its revocation; none on
    /// the admin socket.
    pub(super) sha256: Option<String>,
}

impl Caller {
    /// Whoever reaches the admin socket: the file's mode lets only the
    /// service's own account in.
    pub(super) fn local_administrator() -> Self {
        Self {
            author: String::from("local administrator"),
            role: Role::Administrator,
            sha256: None,
        }
    }
}

/// Lets a request in with a token in force, or from the admin socket (which
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

fn caller_of(state: &ApiState, headers: &HeaderMap) -> Result<Caller, Problem> {
    let refused = |detail: &str| Problem::new(Kind::Unauthenticated).with_detail(detail);
    let given = headers
        .get(header::AUTHORIZATION)
        .ok_or_else(|| refused("send `Authorization: Bearer` and a token"))?;
    let token = given
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| refused("send `Authorization: Bearer` and a token"))?;
    // Looked up by hash: timing tells nothing about the token itself.
    let sha256 = sha256_hex(token);
    let access = state.engine().access.borrow();
    let known = access
        .tokens
        .get(&sha256)
        .filter(|known| known.revoked.is_none());
    let known = known.ok_or_else(|| refused("the token is not in force"))?;
    Ok(Caller {
        author: known.name.clone(),
        role: known.role,
        sha256: Some(sha256),
    })
}

macro_rules! caller_with_role {
    ($(#[$doc:meta])* $name:ident, $role:expr) => {
        $(#[$doc])*
        pub(super) struct $name(pub(super) Caller);

        impl FromRequestParts<ApiState> for $name {
            type Rejection = Problem;

            async fn from_request_parts(
                parts: &mut Parts,
                _: &ApiState,
            ) -> Result<Self, Problem> {
                allowed(parts, $role).map(Self)
            }
        }
    };
}

caller_with_role! {
    /// May read.
    AsViewer, Role::Viewer
}
caller_with_role! {
    /// May answer alerts and enter observations.
    AsClinician, Role::Clinician
}
caller_with_role! {
    /// May change patients, devices, assignments and webhooks.
    AsCoordinator, Role::Coordinator
}
caller_with_role! {
    /// May make tokens and credentials and read the audit.
    AsAdministrator, Role::Administrator
}

fn allowed(parts: &Parts, least: Role) -> Result<Caller, Problem> {
    let caller = parts
        .extensions
        .get::<Caller>()
        .ok_or_else(|| Problem::new(Kind::Unauthenticated))?;
    if caller.role < least {
        let detail = format!("this needs the role {}", role_name(least));
        return Err(Problem::new(Kind::Forbidden).with_detail(detail));
    }
    Ok(caller.clone())
}

/// The role as the API names it.
pub(super) const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer",
        Role::Clinician => "clinician",
        Role::Coordinator => "coordinator",
        Role::Administrator => "administrator",
    }
}
