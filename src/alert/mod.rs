//! The episode machine: from findings to what people see and answer.
//!
//! In: [`Finding`](crate::domain::Finding)s, people's answers, time. Out:
//! [`EpisodeEvent`]s, each with the whole episode as it stands.
//! State: one [`Episodes`] a patient.
//!
//! An episode is a condition (active, ended) times a handling (open,
//! acknowledged, resolved):
//!
//! | | open | acknowledged | resolved |
//! | --- | --- | --- | --- |
//! | active | pages | seen | closed by a person: stays quiet until the condition ends, a time passes or it becomes more urgent |
//! | ended | high and physiological: waits for a person; else the quiet timer runs | the quiet timer runs | over; back within the reopening window: the same episode |
//!
//! Invariant: one open episode per patient and kind; `alert.raised` exactly once an episode.
//! Invariant: a high physiological alert is never closed by time alone before a person saw it.
//! Invariant: an episode's priority never falls.
//! Invariant: events depend on findings, answers and their times, never on batching.

mod answer;
mod episode;
mod episodes;
mod event;
mod recount;
pub mod routing;
mod settings;

#[cfg(test)]
mod tests;

pub use answer::{Answer, CommandRefused};
pub use episode::Episode;
pub use episodes::{Episodes, Patient};
pub use event::{EpisodeEvent, EventType, number_of};
pub use settings::Settings;
