//! `/v1/devices/{id}/credential`: what a watch shows the MQTT listener.

use super::Answer;
use super::changed::{Changed, created};
use super::devices::PageAsk;
use crate::api::access::{Caller, ManagesCredentials};
use crate::api::cursor::{self, Page};
use crate::api::extract::At;
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::query::Asked;
use crate::api::secret::{new_secret, sha256_hex};
use crate::api::state::ApiState;
use crate::domain::DeviceId;
use crate::registry::{Command, DeviceCredential};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

/// A credential in force, without its passwords.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct CredentialView {
    device: String,
    /// Passwords in force; two during a rotation.
    passwords: usize,
    changed: Moment,
}

/// A password, shown this once.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct NewPassword {
    /// The MQTT user name: the device's identifier.
    user_name: String,
    password: String,
}

/// Device credentials in force by device.
#[utoipa::path(get, path = "/v1/device-credentials", tag = "access",
    security(("token" = ["manage_credentials"])), params(PageAsk),
    responses((status = 200, body = Page<CredentialView>)))]
pub(in crate::api) async fn list(
    _: ManagesCredentials,
    State(state): State<ApiState>,
    Asked(ask): Asked<PageAsk>,
) -> Answer<Page<CredentialView>> {
    let limit = cursor::limit(ask.limit)?;
    let after: Option<String> = cursor::decode(ask.cursor.as_deref())?;
    let access = state.engine().access.borrow().clone();
    let in_force = access
        .devices
        .values()
        .filter(|known| known.revoked.is_none());
    let behind = |known: &&DeviceCredential| {
        after
            .as_ref()
            .is_none_or(|after| known.device.as_str() > after.as_str())
    };
    let mut listed: Vec<&DeviceCredential> = in_force.filter(behind).collect();
    listed.sort_unstable_by(|one, other| one.device.cmp(&other.device));
    listed.truncate(limit + 1);
    let show = |known: &DeviceCredential| CredentialView {
        device: known.device.as_str().to_owned(),
        passwords: known.sha256.len(),
        changed: known.changed.into(),
    };
    let place = |last: &&DeviceCredential| last.device.as_str().to_owned();
    Ok(Json(cursor::page(listed, limit, place, show)))
}

/// Makes a device's credential, or replaces all of it. The password is shown
/// in this answer only.
#[utoipa::path(post, path = "/v1/devices/{id}/credential", tag = "access",
    security(("token" = ["manage_credentials"])), params(("id" = String, Path)),
    responses((status = 201, body = NewPassword)))]
pub(in crate::api) async fn create(
    ManagesCredentials(caller): ManagesCredentials,
    State(state): State<ApiState>,
    At(device): At<DeviceId>,
) -> Result<Response, Problem> {
    let command = |device, sha256| Command::CreateDeviceCredential { device, sha256 };
    Ok(created(
        None,
        new_password(&state, &caller, device, command).await?,
    ))
}

/// Adds a new password beside the newest old one.
#[utoipa::path(post, path = "/v1/devices/{id}/credential/rotate", tag = "access",
    security(("token" = ["manage_credentials"])), params(("id" = String, Path)),
    responses((status = 200, body = NewPassword)))]
pub(in crate::api) async fn rotate(
    ManagesCredentials(caller): ManagesCredentials,
    State(state): State<ApiState>,
    At(device): At<DeviceId>,
) -> Answer<NewPassword> {
    let command = |device, sha256| Command::RotateDeviceCredential { device, sha256 };
    Ok(Json(new_password(&state, &caller, device, command).await?))
}

/// Ends a device's credential.
#[utoipa::path(delete, path = "/v1/devices/{id}/credential", tag = "access",
    security(("token" = ["manage_credentials"])), params(("id" = String, Path)),
    responses((status = 200, body = Changed)))]
pub(in crate::api) async fn revoke(
    ManagesCredentials(caller): ManagesCredentials,
    State(state): State<ApiState>,
    At(device): At<DeviceId>,
) -> Answer<Changed> {
    let command = Command::RevokeDeviceCredential { device };
    Ok(Json(state.command(&caller, command).await?.into()))
}

async fn new_password(
    state: &ApiState,
    caller: &Caller,
    device: DeviceId,
    command: impl FnOnce(DeviceId, String) -> Command,
) -> Result<NewPassword, Problem> {
    let password = new_secret("wd_").map_err(|error| Problem::internal(&error))?;
    let user_name = device.as_str().to_owned();
    state
        .command(caller, command(device, sha256_hex(&password)))
        .await?;
    Ok(NewPassword {
        user_name,
        password,
    })
}
