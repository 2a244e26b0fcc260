//! What load to make.

use crate::publish::BrokerOptions;
use std::path::PathBuf;

/// A load: devices × messages over connections.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadOptions {
    /// The broker; the window is per connection and the client id gets a number appended.
    /// With `{device}` in the user name every device has its own connection, with its id as
    /// client id, and `connections` does not count.
    pub broker: BrokerOptions,
    /// Devices, `{device_prefix}0` and up.
    pub devices: u32,
    /// Start of every device id.
    pub device_prefix: String,
    /// Topic prefix.
    pub topic_prefix: String,
    /// Connections; each serves its share of the devices.
    pub connections: u32,
    /// Different messages in all.
    pub messages: u64,
    /// Messages a second in all; 0 = unlimited.
    pub rate: f64,
    /// Quality of service, 0 to 2.
    pub qos: u8,
    /// `session` in every message.
    pub session: u32,
    /// Measured time of each device's first message, epoch ms.
    pub start_ms: i64,
    /// Measured time between a device's messages, ms.
    pub step_ms: i64,
    /// Share of messages that are sent a second time with the same bytes, 0 to 1.
    pub repeats: f64,
    /// Seed of values and repeats.
    pub seed: u64,
    /// File for `device,session,seq,published_wall_ns`.
    pub published_log: Option<PathBuf>,
    /// File for `device,payload` of every message, the bytes as they were sent.
    pub payload_log: Option<PathBuf>,
    /// File for `device,session,seq` of every acknowledged message.
    pub acknowledged_log: Option<PathBuf>,
}

impl LoadOptions {
    /// 1,000 devices over 4 connections with six vitals each at QoS 1.
    #[must_use]
    pub fn new(broker: BrokerOptions, messages: u64, start_ms: i64) -> Self {
        Self {
            broker,
            devices: 1_000,
            device_prefix: "load-".to_owned(),
            topic_prefix: "wardlight/v1".to_owned(),
            connections: 4,
            messages,
            rate: 0.0,
            qos: 1,
            session: 1,
            start_ms,
            step_ms: 5_000,
            repeats: 0.0,
            seed: 1,
            published_log: None,
            payload_log: None,
            acknowledged_log: None,
        }
    }
}
