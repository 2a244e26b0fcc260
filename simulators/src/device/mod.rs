//! The watch: samples a body at a cadence and packs moments into the native JSON.
//!
//! Comes in: a [`crate::physiology::Patient`] and [`DeviceEffect`]s. Goes out:
//! [`OutgoingMessage`]s in the order they are sent.
//!
//! Invariant: within a session `seq` grows by one a message; a restart starts at 0 again.
//! Invariant: a moment is sent once by a watch; only faults repeat it.

mod cadence;
mod clock;
mod effect;
mod habits;
mod measure;
mod message;
mod watch;

pub use cadence::Cadence;
pub use clock::DeviceClock;
pub use effect::{DeviceChange, DeviceEffect};
pub use habits::Habits;
pub use message::{Level, MessageKind, Moment, NativeMessage, OutgoingMessage, Status, topic};
pub use watch::{Watch, WatchOptions};
