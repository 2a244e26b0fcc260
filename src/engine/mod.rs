//! One thread, one database file: the state machine everything passes through.
//!
//! In: [`Envelope`]s through the bounded inbox, each with its own stamp.
//! Out: one commit a batch, then settled [`Delivery`] tokens, replies and
//! [`Outcome`]s.
//!
//! Invariant: nothing is settled, answered or shown before its commit is synced.
//! Invariant: the same inputs give the same state and the same alerts, however
//! they were batched.
//! Invariant: the engine reads no clock and draws no random number.

mod answers;
mod batch;
mod canary;
mod capsule;
mod channels;
mod channels_again;
mod commands;
mod core;
mod counters;
mod deliveries;
mod device;
mod directory;
mod dirty;
mod documents;
mod duplicates;
mod events;
mod explain;
mod explanation;
mod handle;
mod history;
mod input;
mod judge;
mod ledger;
mod notices;
mod orders;
mod outcome;
mod patient;
mod plan;
mod quarantine;
mod readings;
mod reattribute;
mod recall;
mod recovery;
mod replay;
mod reports;
mod restore;
mod routing;
mod run;
mod scores;
mod sessions;
mod settings;
mod settle;
mod snapshot;
mod spans;
mod status;
mod telling;
mod timers;
mod treatment;
mod usual;
mod word;

pub use canary::{CanaryChange, CanaryLate};
pub use capsule::CapsuleError;
pub use channels::ChannelChange;
pub use counters::Counters;
pub use documents::rfc3339;
pub use explain::{ExplainError, Explanation, Verdict, explain};
pub use explanation::explanation;
pub use handle::{EngineHandle, SubmitError};
pub use history::History;
pub use input::{
    CommandReply, DeviceInput, Envelope, Input, OpenExchange, SessionInput, SessionOpened, Whole,
};
pub use outcome::{Access, Outcome};
pub use plan::{PlanLine, RoutePlan, RouteTried, route_plan, routing_in_force};
pub use replay::{Judged, Replay, measured_end};
pub use run::{Engine, EngineError, StartError};
pub use scores::scores_of;
pub use settings::Settings;
pub use settle::{Delivery, Settlements};
pub use usual::{UsualThen, usual_when_raised};
pub use word::Rulebook;

#[cfg(test)]
mod tests;

/// The version that snapshots and capsules name. It changes whenever a state
/// changes its shape or a detector its judgement.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "-33");
