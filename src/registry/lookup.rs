//! Answers who is who.

/// All documents of the registry, in memory.
#[derive(Default)]
pub struct Registry {}
