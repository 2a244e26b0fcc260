//! `/v1/webhooks`: where alerts are delivered.

use super::Answer;
use super::changed::created;
use super::text::{Faults, LABEL_MAX};
use crate::api::access::AsCoordinator;
use crate::api::extract::{At, Body};
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::secret::new_id;
use crate::api::state::ApiState;
use crate::api::webhook_secret::{self, Signature};
use crate::domain::{EndpointId, WardId};
use crate::registry::{Command, Endpoint};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use url::Url;

/// Longest address.
const URL_MAX: usize = 2048;
/// Most event types or wards of an endpoint.
const FILTERS_MAX: usize = 100;

/// A webhook endpoint. Secrets are never shown again.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct WebhookView {
    id: String,
    url: String,
    label: String,
    /// Only these event types; empty means all.
    event_types: Vec<String>,
    /// Only patients of these wards; empty means all.
    wards: Vec<String>,
    /// How many secrets sign; two during a rotation.
    secrets: usize,
    /// The public keys of Ed25519 secrets, newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    public_keys: Vec<String>,
    /// Why it is off; null while it is on.
    disabled: Option<String>,
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
            id: endpoint.id.into(),
            url: endpoint.url,
            label: endpoint.label,
            event_types: endpoint.event_types,
            wards: endpoint.wards.into_iter().map(String::from).collect(),
            disabled: endpoint.disabled,
            author: endpoint.author,
            created: endpoint.created.into(),
        }
    }
}

/// All webhook endpoints by id.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Webhooks {
    items: Vec<WebhookView>,
}

/// A new webhook endpoint.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct RegisterWebhook {
    /// Where deliveries go.
    url: String,
    /// What the organisation calls it.
    label: String,
    /// Only these event types (`alert.raised`); empty means all.
    #[serde(default)]
    event_types: Vec<String>,
    /// Only patients of these wards; empty means all.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    wards: Vec<WardId>,
    /// How deliveries are signed, when the secret is made here.
    #[serde(default)]
    signature: Signature,
    /// A secret of your own (`whsec_…` or `whsk_…`); one is made when left out.
    secret: Option<String>,
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
    security(("token" = ["coordinator"])), responses((status = 200, body = Webhooks)))]
pub(in crate::api) async fn list(
    _: AsCoordinator,
    State(state): State<ApiState>,
) -> Answer<Webhooks> {
    let endpoints = state.read(|source| source.endpoints()).await?;
    let items = endpoints.into_iter().map(WebhookView::from).collect();
    Ok(Json(Webhooks { items }))
}

/// One webhook endpoint.
#[utoipa::path(get, path = "/v1/webhooks/{id}", tag = "webhooks",
    security(("token" = ["coordinator"])), params(("id" = String, Path)),
    responses((status = 200, body = WebhookView)))]
pub(in crate::api) async fn one(
    _: AsCoordinator,
    State(state): State<ApiState>,
    At(id): At<EndpointId>,
) -> Answer<WebhookView> {
    Ok(Json(find(&state, id).await?.into()))
}

/// Registers a webhook endpoint. The secret is shown in this answer only.
#[utoipa::path(post, path = "/v1/webhooks", tag = "webhooks",
    security(("token" = ["coordinator"])), request_body = RegisterWebhook,
    responses((status = 201, body = WebhookSecret)))]
pub(in crate::api) async fn register(
    AsCoordinator(caller): AsCoordinator,
    State(state): State<ApiState>,
    Body(body): Body<RegisterWebhook>,
) -> Result<Response, Problem> {
    check(&body, &state)?;
    let made = new_id("end_").map_err(|error| Problem::internal(&error))?;
    let id = EndpointId::new(&made).map_err(|error| Problem::internal(&error))?;
    let (secret, shown) = given_or_made(body.secret, body.signature)?;
    let public_key = webhook_secret::public_key(&secret);
    let command = Command::PutEndpoint {
        id,
        url: body.url,
        label: body.label,
        secrets: vec![secret],
        event_types: body.event_types,
        wards: body.wards,
        channel: Default::default(),
    };
    state.command(&caller, command).await?;
    let answer = WebhookSecret {
        id: made,
        secret: shown,
        public_key,
    };
    let location = format!("/v1/webhooks/{}", answer.id);
    Ok(created(Some(&location), answer))
}

/// The secret that signs, and what to show of it: only a made one, only now.
pub(super) fn given_or_made(
    given: Option<String>,
    signature: Signature,
) -> Result<(String, Option<String>), Problem> {
    match given {
        Some(secret) => {
            webhook_secret::check(&secret).map_err(|fault| Problem::field("#/secret", fault))?;
            Ok((secret, None))
        }
        None => {
            let made = webhook_secret::generate(signature);
            let secret = made.map_err(|error| Problem::internal(&error))?;
            Ok((secret.clone(), Some(secret)))
        }
    }
}

pub(super) async fn find(state: &ApiState, id: EndpointId) -> Result<Endpoint, Problem> {
    let found = state.read(move |source| source.endpoint(&id)).await?;
    found.ok_or_else(|| Problem::not_found("webhook"))
}

fn check(body: &RegisterWebhook, state: &ApiState) -> Result<(), Problem> {
    let mut faults = Faults::default();
    faults.text(&body.label, LABEL_MAX, "#/label");
    if let Err(fault) = check_url(&body.url, state) {
        faults.unless(false, "#/url", fault);
    }
    faults.unless(
        body.event_types.len() <= FILTERS_MAX,
        "#/event_types",
        "holds at most 100",
    );
    faults.unless(
        body.wards.len() <= FILTERS_MAX,
        "#/wards",
        "holds at most 100",
    );
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    for (index, name) in body.event_types.iter().take(FILTERS_MAX).enumerate() {
        let fine = name.len() <= 64 && name.split('.').all(is_part);
        faults.unless(
            fine,
            &format!("#/event_types/{index}"),
            "is not an event type",
        );
    }
    faults.check()
}

fn check_url(text: &str, state: &ApiState) -> Result<(), String> {
    if text.len() > URL_MAX {
        return Err(format!("has more than {URL_MAX} characters"));
    }
    let url = Url::parse(text).map_err(|error| format!("is not a URL: {error}"))?;
    if url.host().is_none() {
        return Err(String::from("names no host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(String::from("must not hold a user name or password"));
    }
    (state.inner.parts.endpoint_check)(&url)
}
