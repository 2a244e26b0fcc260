//! A database at its bound: nothing is acknowledged, and everybody can see it.

use crate::service::{Service, directory, eventually};
use crate::watch::{Answer, Watch};
use reqwest::{Method, StatusCode};
use serde_json::json;
use wardlight::app::AppError;

fn moment(service: &Service, seq: u64) -> serde_json::Value {
    // Store and forward: a big message fills the file soon.
    let samples: Vec<_> = (0..2_000)
        .map(|second| {
            let t = service.now() - 86_400_000 + i64::try_from(seq * 2_000 + second).unwrap_or(0);
            json!({ "t": t, "hr": 60.25 + second as f64 / 37.0, "rr": 11.125 + second as f64 / 300.0 })
        })
        .collect();
    json!({ "session": 1, "seq": seq, "samples": samples })
}

async fn stored(service: &Service) -> usize {
    let counts = service.running.reader.counts().expect("reads");
    usize::try_from(counts.readings).expect("fits")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_acknowledges_nothing_turns_health_red_and_loses_nothing() {
    let data = directory();
    let bounded = [
        ("WARDLIGHT_STORE__DATABASE_MIB_MAX", "1"),
        ("WARDLIGHT_ENGINE__FULL_DISK_RETRY_MS", "20"),
        ("WARDLIGHT_SERVICE__SHUTDOWN_PHASE_SECONDS", "3"),
    ];
    let service = Service::start(data.path(), &bounded).await;
    service.enter(&["ada"]).await;
    let mut watch = Watch::connect(&service, "watch-ada").await;
    let mut acknowledged = 0;
    for seq in 1..200 {
        let bytes = watch.vitals(moment(&service, seq).to_string().as_bytes());
        watch.send(&bytes).await;
        let full = || service.running.counters.disk_full.get() == 1;
        let answer = tokio::select! {
            answer = watch.answer() => Some(answer),
            () = eventually("full", async || full().then_some(())) => None,
        };
        match answer {
            Some(answer) => assert_eq!(answer, Answer::Puback(0)),
            None => break,
        }
        acknowledged = seq;
    }
    assert!(acknowledged > 0 && acknowledged < 199, "{acknowledged}");
    let (status, health) = service.ask(Method::GET, "/health/ready", None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{health}");
    assert!(health.to_string().contains("the disk is full"), "{health}");
    assert_eq!(stored(&service).await, acknowledged as usize * 4_000);
    let ended = service.running.stop().await;
    assert!(
        matches!(ended, Err(AppError::Engine(_))),
        "it ends, and says why"
    );

    let service = Service::start(data.path(), &[]).await;
    assert_eq!(stored(&service).await, acknowledged as usize * 4_000);
    let mut watch = Watch::connect(&service, "watch-ada").await;
    for seq in acknowledged..acknowledged + 2 {
        assert_eq!(watch.say(&moment(&service, seq)).await, Answer::Puback(0));
    }
    assert_eq!(stored(&service).await, (acknowledged as usize + 1) * 4_000);
    service.stop().await;
}
