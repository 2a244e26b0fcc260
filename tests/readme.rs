//! The README's examples are read by the program itself: what it shows of the
//! wire decodes, its configuration loads, its commands and options exist.

use clap::{CommandFactory, Parser};
use std::path::PathBuf;
use wardlight::cli::Arguments;
use wardlight::config::{self, Sources};
use wardlight::decode::{Format, Limits, Settings, decode_status, decode_vitals};
use wardlight::detect::{RuleFile, RuleSet, Switches};
use wardlight::domain::{ClinicalTime, RuleId, Vital};

/// When the wire examples arrive: a little after they were measured.
const ARRIVAL_MS: i64 = 1_763_787_620_000;

fn readme() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md");
    std::fs::read_to_string(path).expect("there is a README.md")
}

/// The fenced blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside: Option<(bool, Vec<&str>)> = None;
    for line in text.lines() {
        match (&mut inside, line.strip_prefix("```")) {
            (Some((_, lines)), None) => lines.push(line),
            (Some(_), Some(_)) => {
                if let Some((true, lines)) = inside.take() {
                    found.push(lines.join("\n"));
                }
            }
            (None, Some(name)) => inside = Some((name == language, Vec::new())),
            (None, None) => {}
        }
    }
    found
}

fn limits() -> Limits {
    Settings::default().limits()
}

#[test]
fn every_wire_example_decodes_completely() {
    let (mut vitals, mut statuses) = (0, 0);
    for example in blocks(&readme(), "json") {
        if example.contains("\"online\"") {
            let status = decode_status(example.as_bytes(), &limits());
            let status = status.unwrap_or_else(|error| panic!("{example}: {error}"));
            assert!(!example.contains("\"vitals\"") || status.expected.len() == 2);
            statuses += 1;
            continue;
        }
        let arrival = ClinicalTime::from_epoch_ms(ARRIVAL_MS);
        let message = decode_vitals(Format::Native, example.as_bytes(), arrival, &limits());
        let message = message.unwrap_or_else(|error| panic!("{example}: {error}"));
        assert!(message.rejected.is_empty(), "{example}: a value is refused");
        assert!(!message.readings.is_empty(), "{example}: nothing is read");
        vitals += 1;
    }
    assert_eq!((vitals, statuses), (3, 2), "examples were added or lost");
}

#[test]
fn every_key_of_the_wire_stands_in_the_table_with_its_vital() {
    let readme = readme();
    let rows: Vec<&str> = readme
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    for vital in Vital::ALL {
        let key = format!("`{}`", vital.facts().key);
        let named = |row: &&&str| {
            let cells: Vec<&str> = row.split('|').collect();
            cells.get(1).is_some_and(|cell| cell.contains(&key))
                && (cells.get(2).is_some_and(|cell| cell.contains(vital.name()))
                    || key == format!("`{}`", vital.name()))
        };
        assert!(rows.iter().any(|row| named(&row)), "{key} {}", vital.name());
    }
}

#[test]
fn every_configuration_example_loads() {
    let readme = readme();
    let within_shell = readme
        .split("<<'TOML'\n")
        .skip(1)
        .filter_map(|rest| rest.split("\nTOML\n").next())
        .map(str::to_owned);
    let examples: Vec<String> = blocks(&readme, "toml")
        .into_iter()
        .chain(within_shell)
        .collect();
    assert_eq!(examples.len(), 6, "examples were added or lost");
    let directory = tempfile::tempdir().unwrap();
    for example in examples {
        let path = directory.path().join("wardlight.toml");
        // A translation is a file of whoever has one.
        let words = concat!(env!("CARGO_MANIFEST_DIR"), "/dashboards/words.toml");
        let example = example.replace("/etc/wardlight/words.cy.toml", words);
        std::fs::write(&path, &example).unwrap();
        let sources = Sources {
            file: Some(path),
            environment: Vec::new(),
        };
        config::load(&sources).unwrap_or_else(|error| panic!("{example}\n{error}"));
    }
}

#[test]
fn every_key_that_the_text_names_exists() {
    let readme = readme();
    let sections = [
        "service", "webhooks", "store", "api", "influxdb", "engine", "detect", "rules", "routing",
    ];
    let mut named = 0;
    for words in readme.split('`').skip(1).step_by(2) {
        let Some((section, key)) = words.split_once('.') else {
            continue;
        };
        let is_key = key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if !sections.contains(&section) || !is_key {
            continue;
        }
        let after = config::DEFAULTS.split(&format!("\n[{section}]\n")).nth(1);
        let own = after
            .and_then(|text| text.split("\n[").next())
            .unwrap_or_default();
        let set = format!("{key} = ");
        assert!(own.contains(&set), "{words} is no key of the configuration");
        named += 1;
    }
    assert!(named >= 2, "the README names keys");
}

#[test]
fn the_example_of_a_clinical_rule_is_in_force_as_it_stands() {
    let readme = readme();
    let after = readme
        .split("rules/possible_embolism.toml <<'RULE'\n")
        .nth(1);
    let text = after.and_then(|rest| rest.split("\nRULE\n").next());
    let file = RuleFile {
        path: "possible_embolism.toml".to_owned(),
        name: "possible_embolism".to_owned(),
        text: Ok(text.expect("the example").to_owned()),
    };
    let set = RuleSet::gather(&[file], None, &Switches::default());
    assert_eq!(set.broken(), []);
    let id = RuleId::new("possible_embolism").unwrap();
    assert!(set.get(id).is_some());
}

#[test]
fn every_shipped_rule_stands_in_the_table_of_rules() {
    let readme = readme();
    let all = Switches {
        on: vec![RuleId::new("sirs").unwrap()],
        off: Vec::new(),
    };
    for rule in RuleSet::gather(&[], None, &all).rules() {
        let row = format!("\n| `{}` | ", rule.id);
        assert!(readme.contains(&row), "{}", rule.id);
    }
}

/// The commands of `program` in code blocks, with continued lines joined.
fn commands(text: &str, program: &str) -> Vec<Vec<String>> {
    let shell = blocks(text, "sh").into_iter().chain(blocks(text, ""));
    let joined = shell.map(|block| block.replace("\\\n", " "));
    let lines: Vec<String> = joined
        .flat_map(|b| b.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let mut found = Vec::new();
    for line in lines {
        let words = line
            .split_whitespace()
            .map(|word| word.trim_matches(['\'', '"']).to_owned());
        // Variables of the environment may stand before.
        let words: Vec<String> = words.skip_while(|word| word.contains('=')).collect();
        if words.first().is_some_and(|word| word == program) {
            found.push(
                words
                    .into_iter()
                    .take_while(|word| word != ">" && word != "|")
                    .collect(),
            );
        }
    }
    found
}

#[test]
fn every_command_is_understood() {
    let readme = readme();
    // Names of two words would need a shell to split them as it does.
    let text = readme
        .replace("Ward display", "display")
        .replace("Ann Lee", "Ann")
        .replace("Ward administrator", "admin");
    let commands = commands(&text, "wardlight");
    assert!(commands.len() >= 10, "{}", commands.len());
    for command in commands {
        if let Err(error) = Arguments::try_parse_from(&command) {
            panic!("{command:?}: {error}");
        }
    }
}

#[test]
fn every_subcommand_is_named() {
    let readme = readme();
    for subcommand in Arguments::command().get_subcommands() {
        let name = subcommand.get_name();
        assert!(readme.contains(name), "the README does not name `{name}`");
    }
}
