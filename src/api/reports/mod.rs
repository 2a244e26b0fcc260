//! Reports about alerts: how many there were and what became of them, and what
//! one shift hands to the next.
//!
//! In: what is stored, through [`ReadSource`](super::source::ReadSource): the
//! alerts' events, readings by when they arrived, and the commands about wards
//! and monitoring as the audit holds them. Out: figures and lists, as JSON or CSV.
//!
//! Invariant: a report speaks of a moment or of a span that ends, as it was
//! known then; what came later changes nothing of it.
//! Invariant: no share is told without what it is a share of.
//! Invariant: patients, events, alerts and time of one report are bounded; what
//! is too much is refused, never told in part.

mod bounds;
mod burden;
mod burden_csv;
mod course;
mod csv;
mod figures;
mod handover;
mod handover_csv;
mod notes;
mod silent;
mod tally;
mod told;
mod wear;

pub(super) use bounds::{Bounds, SPAN_DAYS_MAX, TooMuch, Untold};
pub(super) use burden::{Burden, BurdenAsked, Group, burden};
pub(super) use burden_csv::burden_csv;
pub(super) use csv::{Cell, Csv};
pub(super) use figures::{Figures, Share, Waits};
pub(super) use handover::{Handover, Line as HandoverLine, Paused, handover};
pub(super) use handover_csv::handover_csv;
pub(super) use notes::Noted;
pub(super) use wear::Wear;
