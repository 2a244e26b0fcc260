//! Kills the service with -9 in the middle of everything and reads afterwards
//! what is left: every message acknowledged to a publisher is stored exactly
//! once with the times and values it was sent with, every true episode was raised once, and a delivery that is repeated
//! keeps its id. One kill in five comes in the middle of a commit, where
//! whatever was acknowledged too early is lost.
//!
//! In: how many messages and kills ([`plan::Plan`]; `tests/kill-long` gives the
//! long ones). Out: a table, and a failure in words. The service is the real
//! program, the broker Debian's Mosquitto with the shipped configuration, the
//! publishers real MQTT clients with credentials of their own.

mod answers;
mod api;
mod broker;
mod episodes;
mod figures;
mod judge;
mod killer;
mod plan;
mod receiver;
mod sent;
mod service;
mod setup;
mod shim;
mod stored;
mod wait;
mod wearers;
mod world;

use plan::{Plan, Way};

#[tokio::test(flavor = "multi_thread")]
async fn behind_mosquitto_kills_lose_nothing_acknowledged_and_repeat_nothing() {
    if broker::is_installed() {
        world::run(Plan::of(Way::Broker)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_the_listener_kills_lose_nothing_acknowledged_and_repeat_nothing() {
    world::run(Plan::of(Way::Listener)).await;
}
