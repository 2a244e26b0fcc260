//! Why a command was refused.

use crate::domain::{ClinicalTime, MeasuredTime};

/// Why a command was refused, in words for the person who gave it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// What it speaks of does not exist.
    #[error("there is no {what} of this id")]
    NotFound {
        /// The kind of thing (`patient`).
        what: &'static str,
    },
    /// A value that is needed to make the thing is missing.
    #[error("a new {what} needs `{field}`")]
    Missing {
        /// The kind of thing.
        what: &'static str,
        /// The missing field.
        field: &'static str,
    },
    /// A value is not allowed.
    #[error("`{field}` {problem}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What is wrong and what to do, lowercase.
        problem: String,
    },
    /// The thing is in a state that does not allow this.
    #[error("{problem}")]
    Conflict {
        /// What is in the way and what to do.
        problem: String,
    },
    /// A period ends before it starts.
    #[error("the end {end:?} is not after the start {start:?}")]
    EndBeforeStart {
        /// Start.
        start: ClinicalTime,
        /// End.
        end: ClinicalTime,
    },
    /// An assignment ends before it starts.
    #[error("the assignment's end {end:?} is not after its start {start:?}")]
    AssignmentEndsBeforeStart {
        /// Start.
        start: MeasuredTime,
        /// End.
        end: MeasuredTime,
    },
    /// Judging the command panicked inside Wardlight; nothing was changed.
    #[error("an internal error; nothing was changed")]
    Internal,
}
