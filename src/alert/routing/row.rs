//! The routing state as rows of a store.

use serde::{Deserialize, Serialize};

/// What a row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RowKind {
    /// A maintenance silence.
    Silence,
    /// Overrides of a rota.
    Override,
    /// An alert.
    Notice,
    /// A run of a chain.
    Call,
    /// A digest that waits.
    Digest,
    /// Notifications counted in an hour.
    Flood,
}

impl RowKind {
    const ALL: [Self; 6] = [
        Self::Silence,
        Self::Override,
        Self::Notice,
        Self::Call,
        Self::Digest,
        Self::Flood,
    ];

    /// Its word in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Silence => "silence",
            Self::Override => "override",
            Self::Notice => "notice",
            Self::Call => "call",
            Self::Digest => "digest",
            Self::Flood => "flood",
        }
    }

    /// The kind of a word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One row: written when it has a document, else deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it holds.
    pub kind: RowKind,
    /// Its name.
    pub key: String,
    /// JSON.
    pub document: Option<String>,
}
