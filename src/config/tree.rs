//! Dotted paths through TOML tables.

use toml::{Table, Value};

/// The sections and the key of one value.
pub(super) type Path = Vec<String>;

/// `webhooks.timeout_seconds`
pub(super) fn dotted(path: &[String]) -> String {
    path.join(".")
}

/// The value at `path`.
pub(super) fn get<'t>(table: &'t Table, path: &[String]) -> Option<&'t Value> {
    let (first, rest) = path.split_first()?;
    let value = table.get(first)?;
    if rest.is_empty() {
        return Some(value);
    }
    get(value.as_table()?, rest)
}

/// Sets the value at `path`, making sections on the way.
pub(super) fn set(table: &mut Table, path: &[String], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        table.insert(first.clone(), value);
        return;
    }
    let section = table
        .entry(first.clone())
        .or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(section) = section {
        set(section, rest, value);
    }
}

/// Whether a key's value must not be shown: it holds a secret itself, not the
/// name of a file that does.
pub(super) fn is_secret(key: &str) -> bool {
    let words = ["secret", "token", "password", "passphrase", "credential"];
    let secret = words.iter().any(|word| key.contains(word)) || key.ends_with("_key");
    secret && !key.ends_with("_file") && !key.ends_with("_seconds") && !key.ends_with("_max")
}
