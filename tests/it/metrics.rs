//! `/metrics` of a service with all its parts switched on.

use crate::service::{Service, directory, eventually};
use crate::watch::{Answer, Watch};
use serde_json::json;
use std::net::TcpListener;

/// A port where nobody answers.
fn nobody() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("bound").port()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_metric_of_a_whole_service_has_its_help_and_type() {
    let data = directory();
    let port = nobody().to_string();
    let url = format!("http://127.0.0.1:{port}");
    let service = Service::start(
        data.path(),
        &[
            ("WARDLIGHT_INFLUXDB__ENABLED", "true"),
            ("WARDLIGHT_INFLUXDB__URL", &url),
            ("WARDLIGHT_MQTT__SUBSCRIBER__ENABLED", "true"),
            ("WARDLIGHT_MQTT__SUBSCRIBER__HOST", "127.0.0.1"),
            ("WARDLIGHT_MQTT__SUBSCRIBER__PORT", &port),
        ],
    )
    .await;
    service.enter(&["0"]).await;
    let mut watch = Watch::connect(&service, "watch-0").await;
    let moment = json!({ "session": 1, "seq": 1, "t": service.now(), "hr": 72 });
    assert_eq!(watch.say(&moment).await, Answer::Puback(0));
    // Nobody takes the copy: the sink says so, and so does the subscriber.
    for failures in ["sink_failures", "subscriber_connection_failures"] {
        let name = format!("wardlight_{failures}_total");
        let counted = async || (service.metric(&name).await > 0.0).then_some(());
        eventually(failures, counted).await;
    }
    let body = service.get("/metrics").await;
    let text = body["text"].as_str().expect("a text");
    let mut lines = text.lines().peekable();
    let mut metrics = 0;
    while let Some(line) = lines.next() {
        let (name, help) = line
            .strip_prefix("# HELP ")
            .and_then(|rest| rest.split_once(' '))
            .unwrap_or_else(|| panic!("no HELP: {line}"));
        assert!(!help.is_empty(), "{line}");
        let kind = lines.next().unwrap_or_default();
        assert!(kind.starts_with(&format!("# TYPE {name} ")), "{kind}");
        let mut values = 0;
        while lines.next_if(|line| line.starts_with(name)).is_some() {
            values += 1;
        }
        assert!(values > 0, "{name} has no value");
        metrics += 1;
    }
    assert!(metrics > 60, "{metrics}");
    let took = service.metric("wardlight_engine_commit_duration_seconds_count");
    assert!(took.await > 0.0, "commits are timed");
    service.stop().await;
}
