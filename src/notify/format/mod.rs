//! Puts what is told into the form each receiver understands. Pure.
//!
//! In: the document that the engine stored with the delivery, and the endpoint.
//! Out: a request. The same document gives the same bytes at every attempt:
//! ages count from the moment the document was written.
//!
//! Invariant: what people typed stays text in every form.
//! Invariant: every event has words, also one that is not known here.

mod cloudevents;
mod email;
mod message;
mod notice;
mod ntfy;
mod pagerduty;
mod request;
mod slack;
mod standard;
mod teams;
mod text;
mod words;

pub(super) use email::Mail;
pub(super) use request::{FormatError, HttpRequest, Request, Told, render};
