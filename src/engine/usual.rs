//! What was usual for a patient when an alert was raised, for its picture.

use super::capsule::Capsule;
use crate::domain::{AlertId, Vital};
use crate::store::{QueryError, Reader};

/// What was usual of a vital when an alert was raised.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum UsualThen {
    /// Level and spread; none while they were not yet learnt.
    Was(Option<(f64, f64)>),
    /// It cannot be told any more: another version of the code decided, or what
    /// it decided from is no longer kept.
    NotKept,
}

/// Reads what was usual from the state that the alert was decided from.
///
/// # Errors
/// [`QueryError`] when the store cannot be read.
pub fn usual_when_raised(
    reader: &Reader,
    alert: &AlertId,
    vital: Vital,
) -> Result<UsualThen, QueryError> {
    let bytes = reader.capsule(alert)?;
    let capsule = bytes.and_then(|bytes| Capsule::read(&bytes).ok());
    Ok(match capsule.and_then(|capsule| capsule.baseline(vital)) {
        Some(known) => UsualThen::Was(known.map(|view| (view.level, view.spread))),
        None => UsualThen::NotKept,
    })
}
