//! What the shells report back: reads, progress of sinks.

use super::core::Core;
use crate::domain::{ClinicalTime, WallTime};
use crate::store::Write;

impl Core {
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
