//! Whom a step tells: an endpoint, or whoever is on call.

use crate::domain::EndpointId;
use serde::{Deserialize, Serialize};

/// One channel of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Target {
    /// An endpoint.
    Endpoint(EndpointId),
    /// Whoever a rota names at that moment.
    Rota(String),
}

/// Why a text names no channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no channel; write `endpoint:ID` or `rota:NAME`")]
pub struct TargetError {
    text: String,
}

impl TryFrom<String> for Target {
    type Error = TargetError;

    fn try_from(text: String) -> Result<Self, TargetError> {
        let found = match text.split_once(':') {
            Some(("endpoint", id)) => EndpointId::new(id).ok().map(Self::Endpoint),
            Some(("rota", name)) if !name.is_empty() => Some(Self::Rota(name.to_owned())),
            _ => None,
        };
        found.ok_or_else(|| TargetError {
            text: text.chars().take(80).collect(),
        })
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        target.to_string()
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Endpoint(id) => write!(f, "endpoint:{}", id.as_str()),
            Self::Rota(name) => write!(f, "rota:{name}"),
        }
    }
}
