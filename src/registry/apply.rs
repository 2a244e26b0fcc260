//! Applies commands to the registry.

/// Something the registry changed and the engine must write or act on.
pub enum Change {}
