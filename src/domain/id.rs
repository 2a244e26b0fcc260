//! Identifiers, and the small numbers that stand for them inside.
//!
//! `Debug` of an identifier prints a placeholder: no patient or device may be
//! named in a log.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Empty, or longer than allowed.
    #[error("an identifier has 1 to 64 characters of A-Z a-z 0-9 . _ -, this has {length}")]
    Length {
        /// Characters found.
        length: usize,
    },
    /// A character outside the allowed set.
    #[error(
        "an identifier has 1 to 64 characters of A-Z a-z 0-9 . _ -, character {position} is another"
    )]
    Character {
        /// Where the first wrong character stands, counted from 1.
        position: usize,
    },
}

fn check(text: &str) -> Result<(), IdError> {
    let length = text.len();
    if length == 0 || length > 64 {
        return Err(IdError::Length { length });
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    match text.bytes().position(|b| !allowed(b)) {
        Some(at) => Err(IdError::Character { position: at + 1 }),
        None => Ok(()),
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// Takes a text of 1 to 64 characters of `A-Z a-z 0-9 . _ -`.
            ///
            /// # Errors
            /// [`IdError`] says what is wrong with the text.
            pub fn new(text: &str) -> Result<Self, IdError> {
                check(text)?;
                Ok(Self(text.into()))
            }

            /// The identifier's text. Never give it to a log.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.into()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

text_id! {
    /// A pseudonymous patient identifier, chosen by the organisation; never an NHS number.
    PatientId
}
text_id! {
    /// A watch, as it stands in its MQTT topic.
    DeviceId
}
text_id! {
    /// A ward or team that patients belong to.
    WardId
}
text_id! {
    /// A team that looks after patients of one or several wards.
    TeamId
}
text_id! {
    /// One alert episode: `alr_` and digits, derived from the journal so that
    /// the same inputs give the same id.
    AlertId
}
text_id! {
    /// A registered webhook endpoint.
    EndpointId
}
text_id! {
    /// One message to one endpoint: the `webhook-id`, the same for every attempt.
    DeliveryId
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u32);
    };
}

number! {
    /// A patient's place in this store; small, dense, never reused.
    PatientNumber
}
number! {
    /// A device's place in this store; small, dense, never reused.
    DeviceNumber
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_says_what_is_wrong_with_it() {
        assert_eq!(PatientId::new(""), Err(IdError::Length { length: 0 }));
        assert_eq!(
            DeviceId::new("watch/1"),
            Err(IdError::Character { position: 6 })
        );
        assert!(DeviceId::new("watch-1.A_b").is_ok());
    }

    #[test]
    fn an_identifier_never_prints_itself() {
        let patient = PatientId::new("p-secret").expect("valid");
        assert_eq!(format!("{patient:?}"), "PatientId(…)");
    }
}
