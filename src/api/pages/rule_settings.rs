//! Thresholds of the built-in rules as lines: each key with its value.

use super::words::spaced;
use crate::api::language::say;
use crate::detect::Rules;
use serde_json::Value;

/// Sections that are shown in their own way.
const OTHERWISE: [&str; 2] = ["clinical", "provenance"];

/// A threshold.
pub(super) struct Setting {
    pub(super) name: String,
    pub(super) value: String,
}

/// Every section by its key, with all of its thresholds.
pub(super) fn settings(rules: &Rules) -> Vec<(String, Vec<Setting>)> {
    let Ok(Value::Object(sections)) = serde_json::to_value(rules) else {
        return Vec::new();
    };
    let shown = sections
        .into_iter()
        .filter(|(name, _)| !OTHERWISE.contains(&name.as_str()));
    let shown = shown.map(|(name, section)| {
        let mut settings = Vec::new();
        gather(String::new(), &section, &mut settings);
        (name, settings)
    });
    shown.collect()
}

/// Tables of tables become `high, limit`; lists stand in one line.
fn gather(name: String, value: &Value, found: &mut Vec<Setting>) {
    let Value::Object(fields) = value else {
        found.push(Setting {
            name,
            value: one(value),
        });
        return;
    };
    for (field, value) in fields {
        let field = spaced(field);
        let name = match name.is_empty() {
            true => field,
            false => format!("{name}, {field}"),
        };
        gather(name, value, found);
    }
}

fn one(value: &Value) -> String {
    match value {
        Value::Null => say!("none").to_owned(),
        Value::Bool(true) => say!("yes").to_owned(),
        Value::Bool(false) => say!("no").to_owned(),
        Value::String(text) => spaced(text),
        Value::Array(all) if all.is_empty() => say!("none").to_owned(),
        Value::Array(all) => {
            let all: Vec<_> = all.iter().map(one).collect();
            all.join(", ")
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            let all: Vec<_> = fields
                .map(|(name, value)| format!("{} {}", spaced(name), one(value)))
                .collect();
            format!("({})", all.join(", "))
        }
        Value::Number(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_threshold_has_a_line_of_its_own() {
        let all = settings(&Rules::default());
        let (_, fever) = all
            .iter()
            .find(|(name, _)| name == "fever")
            .expect("a section");
        let limit = fever.iter().find(|one| one.name == "high, limit");
        assert_eq!(limit.expect("a threshold").value, "38.0");
        assert!(all.iter().all(|(name, settings)| {
            !OTHERWISE.contains(&name.as_str()) && !settings.is_empty()
        }));
    }
}
