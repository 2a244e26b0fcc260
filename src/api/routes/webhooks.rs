//! `/v1/webhooks`: where alerts are delivered.

use super::Answer;
use super::changed::created;
use super::webhook_body::{NEEDS_SHARED_SECRET, RegisterWebhook, given_or_made};
use crate::api::access::{Caller, ManagesChannels};
use crate::api::extract::{At, Body};
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::secret::new_id;
use crate::api::state::ApiState;
use crate::api::webhook_secret;
use crate::domain::EndpointId;
use crate::registry::Endpoint;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use url::Url;

/// A webhook endpoint. Secrets are never shown again.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct WebhookView {
    pub(in crate::api) id: String,
    /// Empty for mail; of an address that is itself the secret only the host.
    pub(in crate::api) url: String,
    pub(in crate::api) label: String,
    /// The form of its messages (`standard`).
    pub(in crate::api) format: &'static str,
    include_patient_label: bool,
    /// Whether its receivers may answer alerts.
    actions: bool,
    /// Whether it is told when another channel fails.
    system_events: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::api) recipients: Vec<String>,
    /// Only these event types; empty means all.
    pub(in crate::api) event_types: Vec<String>,
    /// Only patients of these wards; empty means all.
    pub(in crate::api) wards: Vec<String>,
    /// How many secrets sign; two during a rotation.
    secrets: usize,
    /// The public keys of Ed25519 secrets, newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    public_keys: Vec<String>,
    /// Why it is off; null while it is on.
    pub(in crate::api) disabled: Option<String>,
    /// Since when it takes nothing, wall time; absent while it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<Moment>,
    author: String,
    created: Moment,
}

impl From<Endpoint> for WebhookView {
    fn from(endpoint: Endpoint) -> Self {
        let keys = endpoint.secrets.iter();
        Self {
            secrets: endpoint.secrets.len(),
            public_keys: keys
                .filter_map(|secret| webhook_secret::public_key(secret))
                .collect(),
            url: shown_url(&endpoint),
            format: endpoint.channel.format.name(),
            include_patient_label: endpoint.channel.include_patient_label,
            system_events: endpoint.channel.system_events,
            actions: endpoint.channel.actions,
            failing_since: endpoint.trouble.map(|trouble| trouble.since.into()),
            recipients: endpoint.channel.recipients,
            id: endpoint.id.into(),
            label: endpoint.label,
            event_types: endpoint.event_types,
            wards: endpoint.wards.into_iter().map(String::from).collect(),
            disabled: endpoint.disabled,
            author: endpoint.author,
            created: endpoint.created.into(),
        }
    }
}

/// Whoever knows the address of some receivers can write to them.
fn shown_url(endpoint: &Endpoint) -> String {
    if !endpoint.channel.format.address_is_secret() {
        return endpoint.url.clone();
    }
    let url = Url::parse(&endpoint.url).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    format!("https://{host}/…")
}

/// All webhook endpoints by id.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Webhooks {
    items: Vec<WebhookView>,
}

/// A secret, shown this once.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct WebhookSecret {
    pub(super) id: String,
    /// Signs from now on; absent when it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) secret: Option<String>,
    /// Verifies, when the secret is an Ed25519 key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) public_key: Option<String>,
}

/// All webhook endpoints.
#[utoipa::path(get, path = "/v1/webhooks", tag = "webhooks",
    security(("token" = ["manage_channels"])), responses((status = 200, body = Webhooks)))]
pub(in crate::api) async fn list(
    ManagesChannels(caller): ManagesChannels,
    State(state): State<ApiState>,
) -> Answer<Webhooks> {
    let endpoints = state.read(&caller, |source| source.endpoints()).await?;
    let items = endpoints.into_iter().map(WebhookView::from).collect();
    Ok(Json(Webhooks { items }))
}

/// One webhook endpoint.
#[utoipa::path(get, path = "/v1/webhooks/{id}", tag = "webhooks",
    security(("token" = ["manage_channels"])), params(("id" = String, Path)),
    responses((status = 200, body = WebhookView)))]
pub(in crate::api) async fn one(
    ManagesChannels(caller): ManagesChannels,
    State(state): State<ApiState>,
    At(id): At<EndpointId>,
) -> Answer<WebhookView> {
    Ok(Json(find(&state, &caller, id).await?.into()))
}

/// Registers a webhook endpoint. The secret is shown in this answer only.
#[utoipa::path(post, path = "/v1/webhooks", tag = "webhooks",
    security(("token" = ["manage_channels"])), request_body = RegisterWebhook,
    responses((status = 201, body = WebhookSecret)))]
pub(in crate::api) async fn register(
    ManagesChannels(caller): ManagesChannels,
    State(state): State<ApiState>,
    Body(body): Body<RegisterWebhook>,
) -> Result<Response, Problem> {
    body.check(&state)?;
    let made = new_id("end_").map_err(|error| Problem::internal(&error))?;
    let id = EndpointId::new(&made).map_err(|error| Problem::internal(&error))?;
    let answer = create(&state, &caller, id, body).await?;
    let location = format!("/v1/webhooks/{}", answer.id);
    Ok(created(Some(&location), answer))
}

async fn create(
    state: &ApiState,
    caller: &Caller,
    id: EndpointId,
    body: RegisterWebhook,
) -> Result<WebhookSecret, Problem> {
    let (secrets, shown) = given_or_made(body.format(), body.secret())?;
    let answer = WebhookSecret {
        id: id.as_str().to_owned(),
        secret: shown,
        public_key: secrets.first().and_then(|s| webhook_secret::public_key(s)),
    };
    let command = body.into_command(id, secrets);
    state.command(caller, command).await?;
    Ok(answer)
}

/// Changes a webhook endpoint to what is given, or makes it under an id of your
/// own. It keeps its secrets, unless its new format needs others; `rotate`
/// changes them. An endpoint that was off is on afterwards.
#[utoipa::path(put, path = "/v1/webhooks/{id}", tag = "webhooks",
    security(("token" = ["manage_channels"])), params(("id" = String, Path)),
    request_body = RegisterWebhook,
    responses((status = 200, body = WebhookSecret), (status = 201, body = WebhookSecret)))]
pub(in crate::api) async fn put(
    ManagesChannels(caller): ManagesChannels,
    State(state): State<ApiState>,
    At(id): At<EndpointId>,
    Body(body): Body<RegisterWebhook>,
) -> Result<Response, Problem> {
    body.check(&state)?;
    let asked = id.clone();
    let known = state
        .read(&caller, move |source| source.endpoint(&asked))
        .await?;
    let Some(known) = known else {
        let answer = create(&state, &caller, id, body).await?;
        let location = format!("/v1/webhooks/{}", answer.id);
        return Ok(created(Some(&location), answer));
    };
    let keeps = known.channel.format.secret() == body.format().secret();
    if !keeps {
        return Ok(Json(create(&state, &caller, id, body).await?).into_response());
    }
    if body.secret().0.is_some() {
        return Err(Problem::field("#/secret", "is changed by `rotate`"));
    }
    if body.nobody_could_answer(&known.secrets) {
        return Err(Problem::field("#/actions", NEEDS_SHARED_SECRET));
    }
    let answer = WebhookSecret {
        id: id.as_str().to_owned(),
        secret: None,
        public_key: None,
    };
    state
        .command(&caller, body.into_command(id, known.secrets))
        .await?;
    Ok(Json(answer).into_response())
}

pub(in crate::api) async fn find(
    state: &ApiState,
    caller: &Caller,
    id: EndpointId,
) -> Result<Endpoint, Problem> {
    let found = state
        .read(caller, move |source| source.endpoint(&id))
        .await?;
    found.ok_or_else(|| Problem::not_found("webhook"))
}
