//! Puts the sources together.

use super::defaults::{DEFAULTS, Defaults};
use super::environment::{self, Sources};
use super::finding::{ConfigError, Finding};
use super::section::Overlay;
use super::sections::Config;
use super::tree::dotted;
use super::{check, file};

/// Loads the configuration: defaults, then the file, then the environment.
///
/// # Errors
/// [`ConfigError`] with all that is wrong, not only the first.
pub fn load(sources: &Sources) -> Result<Config, ConfigError> {
    let defaults = Defaults::parse(DEFAULTS);
    let (overlay, mut problems) = overlay(&defaults, sources)?;
    let config = Config::build(overlay, &mut problems);
    match config {
        Some(mut config) if problems.is_empty() => {
            config.read_rules();
            Ok(config)
        }
        _ => Err(ConfigError::Problems { problems }),
    }
}

/// Everything that was given, with what is wrong with its keys and types.
pub(super) fn overlay(
    defaults: &Defaults,
    sources: &Sources,
) -> Result<(Overlay, Vec<Finding>), ConfigError> {
    let mut problems = Vec::new();
    let mut given: Vec<check::Given> = match &sources.file {
        Some(path) => file::read(path, defaults, &mut problems)?,
        None => Vec::new(),
    };
    given.extend(environment::read(
        &sources.environment,
        defaults,
        &mut problems,
    ));
    let mut overlay = Overlay::new(defaults);
    for one in given {
        overlay.give(one);
    }
    Ok((overlay, problems))
}

/// A warning for each key that weakens security and is not at its default.
pub(super) fn dangerous(overlay: &Overlay) -> Vec<Finding> {
    let changed = overlay.changed().filter(|(path, _)| {
        let key = path.last().map(String::as_str).unwrap_or_default();
        key.starts_with("dangerous_")
    });
    changed
        .map(|(path, origin)| Finding {
            key: dotted(path),
            origin: origin.clone(),
            text: "weakens security; use it for tests and demonstrations only".to_owned(),
        })
        .collect()
}
