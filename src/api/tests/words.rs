//! Whether all that the pages say is in the file of words, and the file has no other.

use super::scan::{self, Piece};
use crate::api::language::{Language, english_placeholders};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Names that are the same in every language.
const NAMES: [&str; 2] = ["Wardlight", "NEWS2"];
/// What is no text of a page though it looks like one: subjects in the audit, names by
/// which the engine calls inputs.
const NO_TEXTS: &[&str] = &[
    "default-src 'none'",
    "SameSite=Strict",
    "the attribute of askama",
    "simulate ",
    "simulated speed",
    "simulated patient",
    " as known at ",
    "alert, or there was none then,",
    "air or oxygen",
    "respiration rate",
    "oxygen saturation",
    "systolic pressure",
    "body temperature",
];
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Files below a folder with this ending: paths and texts.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    found.retain(|path| path.extension().is_some_and(|is| is == ending));
    found.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a text");
        (path.to_string_lossy().into_owned(), text)
    };
    found.into_iter().map(read).collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => walk(&path, found),
            false => found.push(path),
        }
    }
}

/// Templates: files, and the source within a page's code.
fn templates() -> Vec<(String, String)> {
    let mut all = files("dashboards/pages", "html");
    for (path, text) in files("src/api", "rs") {
        let inside = text.split_once("source = r#\"");
        let inside = inside.and_then(|(_, rest)| rest.split_once("\"#"));
        all.extend(inside.map(|(source, _)| (path, source.to_owned())));
    }
    all
}

/// Code that may say something, without its tests.
fn code() -> Vec<(String, String)> {
    let mut all = files("src/api", "rs");
    all.retain(|(path, _)| !path.contains("/tests/") && !path.contains("/language/"));
    for (_, text) in &mut all {
        let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
        text.truncate(end);
    }
    all
}

/// Every text that is said anywhere, with the names that are filled in.
fn said() -> BTreeMap<String, BTreeSet<String>> {
    let of_templates = templates().into_iter();
    let of_templates = of_templates.flat_map(|(_, text)| scan::said_in_template(&text));
    let of_code = code().into_iter();
    let of_code = of_code.flat_map(|(_, text)| scan::said_in_code(&text));
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (text, names) in of_templates.chain(of_code) {
        all.entry(text).or_default().extend(names);
    }
    all
}

#[test]
fn every_text_is_in_the_file_and_the_file_has_no_other() {
    let (said, known) = (said(), &Language::english().pages);
    assert!(said.len() > 100, "{}", said.len());
    let missing = said.keys().filter(|text| !known.contains_key(*text));
    let missing: Vec<String> = missing.map(|text| format!("{text:?} = {text:?}")).collect();
    assert!(
        missing.is_empty(),
        "add to [pages]:\n{}",
        missing.join("\n")
    );
    let unused = known.keys().filter(|text| !said.contains_key(*text));
    let unused: Vec<&str> = unused.map(String::as_str).collect();
    assert!(unused.is_empty(), "nobody says:\n{}", unused.join("\n"));
}

#[test]
fn what_is_filled_in_has_its_place_in_the_text() {
    for (text, given) in said() {
        let places = english_placeholders(&text);
        let stray: Vec<_> = given.difference(&places).collect();
        assert!(stray.is_empty(), "{text:?} has no place for {stray:?}");
    }
}

#[test]
fn no_template_holds_bare_english() {
    let mut bare = Vec::new();
    for (path, text) in templates() {
        for piece in scan::bare(&text) {
            let Piece { line, text } = piece;
            let left = NAMES
                .iter()
                .fold(text.clone(), |left, name| left.replace(name, ""));
            if left.contains(char::is_alphabetic) {
                bare.push(format!("{path}:{line}: {}", text.trim()));
            }
        }
    }
    assert!(
        bare.is_empty(),
        "say it by the filter:\n{}",
        bare.join("\n")
    );
}

#[test]
fn no_code_of_a_page_holds_bare_english() {
    let pages = code().into_iter().filter(|(path, _)| {
        path.contains("/pages/") || path.contains("/action_page") || path.contains("/action_links")
    });
    let mut bare = Vec::new();
    for (path, text) in pages {
        let texts = scan::bare_in_code(&text).into_iter();
        let is_text =
            |text: &str| !NAMES.contains(&text) && !NO_TEXTS.iter().any(|no| text.contains(no));
        for piece in texts.filter(|piece| is_text(&piece.text)) {
            bare.push(format!("{path}:{}: {}", piece.line, piece.text));
        }
    }
    assert!(bare.is_empty(), "say!(…) these:\n{}", bare.join("\n"));
}

#[test]
fn no_script_holds_bare_english() {
    let mut bare = Vec::new();
    for (path, text) in files("dashboards", "js") {
        if path.contains("/vendor/") {
            continue;
        }
        let pieces = scan::bare_in_script(&text).into_iter();
        bare.extend(pieces.map(|piece| format!("{path}:{}: {}", piece.line, piece.text)));
    }
    assert!(
        bare.is_empty(),
        "the page has to hand these over:\n{}",
        bare.join("\n")
    );
}
