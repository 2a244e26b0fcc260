//! The notifier, and what it has to send, answered by the store.

use super::{AppError, Parts};
use crate::canary::Hook;
use crate::domain::{EndpointId, WallTime};
use crate::notify::{DeliverySource, Notifier, SourceError, Unrecorded};
use crate::registry::Endpoint;
use crate::runtime::Stage;
use crate::store::{DeliveryView, QueryError, Reader};

/// Starts the notifier. It may dial the canary's webhook, which nobody can
/// register: the check of a new webhook's address does not know it. Gives the way
/// past the store.
pub(super) fn spawn(
    stage: &mut Stage<AppError>,
    parts: &Parts,
    canary: Option<&Hook>,
) -> Result<Unrecorded, AppError> {
    let source = StoredDeliveries {
        reader: parts.reader.clone(),
    };
    let (engine, clock) = (parts.engine.clone(), parts.mode.clock.clone());
    let mut settings = parts.config.webhooks.clone();
    let allowed = &mut settings.dangerous_allow_private_hosts;
    allowed.extend(canary.map(Hook::host));
    let notifier = Notifier::new(settings, source, engine, clock)?;
    let notifier = notifier.with_mail(&parts.config.email)?;
    let notifier = notifier.with_charts(parts.chart_links());
    let notifier = notifier.with_actions(parts.action_links());
    parts.health.note_notifier(notifier.health());
    let (unrecorded, cancel) = (notifier.unrecorded(), stage.token());
    stage.spawn("notifier", async move { Ok(notifier.run(cancel).await?) });
    Ok(unrecorded)
}

/// Reads through the store's reader, off the async threads.
struct StoredDeliveries {
    reader: Reader,
}

impl StoredDeliveries {
    async fn read<T: Send + 'static>(
        &self,
        reading: impl FnOnce(&Reader) -> Result<T, QueryError> + Send + 'static,
    ) -> Result<T, SourceError> {
        let reader = self.reader.clone();
        let read = tokio::task::spawn_blocking(move || reading(&reader)).await;
        match read {
            Ok(result) => result.map_err(|error| SourceError(Box::new(error))),
            Err(error) => Err(SourceError(Box::new(error))),
        }
    }
}

impl DeliverySource for StoredDeliveries {
    async fn endpoints(&self) -> Result<Vec<Endpoint>, SourceError> {
        self.read(|reader| reader.endpoints()).await
    }

    async fn due(
        &self,
        endpoint: &EndpointId,
        now: WallTime,
        limit: usize,
    ) -> Result<Vec<DeliveryView>, SourceError> {
        let endpoint = endpoint.clone();
        self.read(move |reader| reader.due_deliveries(&endpoint, now, limit))
            .await
    }

    async fn last_attempt(&self, endpoint: &EndpointId) -> Result<Option<WallTime>, SourceError> {
        let endpoint = endpoint.clone();
        self.read(move |reader| reader.last_attempt_of(&endpoint))
            .await
    }

    async fn next_due(
        &self,
        endpoint: &EndpointId,
        now: WallTime,
    ) -> Result<Option<WallTime>, SourceError> {
        let endpoint = endpoint.clone();
        self.read(move |reader| reader.next_due_of(&endpoint, now))
            .await
    }
}
