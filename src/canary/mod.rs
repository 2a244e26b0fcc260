//! The canary: Wardlight tests the whole way from a watch to a message, all the
//! time.
//!
//! In: nothing but the clock. A synthetic watch publishes through the way that
//! watches use; its reading is judged like any other, and its alert comes back
//! over a real webhook to [`Hook`]. Out: how long a round trip took, and
//! [`CanaryChange`](crate::engine::CanaryChange) when one is late and when they
//! come in time again. When the store stands still, so that nothing can be queued,
//! the channels that hear of the system are told past it
//! ([`Unrecorded`](crate::notify::Unrecorded)).
//!
//! Invariant: it counts as a round trip only when the signature is right and the
//! alert is not older than the reading.
//! Invariant: late is told once and over once, also across a restart.
//! Invariant: one reading is under way at a time; nothing waits for the canary.
//! Invariant: its password and its signing secret live in memory only, and are
//! new at every start.

mod cast;
mod events;
mod health;
mod hook;
mod record;
mod run;
mod settings;
mod trips;

#[cfg(test)]
mod tests;

pub use cast::{Cast, CastError, retire};
pub use health::{CanaryHealth, CanaryState};
pub use hook::{Hook, HookError};
pub use run::{Canary, IsStored, Way};
pub use settings::Settings;
