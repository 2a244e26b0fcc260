//! Links by which a person who reads a message answers its alert: signed, and
//! good for a day after they were sent.
//!
//! Whoever has the link may answer this alert in this way, without signing in,
//! under the name they give. So links stand only in messages of endpoints that
//! allow it, and following one asks first: mail scanners and previews fetch
//! links too.

use super::signature::hmac_sha256;
use super::token::{good_until, open, seal};
use crate::domain::{AlertId, EndpointId, LinkRefused, LinkedAction, Order, OrderAction};
use serde::Deserialize;

/// Makes and checks links.
#[derive(Clone)]
pub struct ActionLinks {
    key: [u8; 32],
    hours: u32,
    snooze_minutes: u16,
}

/// A link to be put into a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ActionLink {
    /// Where it leads.
    pub(super) url: String,
    /// What following it does.
    pub(super) action: OrderAction,
}

/// Of the stored document, what links need.
#[derive(Deserialize)]
struct Document {
    #[serde(rename = "type")]
    event: String,
    timestamp: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    alert: Option<String>,
    #[serde(default)]
    handling: Option<String>,
    #[serde(default)]
    condition: Option<String>,
}

impl Document {
    /// What can be done about the alert as the message tells it.
    fn actions(&self, snooze: OrderAction) -> Vec<OrderAction> {
        let about_alert =
            self.event.starts_with("alert.") && self.event != "alert.entered_in_error";
        let handling = self.data.handling.as_deref().filter(|_| about_alert);
        let holds = self.data.condition.as_deref() == Some("active");
        let open = handling == Some("open");
        let still_open = open || handling == Some("acknowledged");
        let offered = [
            (OrderAction::Acknowledge, open),
            (snooze, still_open && holds),
            (OrderAction::Resolve, still_open),
        ];
        let offered = offered.into_iter().filter(|(_, is)| *is);
        offered.map(|(action, _)| action).collect()
    }
}

impl ActionLinks {
    /// Links signed with a key that `secret` leads to, good for `hours`; those
    /// that snooze do it for `snooze_minutes`.
    pub fn new(secret: &[u8], hours: u32, snooze_minutes: u16) -> Self {
        Self {
            key: hmac_sha256(secret, b"wardlight action links 1"),
            hours,
            snooze_minutes,
        }
    }

    /// The links for a delivery to `endpoint` that is sent at `now`, epoch seconds;
    /// none when there is nothing to answer.
    pub(super) fn links(
        &self,
        public_url: &str,
        endpoint: &EndpointId,
        document: &[u8],
        now: i64,
    ) -> Vec<ActionLink> {
        let made = || {
            let document: Document = serde_json::from_slice(document).ok()?;
            let at: jiff::Timestamp = document.timestamp.parse().ok()?;
            let alert = AlertId::new(document.data.alert.as_deref()?).ok()?;
            let actions = document.actions(OrderAction::Snooze(self.snooze_minutes));
            let link = |action| LinkedAction {
                alert: alert.clone(),
                action,
                endpoint: endpoint.clone(),
                at: at.as_second(),
            };
            Some(actions.into_iter().map(link).collect::<Vec<_>>())
        };
        let address = |link: LinkedAction| ActionLink {
            url: format!("{public_url}/actions/{}", self.token(&link, now)),
            action: link.action,
        };
        let made = made().unwrap_or_default();
        made.into_iter().map(address).collect()
    }

    /// However late it is sent, it does not outlast the time for which a second
    /// use is known.
    fn token(&self, link: &LinkedAction, now: i64) -> String {
        let known = link.at.saturating_add(Order::REMEMBERED_MS / 1_000);
        let expires = good_until(now.max(link.at), self.hours).min(known);
        let said = format!(
            "{}~{}~{}~{}~{expires}",
            link.alert.as_str(),
            link.action,
            link.endpoint.as_str(),
            link.at
        );
        seal(&self.key, &said)
    }

    /// What a token stands for at `now`, epoch seconds.
    ///
    /// # Errors
    /// [`LinkRefused`] when it was not made here, was changed, or has expired.
    pub fn check(&self, token: &str, now: i64) -> Result<LinkedAction, LinkRefused> {
        let said = open(&self.key, token).ok_or(LinkRefused::NotGenuine)?;
        let (link, expires) = read(&said).ok_or(LinkRefused::NotGenuine)?;
        match now < expires {
            true => Ok(link),
            false => Err(LinkRefused::Expired),
        }
    }
}

fn read(said: &str) -> Option<(LinkedAction, i64)> {
    let mut parts = said.split('~');
    let link = LinkedAction {
        alert: AlertId::new(parts.next()?).ok()?,
        action: parts.next()?.parse().ok()?,
        endpoint: EndpointId::new(parts.next()?).ok()?,
        at: parts.next()?.parse().ok()?,
    };
    Some((link, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::ChartLinks;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    /// 2026-11-22T00:00:00Z.
    const AT: i64 = 1_795_305_600;

    /// Good for 24 hours, and until the full hour.
    const GOOD_SECONDS: i64 = 25 * 3_600;

    fn made(event: &str, data: &str) -> Vec<ActionLink> {
        sent(event, data, AT)
    }

    fn sent(event: &str, data: &str, now: i64) -> Vec<ActionLink> {
        let ward = EndpointId::new("ward").unwrap();
        let document =
            format!(r#"{{"type":"{event}","timestamp":"2026-11-22T00:00:00.000Z","data":{data}}}"#);
        let links = ActionLinks::new(b"secret", 24, 30);
        links.links("https://w.example", &ward, document.as_bytes(), now)
    }

    const RAISED: &str =
        r#"{"alert":"alr_1_2_3","handling":"open","condition":"active","patient":"p-7"}"#;

    fn tokens() -> Vec<String> {
        tokens_sent(AT)
    }

    fn tokens_sent(now: i64) -> Vec<String> {
        let links = sent("alert.raised", RAISED, now).into_iter();
        let token = |link: ActionLink| {
            let token = link.url.strip_prefix("https://w.example/actions/");
            token.unwrap().to_owned()
        };
        links.map(token).collect()
    }

    #[test]
    fn a_link_carries_its_alert_action_and_endpoint_until_it_expires() {
        let links = ActionLinks::new(b"secret", 24, 30);
        let checked: Vec<_> = tokens()
            .iter()
            .map(|token| links.check(token, AT + GOOD_SECONDS - 1).unwrap())
            .collect();
        let actions: Vec<_> = checked.iter().map(|link| link.action.to_string()).collect();
        assert_eq!(actions, ["acknowledge", "snooze:30", "resolve"]);
        assert!(checked.iter().all(|link| link.alert.as_str() == "alr_1_2_3"
            && link.endpoint.as_str() == "ward"
            && link.at == AT));
        let late = links.check(&tokens()[0], AT + GOOD_SECONDS);
        assert_eq!(late, Err(LinkRefused::Expired));
    }

    #[test]
    fn a_link_that_arrives_late_is_good_but_no_longer_than_its_first_use_is_known() {
        let links = ActionLinks::new(b"secret", 24, 30);
        let ends = |sent: i64| {
            let token = tokens_sent(sent).remove(0);
            let good = |at| links.check(&token, at).is_ok();
            assert!(good(sent) || sent >= AT + 14 * 86_400, "sent at {sent}");
            (0..400)
                .map(|hours| AT + hours * 3_600)
                .find(|at| !good(*at))
        };
        let day = 86_400;
        assert_eq!(ends(AT + 4 * day), Some(AT + 4 * day + GOOD_SECONDS));
        assert_eq!(ends(AT + 13 * day + 7_200), Some(AT + 14 * day));
        assert_eq!(ends(AT + 30 * day), Some(AT + 14 * day));
    }

    #[test]
    fn no_part_of_a_link_can_be_changed_and_it_names_no_patient() {
        let links = ActionLinks::new(b"secret", 24, 30);
        let token = &tokens()[1];
        let (said, mac) = token.split_once('.').unwrap();
        let said = String::from_utf8(URL_SAFE_NO_PAD.decode(said).unwrap()).unwrap();
        assert!(!said.contains("p-7"));
        for (part, other) in [
            ("alr_1_2_3", "alr_1_2_4"),
            ("snooze:30", "snooze:31"),
            ("snooze:30", "resolve"),
            ("~ward~", "~wars~"),
            ("~1795305600~", "~1795305601~"),
            ("~1795395600", "~1795395601"),
        ] {
            assert!(said.contains(part), "{said}");
            let forged = URL_SAFE_NO_PAD.encode(said.replace(part, other));
            let forged = links.check(&format!("{forged}.{mac}"), AT);
            assert_eq!(forged, Err(LinkRefused::NotGenuine), "{part}");
        }
        let other_mac = mac.replacen(&mac[..1], if mac.starts_with('A') { "B" } else { "A" }, 1);
        for foreign in [
            token.replace(mac, &other_mac),
            tokens()[0].clone().replace('.', ""),
            "x".repeat(600),
            String::new(),
        ] {
            assert_eq!(links.check(&foreign, AT), Err(LinkRefused::NotGenuine));
        }
        let elsewhere = ActionLinks::new(b"other", 24, 30);
        assert_eq!(elsewhere.check(token, AT), Err(LinkRefused::NotGenuine));
    }

    #[test]
    fn a_link_to_a_picture_is_no_order() {
        let document = br#"{"timestamp":"2026-11-22T00:00:00.000Z",
            "data":{"alert":"alr_1_2_3","vital":"heart_rate"}}"#;
        let charts = ChartLinks::new(b"secret", 24);
        let chart = charts.link("https://w.example", document, AT).unwrap();
        let token = chart.url.strip_prefix("https://w.example/charts/").unwrap();
        let links = ActionLinks::new(b"secret", 24, 30);
        let refused = links.check(token.strip_suffix(".png").unwrap(), AT);
        assert_eq!(refused, Err(LinkRefused::NotGenuine));
    }

    #[test]
    fn only_what_can_still_be_done_is_offered() {
        let offered = |event: &str, data: &str| {
            let links = made(event, data).into_iter();
            links
                .map(|link| link.action.to_string())
                .collect::<Vec<_>>()
        };
        let alert = |handling: &str, condition: &str| {
            format!(r#"{{"alert":"alr_1_2_3","handling":"{handling}","condition":"{condition}"}}"#)
        };
        let ended = offered("alert.condition_ended", &alert("open", "ended"));
        assert_eq!(ended, ["acknowledge", "resolve"]);
        let reminded = offered("alert.reminded", &alert("acknowledged", "active"));
        assert_eq!(reminded, ["snooze:30", "resolve"]);
        let nothing = Vec::<String>::new();
        assert_eq!(
            offered("alert.resolved", &alert("resolved", "active")),
            nothing
        );
        assert_eq!(offered("alert.entered_in_error", RAISED), nothing);
        assert_eq!(offered("system.dead_letter", RAISED), nothing);
        assert_eq!(offered("alert.digest", r#"{"count":3}"#), nothing);
    }
}
