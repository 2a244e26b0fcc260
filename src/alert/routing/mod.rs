//! Who is told of an alert, by which channel, when, and what keeps it back.
//!
//! In: the events of episodes, what became of deliveries, commands, time. Out:
//! [`Act`]s that the engine carries out in the same commit, and [`Row`]s: the
//! state is a value that a store keeps row by row, so it survives every end.
//!
//! An event that asks people to look is owed to them. It is told on every
//! route that matches, unless another alert says more (inhibited), somebody
//! asked for silence (silenced), the hours are quiet (held) or there were too
//! many (grouped); when that ends it is decided anew. Telling is a [`Call`]: the
//! steps of a chain, one after the other until somebody answers.
//!
//! Invariant: what is owed ends as exactly one of: told, grouped into a digest
//! that is told, overtaken by an answer or a newer event, or over before what
//! kept it back; each is noted in the alert's history.
//! Invariant: nothing of high priority is held or grouped.
//! Invariant: a chain of which no channel takes what is high is not waited for: everybody else
//! who asked for such events is told, once.
//! Invariant: decisions depend on inputs and their times, never on batching.

mod act;
mod call;
mod calling;
mod check;
mod deciding;
mod facts;
mod falling_back;
mod flood;
mod foresee;
mod grouping;
mod hours;
mod index;
mod keeping;
mod notice;
mod repeating;
mod rota;
mod route;
mod router;
mod row;
mod settings;
mod silencing;
mod stopping;
mod table;
mod target;
mod timers;
mod words;

#[cfg(test)]
mod tests;

pub use act::{Act, Message, Note, Outcome, Told};
pub use call::Call;
pub use calling::Attempt;
pub use facts::{Directory, Facts, Happened, Place, one_vital};
pub use foresee::{Foreseen, Outlook, What, foresee};
pub use route::Tried;
pub use router::{Router, Turn};
pub use row::{Row, RowKind};
pub use settings::Settings;
pub use silencing::RoutingRefused;
pub use table::{Step, Table};
pub use target::Target;
