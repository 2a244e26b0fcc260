//! What people ask of deliveries: send again, send a test.

use super::CommandReply;
use super::core::{Core, done};
use crate::domain::{ClinicalTime, DeliveryId, EndpointId, Priority, WallTime};
use crate::registry::{CommandError, ReplaySpan};
use crate::store::{ReplayRange, Write};
use serde_json::json;

/// Most deliveries that one replay sends again by their ids.
const REPLAY_IDS_MAX: usize = 1_000;
/// Most deliveries that one replay sends again by a span of time.
const REPLAY_SPAN_MAX: usize = 10_000;

impl Core {
    pub(super) fn on_replay(
        &mut self,
        at: WallTime,
        endpoint: &EndpointId,
        deliveries: &[String],
        span: Option<ReplaySpan>,
    ) -> Result<CommandReply, CommandError> {
        if self.registry.endpoint(endpoint).is_none() {
            return Err(CommandError::NotFound { what: "webhook" });
        }
        let replayed = self.checked(endpoint, deliveries)?;
        let mut affected = replayed.len() as u64;
        for id in replayed {
            self.batch.write(Write::ReplayDelivery { id, at });
        }
        if let Some(span) = span {
            affected += self.replay_span(at, endpoint, span)?;
        }
        self.batch.new_deliveries = true;
        Ok(done(affected))
    }

    fn checked(
        &self,
        endpoint: &EndpointId,
        deliveries: &[String],
    ) -> Result<Vec<DeliveryId>, CommandError> {
        if deliveries.len() > REPLAY_IDS_MAX {
            let problem = "holds at most 1,000 ids; send the rest in another request";
            return Err(invalid("deliveries", problem.to_owned()));
        }
        let mut replayed = Vec::with_capacity(deliveries.len());
        for text in deliveries {
            let id =
                DeliveryId::new(text).map_err(|error| invalid("deliveries", error.to_string()))?;
            // A replay of what was never sent there would only look like one.
            let known = self.history.delivery_of(&id);
            if known.is_none_or(|known| known.endpoint != *endpoint) {
                let problem = format!("{text} was never a delivery to this webhook");
                return Err(invalid("deliveries", problem));
            }
            replayed.push(id);
        }
        Ok(replayed)
    }

    fn replay_span(
        &mut self,
        at: WallTime,
        endpoint: &EndpointId,
        span: ReplaySpan,
    ) -> Result<u64, CommandError> {
        let range = ReplayRange {
            endpoint: endpoint.clone(),
            from: span.from,
            until: span.until,
            delivered_too: span.delivered_too,
            at,
        };
        let found = self.history.replayable(&range, REPLAY_SPAN_MAX + 1);
        if found > REPLAY_SPAN_MAX as u64 {
            let problem = "covers more than 10,000 deliveries; make it shorter";
            return Err(invalid("until", problem.to_owned()));
        }
        self.batch.write(Write::ReplayRange(Box::new(range)));
        Ok(found)
    }

    /// A message that says it is a test, on the way that alerts take.
    pub(super) fn on_test(
        &mut self,
        at: (ClinicalTime, WallTime),
        id: &EndpointId,
        author: &str,
    ) -> Result<CommandReply, CommandError> {
        let endpoint = self
            .registry
            .endpoint(id)
            .ok_or(CommandError::NotFound { what: "webhook" })?;
        if endpoint.disabled.is_some() {
            return Err(CommandError::Conflict {
                problem: "the webhook is switched off; enable it first".to_owned(),
            });
        }
        let number = self.next_delivery;
        let data = json!({ "test": true, "by": author });
        let event = ("system.test", Priority::Low);
        self.tell_of_channel(at, id.clone(), id, event, data);
        Ok(CommandReply {
            id: Some(format!("msg_{}_{number}", self.book.site)),
            affected: 1,
        })
    }
}

fn invalid(field: &'static str, problem: String) -> CommandError {
    CommandError::Invalid { field, problem }
}
