//! Secrets and names the API makes, from the system's random source.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// The system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the system's random source failed: {0}")]
pub struct NoRandomness(getrandom::Error);

/// 32 random bytes.
pub(super) fn random_bytes() -> Result<[u8; 32], NoRandomness> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(NoRandomness)?;
    Ok(bytes)
}

/// A new secret of 256 bits behind a prefix by which leaked ones are found.
pub(super) fn new_secret(prefix: &str) -> Result<String, NoRandomness> {
    Ok(format!(
        "{prefix}{}",
        URL_SAFE_NO_PAD.encode(random_bytes()?)
    ))
}

/// SHA-256 of a secret's text, hexadecimal, as the registry keeps it.
pub(super) fn sha256_hex(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// A random name of 96 bits.
pub(super) fn new_id(prefix: &str) -> Result<String, NoRandomness> {
    let bytes = random_bytes()?;
    Ok(format!(
        "{prefix}{}",
        hex(bytes.first_chunk::<12>().unwrap_or(&[0; 12]))
    ))
}

/// A number for an incident; guessing it gains nothing, so a failing random
/// source is no second error.
pub(super) fn hex_id() -> String {
    new_id("").unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hashed_as_plain_sha256() {
        assert_eq!(
            sha256_hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        let (one, two) = (
            new_secret("wl_").expect("random"),
            new_secret("wl_").expect("random"),
        );
        assert_ne!(one, two);
        assert_eq!(one.len(), 3 + 43);
    }
}
