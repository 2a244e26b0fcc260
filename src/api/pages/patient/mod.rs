//! One patient: newest values, scores, treatment, alerts, devices, and the course of
//! the vitals in numbers.

mod alerts;
mod course;
mod drawing;
mod events;
mod marks;
mod news2;
mod notes;
mod page;
mod period;
mod printed;
mod record;
mod scores;
mod series;
mod values;

pub(super) use notes::write;
pub(super) use page::patient;
pub(super) use printed::printed;
pub(super) use record::{Row, rows_then};
pub(super) use scores::{Part, parts};
pub(super) use series::series;
