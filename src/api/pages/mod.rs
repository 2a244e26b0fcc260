//! The pages: what a nurse sees on the wall and a doctor on a laptop.
//!
//! In: requests with a session's cookie (or a token), the same views and commands
//! as the REST API. Out: HTML that reads without JavaScript.
//!
//! Invariant: what is shown of a patient is shown to who is signed in, of the own
//! wards, and is in the audit.
//! Invariant: text of people and devices stays text: templates escape it.
//! Invariant: nothing is loaded from elsewhere.

mod account;
mod account_form;
mod accounts;
mod alert;
mod assets;
mod assign;
mod audit;
mod burden;
mod burden_figures;
pub(super) mod catalogue;
mod channel;
mod channels;
mod crowd;
mod demo;
mod devices;
mod done;
mod fields;
pub(super) mod filters;
mod form;
mod frame;
mod handover;
mod handover_lines;
mod kept;
mod live;
mod living;
mod natural;
mod order;
mod password;
mod past;
mod patient;
mod plays;
mod quarantine;
mod refused;
mod routes;
mod rule_settings;
mod rules;
mod send;
mod sign_in;
mod signed_in;
mod tile;
mod trend;
mod typed;
mod ward;
mod wards;
mod words;
mod zones;

pub(super) use routes::routes;
pub(super) use words::Zone;
