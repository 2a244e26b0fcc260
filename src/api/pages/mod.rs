//! The pages: what a nurse sees on the wall and a doctor on a laptop.
//!
//! In: requests with a session's cookie (or a token), the same views and commands
//! as the REST API. Out: HTML that reads without JavaScript.
//!
//! Invariant: what is shown of a patient is shown to who is signed in, of the own
//! wards, and is in the audit.
//! Invariant: text of people and devices stays text: templates escape it.
//! Invariant: nothing is loaded from elsewhere.

mod alert;
mod assets;
mod audit;
mod catalogue;
mod fields;
mod form;
mod frame;
mod live;
mod patient;
mod refused;
mod routes;
mod sign_in;
mod signed_in;
mod tile;
mod trend;
mod ward;
mod words;

pub(super) use routes::routes;
