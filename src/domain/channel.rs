//! How an endpoint is told: the form of its messages and what they may hold.

use serde::{Deserialize, Serialize};

/// The form in which an endpoint wants to be told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelFormat {
    /// Standard Webhooks, thin: identifiers only.
    #[default]
    Standard,
    /// Standard Webhooks with the evidence and its values.
    StandardFull,
    /// Structured CloudEvents 1.0, thin, signed like Standard Webhooks.
    Cloudevents,
    /// Slack incoming webhook.
    Slack,
    /// Microsoft Teams workflow webhook, an Adaptive Card.
    Teams,
    /// PagerDuty Events v2.
    Pagerduty,
    /// ntfy.
    Ntfy,
    /// Mail over the configured SMTP server.
    Email,
}

impl ChannelFormat {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Standard,
        Self::StandardFull,
        Self::Cloudevents,
        Self::Slack,
        Self::Teams,
        Self::Pagerduty,
        Self::Ntfy,
        Self::Email,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::StandardFull => "standard_full",
            Self::Cloudevents => "cloudevents",
            Self::Slack => "slack",
            Self::Teams => "teams",
            Self::Pagerduty => "pagerduty",
            Self::Ntfy => "ntfy",
            Self::Email => "email",
        }
    }

    /// What its secret is for.
    pub const fn secret(self) -> SecretUse {
        match self {
            Self::Standard | Self::StandardFull | Self::Cloudevents => SecretUse::Signs,
            Self::Pagerduty => SecretUse::RoutingKey,
            Self::Ntfy => SecretUse::OptionalToken,
            Self::Slack | Self::Teams | Self::Email => SecretUse::None,
        }
    }

    /// Whether the address itself lets everybody in who knows it.
    pub const fn address_is_secret(self) -> bool {
        matches!(self, Self::Slack | Self::Teams)
    }

    /// How its receivers can answer an alert, where the endpoint allows it.
    pub const fn answers_by(self) -> Option<super::OrderWay> {
        match self {
            Self::Slack | Self::Teams | Self::Ntfy | Self::Email => Some(super::OrderWay::Link),
            Self::Standard | Self::StandardFull | Self::Cloudevents => {
                Some(super::OrderWay::Webhook)
            }
            // PagerDuty has buttons of its own, which would not fit ours.
            Self::Pagerduty => None,
        }
    }

    /// Whether a message holds more than identifiers.
    pub const fn wants_detail(self) -> bool {
        !matches!(self, Self::Standard | Self::Cloudevents)
    }
}

/// What the secret of an endpoint is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecretUse {
    /// It signs every request (Standard Webhooks).
    Signs,
    /// The receiver's own key, sent in the body.
    RoutingKey,
    /// An access token, where the receiver wants one.
    OptionalToken,
    /// There is none.
    None,
}

/// What of an endpoint is about its messages. Documents of earlier versions
/// lack it: they are thin Standard Webhooks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct ChannelOptions {
    /// The form of its messages.
    pub format: ChannelFormat,
    /// Whether messages name the patient and the ward in words; otherwise only
    /// the pseudonym.
    pub include_patient_label: bool,
    /// Whether it is told when another channel fails.
    pub system_events: bool,
    /// Who gets the mail.
    pub recipients: Vec<String>,
    /// Whether its receivers may answer alerts: by signed links in the messages
    /// that people read, by signed requests where machines are told.
    pub actions: bool,
}

impl Default for ChannelOptions {
    fn default() -> Self {
        Self {
            format: ChannelFormat::Standard,
            include_patient_label: false,
            system_events: true,
            recipients: Vec::new(),
            actions: false,
        }
    }
}

/// Since when, and why, an endpoint takes nothing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ChannelTrouble {
    /// Its first failed attempt since it last worked.
    pub since: super::WallTime,
    /// A stable code for what went wrong.
    pub error: String,
    /// When the other channels were last told of it.
    #[serde(default)]
    pub told: Option<super::ClinicalTime>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_the_name_it_is_stored_under() {
        for format in ChannelFormat::ALL {
            let stored = serde_json::to_value(format).unwrap();
            assert_eq!(stored, format.name());
        }
    }

    #[test]
    fn a_document_without_options_is_a_thin_standard_webhook_told_of_failing_channels() {
        let options: ChannelOptions = serde_json::from_str("{}").unwrap();
        assert_eq!(options, ChannelOptions::default());
        assert!(options.system_events && !options.include_patient_label);
        assert!(
            !options.actions,
            "nobody answers by it unless somebody said so"
        );
    }
}
