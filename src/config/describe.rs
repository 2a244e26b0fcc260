//! Shows a configuration to a person.

use super::defaults::ANY_NAME;
use super::sections::Config;
use super::tree::is_secret;
use std::fmt::Write as _;
use toml::Value;
use url::Url;

const HIDDEN: &str = "***";

/// The values in force as TOML, each with where it came from, then the
/// warnings. Secrets are not shown.
pub fn describe(config: &Config) -> String {
    let mut out = String::new();
    let mut current = Vec::new();
    for path in config.overlay.keys() {
        let Some((key, section)) = path.split_last() else {
            continue;
        };
        if section != current.as_slice() {
            let gap = if out.is_empty() { "" } else { "\n" };
            let names: Vec<String> = section.iter().map(|name| quoted(name)).collect();
            let _ = writeln!(out, "{gap}[{}]", names.join("."));
            current = section.to_vec();
        }
        let origin = config.overlay.origin(&path);
        // Writing to a String cannot fail.
        let _ = match config.overlay.value(&path) {
            Some(value) => writeln!(out, "{key} = {}  # {origin}", shown(key, value)),
            None if key == ANY_NAME => writeln!(out, "# any names are allowed here"),
            None => writeln!(out, "# {key} is not set"),
        };
    }
    out.push_str(&rules(config));
    let warnings = config.warnings();
    let _ = match warnings.len() {
        0 => writeln!(out, "\n# no warnings"),
        1 => writeln!(out, "\n# 1 warning"),
        many => writeln!(out, "\n# {many} warnings"),
    };
    for warning in warnings {
        let _ = writeln!(out, "# {warning}");
    }
    out
}

/// The clinical rules in force and those that were left out.
fn rules(config: &Config) -> String {
    let mut out = "\n# clinical rules in force\n".to_owned();
    for (name, own) in config.detect.provenance.each() {
        let _ = writeln!(
            out,
            "# {name} version {} of {}, review by {} (thresholds above)",
            own.version, own.author, own.review_by
        );
    }
    for rule in config.detect.clinical.rules() {
        let whose = if rule.shipped { "shipped" } else { "your own" };
        let _ = writeln!(
            out,
            "# {} version {} of {}, review by {} ({whose})",
            rule.id, rule.version, rule.author, rule.review_by
        );
    }
    for broken in config.detect.clinical.broken() {
        let _ = writeln!(out, "# LEFT OUT: {broken}");
    }
    out
}

/// A name as TOML needs it.
fn quoted(name: &str) -> String {
    let bare = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    match !name.is_empty() && name.bytes().all(bare) {
        true => name.to_owned(),
        false => Value::from(name).to_string(),
    }
}

fn shown(key: &str, value: &Value) -> String {
    let empty = value.as_str().is_some_and(str::is_empty);
    if is_secret(key) && !empty {
        return format!("{HIDDEN:?}");
    }
    without_password(value.clone()).to_string()
}

/// A URL may carry a password.
fn without_password(value: Value) -> Value {
    match value {
        Value::String(text) => match Url::parse(&text) {
            Ok(mut url) if url.password().is_some() => {
                // Fails only for URLs that cannot have a password.
                let _ = url.set_password(Some(HIDDEN));
                Value::String(url.into())
            }
            _ => Value::String(text),
        },
        Value::Array(values) => Value::Array(values.into_iter().map(without_password).collect()),
        other => other,
    }
}
