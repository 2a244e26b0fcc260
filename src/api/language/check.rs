//! Whether a translation has all that the embedded file has, and nothing else.

use super::file::TEXT;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use toml::Value;

/// Faults that are listed; of more their number is said.
const LISTED_MAX: usize = 20;

/// Something that is wrong with a file of words.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    NotToml(String),
    Missing(String),
    Unknown(String),
    /// Another kind of value, or a list of another length.
    Unlike(String),
    /// What is filled in must be the same.
    Placeholders {
        key: String,
        missing: BTreeSet<String>,
        unknown: BTreeSet<String>,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotToml(why) => write!(f, "it is not TOML: {why}"),
            Self::Missing(key) => write!(f, "missing: {key}"),
            Self::Unknown(key) => write!(f, "unknown, remove it: {key}"),
            Self::Unlike(key) => write!(f, "not of the form of the original: {key}"),
            Self::Placeholders {
                key,
                missing,
                unknown,
            } => {
                write!(f, "other braces than the original: {key}")?;
                for name in missing {
                    write!(f, ", {{{name}}} is missing")?;
                }
                for name in unknown {
                    write!(f, ", {{{name}}} is unknown")?;
                }
                Ok(())
            }
        }
    }
}

/// The faults in words, with what to do.
pub(super) fn told(faults: &[Fault]) -> String {
    let listed: String = faults
        .iter()
        .take(LISTED_MAX)
        .map(|fault| format!("\n    {fault}"))
        .collect();
    let more = match faults.len().saturating_sub(LISTED_MAX) {
        0 => String::new(),
        more => format!("\n    and {more} more"),
    };
    format!(
        "does not fit this version: compare it with what `wardlight check-config --words` \
         prints, whose keys it must have with right-hand sides of your own{listed}{more}"
    )
}

/// What is wrong with a file; none where it can be used.
pub(super) fn faults(text: &str) -> Option<Vec<Fault>> {
    let given = match leaves(text) {
        Ok(given) => given,
        Err(fault) => return Some(vec![fault]),
    };
    // What is embedded is read by a test.
    let own = leaves(TEXT).unwrap_or_default();
    let missing = own.keys().filter(|key| !given.contains_key(*key));
    let missing = missing.cloned().map(Fault::Missing);
    let unknown = given.keys().filter(|key| !own.contains_key(*key));
    let unknown = unknown.cloned().map(Fault::Unknown);
    let pairs = own
        .iter()
        .filter_map(|(key, own)| Some((key, own, given.get(key)?)));
    let unlike = pairs.filter_map(|(key, own, given)| unlike(key, own, given));
    let faults: Vec<_> = missing.chain(unknown).chain(unlike).collect();
    (!faults.is_empty()).then_some(faults)
}

/// Values by their keys; one that depends on a number counts as a value.
type Leaves = BTreeMap<String, Value>;

fn leaves(text: &str) -> Result<Leaves, Fault> {
    let file: toml::Table = toml::from_str(text).map_err(|e| Fault::NotToml(e.to_string()))?;
    let mut found = Leaves::new();
    gather(String::new(), Value::Table(file), &mut found);
    Ok(found)
}

fn gather(key: String, value: Value, found: &mut Leaves) {
    match value {
        Value::Table(table) if !is_counted(&table) => {
            for (name, value) in table {
                let name = match name.contains(|c: char| !c.is_alphanumeric() && c != '_') {
                    true => format!("{name:?}"),
                    false => name,
                };
                let dot = if key.is_empty() { "" } else { "." };
                gather(format!("{key}{dot}{name}"), value, found);
            }
        }
        leaf => {
            found.insert(key, leaf);
        }
    }
}

fn is_counted(table: &toml::Table) -> bool {
    table.len() == 2 && table.contains_key("one") && table.contains_key("other")
}

fn unlike(key: &str, own: &Value, given: &Value) -> Option<Fault> {
    let fits = match (own, given) {
        (Value::Integer(_), Value::Integer(_)) => return None,
        (Value::Array(own), Value::Array(given)) => {
            own.len() == given.len() && given.iter().all(Value::is_str)
        }
        (Value::String(_) | Value::Table(_), Value::String(_)) => true,
        (Value::String(_) | Value::Table(_), Value::Table(given)) => {
            key.starts_with("pages.") && given.values().all(Value::is_str)
        }
        _ => false,
    };
    if !fits {
        return Some(Fault::Unlike(key.to_owned()));
    }
    let (own, given) = (placeholders(own), placeholders(given));
    let (missing, unknown) = (&own - &given, &given - &own);
    let is_same = missing.is_empty() && unknown.is_empty();
    (!is_same).then(|| Fault::Placeholders {
        key: key.to_owned(),
        missing,
        unknown,
    })
}

/// The names in braces, of both forms together: "1 browser" need not name its number.
fn placeholders(value: &Value) -> BTreeSet<String> {
    match value {
        Value::String(text) => named(text),
        Value::Table(forms) => forms.values().flat_map(placeholders).collect(),
        Value::Array(all) => all.iter().flat_map(placeholders).collect(),
        _ => BTreeSet::new(),
    }
}

pub(in crate::api) fn named(text: &str) -> BTreeSet<String> {
    let parts = text.split('{').skip(1);
    let names = parts.filter_map(|part| part.split_once('}'));
    names.map(|(name, _)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_of(text: &str) -> String {
        faults(text).map_or_else(String::new, |faults| told(&faults))
    }

    #[test]
    fn the_embedded_file_fits_itself_and_a_number_may_need_two_forms() {
        assert_eq!(told_of(TEXT), "");
        let own = "\"{count} min\" = \"{count} min\"";
        let two = "\"{count} min\" = { one = \"a minute\", other = \"{count} min\" }";
        assert!(TEXT.contains(own));
        assert_eq!(told_of(&TEXT.replace(own, two)), "");
    }

    #[test]
    fn what_is_missing_unknown_or_filled_in_otherwise_is_listed_with_what_to_do() {
        let text = TEXT.replace("\"Sign out\" =", "\"Sign of\" =");
        let text = text.replace(
            "= \"{vital} no longer arrives\"",
            "= \"{vitl} kommt nicht\"",
        );
        let told = told_of(&text);
        for part in [
            "check-config --words",
            "missing: pages.\"Sign out\"",
            "unknown, remove it: pages.\"Sign of\"",
            "other braces than the original: kinds.silent, {vital} is missing, {vitl} is unknown",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }

    #[test]
    fn a_file_of_something_else_is_refused_and_the_list_is_bounded() {
        assert!(told_of("a = ").contains("it is not TOML"));
        let told = told_of("language = \"cy\"");
        assert!(told.contains("and ") && told.lines().count() == LISTED_MAX + 2);
        let text = TEXT.replace("digits = 0", "digits = \"no\"");
        assert!(told_of(&text).contains("not of the form of the original: vitals."));
        let states = "\"Responds to pain\", \"Unresponsive\"]";
        let text = TEXT.replace(states, "\"Unresponsive\"]");
        assert!(told_of(&text).contains("vitals.consciousness.states"));
    }
}
