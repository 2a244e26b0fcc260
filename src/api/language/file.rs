//! The file of words.

use super::check::{self, Fault};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

/// What is embedded: every translation has its keys.
pub const TEXT: &str = include_str!("../../../dashboards/words.toml");

/// A test reads it.
static ENGLISH: LazyLock<Language> =
    LazyLock::new(|| toml::from_str(TEXT).unwrap_or_else(|error| panic!("words.toml: {error}")));

/// Everything that pages say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Language {
    /// Its tag (BCP 47), for screen readers.
    pub(in crate::api) language: String,
    pub(in crate::api) dates: Dates,
    pub(in crate::api) vitals: BTreeMap<String, VitalWords>,
    pub(in crate::api) kinds: BTreeMap<String, String>,
    pub(in crate::api) quarantine: BTreeMap<String, String>,
    pub(in crate::api) deliveries: BTreeMap<String, String>,
    pub(in crate::api) sections: BTreeMap<String, String>,
    /// Roles, priorities, states: what the API has a name for.
    pub(in crate::api) names: BTreeMap<String, String>,
    /// Texts by their British English.
    pub(in crate::api) pages: BTreeMap<String, Words>,
}

/// How moments are written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Dates {
    pub(in crate::api) short: String,
    pub(in crate::api) moment: String,
    /// What stands for `%b`.
    pub(in crate::api) months: [String; 12],
}

/// What is said of a vital.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct VitalWords {
    pub(in crate::api) name: String,
    pub(in crate::api) unit: String,
    pub(in crate::api) digits: usize,
    #[serde(default)]
    pub(in crate::api) states: Vec<String>,
}

/// A text, or two where the number tells which.
#[derive(Deserialize)]
#[serde(untagged)]
pub(in crate::api) enum Words {
    Always(String),
    Counted { one: String, other: String },
}

impl Words {
    /// The text, where `{count}` is one or is not.
    pub(super) fn of(&self, is_one: bool) -> &str {
        match self {
            Self::Always(text) => text,
            Self::Counted { one, .. } if is_one => one,
            Self::Counted { other, .. } => other,
        }
    }
}

impl Language {
    /// British English.
    pub(in crate::api) fn english() -> &'static Self {
        &ENGLISH
    }

    /// The language of a file; of no file: British English. It is kept as long as the
    /// program runs, which reads it once.
    ///
    /// # Errors
    /// What is wrong with the file, in words for the operator.
    pub(in crate::api) fn of(path: &Path) -> Result<&'static Self, String> {
        if path.as_os_str().is_empty() {
            return Ok(Self::english());
        }
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|error| format!("cannot be read: {error}"))?;
        let told = |faults: Vec<Fault>| check::told(&faults);
        check::faults(&text).map_or(Ok(()), Err).map_err(told)?;
        let language: Self = toml::from_str(&text).map_err(|error| error.to_string())?;
        Ok(Box::leak(Box::new(language)))
    }

    /// What is said instead of British English; that where there is nothing else.
    pub(super) fn text<'a>(&'a self, english: &'a str, is_one: bool) -> &'a str {
        let known = self.pages.get(english);
        known.map_or(english, |words| words.of(is_one))
    }
}
