//! Links to the small picture of an alert's vital: signed, and good for a day
//! after they were sent.
//!
//! Whoever has the link sees the picture, without signing in: mail programs and
//! chat services fetch it for their users. So it holds no name, and it expires.

use super::signature::hmac_sha256;
use super::token::{good_until, open, seal};
use crate::domain::Vital;
use serde::Deserialize;

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
    /// Its vital.
    pub vital: Vital,
    /// The moment of the message, epoch seconds.
    pub at: i64,
}

/// A picture to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chart {
    /// Where it is fetched.
    pub(super) url: String,
    /// What it shows.
    pub(super) vital: Vital,
}

/// Of the stored document, what a link needs.
#[derive(Deserialize)]
struct Document {
    timestamp: String,
    data: Data,
    #[serde(default)]
    detail: Detail,
}

#[derive(Deserialize)]
struct Data {
    alert: Option<String>,
    #[serde(default)]
    vital: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Detail {
    evidence: Evidence,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Evidence {
    values: Vec<Deciding>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Deciding {
    vital: String,
}

impl Document {
    /// The alert's vital, or that of its first deciding value.
    fn vital(&self) -> Option<Vital> {
        let deciding = self.detail.evidence.values.iter().map(|value| &value.vital);
        let mut named = self.data.vital.iter().chain(deciding);
        named.find_map(|name| Vital::from_name(name))
    }
}

impl ChartLinks {
    /// Links signed with a key that `secret` leads to, good for `hours`.
    pub fn new(secret: &[u8], hours: u32) -> Self {
        Self {
            key: hmac_sha256(secret, b"wardlight chart links 1"),
            hours,
        }
    }

    /// The picture for a delivery that is sent at `now`, epoch seconds; none when
    /// it is not about an alert with a vital.
    pub(super) fn link(&self, public_url: &str, document: &[u8], now: i64) -> Option<Chart> {
        let document: Document = serde_json::from_slice(document).ok()?;
        let at: jiff::Timestamp = document.timestamp.parse().ok()?;
        let vital = document.vital()?;
        let token = self.token(&document.data.alert?, vital, (at.as_second(), now));
        let url = format!("{public_url}/charts/{token}.png");
        Some(Chart { url, vital })
    }

    fn token(&self, alert: &str, vital: Vital, (at, now): (i64, i64)) -> String {
        let expires = good_until(now.max(at), self.hours);
        let said = format!("{alert}~{}~{at}~{expires}", vital.name());
        seal(&self.key, &said)
    }

    /// What a token asks for; none when it was not made here or has expired at
    /// `now`, epoch seconds.
    pub fn check(&self, token: &str, now: i64) -> Option<ChartAsked> {
        let said = open(&self.key, token)?;
        let mut parts = said.split('~');
        let (alert, vital) = (parts.next()?, Vital::from_name(parts.next()?)?);
        let (at, expires): (i64, i64) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        (now < expires).then(|| ChartAsked {
            alert: alert.to_owned(),
            vital,
            at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    #[test]
    fn a_link_shows_its_alert_until_it_expires_and_nothing_that_was_changed() {
        let links = ChartLinks::new(b"secret", 24);
        let document = br#"{"timestamp":"2026-11-22T00:00:00.000Z",
            "data":{"alert":"alr_1_2_3","vital":"heart_rate","patient":"p-7"}}"#;
        let at = 1_795_305_600;
        let sent = |now| links.link("https://w.example", document, now).unwrap();
        let chart = sent(at + 10);
        assert_eq!(sent(at + 3_599), chart, "an attempt soon after");
        assert_eq!(chart.vital, Vital::HeartRate);
        let token = chart.url.strip_prefix("https://w.example/charts/").unwrap();
        let token = token.strip_suffix(".png").unwrap();
        let asked = ChartAsked {
            alert: "alr_1_2_3".to_owned(),
            vital: Vital::HeartRate,
            at,
        };
        let good_seconds = 25 * 3_600;
        assert_eq!(
            links.check(token, at + good_seconds - 1),
            Some(asked.clone())
        );
        assert_eq!(links.check(token, at + good_seconds), None);
        // One that arrives after days shows the day before the event all the same.
        let days = 4 * 86_400;
        let late = sent(at + days).url;
        let late = late.strip_prefix("https://w.example/charts/").unwrap();
        let late = late.strip_suffix(".png").unwrap();
        assert_eq!(links.check(late, at + days + good_seconds - 1), Some(asked));
        assert_eq!(links.check(late, at + days + good_seconds), None);
        let other = ChartLinks::new(b"other", 24);
        assert_eq!(other.check(token, at), None);
        let forged = token.replacen('Y', "Z", 1);
        assert_eq!(links.check(&forged, at), None);
        for nonsense in ["", ".", "a.b", &"x".repeat(600)] {
            assert_eq!(links.check(nonsense, at), None);
        }
        let said = token.split('.').next().unwrap();
        let said = URL_SAFE_NO_PAD.decode(said).unwrap();
        assert!(!String::from_utf8(said).unwrap().contains("p-7"));
    }

    #[test]
    fn what_is_about_no_vital_has_no_picture() {
        let links = ChartLinks::new(b"secret", 24);
        let link = |data: &str, detail: &str| {
            let document = format!(
                r#"{{"timestamp":"2026-11-22T00:00:00Z","data":{data},"detail":{detail}}}"#
            );
            let chart = links.link("https://w.example", document.as_bytes(), 0);
            chart.map(|chart| chart.vital)
        };
        let deciding = r#"{"evidence":{"values":[{"vital":"body_temperature","value":38.4}]}}"#;
        let fever = r#"{"alert":"alr_1_2_3","vital":null}"#;
        assert_eq!(link(fever, deciding), Some(Vital::BodyTemperature));
        assert_eq!(link(fever, "{}"), None, "the watch is silent as a whole");
        let channel = r#"{"channel":"board"}"#;
        assert_eq!(link(channel, deciding), None, "not about an alert");
    }
}
