//! Signs one attempt (Standard Webhooks 1.0.0).

use super::Secret;
use crate::domain::WallTime;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The three headers of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headers {
    /// `webhook-id`: the same for every attempt of one delivery.
    pub id: String,
    /// `webhook-timestamp`: seconds of this attempt.
    pub timestamp: String,
    /// `webhook-signature`: one entry for each secret, newest first; empty for
    /// a receiver that knows no signatures.
    pub signature: String,
}

/// Why an attempt cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The signed content joins its parts with full stops.
    #[error("a webhook id must not be empty or contain a full stop")]
    Id,
    /// Nothing would prove who sent it.
    #[error("the endpoint has no signing secret")]
    NoSecret,
}

/// Signs `body` for one attempt at `now` with each of `secrets`: several sign
/// at once while a secret is being rotated.
///
/// # Errors
/// [`SignError`] when the id cannot be signed or there is no secret.
pub fn sign(
    secrets: &[Secret],
    id: &str,
    now: WallTime,
    body: &[u8],
) -> Result<Headers, SignError> {
    if id.is_empty() || id.contains('.') {
        return Err(SignError::Id);
    }
    if secrets.is_empty() {
        return Err(SignError::NoSecret);
    }
    let timestamp = now.epoch_ms().div_euclid(1000).to_string();
    let content = signed_content(id, &timestamp, body);
    let entries: Vec<String> = secrets.iter().map(|s| entry(s, &content)).collect();
    Ok(Headers {
        id: id.to_owned(),
        timestamp,
        signature: entries.join(" "),
    })
}

/// The headers of a request to a receiver that knows no signatures: the id and
/// the time of the attempt.
pub(super) fn unsigned(id: &str, now: WallTime) -> Headers {
    Headers {
        id: id.to_owned(),
        timestamp: now.epoch_ms().div_euclid(1000).to_string(),
        signature: String::new(),
    }
}

/// What is signed: `id.timestamp.body`.
pub(super) fn signed_content(id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    let mut content = Vec::with_capacity(id.len() + timestamp.len() + 2 + body.len());
    content.extend_from_slice(id.as_bytes());
    content.push(b'.');
    content.extend_from_slice(timestamp.as_bytes());
    content.push(b'.');
    content.extend_from_slice(body);
    content
}

/// HMAC-SHA256 of `content`.
pub(super) fn hmac_sha256(key: &[u8], content: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(content);
    mac.finalize().into_bytes().into()
}

fn entry(secret: &Secret, content: &[u8]) -> String {
    match secret {
        Secret::Symmetric(key) => {
            format!("v1,{}", STANDARD.encode(hmac_sha256(key, content)))
        }
        Secret::Asymmetric(key) => {
            format!("v1a,{}", STANDARD.encode(key.sign(content).to_bytes()))
        }
    }
}
