//! Passwords of accounts: how they are kept, and what a new one must be.

use super::language::{Text, text};
use super::secret::{NoRandomness, random_bytes};
use argon2::password_hash::SaltString;
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use std::sync::LazyLock;

/// Shortest password, in characters. NIST SP 800-63B asks for 8, and for 15 where
/// nothing else is asked; the NCSC for three random words, which are longer than this.
const LENGTH_MIN: usize = 12;
/// Longest: what is hashed must have a bound.
const LENGTH_MAX: usize = 128;

/// What is checked where there is no such account, so that the time of an answer
/// tells nothing of who has one.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash("the password of nobody at all").unwrap_or_default());

/// Why a password cannot be hashed.
#[derive(Debug, thiserror::Error)]
pub(super) enum HashError {
    /// There is no salt.
    #[error(transparent)]
    Salt(#[from] NoRandomness),
    /// The function refused.
    #[error("the password's hash failed: {0}")]
    Function(argon2::password_hash::Error),
}

/// Its argon2id hash as a PHC string: 19 MiB, two passes, one lane, which is what the
/// OWASP password storage cheat sheet asks for at least, and this library's own choice.
/// It takes some 20 ms: call it off the async threads.
///
/// # Errors
/// [`HashError`] when the system gives no random bytes.
pub(super) fn hash(password: &str) -> Result<String, HashError> {
    let salt = random_bytes()?;
    let salt = salt.first_chunk::<16>().unwrap_or(&[0; 16]);
    let salt = SaltString::encode_b64(salt).map_err(HashError::Function)?;
    let hashed = Argon2::default().hash_password(password.as_bytes(), &salt);
    Ok(hashed.map_err(HashError::Function)?.to_string())
}

/// Whether it is the password of `kept`; none stands for an account that is not there.
pub(super) fn verify(password: &str, kept: Option<&str>) -> bool {
    if password.len() > 4 * LENGTH_MAX {
        return false;
    }
    let Ok(parsed) = PasswordHash::new(kept.unwrap_or(&NOBODY)) else {
        return false;
    };
    let fits = Argon2::default().verify_password(password.as_bytes(), &parsed);
    kept.is_some() && fits.is_ok()
}

/// 32 letters and digits of which none is taken for another.
const SYMBOLS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A new password, to be typed: four groups of four, 80 random bits.
///
/// # Errors
/// The system gives no random bytes.
pub fn made() -> Result<String, NoRandomness> {
    let bytes = random_bytes()?;
    let symbol = |byte: &u8| SYMBOLS.get(usize::from(*byte) % SYMBOLS.len()).copied();
    let groups = bytes.chunks(4).take(4).map(|group| {
        let symbols = group.iter().filter_map(symbol);
        symbols.map(char::from).collect::<String>()
    });
    Ok(groups.collect::<Vec<_>>().join("-"))
}

/// What is wrong with a new password.
pub(super) fn fault(password: &str, account: &str) -> Option<Text> {
    let length = password.chars().count();
    if !(LENGTH_MIN..=LENGTH_MAX).contains(&length) {
        return Some(text!(
            "must have 12 to 128 characters; three random words are a good one"
        ));
    }
    let (lower, account) = (password.to_lowercase(), account.to_lowercase());
    let first = password.chars().next();
    let is_one_character = password.chars().all(|one| Some(one) == first);
    match is_one_character || lower.contains(&account) && account.len() > 2 {
        true => Some(text!(
            "must not be one character again and again, nor contain the account's name"
        )),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_fits_and_nobody_has_one() {
        let kept = hash("three random words").unwrap();
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{kept}"
        );
        assert!(verify("three random words", Some(&kept)));
        assert!(!verify("three random word", Some(&kept)));
        assert!(!verify("three random words", Some("no hash")));
        assert!(!verify("the password of nobody at all", None));
        assert_ne!(kept, hash("three random words").unwrap(), "salted");
    }

    #[test]
    fn a_made_password_is_four_groups_of_four() {
        let password = made().unwrap();
        assert_eq!(
            password.split('-').map(str::len).collect::<Vec<_>>(),
            [4; 4]
        );
        assert_eq!(fault(&password, "ann.lee"), None);
        assert_ne!(password, made().unwrap());
    }

    #[test]
    fn a_new_password_is_long_and_not_the_name() {
        assert_eq!(fault("three random words", "ann.lee"), None);
        for poor in [
            "elevenchars",
            "aaaaaaaaaaaaaa",
            "my-Ann.Lee-2026",
            &"x1".repeat(65),
        ] {
            assert!(fault(poor, "ann.lee").is_some(), "{poor}");
        }
    }
}
