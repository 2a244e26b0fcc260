//! The receiver's side: checks a signed webhook.

use super::signature::{hmac_sha256, signed_content};
use super::{Secret, SecretError};
use crate::domain::WallTime;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use subtle::ConstantTimeEq as _;

/// How far a timestamp may lie from now, either way.
pub const TOLERANCE_SECONDS: i64 = 300;

/// Entries of one signature header that are looked at; more are ignored.
const ENTRIES_MAX: usize = 16;

/// Why a webhook is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The receiver's own secret is wrong.
    #[error("the verification key cannot be used")]
    Secret(#[from] SecretError),
    /// `whpk_` is not a public key.
    #[error("the `whpk_` key is not an Ed25519 public key")]
    PublicKey,
    /// The id is empty or contains a full stop: the content would be ambiguous.
    #[error("the webhook id is empty or contains a full stop")]
    Id,
    /// Not whole seconds.
    #[error("the webhook timestamp is not a number of seconds")]
    Timestamp,
    /// An old message, sent again by somebody, or a clock is wrong.
    #[error("the webhook timestamp is {seconds} s from now")]
    OutsideTolerance {
        /// Distance from now; negative: in the past.
        seconds: i64,
    },
    /// No entry of the header matches.
    #[error("no signature matches")]
    NoMatch,
}

/// Checks that `header` (`webhook-signature`) holds a signature by `secret`
/// (`whsec_…`, `whpk_…` or `whsk_…`) of this id, timestamp and body, and that
/// the timestamp is within [`TOLERANCE_SECONDS`] of `now`. Compares in constant
/// time. The receiver must also remember ids: a repeat carries the same one.
///
/// # Errors
/// [`VerifyError`] says why the webhook is not believed.
pub fn verify(
    secret: &str,
    id: &str,
    timestamp: &str,
    body: &[u8],
    header: &str,
    now: WallTime,
) -> Result<(), VerifyError> {
    let key = Key::parse(secret)?;
    if id.is_empty() || id.contains('.') {
        return Err(VerifyError::Id);
    }
    check_timestamp(timestamp, now)?;
    let content = signed_content(id, timestamp, body);
    let mut matched = false;
    for entry in header.split(' ').take(ENTRIES_MAX) {
        matched |= key.matches(entry, &content);
    }
    matched.then_some(()).ok_or(VerifyError::NoMatch)
}

fn check_timestamp(timestamp: &str, now: WallTime) -> Result<(), VerifyError> {
    if !timestamp.bytes().all(|b| b.is_ascii_digit()) {
        return Err(VerifyError::Timestamp);
    }
    let sent: i64 = timestamp.parse().map_err(|_| VerifyError::Timestamp)?;
    let seconds = sent.saturating_sub(now.epoch_ms().div_euclid(1000));
    if seconds.saturating_abs() > TOLERANCE_SECONDS {
        return Err(VerifyError::OutsideTolerance { seconds });
    }
    Ok(())
}

enum Key {
    Symmetric(Box<[u8]>),
    Public(VerifyingKey),
}

impl Key {
    fn parse(text: &str) -> Result<Self, VerifyError> {
        if let Some(encoded) = text.strip_prefix("whpk_") {
            let bytes = STANDARD.decode(encoded).unwrap_or_default();
            let bytes = <&[u8; 32]>::try_from(bytes.as_slice());
            let key = bytes.ok().and_then(|b| VerifyingKey::from_bytes(b).ok());
            return key.map(Self::Public).ok_or(VerifyError::PublicKey);
        }
        Ok(match Secret::parse(text)? {
            Secret::Symmetric(key) => Self::Symmetric(key),
            Secret::Asymmetric(key) => Self::Public(key.verifying_key()),
        })
    }

    fn matches(&self, entry: &str, content: &[u8]) -> bool {
        let Some((version, encoded)) = entry.split_once(',') else {
            return false;
        };
        let Ok(given) = STANDARD.decode(encoded) else {
            return false;
        };
        match (self, version) {
            (Self::Symmetric(key), "v1") => hmac_sha256(key, content).ct_eq(&given).into(),
            (Self::Public(key), "v1a") => Signature::from_slice(&given)
                .is_ok_and(|signature| key.verify_strict(content, &signature).is_ok()),
            _ => false,
        }
    }
}
