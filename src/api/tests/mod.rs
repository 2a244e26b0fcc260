//! The real server on port 0 over a small world in memory.

mod access;
mod actions;
mod admin;
mod alerts;
mod by_ward;
mod changes;
mod channels;
mod charts;
mod handover;
mod harness;
mod on_alert;
mod on_answers;
mod on_pages;
mod pages;
mod queries;
mod readings;
mod refusals;
mod registry;
mod reports;
mod routing;
mod secrets;
mod service;
mod sign_in;
mod strangers;
mod stream;
mod world;
