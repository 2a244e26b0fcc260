//! `/v1/devices`: watches.

use super::Answer;
use super::changed::Changed;
use super::text::{Faults, LABEL_MAX};
use crate::api::access::{ManagesDevices, SeesDevices};
use crate::api::cursor::{self, Page};
use crate::api::extract::{At, Body};
use crate::api::problem::Problem;
use crate::api::query::Asked;
use crate::api::state::ApiState;
use crate::domain::DeviceId;
use crate::registry::{Command, Device};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

/// A watch.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct DeviceView {
    /// As it stands in its MQTT topic.
    id: String,
    model: String,
    /// From its status message.
    firmware: String,
}

impl From<Device> for DeviceView {
    fn from(device: Device) -> Self {
        Self {
            id: device.id.into(),
            model: device.model,
            firmware: device.firmware,
        }
    }
}

/// Which part of a list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct PageAsk {
    /// Page length, 1 to 1000.
    pub(super) limit: Option<usize>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
}

/// What is to change about a device.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct PutDevice {
    /// Maker's model.
    model: Option<String>,
}

/// Devices by id.
#[utoipa::path(get, path = "/v1/devices", tag = "devices", security(("token" = ["see_devices"])),
    params(PageAsk), responses((status = 200, body = Page<DeviceView>)))]
pub(in crate::api) async fn list(
    SeesDevices(caller): SeesDevices,
    State(state): State<ApiState>,
    Asked(ask): Asked<PageAsk>,
) -> Answer<Page<DeviceView>> {
    let limit = cursor::limit(ask.limit)?;
    let after: Option<DeviceId> = cursor::decode(ask.cursor.as_deref())?;
    let devices = state
        .read(&caller, move |source| {
            source.devices(after.as_ref(), limit + 1)
        })
        .await?;
    let place = |last: &Device| last.id.clone();
    Ok(Json(cursor::page(devices, limit, place, DeviceView::from)))
}

/// One device.
#[utoipa::path(get, path = "/v1/devices/{id}", tag = "devices", security(("token" = ["see_devices"])),
    params(("id" = String, Path)), responses((status = 200, body = DeviceView)))]
pub(in crate::api) async fn one(
    SeesDevices(caller): SeesDevices,
    State(state): State<ApiState>,
    At(id): At<DeviceId>,
) -> Answer<DeviceView> {
    let found = state
        .read(&caller, move |source| source.device(&id))
        .await?;
    let device = found.ok_or_else(|| Problem::not_found("device"))?;
    Ok(Json(device.into()))
}

/// Makes a device known, or changes what is given.
#[utoipa::path(put, path = "/v1/devices/{id}", tag = "devices",
    security(("token" = ["manage_devices"])), params(("id" = String, Path)),
    request_body = PutDevice, responses((status = 200, body = Changed)))]
pub(in crate::api) async fn put(
    ManagesDevices(caller): ManagesDevices,
    State(state): State<ApiState>,
    At(id): At<DeviceId>,
    Body(body): Body<PutDevice>,
) -> Answer<Changed> {
    let mut faults = Faults::default();
    faults.optional_text(body.model.as_deref(), LABEL_MAX, "#/model");
    faults.check()?;
    let model = body.model;
    Ok(Json(
        state
            .command(&caller, Command::PutDevice { id, model })
            .await?
            .into(),
    ))
}
