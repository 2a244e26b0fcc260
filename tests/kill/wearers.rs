//! Devices change their wearer while they publish.

use crate::api::Api;
use crate::plan::{Plan, WANDERING};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio_util::sync::CancellationToken;
use wardlight::engine::rfc3339;
use wardlight_simulators::load::Progress;

/// Messages of a device that move to the new wearer with it: what was measured
/// a little before the change was entered.
const MOVED: i64 = 40;

/// Changes wearers until cancelled; counts the changes.
pub(crate) async fn change(
    plan: Plan,
    api: Api,
    progress: Arc<Progress>,
    changes: Arc<AtomicU64>,
    cancel: CancellationToken,
) {
    // One and a half changes of each wandering device for each kill.
    let rounds = u64::from(plan.kills) * 3 / 2 + 1;
    let every = plan.messages / rounds;
    let mut number = 0_u64;
    loop {
        let wanted = (number / u64::from(WANDERING) + 1) * every;
        while progress.acknowledged() < wanted {
            tokio::select! {
                () = cancel.cancelled() => return,
                () = tokio::time::sleep(std::time::Duration::from_millis(5)) => {}
            }
        }
        let device = u32::try_from(number % u64::from(WANDERING)).expect("few");
        let round = number / u64::from(WANDERING);
        let other = if round.is_multiple_of(2) {
            "-other"
        } else {
            ""
        };
        let sequence = (progress.acknowledged() / u64::from(plan.devices)).cast_signed() - MOVED;
        let start = plan.start_ms + sequence * plan.step_ms;
        let assignment = json!({
            "device": Plan::device(device),
            "patient": format!("load-patient-{device}{other}"),
            "start": rfc3339(start),
        });
        api.change("POST", "/v1/assignments", &assignment).await;
        changes.fetch_add(1, Ordering::SeqCst);
        number += 1;
    }
}
