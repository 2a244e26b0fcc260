//! One file a subject: what is asked, what is answered, which role may.
//!
//! In: requests whose caller is known. Out: views of commits, or commands.
//!
//! Invariant: every handler names its least role by its first argument.

pub(super) mod about;
pub(super) mod accounts;
pub(super) mod action_links;
mod action_page;
mod administration_view;
pub(super) mod alert_answers;
pub(super) mod alert_care;
pub(super) mod alert_document;
pub(super) mod alerts;
pub(super) mod assignments;
pub(super) mod audit;
pub(super) mod board;
pub(super) mod changed;
pub(super) mod charts;
pub(super) mod credentials;
pub(super) mod deliveries;
pub(super) mod devices;
pub(super) mod events;
pub(super) mod feed;
pub(super) mod health;
pub(super) mod latest;
pub(super) mod limits;
pub(super) mod metrics;
pub(super) mod monitoring;
pub(super) mod notes;
pub(super) mod observations;
pub(super) mod orders;
pub(super) mod patient_view;
pub(super) mod patients;
pub(super) mod problems;
pub(super) mod quarantine;
pub(super) mod readings;
pub(super) mod readings_csv;
pub(super) mod reports;
pub(super) mod routing;
pub(super) mod schemas;
pub(super) mod silences;
pub(super) mod summaries;
pub(super) mod text;
pub(super) mod tokens;
pub(super) mod wards;
pub(super) mod webhook_body;
pub(super) mod webhook_changes;
pub(super) mod webhook_health;
pub(super) mod webhooks;

/// What a handler gives back.
pub(super) type Answer<T> = Result<axum::Json<T>, super::problem::Problem>;
