//! The canary over the real way in and a real webhook: what breaks on the way is
//! told once and told over once, and nobody sees it among patients.

use crate::flying::{Flying, RECOVERED};
use crate::service::{Service, directory, eventually};
use serde_json::{Value, json};
use wardlight::domain::{CANARY, DeviceId, EndpointId};
use wardlight::registry::Command;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_in_that_is_shut_is_told_once_and_told_over_once() {
    let data = directory();
    let flying = Flying::start(data.path()).await;
    flying.came_round().await;
    let device = DeviceId::canary();
    let access = flying.service.running.engine.access.clone();
    let sha256 = access.borrow().devices[CANARY].sha256[0].clone();
    let shut = Command::RevokeDeviceCredential {
        device: device.clone(),
    };
    flying.service.order(shut).await;
    flying.is_late(1, "not_sent").await;
    let open = Command::CreateDeviceCredential { device, sha256 };
    flying.service.order(open).await;
    flying.is_well(2).await;
    flying.service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_does_not_arrive_is_told_once_also_across_a_restart() {
    let data = directory();
    let mut flying = Flying::start(data.path()).await;
    flying.came_round().await;
    let mut endpoint = flying
        .service
        .running
        .reader
        .endpoint(&EndpointId::canary())
        .expect("reads")
        .expect("entered");
    // An address that the guard refuses: only the canary's own is let pass.
    endpoint.url = "http://127.0.0.1:9/canary".to_owned();
    flying
        .service
        .order(Command::PutEndpoint {
            id: endpoint.id,
            url: endpoint.url,
            label: endpoint.label,
            secrets: endpoint.secrets,
            event_types: endpoint.event_types,
            wards: endpoint.wards,
            channel: endpoint.channel,
        })
        .await;
    flying.is_stored(data.path()).await;
    flying.is_late(1, "stored_not_delivered").await;
    let now = flying.service.now();
    flying.service.stop().await;
    // The next start makes the way anew.
    flying.service = Flying::service(data.path(), &flying.receiver, now + 5_000).await;
    flying.told_of(2, RECOVERED).await;
    flying.came_round().await;
    flying.service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_raises_no_false_alarm() {
    let data = directory();
    let mut flying = Flying::start(data.path()).await;
    flying.came_round().await;
    let later = flying.service.now() + 3_600_000;
    flying.service.stop().await;
    flying.service = Flying::service(data.path(), &flying.receiver, later).await;
    flying.came_round().await;
    assert_eq!(flying.told(), Vec::<Value>::new());
    flying.service.stop().await;
}

/// Until the clock has caught up, patients' readings are as old to the engine as
/// the clock was set back, and pages about them do not go out: that is no false alarm.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_was_set_back_an_hour_is_told_once_until_it_has_caught_up() {
    let data = directory();
    let mut flying = Flying::start(data.path()).await;
    flying.came_round().await;
    let earlier = flying.service.now() - 3_600_000;
    flying.service.stop().await;
    flying.service = Flying::service(data.path(), &flying.receiver, earlier).await;
    flying.is_late(1, "stored_not_delivered").await;
    flying.advance(3_600);
    eventually("told over", async || {
        flying.advance(60);
        flying.service.settle().await;
        (flying.told().len() >= 2).then_some(())
    })
    .await;
    flying.told_of(2, RECOVERED).await;
    flying.service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_told_that_it_is_late_is_told_that_it_was_switched_off() {
    let data = directory();
    let mut flying = Flying::start(data.path()).await;
    flying.came_round().await;
    let device = DeviceId::canary();
    let shut = Command::RevokeDeviceCredential { device };
    flying.service.order(shut).await;
    flying.is_late(1, "not_sent").await;
    for _ in 0..2 {
        let now = flying.service.now();
        flying.service.stop().await;
        let port = flying.receiver.port;
        flying.service = Flying::service_with(data.path(), port, now, &[]).await;
        let told = flying.told_of(2, "system.canary_switched_off").await;
        assert_eq!(told["data"]["error"], "not_sent");
        assert_eq!(told["data"]["label"], "Round trip of a test reading");
    }
    // Switched on again it begins anew, and says nothing of the old trouble.
    let now = flying.service.now();
    flying.service.stop().await;
    flying.service = Flying::service(data.path(), &flying.receiver, now).await;
    flying.came_round().await;
    flying.service.settle().await;
    assert_eq!(flying.told().len(), 2);
    flying.service.stop().await;
}

/// Everywhere that shows the canary, or lets somebody change it.
async fn seen_by_somebody(service: &Service) -> Vec<String> {
    let mut seen = Vec::new();
    for list in [
        "patients",
        "wards",
        "devices",
        "alerts",
        "webhooks",
        "board",
        "quarantine",
        "reports/handover",
        "reports/alarm-burden",
    ] {
        let shown = service.get(&format!("/v1/{list}")).await.to_string();
        seen.extend(shown.contains(CANARY).then_some(format!("{list}: {shown}")));
    }
    for one in ["patients", "devices", "webhooks"] {
        let url = format!("/v1/{one}/{CANARY}");
        let (status, _) = service.ask(reqwest::Method::GET, &url, None).await;
        seen.extend((status != 404).then_some(url));
    }
    let put = json!({ "label": "Mine now" });
    let url = format!("/v1/patients/{CANARY}");
    let (status, answer) = service.ask(reqwest::Method::PUT, &url, Some(put)).await;
    seen.extend((status != 422).then_some(format!("PUT: {status} {answer}")));
    let counts = service.running.reader.counts().expect("reads");
    let counted = (counts.patients, counts.devices, counts.readings);
    let nothing = counts.alerts.is_empty() && counts.deliveries.is_empty();
    let alone = counted == (1, 1, 0) && nothing;
    seen.extend((!alone).then_some(format!("{counts:?}")));
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_sees_the_canary_among_patients() {
    let data = directory();
    let flying = Flying::start(data.path()).await;
    for _ in 0..3 {
        flying.came_round().await;
        flying.advance(60);
    }
    let seen = seen_by_somebody(&flying.service).await;
    assert_eq!(seen, Vec::<String>::new());
    assert!(flying.receiver.got().is_empty(), "no person is told");
    flying.service.stop().await;
}
