//! Wardlight watches cancer patients at home through their smartwatches and
//! tells the clinical team, early and seldom wrongly, who is getting worse.
//!
//! The rooms, in the order a reading walks through them: [`ingest`],
//! [`decode`], [`engine`] (which calls the pure rooms [`registry`],
//! [`detect`], [`alert`]), [`store`], [`notify`], [`sink`], [`api`]. Around
//! them [`domain`], [`config`], [`runtime`], [`telemetry`], [`cli`] and [`canary`];
//! [`app`] is the only file that knows all rooms.

pub mod alert;
pub mod api;
pub mod app;
pub mod canary;
pub mod cli;
pub mod config;
pub mod decode;
pub mod detect;
pub mod domain;
pub mod engine;
pub mod ingest;
pub mod notify;
pub mod registry;
pub mod runtime;
pub mod sink;
pub mod store;
pub mod telemetry;
