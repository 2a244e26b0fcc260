//! Signing secrets of webhooks in the forms of Standard Webhooks 1.0.0.

use super::secret::{NoRandomness, random_bytes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;

/// How deliveries are signed.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub(super) enum Signature {
    /// HMAC-SHA256 with a shared secret (`whsec_…`).
    #[default]
    V1,
    /// Ed25519: the receiver gets only a public key (`whpk_…`).
    V1a,
}

/// A new secret for `signature`.
pub(super) fn generate(signature: Signature) -> Result<String, NoRandomness> {
    let prefix = match signature {
        Signature::V1 => "whsec_",
        Signature::V1a => "whsk_",
    };
    Ok(format!("{prefix}{}", STANDARD.encode(random_bytes()?)))
}

/// Whether a given secret is one, and what is wrong with it otherwise.
pub(super) fn check(secret: &str) -> Result<(), &'static str> {
    let key = |text: &str| STANDARD.decode(text).unwrap_or_default().len();
    match (secret.strip_prefix("whsec_"), secret.strip_prefix("whsk_")) {
        (Some(text), _) if (24..=64).contains(&key(text)) => Ok(()),
        (_, Some(text)) if matches!(key(text), 32 | 64) => Ok(()),
        (Some(_), _) => Err("must be `whsec_` and the base64 of 24 to 64 bytes"),
        (_, Some(_)) => Err("must be `whsk_` and the base64 of 32 or 64 bytes"),
        (None, None) => Err("must begin with `whsec_` or `whsk_`"),
    }
}

/// Whether only Wardlight has it: nobody else can sign with it.
pub(super) fn is_private(secret: &str) -> bool {
    secret.starts_with("whsk_")
}

/// The public key of an Ed25519 secret; a shared secret has none.
pub(super) fn public_key(secret: &str) -> Option<String> {
    let bytes = STANDARD.decode(secret.strip_prefix("whsk_")?).ok()?;
    let seed = bytes.first_chunk::<32>()?;
    let key = SigningKey::from_bytes(seed).verifying_key();
    Some(format!("whpk_{}", STANDARD.encode(key.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_key_is_that_of_rfc_8032_test_1() {
        assert_eq!(
            public_key("whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=").as_deref(),
            Some("whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
        );
    }

    #[test]
    fn made_secrets_are_valid_and_others_say_why_not() {
        for signature in [Signature::V1, Signature::V1a] {
            assert_eq!(check(&generate(signature).expect("random")), Ok(()));
        }
        assert!(check("whsec_AAAA").is_err());
        assert!(check("whsk_AAAA").is_err());
        assert!(check("hunter2").is_err());
    }
}
