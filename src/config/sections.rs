//! The list of all sections.

use super::finding::Finding;
use super::load::dangerous;
use super::section::Overlay;
use super::service;
use crate::{alert, api, decode, detect, engine, ingest, notify, store, telemetry};

/// `/// docs` `field: type = "section",`
macro_rules! sections {
    ($($(#[$doc:meta])* $field:ident: $settings:ty = $path:literal,)+) => {
        /// The configuration in force: one field a section.
        pub struct Config {
            $($(#[$doc])* pub $field: $settings,)+
            pub(super) overlay: Overlay,
            pub(super) warnings: Vec<Finding>,
        }

        /// The sections of `default.toml`.
        #[cfg(test)]
        pub(super) const SECTIONS: &[&str] = &[$($path),+];

        impl Config {
            /// Reads every section and lets its room check it.
            pub(super) fn build(overlay: Overlay, problems: &mut Vec<Finding>) -> Option<Self> {
                let mut warnings = dangerous(&overlay);
                $(
                    let $field: Option<$settings> = overlay.section($path, problems);
                    if let Some(settings) = &$field {
                        problems.extend(overlay.findings($path, settings.problems()));
                        warnings.extend(overlay.findings($path, settings.warnings()));
                    }
                )+
                Some(Self { $($field: $field?,)+ overlay, warnings })
            }
        }
    };
}

sections! {
    /// The service as a whole.
    service: service::Settings = "service",
    /// What watches send.
    decode: decode::Settings = "decode",
    /// Our own MQTT endpoint for watches.
    listener: ingest::listener::Settings = "mqtt.listener",
    /// A subscription at any broker.
    subscriber: ingest::subscriber::SubscriberSettings = "mqtt.subscriber",
    /// Batching and saving.
    engine: engine::Settings = "engine",
    /// Disk and memory.
    store: store::Settings = "store",
    /// Every threshold of detection.
    detect: detect::Rules = "detect",
    /// How episodes end, come back and stay quiet.
    alerts: alert::Settings = "alerts",
    /// The HTTP API.
    api: api::Settings = "api",
    /// Webhooks.
    webhooks: notify::Settings = "webhooks",
    /// Logs.
    telemetry: telemetry::Settings = "telemetry",
}

/// Rooms whose settings are never risky need no `warnings` of their own: their
/// own method, where there is one, comes first.
trait NeverRisky {
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}

impl<T> NeverRisky for T {}

impl Config {
    /// What is legal but risky; logged at start.
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }
}
