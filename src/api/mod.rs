//! The HTTP API: REST, event stream, health, metrics, OpenAPI, and the pages.
//!
//! In: requests with a bearer token or a session's cookie, or over the local admin socket; views
//! through [`ReadSource`] and [`LiveSource`]. Out: commands to the engine,
//! audit lines for reads of patient data, answers in JSON; of a demonstration plays, to its [`Stage`].
//!
//! Invariant: without a token or a session in force nothing of a patient is shown; a signed
//! link shows one alert, or its picture, without a name.
//! Invariant: a change is answered after its commit, a read shows only commits.
//! Invariant: every refusal is a problem document of RFC 9457.
//! Invariant: pages, bodies, requests, streams and connections are bounded.

mod access;
pub mod admin_client;
mod audit;
mod chart;
mod compression;
mod concerns;
mod cursor;
mod extract;
mod headers;
mod known;
mod language;
mod limits;
mod moment;
mod openapi;
mod pages;
mod passwords;
mod patience;
mod pdf;
mod problem;
mod query;
mod reports;
mod router;
mod routes;
mod scope;
mod secret;
mod serve;
mod settings;
mod sign_in_limits;
mod signatures;
mod source;
mod stage;
mod stall;
mod state;
mod strangers;
mod webhook_secret;

#[cfg(test)]
mod tests;

pub use audit::{AuditReads, AuditStopped, EngineAudit};
pub use language::WORDS;
pub use passwords::made as made_password;
pub use router::router;
pub use secret::NoRandomness;
pub use serve::{AdminSocket, AdminSocketError, serve, serve_admin};
pub use settings::Settings;
pub use signatures::{Signatures, SignedRequest};
pub use source::{
    AssignmentsOf, AuditView, Bucket, ChannelMeasured, ComponentHealth, HealthState, LiveSource,
    ReadError, ReadSource, Telling,
};
pub use stage::{Play, PlayRefused, Running, Stage};
pub use state::{About, ApiState, ChartCheck, EndpointCheck, Parts, https_only};
