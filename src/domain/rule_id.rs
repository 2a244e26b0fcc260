//! The name of a clinical rule, small enough to be copied about.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// Longest name, bytes.
const LENGTH_MAX: usize = 24;

/// A clinical rule's id, which is also its file's name (`qsofa`): 1 to 24 of
/// `a-z 0-9 _`, a letter first. It names no patient and may be logged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId {
    /// Padded with zeros, so that the order is that of the texts.
    bytes: [u8; LENGTH_MAX],
}

/// Why a text is no rule id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a rule's id is 1 to 24 of a-z, 0-9 and _, a letter first")]
pub struct RuleIdError;

impl RuleId {
    /// Takes a text of 1 to 24 of `a-z 0-9 _`, a letter first.
    ///
    /// # Errors
    /// [`RuleIdError`] for any other text.
    pub fn new(text: &str) -> Result<Self, RuleIdError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if !text.starts_with(|c: char| c.is_ascii_lowercase()) || !text.bytes().all(allowed) {
            return Err(RuleIdError);
        }
        let mut bytes = [0; LENGTH_MAX];
        let place = bytes.get_mut(..text.len()).ok_or(RuleIdError)?;
        place.copy_from_slice(text.as_bytes());
        Ok(Self { bytes })
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        let length = self.bytes.iter().position(|b| *b == 0);
        let text = self.bytes.get(..length.unwrap_or(LENGTH_MAX));
        str::from_utf8(text.unwrap_or_default()).unwrap_or_default()
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for RuleId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

struct Text;

impl de::Visitor<'_> for Text {
    type Value = RuleId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{RuleIdError}")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<RuleId, E> {
        RuleId::new(text).map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for RuleId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_its_text_and_its_order_and_refuses_what_is_no_file_name() {
        let id = |text| RuleId::new(text).unwrap();
        for text in ["a", "qsofa", "abcdefghijklmnopqrstuvwx", "x_1"] {
            assert_eq!(id(text).as_str(), text);
        }
        assert!(id("ab") < id("abc") && id("abc") < id("b"));
        for text in [
            "",
            "1a",
            "_a",
            "Q",
            "a-b",
            "a/b",
            "é",
            "abcdefghijklmnopqrstuvwxy",
        ] {
            assert_eq!(RuleId::new(text), Err(RuleIdError), "{text}");
        }
    }

    #[test]
    fn an_id_survives_a_snapshot_and_json() {
        let id = RuleId::new("shock_index").unwrap();
        let bytes = postcard::to_allocvec(&id).unwrap();
        assert_eq!(postcard::from_bytes::<RuleId>(&bytes).unwrap(), id);
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, "\"shock_index\"");
        assert_eq!(serde_json::from_str::<RuleId>(&json).unwrap(), id);
        assert!(serde_json::from_str::<RuleId>("\"../x\"").is_err());
    }
}
