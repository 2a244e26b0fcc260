//! Links to the small picture of an alert's vital: signed, and good for a day.
//!
//! Whoever has the link sees the picture, without signing in: mail programs and
//! chat services fetch it for their users. So it holds no name, and it expires.

use super::signature::hmac_sha256;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

/// Longest token that is looked at.
const TOKEN_MAX: usize = 256;

/// Makes and checks links.
#[derive(Clone)]
pub struct ChartLinks {
    key: [u8; 32],
    hours: u32,
}

/// What a link shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartAsked {
    /// The alert.
    pub alert: String,
    /// The moment at its right edge, epoch seconds.
    pub at: i64,
}

/// Of the stored document, what a link needs.
#[derive(Deserialize)]
struct Document {
    timestamp: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    alert: Option<String>,
}

impl ChartLinks {
    /// Links signed with a key that `secret` leads to, good for `hours`.
    pub fn new(secret: &[u8], hours: u32) -> Self {
        Self {
            key: hmac_sha256(secret, b"wardlight chart links 1"),
            hours,
        }
    }

    /// The link for a delivery; none when it is not about an alert. The same
    /// document gives the same link.
    pub(super) fn link(&self, public_url: &str, document: &[u8]) -> Option<String> {
        let document: Document = serde_json::from_slice(document).ok()?;
        let at: jiff::Timestamp = document.timestamp.parse().ok()?;
        let token = self.token(&document.data.alert?, at.as_second());
        Some(format!("{public_url}/v1/charts/{token}.png"))
    }

    fn token(&self, alert: &str, at: i64) -> String {
        let expires = at.saturating_add(i64::from(self.hours) * 3_600);
        let said = format!("{alert}~{at}~{expires}");
        let mac = hmac_sha256(&self.key, said.as_bytes());
        format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(said),
            URL_SAFE_NO_PAD.encode(mac)
        )
    }

    /// What a token asks for; none when it was not made here or has expired at
    /// `now`, epoch seconds.
    pub fn check(&self, token: &str, now: i64) -> Option<ChartAsked> {
        if token.len() > TOKEN_MAX {
            return None;
        }
        let (said, mac) = token.split_once('.')?;
        let said = URL_SAFE_NO_PAD.decode(said).ok()?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        let genuine: bool = hmac_sha256(&self.key, &said).ct_eq(&mac).into();
        let said = String::from_utf8(said).ok().filter(|_| genuine)?;
        let mut parts = said.split('~');
        let (alert, at, expires) = (parts.next()?, parts.next()?, parts.next()?);
        let (at, expires): (i64, i64) = (at.parse().ok()?, expires.parse().ok()?);
        (now < expires).then(|| ChartAsked {
            alert: alert.to_owned(),
            at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_shows_its_alert_until_it_expires_and_nothing_that_was_changed() {
        let links = ChartLinks::new(b"secret", 24);
        let document = br#"{"timestamp":"2026-11-22T00:00:00.000Z","data":{"alert":"alr_1_2_3"}}"#;
        let link = links.link("https://w.example", document).unwrap();
        let token = link.strip_prefix("https://w.example/v1/charts/").unwrap();
        let token = token.strip_suffix(".png").unwrap();
        let at = 1_795_305_600;
        let asked = ChartAsked {
            alert: "alr_1_2_3".to_owned(),
            at,
        };
        assert_eq!(links.check(token, at + 86_399), Some(asked));
        assert_eq!(links.check(token, at + 86_400), None);
        let other = ChartLinks::new(b"other", 24);
        assert_eq!(other.check(token, at), None);
        let forged = token.replacen('Y', "Z", 1);
        assert_eq!(links.check(&forged, at), None);
        for nonsense in ["", ".", "a.b", &"x".repeat(300)] {
            assert_eq!(links.check(nonsense, at), None);
        }
        assert!(!link.contains("patient"));
    }
}
