//! Tells the outside world: webhooks, signed, retried, never to a private address.
//!
//! In: deliveries from the store through a [`DeliverySource`], woken by the
//! engine's outcomes. Out: signed POSTs, a
//! [`DeliveryReport`](crate::domain::DeliveryReport) for each attempt through
//! the engine's inbox, and each endpoint's [`ChannelHealth`].
//!
//! Invariant: every attempt is reported; the report waits for its place and is
//! never dropped. Only what goes out while nothing can be stored is not; its
//! record follows under the same `webhook-id` when the store moves.
//! Invariant: a delivery is under way until the report of its attempt is
//! committed, and not twice at once: only a failed attempt, a replay or the end
//! of the process sends it again.
//! Invariant: every attempt of a delivery carries the same `webhook-id`, also
//! after a crash.
//! Invariant: an endpoint is told of one patient's events in their order: the
//! next is sent when the one before it was taken, given up, or set aside because
//! the endpoint refuses it again and again while it takes others.
//! Invariant: an endpoint that fails is told of on the others, through the
//! engine; none is ever switched off in silence.
//! Invariant: one endpoint's trouble never delays another: each has its own lane.
//! Invariant: no address is dialled that the address guard has not passed.
//! Invariant: a link by which its reader answers stands only in messages of
//! endpoints that allow it, and is good for one action of one alert.
//! Invariant: only the wall clock counts here; the clinical clock decides nothing.

mod action_links;
mod address;
mod attempt;
mod chart_links;
mod circuit;
mod client;
mod email_settings;
mod events;
mod format;
mod guard;
mod health;
mod lane;
mod lookup;
mod mailer;
mod notifier;
mod schedule;
mod secret;
mod settings;
mod settling;
mod signature;
mod source;
mod taken_by;
mod token;
mod unrecorded;
mod verify;

#[cfg(test)]
mod tests;

pub use action_links::ActionLinks;
pub use address::is_public;
pub use chart_links::{ChartAsked, ChartLinks};
pub use client::ClientError;
pub use email_settings::{EmailSettings, MailTls};
pub use guard::{AddressGuard, UrlError};
pub use health::{ChannelEvent, ChannelHealth, Health};
pub use lookup::{GuardRefusal, Lookup, SystemLookup};
pub use mailer::MailerError;
pub use notifier::{Notifier, NotifierError};
pub use secret::{NewSecret, Secret, SecretError, SecretKind};
pub use settings::Settings;
pub use signature::{Headers, SignError, sign};
pub use source::{DeliverySource, SourceError};
pub use unrecorded::{Unrecorded, Unstored};
pub use verify::{TOLERANCE_SECONDS, VerifyError, verify};
