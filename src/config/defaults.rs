//! What keys there are, read from `default.toml`.

use super::tree::Path;
use toml::{Table, Value};

/// The text of `default.toml`: every key with its documentation.
pub const DEFAULTS: &str = include_str!("default.toml");

/// Marks a key without a default; the rest of the line is an example.
const OPTIONAL: &str = "#? ";
/// In a section with this (optional) key every name is allowed; its value is
/// an example.
pub(super) const ANY_NAME: &str = "*";

/// The values in force when nothing else is given, and all keys with values
/// of their types.
pub(super) struct Defaults {
    pub(super) values: Table,
    schema: Table,
}

impl Defaults {
    /// Reads a text in the form of `default.toml`.
    ///
    /// # Panics
    /// When the text is not TOML, a mistake of ours.
    pub(super) fn parse(text: &str) -> Self {
        let with_optional: String = text
            .lines()
            .map(|line| line.strip_prefix(OPTIONAL).unwrap_or(line))
            .flat_map(|line| [line, "\n"])
            .collect();
        Self {
            values: toml::from_str(text).expect("the defaults are TOML"),
            schema: toml::from_str(&with_optional).expect("the optional keys are TOML"),
        }
    }

    /// An example of what may stand at `path`, a table for a section.
    pub(super) fn example(&self, path: &[String]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        let mut value = named(&self.schema, first)?;
        for name in rest {
            value = named(value.as_table()?, name)?;
        }
        Some(value)
    }

    /// The key most like the last part of `path`, for "did you mean".
    pub(super) fn nearest(&self, path: &[String]) -> Option<String> {
        let (wrong, section) = path.split_last()?;
        let siblings = if section.is_empty() {
            &self.schema
        } else {
            self.example(section)?.as_table()?
        };
        let by_distance = siblings
            .keys()
            .filter(|key| *key != ANY_NAME)
            .map(|key| (distance(wrong, key), key));
        let (distance, key) = by_distance.min()?;
        (distance <= wrong.len() / 3 + 1).then(|| key.clone())
    }

    /// Every key that is not a section.
    pub(super) fn leaves(&self) -> Vec<Path> {
        let mut found = Vec::new();
        collect(&self.schema, &mut Vec::new(), &mut found);
        found
    }
}

fn named<'t>(section: &'t Table, name: &str) -> Option<&'t Value> {
    section.get(name).or_else(|| section.get(ANY_NAME))
}

fn collect(section: &Table, path: &mut Path, found: &mut Vec<Path>) {
    for (key, value) in section {
        path.push(key.clone());
        match value {
            Value::Table(inner) if key != ANY_NAME => collect(inner, path, found),
            _ => found.push(path.clone()),
        }
        path.pop();
    }
}

/// Levenshtein's distance.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for ((b, above_left), above) in other.iter().zip(&row).zip(row.iter().skip(1)) {
            left = (above_left + usize::from(a != *b))
                .min(left + 1)
                .min(above + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
