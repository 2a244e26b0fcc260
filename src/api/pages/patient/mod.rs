//! One patient: newest values, scores, treatment, alerts, devices, and the course of
//! the vitals in numbers.

mod alerts;
mod notes;
mod page;
mod record;
mod scores;
mod series;
mod values;

pub(super) use notes::write;
pub(super) use page::patient;
pub(super) use series::series;
