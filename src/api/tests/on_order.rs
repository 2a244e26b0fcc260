//! What an open ward page asks for when an alert has changed.

use super::harness::access_of;
use super::on_ward::server_with_ward;
use crate::domain::WardId;
use crate::registry::{Role, WardScope};
use serde_json::{Value, json};
use std::sync::Arc;

fn ids(order: &Value) -> Vec<&str> {
    let patients = order["patients"].as_array().expect("a list").iter();
    patients
        .map(|one| one["id"].as_str().expect("a text"))
        .collect()
}

#[tokio::test]
async fn the_order_is_that_of_the_page_with_its_alerts_and_without_its_values() {
    let server = server_with_ward().await;
    let order = server.get("/order?", "viewer").await.json();
    assert_eq!(ids(&order), ["p-003", "p-002", "p-001"]);
    let first = &order["patients"][0];
    let fever =
        json!([{"id": "alr_3", "words": "▲ high: Fever or low temperature on cancer treatment"}]);
    assert_eq!(first["label"], "<b>Zoe</b>");
    assert_eq!(first["alerts"], fever);
    let words = order["patients"][1]["alerts"][0]["words"].as_str();
    assert!(words.expect("a text").starts_with("⊘ cannot measure: "));
    let counts = order["counts"].as_str().expect("HTML");
    assert!(
        counts.contains("3 patients: 1 with a high alert"),
        "{counts}"
    );
    let some = server.get("/order?state=cannot", "viewer").await.json();
    assert_eq!(ids(&some), ["p-002"]);
}

#[tokio::test]
async fn the_order_shows_only_the_callers_wards_and_only_to_who_sees_patients() {
    let server = server_with_ward().await;
    assert_eq!(server.get("/order", "").await.status, 303);
    assert_eq!(server.get("/order", "auditor").await.status, 403);
    let mut access = (*access_of(&[("viewer", Role::Viewer)])).clone();
    for token in access.tokens.values_mut() {
        token.wards = WardScope::Only([WardId::new("oncology").expect("valid")].into());
    }
    server.access.send_replace(Arc::new(access));
    let order = server.get("/order", "viewer").await.json();
    assert_eq!(ids(&order), ["p-002", "p-001"]);
    assert_eq!(server.reads(), ["viewer: read board *"]);
}
