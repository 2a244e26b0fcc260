//! What the shells report back: attempts to deliver, reads, progress of sinks.

use super::core::Core;
use crate::domain::{ClinicalTime, DeliveryReport, DeliveryVerdict, WallTime};
use crate::registry::Command;
use crate::store::{JournalKind, Write};

impl Core {
    pub(super) fn on_delivery_report(
        &mut self,
        stamp: ClinicalTime,
        received: WallTime,
        report: DeliveryReport,
    ) {
        let body = serde_json::json!({
            "delivery": report.delivery.as_str(),
            "status": report.status,
            "error": report.error,
            "delivered": report.verdict == DeliveryVerdict::Delivered,
        });
        self.journal_plain(stamp, JournalKind::DeliveryReport, None, &body);
        if let Some((endpoint, event)) = self.failed_endpoint(&report) {
            if report.verdict == DeliveryVerdict::EndpointGone {
                let reason = Some("the endpoint answered 410 Gone".to_owned());
                let command = Command::DisableEndpoint {
                    id: endpoint.clone(),
                    reason,
                };
                // The endpoint is known: it was just looked up.
                let _ = self.on_command(stamp, received, &command, "wardlight");
            }
            self.tell_others(stamp, received, &endpoint, event);
        }
        self.route_report((stamp, received), &report);
        self.batch.write(Write::DeliveryReport(report));
    }

    /// The endpoint and event of a delivery that will not be tried again.
    fn failed_endpoint(&self, report: &DeliveryReport) -> Option<(crate::domain::EndpointId, u64)> {
        match report.verdict {
            DeliveryVerdict::GivenUp | DeliveryVerdict::EndpointGone => {
                self.history.delivery_of(&report.delivery)
            }
            DeliveryVerdict::Delivered | DeliveryVerdict::RetryAt(_) => None,
        }
    }

    /// A delivery that exhausts its schedule is told on every other channel;
    /// the clinical alert stays open.
    fn tell_others(
        &mut self,
        stamp: ClinicalTime,
        received: WallTime,
        failed: &crate::domain::EndpointId,
        event: u64,
    ) {
        let body = serde_json::json!({
            "type": "webhook.failed",
            "timestamp": super::documents::rfc3339(stamp.epoch_ms()),
            "data": { "endpoint": failed.as_str(), "event": event, "simulated": self.book.simulated },
        });
        let others: Vec<_> = self
            .registry
            .endpoints()
            .filter(|endpoint| endpoint.id != *failed && endpoint.disabled.is_none())
            .map(|endpoint| endpoint.id.clone())
            .collect();
        for endpoint in others {
            let bytes = body.to_string().into_bytes();
            self.deliver(stamp, received, endpoint, event, "webhook.failed", bytes);
        }
    }

    pub(super) fn on_audit_read(
        &mut self,
        at: ClinicalTime,
        author: String,
        action: &'static str,
        subject: &str,
    ) {
        let document = serde_json::json!({ "subject": subject }).to_string();
        self.batch.write(Write::Audit {
            at,
            author,
            action,
            document,
        });
    }

    pub(super) fn on_sink_progress(&mut self, stamp: ClinicalTime, sink: &'static str, seq: u64) {
        self.batch.write(Write::SinkCursor { sink, seq, stamp });
    }

    pub(super) fn on_sink_rejected(
        &mut self,
        at: WallTime,
        sink: &'static str,
        reason: String,
        line: Vec<u8>,
    ) {
        self.batch.write(Write::SinkRejected {
            sink,
            at,
            reason,
            line,
        });
    }
}
