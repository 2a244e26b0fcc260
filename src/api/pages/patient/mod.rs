//! One patient: newest values, scores, treatment, alerts, devices, and the course of
//! the vitals in numbers.

mod alerts;
mod page;
mod record;
mod scores;
mod series;
mod values;

pub(super) use page::patient;
pub(super) use series::series;
