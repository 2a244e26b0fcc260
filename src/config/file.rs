//! Reads the file that overrides the defaults.

use super::check::{Given, check_table};
use super::defaults::Defaults;
use super::finding::{ConfigError, Finding, Origin};
use super::tree::Path;
use std::collections::BTreeMap;
use toml::Table;
use toml::de::{DeTable, DeValue};

/// Largest file that is read.
const BYTES_MAX: u64 = 1 << 20;

/// What the file at `path` gives.
pub(super) fn read(
    path: &std::path::Path,
    defaults: &Defaults,
    findings: &mut Vec<Finding>,
) -> Result<Vec<Given>, ConfigError> {
    let failed = |source| ConfigError::File {
        path: path.to_owned(),
        source,
    };
    let length = std::fs::metadata(path).map_err(failed)?.len();
    if length > BYTES_MAX {
        let text = format!("the file has {length} bytes, at most {BYTES_MAX} are read");
        return Err(failed(std::io::Error::other(text)));
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    Ok(parse(&text, path, defaults, findings))
}

fn parse(
    text: &str,
    path: &std::path::Path,
    defaults: &Defaults,
    findings: &mut Vec<Finding>,
) -> Vec<Given> {
    let at = |offset: usize| Origin::File {
        path: path.to_owned(),
        line: line_of(text, offset),
    };
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        findings.push(Finding {
            key: String::new(),
            origin: at(error.span().map_or(0, |span| span.start)),
            text: format!("not TOML: {}", error.message()),
        });
    }
    // With a syntax error the rest of the file may mean something else.
    let Ok(table) = toml::from_str::<Table>(text) else {
        return Vec::new();
    };
    let mut offsets = BTreeMap::new();
    collect_offsets(document.get_ref(), &mut Vec::new(), &mut offsets);
    let origin = |key: &[String]| at(offsets.get(key).copied().unwrap_or(0));
    check_table(defaults, table, &origin, findings)
}

fn collect_offsets(table: &DeTable<'_>, path: &mut Path, offsets: &mut BTreeMap<Path, usize>) {
    for (key, value) in table {
        path.push(key.get_ref().clone().into_owned());
        offsets.insert(path.clone(), key.span().start);
        if let DeValue::Table(inner) = value.get_ref() {
            collect_offsets(inner, path, offsets);
        }
        path.pop();
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    before.filter(|byte| **byte == b'\n').count() + 1
}
