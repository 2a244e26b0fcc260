//! What receivers of an alert ask for through their channel: once, in their
//! name, and only where the endpoint may.

use super::CommandReply;
use super::core::{Core, done};
use super::word::{AlertCommand, Answer};
use crate::alert::number_of;
use crate::domain::{ClinicalTime, Handling, Order, OrderAction, OrderWay, WallTime};
use crate::registry::{Command, CommandError, Endpoint, Patient};
use crate::store::{OrderRow, Write};

impl Core {
    /// Carries out an order that `person` gave, unless it was before. What holds
    /// already is no second event.
    pub(super) fn on_order(
        &mut self,
        (stamp, received): (ClinicalTime, WallTime),
        order: &Order,
        person: &str,
    ) -> Result<CommandReply, CommandError> {
        let author = author(person, order.way, self.may_order(order)?);
        if let Some(before) = self.history.order_of(&order.endpoint, &order.key)? {
            return repeated(&before, order);
        }
        let reply = match self.holds_already(order) {
            true => nothing_changed(order),
            false => self.on_alert(stamp, received, &answer(order, &author, stamp))?,
        };
        self.audit(stamp, &author, &Command::Order(order.clone()));
        self.batch.write(Write::Order {
            order: Box::new(OrderRow {
                endpoint: order.endpoint.clone(),
                key: order.key.clone(),
                alert: order.alert.clone(),
                action: order.action,
                at: stamp,
            }),
            forget: ClinicalTime::from_epoch_ms(
                stamp.epoch_ms().saturating_sub(Order::REMEMBERED_MS),
            ),
        });
        Ok(reply)
    }

    /// What the endpoint is called, where it may give this order.
    fn may_order(&self, order: &Order) -> Result<&str, CommandError> {
        let endpoint = self.registry.endpoint(&order.endpoint);
        let endpoint = endpoint.ok_or(CommandError::NotFound { what: "webhook" })?;
        if endpoint.disabled.is_some() || !endpoint.channel.actions {
            let problem = "this channel may not answer alerts".to_owned();
            return Err(CommandError::Conflict { problem });
        }
        let patient = number_of(&order.alert, &self.book.site);
        let patient = patient.and_then(|(number, _)| self.registry.patient(number));
        match patient.is_some_and(|patient| is_told_of(endpoint, patient)) {
            true => Ok(&endpoint.label),
            // A channel learns nothing of alerts that it is never told of.
            false => Err(CommandError::NotFound { what: "alert" }),
        }
    }

    /// Whether the alert is as the order would leave it, because of whomever.
    fn holds_already(&self, order: &Order) -> bool {
        let found = number_of(&order.alert, &self.book.site).and_then(|(patient, number)| {
            let state = self.patients.get(patient.0 as usize)?;
            state.episodes.iter().find(|e| e.number == number)
        });
        match (order.action, found.map(|episode| episode.handling)) {
            (OrderAction::Acknowledge, Some(Handling::Acknowledged))
            | (OrderAction::Resolve, Some(Handling::Resolved)) => true,
            (OrderAction::Acknowledge | OrderAction::Snooze(_) | OrderAction::Resolve, _) => false,
        }
    }
}

fn is_told_of(endpoint: &Endpoint, patient: &Patient) -> bool {
    endpoint.wards.is_empty() || endpoint.wards.contains(&patient.ward)
}

/// The name that the alert and the audit show.
fn author(person: &str, way: OrderWay, label: &str) -> String {
    match way {
        OrderWay::Link => format!("{person} (link in {label})"),
        OrderWay::Webhook => format!("{person} (through {label})"),
    }
}

fn answer(order: &Order, author: &str, now: ClinicalTime) -> AlertCommand {
    let text = order.text.clone();
    let answer = match order.action {
        OrderAction::Acknowledge => Answer::Acknowledge { comment: text },
        OrderAction::Snooze(minutes) => {
            let until_ms = now.epoch_ms().saturating_add(i64::from(minutes) * 60_000);
            let until = ClinicalTime::from_epoch_ms(until_ms);
            Answer::Snooze {
                until,
                reason: text,
            }
        }
        OrderAction::Resolve => Answer::Resolve {
            outcome: text.unwrap_or_default(),
            usefulness: None,
        },
    };
    AlertCommand {
        alert: order.alert.clone(),
        author: author.to_owned(),
        answer,
    }
}

/// A repeat is answered like the first time and does nothing.
fn repeated(before: &OrderRow, order: &Order) -> Result<CommandReply, CommandError> {
    if before.alert == order.alert && before.action == order.action {
        return Ok(nothing_changed(order));
    }
    let problem = "this id was used for another order; give each its own".to_owned();
    Err(CommandError::Conflict { problem })
}

fn nothing_changed(order: &Order) -> CommandReply {
    CommandReply {
        id: Some(order.alert.as_str().to_owned()),
        ..done(0)
    }
}
