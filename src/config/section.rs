//! Turns a section's values into a room's settings.

use super::check::Given;
use super::defaults::Defaults;
use super::finding::{Finding, Origin};
use super::tree::{Path, dotted, get, is_secret, set};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt::Display;
use toml::{Table, Value};

/// The values in force and what was given to override the defaults.
pub(super) struct Overlay {
    defaults: Table,
    values: Table,
    given: BTreeMap<Path, Given>,
    keys: Vec<Path>,
}

impl Overlay {
    pub(super) fn new(defaults: &Defaults) -> Self {
        Self {
            defaults: defaults.values.clone(),
            values: defaults.values.clone(),
            given: BTreeMap::new(),
            keys: defaults.leaves(),
        }
    }

    /// Overrides a value; a later source overrides an earlier one.
    pub(super) fn give(&mut self, given: Given) {
        set(&mut self.values, &given.path, given.value.clone());
        self.given.insert(given.path.clone(), given);
    }

    /// Where the value at `path` came from.
    pub(super) fn origin(&self, path: &[String]) -> Origin {
        let given = self.given.get(path);
        given.map_or(Origin::Default, |given| given.origin.clone())
    }

    /// The value in force at `path`.
    pub(super) fn value(&self, path: &[String]) -> Option<&Value> {
        get(&self.values, path)
    }

    /// All keys: those of `default.toml`, and given ones in free sections.
    pub(super) fn keys(&self) -> Vec<Path> {
        let mut keys = self.keys.clone();
        let known = |path: &Path| self.keys.contains(path);
        keys.extend(self.given.keys().filter(|path| !known(path)).cloned());
        // Section by section: a section that stood twice would not be TOML.
        keys.sort_by_cached_key(|path| {
            path.split_last()
                .map(|(key, section)| (section.to_vec(), key.clone()))
        });
        keys
    }

    /// What was given and differs from its default.
    pub(super) fn changed(&self) -> impl Iterator<Item = (&Path, &Origin)> {
        self.given
            .values()
            .filter(|given| get(&self.defaults, &given.path) != Some(&given.value))
            .map(|given| (&given.path, &given.origin))
    }

    /// The settings of the section at `path` (`mqtt.subscriber`). Values that
    /// do not fit are reported one by one and then left at their defaults, so
    /// that the others can still be checked.
    pub(super) fn section<T: DeserializeOwned>(
        &self,
        path: &str,
        problems: &mut Vec<Finding>,
    ) -> Option<T> {
        let section: Path = path.split('.').map(str::to_owned).collect();
        let mut values = self.values.clone();
        let first = match parse::<T>(&values, &section) {
            Ok(settings) => return Some(settings),
            Err(text) => text,
        };
        let before = problems.len();
        for given in self.given.values().filter(|g| g.path.starts_with(&section)) {
            let mut alone = self.defaults.clone();
            set(&mut alone, &given.path, given.value.clone());
            if let Err(text) = parse::<T>(&alone, &section) {
                problems.push(self.misfit(given, text));
                self.reset(&mut values, &given.path);
            }
        }
        if problems.len() == before {
            problems.push(Finding {
                key: path.to_owned(),
                origin: Origin::Default,
                text: first,
            });
        }
        parse(&values, &section).ok()
    }

    fn misfit(&self, given: &Given, text: String) -> Finding {
        let secret = given.path.last().is_some_and(|key| is_secret(key));
        Finding {
            key: dotted(&given.path),
            origin: given.origin.clone(),
            text: if secret {
                "does not have the right form (the value is not shown)".to_owned()
            } else if text == "invalid socket address syntax" {
                "give an address of this machine and a port, such as 127.0.0.1:8080".to_owned()
            } else {
                text
            },
        }
    }

    fn reset(&self, values: &mut Table, path: &[String]) {
        match get(&self.defaults, path) {
            Some(default) => set(values, path, default.clone()),
            None => {
                if let Some((key, section)) = path.split_last() {
                    let section = section.iter().try_fold(&mut *values, |table, name| {
                        table.get_mut(name).and_then(Value::as_table_mut)
                    });
                    if let Some(section) = section {
                        section.remove(key);
                    }
                }
            }
        }
    }

    /// Findings from a room's own texts: each names its key first, in
    /// backquotes or as its first word, and so finds where it was set.
    pub(super) fn findings<T: Display>(
        &self,
        section: &str,
        texts: impl IntoIterator<Item = T>,
    ) -> Vec<Finding> {
        let place = |text: T| {
            let text = text.to_string();
            let path_of = |key: &str| -> Path {
                let names = section.split('.').chain(key.split('.'));
                names.filter(|n| !n.is_empty()).map(str::to_owned).collect()
            };
            let quoted = path_of(text.split('`').nth(1).unwrap_or_default());
            let word = text.split([' ', ':']).next().unwrap_or_default();
            let first = path_of(word);
            let path = match get(&self.values, &first) {
                Some(_) if !text.contains('`') => first,
                _ => quoted,
            };
            Finding {
                key: dotted(&path),
                origin: self.origin(&path),
                text,
            }
        };
        texts.into_iter().map(place).collect()
    }
}

fn parse<T: DeserializeOwned>(values: &Table, section: &[String]) -> Result<T, String> {
    let empty = Value::Table(Table::new());
    let value = get(values, section).unwrap_or(&empty).clone();
    T::deserialize(value).map_err(|error| one_line(error.message()))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
