//! A site's clinical rule, from its file to an alert, and what a mistake in it does.

use crate::service::{START, Service, directory};
use serde_json::{Value, json};
use std::path::Path;

const RULE: &str = r#"id = "fast"
title = "Fast heart"
version = 1
author = "Dr Example"
valid_from = "2026-01-01"
review_by = "2030-01-01"
source = "ward agreement"
priority = "high"
when = "heart_rate >= 120"
clear_when = "heart_rate < 100"
clear_after_minutes = 30
words = "heart rate {heart_rate}/min"

[inputs_max_age_minutes]
heart_rate = 10

[persistence]
epochs = 3
of = 5
"#;

async fn start(data: &Path, rules: &Path, at: i64) -> Service {
    let rules = rules.to_str().expect("a plain path");
    Service::start_at(data, &[("WARDLIGHT_RULES__DIRECTORY", rules)], at).await
}

/// The only alert of a rule.
async fn alert(service: &Service) -> Value {
    let alerts = service.get("/v1/alerts?kind=rule").await;
    let items = alerts["items"].as_array().expect("a list");
    assert_eq!(items.len(), 1, "{alerts}");
    items[0].clone()
}

/// What health says of the rules.
async fn health(service: &Service) -> (Value, Value) {
    let health = service.get("/health/ready").await;
    let mut parts = health["components"].as_array().expect("a list").iter();
    let rules = parts.find(|part| part["name"] == "rules");
    let rules = rules.expect("rules are a part of health");
    (rules["state"].clone(), rules["reason"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sites_rule_raises_survives_a_mistake_in_its_file_and_ends_with_it() {
    let (data, rules) = (directory(), directory());
    let file = rules.path().join("fast.toml");
    std::fs::write(&file, RULE).expect("written");
    let service = start(data.path(), rules.path(), START).await;
    service.enter(&["p"]).await;
    service.pass(1).await;
    let observed = json!({"values": {"heart_rate": 131}});
    service.post("/v1/patients/p/observations", observed).await;
    let raised = alert(&service).await;
    assert_eq!(raised["rule"], "fast");
    assert_eq!(raised["evidence"]["rule_version"], 1);
    let summary = raised["evidence"]["summary"].as_str().expect("a sentence");
    assert!(
        summary.starts_with("Fast heart: heart rate 131/min."),
        "{summary}"
    );
    assert_eq!(health(&service).await, ("working".into(), Value::Null));
    service.stop().await;

    let broken = RULE
        .replace("version = 1", "version = 2")
        .replace(">= 120", ">=");
    std::fs::write(&file, broken).expect("written");
    let service = start(data.path(), rules.path(), START + 120_000).await;
    let (state, reason) = health(&service).await;
    assert_eq!(state, "degraded");
    assert_eq!(
        reason,
        "clinical rules are left out: fast (stored version 1 in force instead); `check-config` \
         and the log say why"
    );
    assert_eq!(alert(&service).await["condition"], "active", "it goes on");
    service.stop().await;

    std::fs::remove_file(&file).expect("removed");
    let service = start(data.path(), rules.path(), START + 180_000).await;
    service.settle().await;
    let ended = alert(&service).await;
    assert_eq!(
        (&ended["id"], &ended["condition"]),
        (&raised["id"], &json!("ended"))
    );
    assert_eq!(ended["handling"], "open", "a person must see it first");
    assert_eq!(health(&service).await.0, "working");
    service.stop().await;
}
