//! What links carry: what they say, and a MAC over all of it.

use super::signature::hmac_sha256;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

/// Longest token that is looked at; ours have fewer than 300.
const TOKEN_MAX: usize = 512;

const HOUR: i64 = 3_600;

/// Until when a link is good that goes out at `now`, epoch seconds: at least
/// `hours`. It lives from the attempt, not from the event, for a message may
/// arrive days late; and it ends with a whole hour, so that attempts soon after
/// one another carry the same link.
pub(super) const fn good_until(now: i64, hours: u32) -> i64 {
    let hours = hours as i64 + 1;
    (now.div_euclid(HOUR).saturating_add(hours)).saturating_mul(HOUR)
}

/// `said`, sealed with `key`, in the letters of an address.
pub(super) fn seal(key: &[u8; 32], said: &str) -> String {
    let mac = hmac_sha256(key, said.as_bytes());
    format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(said),
        URL_SAFE_NO_PAD.encode(mac)
    )
}

/// What a token says; none when it was not sealed with `key`.
pub(super) fn open(key: &[u8; 32], token: &str) -> Option<String> {
    if token.len() > TOKEN_MAX {
        return None;
    }
    let (said, mac) = token.split_once('.')?;
    let said = URL_SAFE_NO_PAD.decode(said).ok()?;
    let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
    let genuine: bool = hmac_sha256(key, &said).ct_eq(&mac).into();
    String::from_utf8(said).ok().filter(|_| genuine)
}
