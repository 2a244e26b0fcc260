//! Signing secrets of Standard Webhooks: `whsec_` (HMAC-SHA256) and `whsk_` (Ed25519).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use std::fmt;

/// Fewest and most random bytes of a `whsec_` secret (Standard Webhooks 1.0.0).
const SYMMETRIC_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that signs. Never prints itself.
#[derive(Clone)]
pub enum Secret {
    /// Shared by both sides; signs `v1`.
    Symmetric(Box<[u8]>),
    /// Known to us only; signs `v1a`.
    Asymmetric(Box<SigningKey>),
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Why a text is not a signing secret. Never repeats the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Another prefix.
    #[error("a signing secret starts with `whsec_` or `whsk_`")]
    Prefix,
    /// Not base64.
    #[error("what follows `{prefix}` is not base64")]
    Base64 {
        /// The prefix found.
        prefix: &'static str,
    },
    /// Too few or too many bytes.
    #[error("a `{prefix}` secret has {allowed} bytes, this has {length}")]
    Length {
        /// The prefix found.
        prefix: &'static str,
        /// What would be right.
        allowed: &'static str,
        /// Bytes found.
        length: usize,
    },
    /// The public half of a 64-byte pair does not belong to its private half.
    #[error("the two halves of this `whsk_` key pair do not belong together")]
    Pair,
}

/// Which kind of secret to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// `whsec_`, what most receivers expect.
    Symmetric,
    /// `whsk_`, when the two sides do not trust each other's key storage.
    Asymmetric,
}

/// A fresh secret, to be shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSecret {
    /// What we keep (`whsec_…` or `whsk_…`).
    pub secret: String,
    /// What the receiver gets: the same secret, or the public key (`whpk_…`).
    pub for_receiver: String,
}

impl fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewSecret(…)")
    }
}

impl NewSecret {
    /// Draws 32 random bytes for a secret of `kind`.
    ///
    /// # Errors
    /// When the machine has no random bytes.
    pub fn generate(kind: SecretKind) -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(match kind {
            SecretKind::Symmetric => {
                let secret = format!("whsec_{}", STANDARD.encode(bytes));
                Self {
                    for_receiver: secret.clone(),
                    secret,
                }
            }
            SecretKind::Asymmetric => Self {
                for_receiver: public_text(&SigningKey::from_bytes(&bytes)),
                secret: format!("whsk_{}", STANDARD.encode(bytes)),
            },
        })
    }
}

impl Secret {
    /// Reads a `whsec_` secret of 24 to 64 bytes, or a `whsk_` secret of 32
    /// (seed) or 64 bytes (seed and public key): the specification does not
    /// say which of the two is meant, so both are taken.
    ///
    /// # Errors
    /// [`SecretError`] says what is wrong without repeating the secret.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        if let Some(encoded) = text.strip_prefix("whsec_") {
            let bytes = decode("whsec_", encoded)?;
            if !SYMMETRIC_BYTES.contains(&bytes.len()) {
                return Err(SecretError::Length {
                    prefix: "whsec_",
                    allowed: "24 to 64",
                    length: bytes.len(),
                });
            }
            Ok(Self::Symmetric(bytes.into()))
        } else if let Some(encoded) = text.strip_prefix("whsk_") {
            let key = asymmetric(&decode("whsk_", encoded)?)?;
            Ok(Self::Asymmetric(Box::new(key)))
        } else {
            Err(SecretError::Prefix)
        }
    }

    /// The `whpk_` text that the receiver of `v1a` signatures needs.
    pub fn public_key(&self) -> Option<String> {
        match self {
            Self::Symmetric(_) => None,
            Self::Asymmetric(key) => Some(public_text(key)),
        }
    }
}

fn asymmetric(bytes: &[u8]) -> Result<SigningKey, SecretError> {
    if let Ok(seed) = <&[u8; 32]>::try_from(bytes) {
        return Ok(SigningKey::from_bytes(seed));
    }
    match <&[u8; 64]>::try_from(bytes) {
        Ok(pair) => SigningKey::from_keypair_bytes(pair).map_err(|_| SecretError::Pair),
        Err(_) => Err(SecretError::Length {
            prefix: "whsk_",
            allowed: "32 or 64",
            length: bytes.len(),
        }),
    }
}

fn decode(prefix: &'static str, encoded: &str) -> Result<Vec<u8>, SecretError> {
    STANDARD
        .decode(encoded)
        .map_err(|_| SecretError::Base64 { prefix })
}

fn public_text(key: &SigningKey) -> String {
    format!("whpk_{}", STANDARD.encode(key.verifying_key().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";

    #[test]
    fn the_public_key_of_rfc_8032_test_1_comes_out_of_seed_and_pair() {
        let public = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
        let mut pair = STANDARD.decode(SEED).unwrap();
        pair.extend(STANDARD.decode(public).unwrap());
        for text in [
            format!("whsk_{SEED}"),
            format!("whsk_{}", STANDARD.encode(pair)),
        ] {
            let secret = Secret::parse(&text).unwrap();
            assert_eq!(secret.public_key(), Some(format!("whpk_{public}")));
        }
    }

    #[test]
    fn a_secret_that_is_too_short_too_long_or_of_another_kind_is_refused() {
        let of = |prefix: &str, length| format!("{prefix}{}", STANDARD.encode(vec![7; length]));
        for (text, ok) in [
            (of("whsec_", 23), false),
            (of("whsec_", 24), true),
            (of("whsec_", 64), true),
            (of("whsec_", 65), false),
            (of("whsk_", 31), false),
            (of("whsk_", 32), true),
            (of("whsk_", 48), false),
            (of("whpk_", 32), false),
            ("whsec_not base64!".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(Secret::parse(&text).is_ok(), ok, "{text}");
        }
        assert_eq!(
            Secret::parse(&of("whsk_", 64)).unwrap_err(),
            SecretError::Pair
        );
    }

    #[test]
    fn a_fresh_secret_is_accepted_and_no_two_are_alike() {
        for kind in [SecretKind::Symmetric, SecretKind::Asymmetric] {
            let (one, other) = (
                NewSecret::generate(kind).unwrap(),
                NewSecret::generate(kind).unwrap(),
            );
            assert_ne!(one, other);
            let public = Secret::parse(&one.secret).unwrap().public_key();
            assert_eq!(one.for_receiver, public.unwrap_or(one.secret));
        }
    }

    #[test]
    fn a_secret_never_prints_itself() {
        let text = format!("whsk_{SEED}");
        assert_eq!(format!("{:?}", Secret::parse(&text)), "Ok(Secret(…))");
    }
}
