//! What a webhook endpoint is registered or changed with, and its checks.

use super::text::{Faults, LABEL_MAX};
use crate::api::problem::Problem;
use crate::api::state::ApiState;
use crate::api::webhook_secret::{self, Signature};
use crate::domain::{ChannelFormat, ChannelOptions, EndpointId, OrderWay, SecretUse, WardId};
use crate::registry::Command;
use serde::Deserialize;
use url::Url;

/// Longest address.
const URL_MAX: usize = 2048;
/// Most event types or wards of an endpoint.
const FILTERS_MAX: usize = 100;
/// Most recipients of a mail.
const RECIPIENTS_MAX: usize = 20;
/// Where PagerDuty takes events.
const PAGERDUTY_URL: &str = "https://events.pagerduty.com/v2/enqueue";

/// Why an endpoint with this secret cannot have `actions`.
pub(super) const NEEDS_SHARED_SECRET: &str =
    "needs a secret that both sides have: `whsec_`, signature `v1`";

/// A webhook endpoint as it shall be.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct RegisterWebhook {
    /// Where deliveries go. Not for `email`; may be left out for `pagerduty`;
    /// for `ntfy` its last part is the topic.
    url: Option<String>,
    /// What the organisation calls it.
    label: String,
    /// `standard` (thin, the default), `standard_full` (with values),
    /// `cloudevents`, `slack`, `teams`, `pagerduty`, `ntfy` or `email`.
    #[serde(default)]
    #[schema(value_type = String)]
    format: ChannelFormat,
    /// Whether messages name patient and ward in words; otherwise only the
    /// pseudonym. Thin formats never do.
    #[serde(default)]
    include_patient_label: bool,
    /// Whether it is told when another channel fails.
    #[serde(default = "yes")]
    system_events: bool,
    /// Whether its receivers may answer alerts: by signed links in messages that
    /// people read (`slack`, `teams`, `ntfy`, `email`), by requests signed with
    /// its secret where machines are told. Off unless switched on.
    #[serde(default)]
    actions: bool,
    /// Who gets the mail, for `email`.
    #[serde(default)]
    recipients: Vec<String>,
    /// Only these event types (`alert.raised`); empty means all.
    #[serde(default)]
    event_types: Vec<String>,
    /// Only patients of these wards; empty means all.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    wards: Vec<WardId>,
    /// How deliveries are signed, when the secret is made here.
    #[serde(default)]
    signature: Signature,
    /// A secret of your own: `whsec_…` or `whsk_…` where deliveries are signed
    /// (one is made when left out), the routing key of `pagerduty`, an access
    /// token of `ntfy`.
    secret: Option<String>,
}

const fn yes() -> bool {
    true
}

impl RegisterWebhook {
    pub(super) const fn format(&self) -> ChannelFormat {
        self.format
    }

    /// Whether its receivers are to sign their answers with `secrets`, of which
    /// only Wardlight knows the newest.
    pub(super) fn nobody_could_answer(&self, secrets: &[String]) -> bool {
        let signed = self.format.answers_by() == Some(OrderWay::Webhook);
        let newest = secrets.first();
        self.actions && signed && newest.is_some_and(|secret| webhook_secret::is_private(secret))
    }

    pub(super) const fn secret(&self) -> (Option<&String>, Signature) {
        (self.secret.as_ref(), self.signature)
    }

    /// Everything that is wrong with it.
    pub(super) fn check(&self, state: &ApiState) -> Result<(), Problem> {
        let mut faults = Faults::default();
        faults.text(&self.label, LABEL_MAX, "#/label");
        if let Err(fault) = self.check_url(state) {
            faults.unless(false, "#/url", fault);
        }
        let can_answer = self.format.answers_by().is_some();
        let fault = "is not for this format: nobody could answer by it";
        faults.unless(!self.actions || can_answer, "#/actions", fault);
        let fine = !self.actions || !self.is_asymmetric();
        faults.unless(fine, "#/actions", NEEDS_SHARED_SECRET);
        self.check_recipients(&mut faults);
        self.check_filters(&mut faults);
        faults.check()
    }

    /// Whether only Wardlight could sign with its secret.
    fn is_asymmetric(&self) -> bool {
        let given = self.secret.as_deref();
        let signs = self.format.secret() == SecretUse::Signs;
        let made = given.is_none() && self.signature == Signature::V1a;
        signs && (made || given.is_some_and(webhook_secret::is_private))
    }

    /// The command that makes it so, with `secrets`.
    pub(super) fn into_command(self, id: EndpointId, secrets: Vec<String>) -> Command {
        let standing = match self.format {
            ChannelFormat::Pagerduty => PAGERDUTY_URL,
            _ => "",
        };
        Command::PutEndpoint {
            id,
            url: self.url.unwrap_or_else(|| standing.to_owned()),
            label: self.label,
            secrets,
            event_types: self.event_types,
            wards: self.wards,
            channel: ChannelOptions {
                format: self.format,
                include_patient_label: self.include_patient_label,
                system_events: self.system_events,
                recipients: self.recipients,
                actions: self.actions,
            },
        }
    }

    fn check_url(&self, state: &ApiState) -> Result<(), String> {
        let text = match (self.format, &self.url) {
            (ChannelFormat::Email, None) | (ChannelFormat::Pagerduty, None) => return Ok(()),
            (ChannelFormat::Email, Some(_)) => {
                return Err(String::from("is not for `email`: give `recipients`"));
            }
            (_, None) => return Err(String::from("is needed")),
            (_, Some(text)) => text,
        };
        if text.len() > URL_MAX {
            return Err(format!("has more than {URL_MAX} characters"));
        }
        let url = Url::parse(text).map_err(|error| format!("is not a URL: {error}"))?;
        if url.host().is_none() {
            return Err(String::from("names no host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(String::from("must not hold a user name or password"));
        }
        let topic = url.path_segments().and_then(|mut parts| parts.next_back());
        if self.format == ChannelFormat::Ntfy && topic.is_none_or(str::is_empty) {
            return Err(String::from("must end with the topic"));
        }
        (state.inner.parts.endpoint_check)(&url)
    }

    fn check_recipients(&self, faults: &mut Faults) {
        let most = match self.format {
            ChannelFormat::Email => 1..=RECIPIENTS_MAX,
            _ => 0..=0,
        };
        faults.unless(
            most.contains(&self.recipients.len()),
            "#/recipients",
            "must hold 1 to 20 addresses for `email`, and none otherwise",
        );
        for (index, address) in self.recipients.iter().take(RECIPIENTS_MAX).enumerate() {
            faults.unless(
                is_address(address),
                &format!("#/recipients/{index}"),
                "is not an address such as `ward@example.org`",
            );
        }
    }

    fn check_filters(&self, faults: &mut Faults) {
        faults.unless(
            self.event_types.len() <= FILTERS_MAX,
            "#/event_types",
            "holds at most 100",
        );
        faults.unless(
            self.wards.len() <= FILTERS_MAX,
            "#/wards",
            "holds at most 100",
        );
        for (index, name) in self.event_types.iter().take(FILTERS_MAX).enumerate() {
            let fine = name.len() <= 64 && name.split('.').all(is_part);
            faults.unless(
                fine,
                &format!("#/event_types/{index}"),
                "is not an event type",
            );
        }
    }
}

fn is_part(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Plain addresses only: no names, comments or quotes, so that nothing in them
/// can be read in two ways.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let is_local = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
    let is_domain = |b: u8| b.is_ascii_alphanumeric() || b"-.".contains(&b);
    (1..=64).contains(&local.len())
        && (1..=189).contains(&domain.len())
        && local.bytes().all(is_local)
        && domain.bytes().all(is_domain)
        && [local, domain]
            .iter()
            .all(|part| part.split('.').all(|label| !label.is_empty()))
        && domain.split('.').all(is_label)
}

/// A label of a host name (RFC 1123): no mail goes to another.
fn is_label(label: &str) -> bool {
    label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-')
}

/// The secrets of an endpoint of `format`, and what to show: only a made one,
/// only now.
pub(super) fn given_or_made(
    format: ChannelFormat,
    (given, signature): (Option<&String>, Signature),
) -> Result<(Vec<String>, Option<String>), Problem> {
    let fault = |fault: &str| Problem::field("#/secret", fault);
    match (format.secret(), given) {
        (SecretUse::Signs, Some(secret)) => {
            webhook_secret::check(secret).map_err(fault)?;
            Ok((vec![secret.clone()], None))
        }
        (SecretUse::Signs, None) => {
            let made = webhook_secret::generate(signature);
            let secret = made.map_err(|error| Problem::internal(&error))?;
            Ok((vec![secret.clone()], Some(secret)))
        }
        (SecretUse::RoutingKey, None) => Err(fault("must be the receiver's routing key")),
        (SecretUse::RoutingKey | SecretUse::OptionalToken, Some(secret)) => {
            let fine = (1..=256).contains(&secret.len())
                && secret.bytes().all(|byte| byte.is_ascii_graphic());
            if !fine {
                return Err(fault("must be 1 to 256 visible characters"));
            }
            Ok((vec![secret.clone()], None))
        }
        (SecretUse::None, Some(_)) => Err(fault("is not for this format: it has none")),
        (SecretUse::OptionalToken | SecretUse::None, None) => Ok((Vec::new(), None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_plain_and_cannot_carry_a_second_one() {
        let long = format!("a@{}.example", "b".repeat(63));
        for fine in [
            "a@b.example",
            "night.nurse+x@ward-4.example",
            "!#$%&'*+-/=?^_`{|}~@b.example",
            "a@localhost",
            "a@4.example",
            &long,
        ] {
            assert!(is_address(fine), "{fine}");
            let goes = fine.parse::<lettre::message::Mailbox>();
            assert!(goes.is_ok(), "no mail could go to {fine}");
        }
        for wrong in [
            "",
            "a",
            "@b",
            "a@",
            "a@b@c",
            "a b@c",
            "a@b\r\nBcc: c@d",
            "A <a@b>",
            "a@b..c",
            ".a@b",
            "a@-b.example",
            "a@b-.example",
            &format!("a@{}.example", "b".repeat(64)),
        ] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }
}
