//! The files as they are shipped.

use serde_json::Value;
use std::path::{Path, PathBuf};

pub(crate) const BOARDS: [&str; 3] = ["ward", "patient", "operations"];

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboards/grafana")
}

/// A file as JSON. The provisioning files are YAML in its JSON form, so that
/// nothing beside serde is needed to read them here.
pub(crate) fn read(path: &str) -> Value {
    let path = folder().join(path);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

pub(crate) fn board(name: &str) -> Value {
    read(&format!("boards/{name}.json"))
}

#[test]
fn every_file_of_the_folder_is_checked() {
    let mut found: Vec<String> = std::fs::read_dir(folder().join("boards"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut known = BOARDS.map(|name| format!("{name}.json"));
    found.sort();
    known.sort();
    assert_eq!(found, known);
}
