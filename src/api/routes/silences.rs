//! `/v1/silences`: notifications kept back for maintenance.

use super::Answer;
use super::changed::{Changed, created};
use super::text::{Faults, REMARK_MAX};
use crate::api::access::{ManagesRouting, SeesPatients};
use crate::api::extract::{At, Body};
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::state::ApiState;
use crate::domain::{
    AlertId, ClinicalTime, DeviceId, KindPattern, PatientId, Silence, SilenceScope, WardId,
};
use crate::registry::Command;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};

/// Most kinds of one silence.
const KINDS_MAX: usize = 100;

/// A maintenance silence.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Silence)]
pub(in crate::api) struct SilenceView {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ward: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patient: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    /// Kinds of alerts; none: all.
    kinds: Vec<String>,
    from: Moment,
    until: Moment,
    author: String,
    reason: String,
    created: Moment,
    /// Whether it holds now.
    in_force: bool,
    /// When and by whom it was ended before its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_by: Option<String>,
}

impl SilenceView {
    fn new(silence: Silence, now: ClinicalTime) -> Self {
        let in_force = silence.holds(now);
        let scope = silence.scope;
        let (ended_at, ended_by) = silence.ended.unzip();
        Self {
            id: silence.id,
            ward: scope.ward.map(String::from),
            patient: scope.patient.map(String::from),
            device: scope.device.map(String::from),
            kinds: scope.kinds.into_iter().map(String::from).collect(),
            from: silence.from.into(),
            until: silence.until.into(),
            author: silence.author,
            reason: silence.reason,
            created: silence.created.into(),
            in_force,
            ended_at: ended_at.map(Moment::from),
            ended_by,
        }
    }
}

/// All silences that hold, wait or ended lately.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Silences {
    items: Vec<SilenceView>,
}

/// A new silence: at least a ward, a patient or a device; all that is given
/// must fit. The alerts stand; what still holds when it ends is told then.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NewSilence {
    /// Patients of this ward.
    ward: Option<String>,
    /// This patient.
    patient: Option<String>,
    /// Whoever wears this device.
    device: Option<String>,
    /// `technical`, `silent`, `silent:heart_rate`, …; none: all.
    #[serde(default)]
    kinds: Vec<String>,
    /// Now, when left out.
    from: Option<Moment>,
    until: Moment,
    /// Why.
    reason: String,
}

/// Silences, the newest first.
#[utoipa::path(get, path = "/v1/silences", tag = "routing", security(("token" = ["see_patients"])),
    responses((status = 200, body = Silences)))]
pub(in crate::api) async fn list(
    SeesPatients(caller): SeesPatients,
    State(state): State<ApiState>,
) -> Answer<Silences> {
    let now = state.clock().clinical();
    let mut silences = state.read(&caller, |source| source.silences()).await?;
    silences.sort_by_key(|silence| std::cmp::Reverse(silence.created));
    let shown = silences
        .into_iter()
        .map(|silence| SilenceView::new(silence, now));
    let items = shown.collect();
    Ok(Json(Silences { items }))
}

/// Keeps notifications back for a while; the token's name is its author.
#[utoipa::path(post, path = "/v1/silences", tag = "routing",
    security(("token" = ["manage_routing"])), request_body = NewSilence,
    responses((status = 201, body = Changed)))]
pub(in crate::api) async fn create(
    ManagesRouting(caller): ManagesRouting,
    State(state): State<ApiState>,
    Body(body): Body<NewSilence>,
) -> Result<Response, Problem> {
    let now = state.clock().clinical();
    let command = command(body, now)?;
    let changed: Changed = state.command(&caller, command).await?.into();
    Ok(created(None, changed))
}

/// Ends a silence now; what still holds is told at once.
#[utoipa::path(delete, path = "/v1/silences/{id}", tag = "routing",
    security(("token" = ["manage_routing"])), params(("id" = String, Path)),
    responses((status = 200, body = Changed)))]
pub(in crate::api) async fn end(
    ManagesRouting(caller): ManagesRouting,
    State(state): State<ApiState>,
    // A silence's id has the form of an alert's.
    At(id): At<AlertId>,
) -> Answer<Changed> {
    let id = String::from(id);
    let command = Command::EndSilence { id };
    Ok(Json(state.command(&caller, command).await?.into()))
}

fn command(body: NewSilence, now: ClinicalTime) -> Result<Command, Problem> {
    let mut faults = Faults::default();
    faults.text(&body.reason, REMARK_MAX, "#/reason");
    let named = body.ward.is_some() || body.patient.is_some() || body.device.is_some();
    faults.unless(named, "#/ward", "or a patient or a device must be given");
    let fine = body.kinds.len() <= KINDS_MAX;
    faults.unless(fine, "#/kinds", "holds at most 100 kinds");
    let mut kinds = Vec::new();
    for (index, text) in body.kinds.iter().take(KINDS_MAX).enumerate() {
        match KindPattern::new(text) {
            Ok(kind) => kinds.push(kind),
            Err(error) => faults.unless(false, &format!("#/kinds/{index}"), error.to_string()),
        }
    }
    let scope = SilenceScope {
        ward: id(body.ward.as_deref(), WardId::new, "#/ward", &mut faults),
        patient: id(
            body.patient.as_deref(),
            PatientId::new,
            "#/patient",
            &mut faults,
        ),
        device: id(
            body.device.as_deref(),
            DeviceId::new,
            "#/device",
            &mut faults,
        ),
        kinds,
    };
    let from = body.from.map_or(now, Moment::clinical);
    let until = body.until.clinical();
    faults.unless(
        from < until && now < until,
        "#/until",
        "must be after `from` and in the future",
    );
    faults.check()?;
    Ok(Command::CreateSilence {
        scope,
        from,
        until,
        reason: body.reason,
    })
}

fn id<T, E: std::fmt::Display>(
    text: Option<&str>,
    read: impl FnOnce(&str) -> Result<T, E>,
    pointer: &str,
    faults: &mut Faults,
) -> Option<T> {
    match text.map(read)? {
        Ok(id) => Some(id),
        Err(error) => {
            faults.unless(false, pointer, error.to_string());
            None
        }
    }
}
