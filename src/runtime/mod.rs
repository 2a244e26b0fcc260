//! What keeps the shells alive: clocks, backoff, supervision.
//!
//! In: nothing of ours but `domain`. Out: small tools.

mod backoff;
mod clock;

pub use backoff::Backoff;
pub use clock::Clock;
