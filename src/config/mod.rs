//! One configuration from `default.toml`, a file and the environment.
//!
//! In: [`Sources`]. Out: [`Config`], each room's own settings, or a
//! [`ConfigError`] with every problem there is. [`describe`] shows what is in
//! force and where it came from.
//!
//! To add a section, write its part of `default.toml` and add one line to
//! `sections.rs`; its settings need `problems()` and `warnings()`, lists of
//! texts that name the key they speak of first, in backquotes.
//!
//! Invariant: `default.toml` holds every key with its default or, after `#?`,
//! an example; a key that it does not hold is refused.
//! Invariant: all problems are reported at once, each with its key and where
//! it was set.
//! Invariant: secrets are never shown, neither in problems nor in [`describe`].

mod check;
mod defaults;
mod describe;
mod environment;
mod file;
mod finding;
mod load;
mod rules;
mod section;
mod sections;
mod service;
mod tree;

#[cfg(test)]
mod tests;

pub use defaults::DEFAULTS;
pub use describe::describe;
pub use environment::Sources;
pub use finding::{ConfigError, Finding, Origin};
pub use load::load;
pub use rules::Settings as RuleSettings;
pub use sections::Config;
pub use service::Settings as ServiceSettings;
