//! Who looks at a page.

use super::refused::Refused;
use crate::api::access::{Caller, caller_of};
use crate::api::state::ApiState;
use crate::registry::Permission;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// Somebody who is signed in; everybody else is asked to, and comes back.
pub(super) struct SignedIn(pub(super) Caller);

impl FromRequestParts<ApiState> for SignedIn {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Refused> {
        match caller_of(state, &parts.headers) {
            Ok(caller) => Ok(Self(caller)),
            Err(_) => Err(Refused::to_sign_in(parts)),
        }
    }
}

impl SignedIn {
    /// The caller, where the role allows what the page is for.
    ///
    /// # Errors
    /// A page that says so.
    pub(super) fn who_may(self, needed: Permission, state: &ApiState) -> Result<Caller, Refused> {
        match self.0.role.may(needed) {
            true => Ok(self.0),
            false => Err(Refused::not_allowed(state, &self.0)),
        }
    }
}
