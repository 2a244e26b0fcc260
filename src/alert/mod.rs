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
//! Beside them stand, each on its own: a snooze (quiet until a time, by whom;
//! it ends with its time, with its condition, by command, and at once when the
//! episode becomes more urgent), an assignment (a person or team), and two
//! timers of an acknowledgement while the condition holds: reminders, and its
//! expiry, after which people must answer anew.
//!
//! Invariant: one open episode per patient and kind; `alert.raised` exactly once an episode.
//! Invariant: a high physiological alert is never closed by time alone before a person saw it:
//! what counts is the highest priority since a person last saw it, not the one it has now.
//! Invariant: an episode's priority falls only by `alert.deescalated`, after detectors have said
//! for `deescalate_minutes` that it is lower; silence and doubtful data never lower it.
//! Invariant: whatever becomes more urgent is told and must be answered anew, also while snoozed.
//! Invariant: a snooze concerns one episode, and every snooze ends.
//! Invariant: all timers are clinical times, so that no time zone and no restart moves them.
//! Invariant: events depend on findings, answers and their times, never on batching.

mod acm;
mod answer;
mod attention;
mod care;
mod episode;
mod episodes;
mod event;
mod matrix;
mod minutes;
mod recount;
mod restore;
pub mod routing;
mod settings;
mod timer;

#[cfg(test)]
mod tests;

pub use acm::{Acm, AlarmState, Inactivation, Phase};
pub use answer::{Answer, CommandRefused};
pub use attention::{Assignment, Attention, Snooze};
pub use episode::Episode;
pub use episodes::{Episodes, Patient};
pub use event::{CurrentValue, EpisodeEvent, EventType, number_of};
pub use matrix::{Derivation, Harm, Kinds, Matrix, Onset, Onsets};
pub use minutes::MinutesByPriority;
pub use restore::Remembered;
pub use settings::Settings;
