//! What keeps the shells alive: clocks, backoff, supervision.
//!
//! In: nothing of ours but `domain`. Out: small tools.
//!
//! Invariant: only [`Clock`] reads the machine's clock.

mod backoff;
mod clock;
mod pace;
mod stage;

pub use backoff::Backoff;
pub use clock::Clock;
pub use stage::{Ended, Stage};
