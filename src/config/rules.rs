//! Which clinical rules are in force: section `[rules]` and the organisation's folder.

use super::finding::{Finding, Origin};
use crate::detect::{BrokenRule, RuleFile, RuleSet, Switches};
use crate::domain::RuleId;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Files of a folder that are read, at the most.
const FILES_MAX: usize = 64;
/// What is read of a file: one byte more than a rule may have.
const BYTES_MAX: u64 = (16 << 10) + 1;

/// Section `[rules]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The organisation's folder.
    pub directory: Option<PathBuf>,
    /// Rules that are in force though their files say `enabled = false`.
    pub enabled: Vec<RuleId>,
    /// Rules that are not in force.
    pub disabled: Vec<RuleId>,
}

impl Settings {
    /// What is wrong, each naming its key.
    pub fn problems(&self) -> Vec<String> {
        let both = self.enabled.iter().filter(|id| self.disabled.contains(id));
        both.map(|id| format!("`disabled` and `enabled` both name {id}"))
            .collect()
    }

    /// The shipped rules with those of the folder over them. A file that is
    /// wrong is left out and named in the set.
    pub(super) fn gather(&self) -> RuleSet {
        let switches = Switches {
            on: self.enabled.clone(),
            off: self.disabled.clone(),
        };
        match self.directory.as_deref().map(files) {
            None => RuleSet::gather(&[], None, &switches),
            Some(Ok(files)) => RuleSet::gather(&files, None, &switches),
            Some(Err(unread)) => RuleSet::gather(&[], Some(unread), &switches),
        }
    }

    /// Switches that name no rule, each a warning.
    pub(super) fn unknown(&self, set: &RuleSet, origin: impl Fn(&str) -> Origin) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (key, ids) in [("enabled", &self.enabled), ("disabled", &self.disabled)] {
            for id in ids.iter().filter(|id| !set.knows(**id)) {
                findings.push(Finding {
                    key: format!("rules.{key}"),
                    origin: origin(key),
                    text: format!("there is no rule {id}"),
                });
            }
        }
        findings
    }
}

/// The `.toml` files of a folder by name, read or not.
fn files(directory: &Path) -> Result<Vec<RuleFile>, BrokenRule> {
    let unread = |reason: String| BrokenRule {
        id: None,
        path: directory.display().to_string(),
        problems: vec![(1, reason)],
        instead: None,
    };
    let entries = fs::read_dir(directory)
        .map_err(|error| unread(format!("the folder cannot be read: {error}")))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unread(error.to_string()))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            paths.push(path);
        }
        if paths.len() > FILES_MAX {
            return Err(unread(format!("more than {FILES_MAX} rules in one folder")));
        }
    }
    paths.sort();
    Ok(paths.iter().map(|path| file(path)).collect())
}

fn file(path: &Path) -> RuleFile {
    let name = path.file_stem().unwrap_or_default();
    RuleFile {
        path: path.display().to_string(),
        name: name.to_string_lossy().into_owned(),
        text: text(path).map_err(|error| format!("cannot be read: {error}")),
    }
}

/// The text, cut off behind what any rule may have.
fn text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(BYTES_MAX)
        .read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Sources, describe, load};
    use super::*;

    const OWN: &str = include_str!("../detect/clinical/rules/sirs.toml");

    /// The configuration with a folder that holds these files.
    fn with_files(files: &[(&str, &str)], more: &str) -> Config {
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("rules");
        fs::create_dir(&folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
        load_text(&format!("[rules]\ndirectory = {folder:?}\n{more}"))
    }

    fn load_text(text: &str) -> Config {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("wardlight.toml");
        fs::write(&path, text).unwrap();
        let sources = Sources {
            file: Some(path),
            ..Sources::default()
        };
        load(&sources).unwrap_or_else(|error| panic!("{error}"))
    }

    fn ids(config: &Config) -> Vec<String> {
        let rules = config.detect.clinical.rules();
        rules
            .map(|rule| format!("{} {}", rule.id, rule.version))
            .collect()
    }

    #[test]
    fn an_organisations_files_stand_over_the_shipped_ones() {
        let own = OWN.replace("version = 1", "version = 7");
        let own = own.replace("enabled = false", "enabled = true");
        let config = with_files(&[("sirs.toml", &own), ("notes.txt", "x")], "");
        assert_eq!(
            ids(&config),
            ["crs_grade 2", "qsofa 1", "shock_index 1", "sirs 7"]
        );
        let config = with_files(&[("sirs.toml", &own)], "disabled = [\"qsofa\", \"sirs\"]");
        assert_eq!(ids(&config), ["crs_grade 2", "shock_index 1"]);
        assert_eq!(config.warnings(), []);
        let config = load_text("[rules]\nenabled = [\"sirs\"]\n");
        assert_eq!(
            ids(&config),
            ["crs_grade 2", "qsofa 1", "shock_index 1", "sirs 1"]
        );
    }

    #[test]
    fn a_broken_file_stops_nothing_and_is_shown_with_file_line_and_reason() {
        let wrong = OWN.replace("heart_rate > 90", "heartrate > 90");
        let config = with_files(&[("sirs.toml", &wrong), ("A.toml", "id = 3")], "");
        assert_eq!(ids(&config), ["crs_grade 2", "qsofa 1", "shock_index 1"]);
        let text = describe(&config);
        let told: Vec<&str> = text.lines().filter(|l| l.contains("LEFT OUT")).collect();
        assert_eq!(told.len(), 2, "{text}");
        assert!(told[0].contains("/rules/A.toml:1: "), "{text}");
        let place = wrong.lines().position(|l| l.contains("heartrate")).unwrap() + 1;
        assert!(
            told[1].contains(&format!(
                "/rules/sirs.toml:{place}: when: there is no `heartrate`"
            )),
            "{text}"
        );
        assert!(told[1].ends_with("`sirs` is NOT IN FORCE"), "{text}");
    }

    #[test]
    fn a_folder_that_is_not_there_stops_nothing_and_is_told() {
        let config = load_text("[rules]\ndirectory = \"/nowhere/rules\"\n");
        assert_eq!(config.detect.clinical.rules().count(), 3);
        let told = config.detect.clinical.broken()[0].to_string();
        assert!(
            told.starts_with("/nowhere/rules:1: the folder cannot be read"),
            "{told}"
        );
    }

    #[test]
    fn a_file_that_is_too_long_or_no_text_is_told() {
        let long = OWN.to_owned() + &"# x\n".repeat(10_000);
        let config = with_files(&[("sirs.toml", &long)], "");
        let told = config.detect.clinical.broken()[0].to_string();
        assert!(told.contains("at most 16384 are read"), "{told}");
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.toml");
        fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(file(&path).text.unwrap_err().starts_with("cannot be read"));
    }

    #[test]
    fn switches_that_name_no_rule_are_warned_of() {
        let config = load_text("[rules]\ndisabled = [\"qsofa\", \"qsoaf\"]\n");
        let told: Vec<String> = config.warnings().iter().map(|w| w.text.clone()).collect();
        assert_eq!(told, ["there is no rule qsoaf"]);
    }
}
