//! An explanation as a document, for who asks over the network.

use super::explain::{ExplainError, explain_within};
use crate::domain::AlertId;
use crate::store::{QueryError, Reader};
use serde_json::{Value, json};

/// Readings of one vital that are held against what was judged: two days at one a
/// second. Who has more asks the command line, which has no clock to keep.
const POINTS_MAX: usize = 172_800;

/// An alert judged again, as [`super::Explanation`] in JSON; none when there is no
/// such alert. Where nothing is left to judge from, its `verdict` is `cannot` and
/// `problems` say why.
///
/// # Errors
/// When the store cannot be read.
pub fn explanation(
    reader: &Reader,
    alert: &AlertId,
    retention_days: u32,
) -> Result<Option<Value>, QueryError> {
    match explain_within(reader, alert, retention_days, POINTS_MAX) {
        Ok(explained) => Ok(Some(
            serde_json::to_value(explained)
                .expect("an explanation is strings, numbers and documents"),
        )),
        Err(ExplainError::NoAlert) => Ok(None),
        Err(ExplainError::Query(error)) => Err(error),
        Err(error @ (ExplainError::NoCapsule | ExplainError::Capsule(_))) => Ok(Some(json!({
            "alert": alert.as_str(),
            "verdict": "cannot",
            "problems": [error.to_string()],
            "notes": [],
        }))),
    }
}
