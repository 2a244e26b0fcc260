//! What a receiver asks for in answer to an alert, through its channel.

use super::{AlertId, EndpointId};
use serde::{Deserialize, Serialize};

/// Longest snooze that can be asked for, minutes; its priority may allow less.
const SNOOZE_MINUTES_MAX: u16 = 1_440;

/// What becomes of the alert.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum OrderAction {
    /// A person has seen it.
    Acknowledge,
    /// It is quiet for so many minutes.
    Snooze(u16),
    /// It is closed.
    Resolve,
}

/// Why a text is not an action.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("must be `acknowledge`, `resolve` or `snooze:` and 1 to 1440 minutes")]
pub struct OrderActionError;

impl OrderAction {
    /// A snooze, if it is neither empty nor longer than a day.
    pub fn snooze(minutes: u16) -> Option<Self> {
        (1..=SNOOZE_MINUTES_MAX)
            .contains(&minutes)
            .then_some(Self::Snooze(minutes))
    }
}

impl std::fmt::Display for OrderAction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Acknowledge => f.write_str("acknowledge"),
            Self::Snooze(minutes) => write!(f, "snooze:{minutes}"),
            Self::Resolve => f.write_str("resolve"),
        }
    }
}

impl std::str::FromStr for OrderAction {
    type Err = OrderActionError;

    fn from_str(text: &str) -> Result<Self, OrderActionError> {
        match text.split_once(':') {
            None if text == "acknowledge" => Ok(Self::Acknowledge),
            None if text == "resolve" => Ok(Self::Resolve),
            Some(("snooze", minutes)) => minutes
                .parse()
                .ok()
                .and_then(Self::snooze)
                .ok_or(OrderActionError),
            _ => Err(OrderActionError),
        }
    }
}

impl TryFrom<String> for OrderAction {
    type Error = OrderActionError;
    fn try_from(text: String) -> Result<Self, OrderActionError> {
        text.parse()
    }
}

impl From<OrderAction> for String {
    fn from(action: OrderAction) -> Self {
        action.to_string()
    }
}

/// By which way an order came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderWay {
    /// A person followed a signed link in a message.
    Link,
    /// A machine sent a signed request.
    Webhook,
}

/// What a receiver asks for. The same `key` of the same endpoint is carried out
/// once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The endpoint whose message, or whose secret, allows it.
    pub endpoint: EndpointId,
    /// By which way it came.
    pub way: OrderWay,
    /// What makes a repeat known.
    pub key: String,
    /// Of which alert.
    pub alert: AlertId,
    /// What shall be done.
    pub action: OrderAction,
    /// The outcome, the reason or a remark.
    pub text: Option<String>,
}

impl Order {
    /// For so long a repeat is known: longer than any sender retries, and no link
    /// outlasts it.
    pub const REMEMBERED_MS: i64 = 14 * 86_400_000;
}

/// What a genuine link in a message stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkedAction {
    /// The alert.
    pub alert: AlertId,
    /// What following it does.
    pub action: OrderAction,
    /// The endpoint whose message held it.
    pub endpoint: EndpointId,
    /// The moment of the message, epoch seconds.
    pub at: i64,
}

/// Why a link is not followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LinkRefused {
    /// It was not made here, or was changed on its way.
    #[error("the link was not made by this installation, or it was changed")]
    NotGenuine,
    /// Its time is over.
    #[error("the link has expired")]
    Expired,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_read_as_it_is_written_and_nothing_else_is_one() {
        let half_an_hour = OrderAction::snooze(30).unwrap();
        for action in [OrderAction::Acknowledge, half_an_hour, OrderAction::Resolve] {
            assert_eq!(action.to_string().parse(), Ok(action));
        }
        for wrong in [
            "",
            "snooze",
            "snooze:",
            "snooze:0",
            "snooze:1441",
            "snooze:-1",
            "resolve:1",
            "Resolve",
        ] {
            assert_eq!(
                wrong.parse::<OrderAction>(),
                Err(OrderActionError),
                "{wrong}"
            );
        }
        assert_eq!(OrderAction::snooze(0), None);
    }
}
