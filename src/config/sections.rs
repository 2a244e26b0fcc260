//! The list of all sections.

use super::finding::Finding;
use super::load::dangerous;
use super::rules;
use super::section::Overlay;
use super::service;
use crate::{alert, api, canary, decode, detect, engine, ingest, notify, sink, store, telemetry};
use std::path::Path;

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
            /// All sections at their defaults, to be described.
            #[cfg(test)]
            pub(super) fn of_defaults(overlay: Overlay) -> Self {
                Self { $($field: <$settings>::default(),)+ overlay, warnings: Vec::new() }
            }

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
                let config = Self { $($field: $field?,)+ overlay, warnings };
                problems.extend(config.across_sections());
                Some(config)
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
    /// Clinical rules from files.
    rules: rules::Settings = "rules",
    /// How episodes end, come back and stay quiet.
    alerts: alert::Settings = "alerts",
    /// Who is told of what.
    routing: alert::routing::Settings = "routing",
    /// The HTTP API.
    api: api::Settings = "api",
    /// Webhooks.
    webhooks: notify::Settings = "webhooks",
    /// Mail.
    email: notify::EmailSettings = "email",
    /// A synthetic watch that tests the whole way.
    canary: canary::Settings = "canary",
    /// Copies to InfluxDB 2.
    influxdb: sink::SinkSettings = "influxdb",
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
    /// Rules between sections.
    fn across_sections(&self) -> Vec<Finding> {
        let mut texts = Vec::new();
        if usize::from(self.subscriber.receive_maximum) >= self.engine.inbox_max {
            texts.push(format!(
                "`receive_maximum` must be below `engine.inbox_max` ({}), so that the broker and not the inbox is full first",
                self.engine.inbox_max
            ));
        }
        if !self.subscriber.enabled && !self.listener.enabled {
            texts.push(
                "`enabled` is false here and in `mqtt.listener`: nothing could come in".to_owned(),
            );
        }
        let mut findings = self.overlay.findings("mqtt.subscriber", texts);
        let unnamed = self.canary.enabled
            && self.listener.enabled
            && self.listener.tls_certificate.is_some()
            && self.canary.server_name.is_none();
        let text = "`server_name` is missing: the listener speaks TLS, and the canary must know \
                    the name in its certificate";
        findings.extend(self.overlay.findings("canary", unnamed.then_some(text)));
        findings
    }

    /// Reads the rules' files into `detect`.
    pub(super) fn read_rules(&mut self) {
        self.detect.clinical = self.rules.gather();
        let overlay = &self.overlay;
        let origin = |key: &str| overlay.origin(&["rules".to_owned(), key.to_owned()]);
        let unknown = self.rules.unknown(&self.detect.clinical, origin);
        self.warnings.extend(unknown);
    }

    /// Puts the files of another folder in place of the organisation's own;
    /// what `[rules]` switches stays.
    pub fn try_rules(&mut self, directory: &Path) {
        self.rules.directory = Some(directory.to_owned());
        self.detect.clinical = self.rules.gather();
    }

    /// What is legal but risky; logged at start.
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }
}
