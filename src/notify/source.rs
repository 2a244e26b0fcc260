//! Where deliveries come from.

use crate::domain::{EndpointId, WallTime};
use crate::registry::Endpoint;
use crate::store::DeliveryView;
use std::error::Error;
use std::future::Future;

/// The list of deliveries could not be read; tried again soon.
#[derive(Debug, thiserror::Error)]
#[error("failed to read the list of deliveries")]
pub struct SourceError(#[source] pub Box<dyn Error + Send + Sync>);

/// Reads endpoints and waiting deliveries from the store. Each call is one
/// short read of what is committed.
pub trait DeliverySource: Send + Sync + 'static {
    /// All endpoints, also those that are switched off.
    fn endpoints(&self) -> impl Future<Output = Result<Vec<Endpoint>, SourceError>> + Send;

    /// At most `limit` deliveries of `endpoint` that wait and whose next
    /// attempt is at or before `now`, ordered by next attempt, then number.
    fn due(
        &self,
        endpoint: &EndpointId,
        now: WallTime,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<DeliveryView>, SourceError>> + Send;

    /// When the newest attempt to `endpoint` began; none when none was made.
    fn last_attempt(
        &self,
        endpoint: &EndpointId,
    ) -> impl Future<Output = Result<Option<WallTime>, SourceError>> + Send;

    /// The earliest next attempt of `endpoint` that lies after `now`.
    fn next_due(
        &self,
        endpoint: &EndpointId,
        now: WallTime,
    ) -> impl Future<Output = Result<Option<WallTime>, SourceError>> + Send;
}
