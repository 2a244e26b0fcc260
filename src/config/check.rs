//! Checks given keys and values against what `default.toml` knows.

use super::defaults::Defaults;
use super::finding::{Finding, Origin};
use super::tree::{Path, dotted};
use toml::{Table, Value};

/// A value that was given and has the right type.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) path: Path,
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// Walks a table that was given; `origin` says where a key stands.
pub(super) fn check_table(
    defaults: &Defaults,
    table: Table,
    origin: &impl Fn(&[String]) -> Origin,
    findings: &mut Vec<Finding>,
) -> Vec<Given> {
    let mut given = Vec::new();
    let mut waiting: Vec<(Path, Value)> = vec![(Vec::new(), Value::Table(table))];
    while let Some((path, value)) = waiting.pop() {
        match value {
            Value::Table(section) if is_section(defaults, &path) => {
                // Pushed in reverse, so that findings keep the file's order.
                for (key, value) in section.into_iter().rev() {
                    let mut inner = path.clone();
                    inner.push(key);
                    waiting.push((inner, value));
                }
            }
            value => match check_value(defaults, &path, value) {
                Ok(value) => given.push(Given {
                    origin: origin(&path),
                    path,
                    value,
                }),
                Err(text) => findings.push(Finding {
                    key: dotted(&path),
                    origin: origin(&path),
                    text,
                }),
            },
        }
    }
    given
}

fn is_section(defaults: &Defaults, path: &[String]) -> bool {
    path.is_empty() || defaults.example(path).is_some_and(Value::is_table)
}

fn check_value(defaults: &Defaults, path: &[String], value: Value) -> Result<Value, String> {
    let example = defaults
        .example(path)
        .ok_or_else(|| unknown(defaults, path))?;
    fit(example, value)
}

/// What to say of a key that does not exist.
pub(super) fn unknown(defaults: &Defaults, path: &[String]) -> String {
    match defaults.nearest(path) {
        Some(nearest) => format!("there is no such key; did you mean `{nearest}`?"),
        None => "there is no such key; `wardlight check-config` lists all keys".to_owned(),
    }
}

/// `value` as a value of the example's type; a whole number is a number too.
fn fit(example: &Value, value: Value) -> Result<Value, String> {
    match (example, value) {
        (Value::Float(_), Value::Integer(whole)) => Ok(Value::Float(whole as f64)),
        (Value::Array(examples), Value::Array(values)) => {
            let Some(example) = examples.first() else {
                return Ok(Value::Array(values));
            };
            let fitted = values.into_iter().enumerate().map(|(place, value)| {
                fit(example, value).map_err(|text| format!("its entry {}: {text}", place + 1))
            });
            fitted.collect::<Result<_, _>>().map(Value::Array)
        }
        (example, value) if example.same_type(&value) => Ok(value),
        (example, value) => Err(format!("must be {}, not {}", kind(example), kind(&value))),
    }
}

/// What people call a type.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text in quotes",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date and time",
        Value::Array(_) => "a list",
        Value::Table(_) => "a section",
    }
}
