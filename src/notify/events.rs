//! What happens here, logged and counted. Endpoints are not patients; their
//! identifiers are chosen by the organisation, yet print as placeholders like
//! all identifiers, so logs carry the codes and lists carry the rest.

use crate::domain::DeliveryVerdict;
use crate::telemetry::{AttemptResult, Event, metrics};
use std::error::Error;
use std::time::Duration;

/// An attempt ended.
pub(super) struct AttemptEnded {
    pub(super) verdict: DeliveryVerdict,
    pub(super) status: Option<u16>,
    pub(super) error: Option<&'static str>,
    pub(super) took: Duration,
}

impl Event for AttemptEnded {
    fn emit(self) {
        let result = match self.verdict {
            DeliveryVerdict::Delivered => AttemptResult::Delivered,
            DeliveryVerdict::RetryAt(_) => AttemptResult::Retried,
            DeliveryVerdict::GivenUp => AttemptResult::GivenUp,
            DeliveryVerdict::EndpointGone => AttemptResult::Gone,
        };
        metrics().webhook_attempts.inc(result);
        metrics().webhook_attempt_duration.observe(self.took);
        let took_ms = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX);
        let error = self.error.unwrap_or("none");
        match self.verdict {
            DeliveryVerdict::Delivered => {
                tracing::debug!(http.status = self.status, took_ms, "webhook delivered");
            }
            DeliveryVerdict::RetryAt(_) => {
                tracing::warn!(
                    http.status = self.status,
                    error.code = error,
                    took_ms,
                    "webhook failed, will be tried again"
                );
            }
            DeliveryVerdict::GivenUp => {
                tracing::error!(
                    http.status = self.status,
                    error.code = error,
                    took_ms,
                    "webhook given up, it can be replayed"
                );
            }
            DeliveryVerdict::EndpointGone => {
                tracing::error!("webhook endpoint answered 410 and is switched off");
            }
        }
    }
}

/// An endpoint has failed for longer than the configured limit.
pub(super) struct EndpointFailing {
    pub(super) failures: u32,
    pub(super) error: &'static str,
}

impl Event for EndpointFailing {
    fn emit(self) {
        metrics().webhook_endpoints_failing.add(1);
        tracing::error!(
            failures = self.failures,
            error.code = self.error,
            "a webhook endpoint keeps failing"
        );
    }
}

/// An endpoint that was failing works again, or is no longer used.
pub(super) struct EndpointRecovered;

impl Event for EndpointRecovered {
    fn emit(self) {
        metrics().webhook_endpoints_failing.add(-1);
        tracing::info!("a webhook endpoint no longer fails");
    }
}

/// A message went out that cannot be recorded now.
pub(super) struct SentUnrecorded {
    pub(super) error: Option<&'static str>,
}

impl Event for SentUnrecorded {
    fn emit(self) {
        match self.error {
            None => tracing::warn!("nothing can be stored: a channel was told without a record"),
            Some(error) => tracing::error!(
                error.code = error,
                "nothing can be stored, and a channel cannot be told; trying again"
            ),
        }
    }
}

/// The mail server refused some recipients of a mail that others got.
pub(super) struct RecipientsRefused {
    pub(super) count: usize,
}

impl Event for RecipientsRefused {
    fn emit(self) {
        tracing::warn!(
            recipients = self.count,
            "the mail server refuses some recipients; check the endpoint's list"
        );
    }
}

/// The machine's clock was set back.
pub(super) struct ClockSetBack {
    pub(super) by_ms: i64,
}

impl Event for ClockSetBack {
    fn emit(self) {
        tracing::warn!(
            by_ms = self.by_ms,
            "the clock was set back: webhooks that wait are tried now"
        );
    }
}

/// The list of deliveries could not be read.
pub(super) struct StoreUnreadable<'a> {
    pub(super) error: &'a super::SourceError,
}

impl Event for StoreUnreadable<'_> {
    fn emit(self) {
        metrics().webhook_store_errors.inc();
        let error: &dyn Error = self.error;
        tracing::error!(
            error,
            "webhooks wait: the list of deliveries cannot be read"
        );
    }
}

/// The machine has no certificates of its own.
pub(super) struct NoSystemAuthorities<'a> {
    pub(super) error: &'a reqwest::Error,
}

impl Event for NoSystemAuthorities<'_> {
    fn emit(self) {
        let error: &dyn Error = self.error;
        tracing::warn!(
            error,
            "no system certificates: install ca-certificates or set `authorities_file`, or https webhooks will fail"
        );
    }
}
