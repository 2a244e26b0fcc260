//! The list of all sections.

use super::finding::Finding;
use super::load::dangerous;
use super::section::Overlay;
use super::service;
use crate::{notify, telemetry};

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
    /// Webhooks.
    webhooks: notify::Settings = "webhooks",
    /// Logs.
    telemetry: telemetry::Settings = "telemetry",
}

impl Config {
    /// What is legal but risky; logged at start.
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }
}
