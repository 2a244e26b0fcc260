//! Reads the variables that override the file.

use super::check::{Given, kind, unknown};
use super::defaults::Defaults;
use super::finding::{Finding, Origin};
use super::tree::{Path, dotted};
use std::path::PathBuf;
use toml::{Table, Value};

const PREFIX: &str = "WARDLIGHT_";
const BETWEEN_SECTIONS: &str = "__";
/// Variables that are short for a key.
const SHORT: [(&str, [&str; 2]); 1] = [("WARDLIGHT_DATA_DIR", ["service", "data_dir"])];

/// Where a configuration comes from, beside `default.toml`.
#[derive(Clone, Default)]
pub struct Sources {
    /// The file given with `--config`.
    pub file: Option<PathBuf>,
    /// The environment; only names that begin with `WARDLIGHT_` matter.
    pub environment: Vec<(String, String)>,
}

impl std::fmt::Debug for Sources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A variable may hold a secret.
        f.debug_struct("Sources")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Sources {
    /// `file` and the environment of this process.
    pub fn of_process(file: Option<PathBuf>) -> Self {
        let ours = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok().filter(|n| n.starts_with(PREFIX))?;
            Some((name, value.to_string_lossy().into_owned()))
        });
        Self {
            file,
            environment: ours.collect(),
        }
    }
}

/// What the environment gives.
pub(super) fn read(
    environment: &[(String, String)],
    defaults: &Defaults,
    findings: &mut Vec<Finding>,
) -> Vec<Given> {
    let mut variables: Vec<_> = environment
        .iter()
        .filter_map(|(name, text)| Some((name, path_of(name)?, text)))
        .collect();
    variables.sort();
    let mut given = Vec::new();
    for (variable, path, text) in variables {
        let origin = Origin::Environment {
            variable: variable.clone(),
        };
        let value = match defaults.example(&path) {
            Some(example) => parse(example, text),
            None => Err(unknown(defaults, &path)),
        };
        match value {
            Ok(value) => given.push(Given {
                path,
                value,
                origin,
            }),
            Err(text) => findings.push(Finding {
                key: dotted(&path),
                origin,
                text,
            }),
        }
    }
    given
}

fn path_of(variable: &str) -> Option<Path> {
    if let Some((_, path)) = SHORT.iter().find(|(name, _)| *name == variable) {
        return Some(path.iter().map(|part| (*part).to_owned()).collect());
    }
    let rest = variable.strip_prefix(PREFIX)?;
    let parts = rest.split(BETWEEN_SECTIONS);
    Some(parts.map(str::to_ascii_lowercase).collect())
}

/// Reads `text` as a value of the example's type. Never repeats the text.
fn parse(example: &Value, text: &str) -> Result<Value, String> {
    let wrong = || format!("must be {}", kind(example).trim_end_matches(" in quotes"));
    match example {
        Value::String(_) => Ok(Value::String(text.to_owned())),
        Value::Integer(_) => text.trim().parse().map(Value::Integer).map_err(|_| wrong()),
        Value::Float(_) => text.trim().parse().map(Value::Float).map_err(|_| wrong()),
        Value::Boolean(_) => text.trim().parse().map(Value::Boolean).map_err(|_| wrong()),
        Value::Datetime(_) => text
            .trim()
            .parse()
            .map(Value::Datetime)
            .map_err(|_| wrong()),
        Value::Array(examples) => parse_list(examples.first(), text),
        Value::Table(_) => Err("is a section; name one of its keys after another `__`".to_owned()),
    }
}

/// A TOML list, or entries with commas between.
fn parse_list(example: Option<&Value>, text: &str) -> Result<Value, String> {
    let text = text.trim();
    if text.starts_with('[') {
        let table: Result<Table, _> = toml::from_str(&format!("list = {text}"));
        let list = table.ok().and_then(|mut table| table.remove("list"));
        return list.ok_or_else(|| "is not a list in TOML's form".to_owned());
    }
    let texts = Value::String(String::new());
    let example = example.unwrap_or(&texts);
    let entries = text.split(',').map(str::trim).filter(|e| !e.is_empty());
    let values: Result<Vec<_>, _> = entries.map(|entry| parse(example, entry)).collect();
    values
        .map(Value::Array)
        .map_err(|text| format!("each entry {text}"))
}
