//! Loading, overriding and refusing.

use super::defaults::Defaults;
use super::load::overlay;
use super::section::Overlay;
use super::sections::SECTIONS;
use super::{Config, ConfigError, DEFAULTS, Finding, Origin, Sources, describe, load};
use crate::domain::AlertKind;
use crate::{notify, telemetry};
use serde::Deserialize;
use std::collections::BTreeMap;

fn sources(directory: &tempfile::TempDir, file: &str, environment: &[(&str, &str)]) -> Sources {
    let path = directory.path().join("wardlight.toml");
    std::fs::write(&path, file).unwrap();
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Sources {
        file: Some(path),
        environment: environment.iter().map(owned).collect(),
    }
}

fn load_text(file: &str, environment: &[(&str, &str)]) -> Result<Config, Vec<Finding>> {
    let directory = tempfile::tempdir().unwrap();
    load(&sources(&directory, file, environment)).map_err(|error| match error {
        ConfigError::Problems { problems } => problems,
        ConfigError::File { .. } => panic!("{error}"),
    })
}

/// What a finding says, with the file's directory taken off.
fn said(finding: &Finding) -> (String, String) {
    let origin = match &finding.origin {
        Origin::File { line, .. } => format!("line {line}"),
        other => other.to_string(),
    };
    (finding.key.clone(), origin)
}

fn problems(file: &str, environment: &[(&str, &str)]) -> Vec<(String, String)> {
    let found = load_text(file, environment).err().expect("problems");
    found.iter().map(said).collect()
}

fn pair(key: &str, origin: &str) -> (String, String) {
    (key.to_owned(), origin.to_owned())
}

#[test]
fn the_defaults_of_the_file_and_of_the_code_are_the_same() {
    let config = load(&Sources::default()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(config.service, super::ServiceSettings::default());
    assert_eq!(config.webhooks, notify::Settings::default());
    assert_eq!(config.email, notify::EmailSettings::default());
    assert_eq!(config.telemetry, telemetry::Settings::default());
    assert_eq!(config.decode, crate::decode::Settings::default());
    assert_eq!(
        config.listener,
        crate::ingest::listener::Settings::default()
    );
    assert_eq!(
        config.subscriber,
        crate::ingest::subscriber::SubscriberSettings::default()
    );
    assert_eq!(config.engine, crate::engine::Settings::default());
    assert_eq!(config.store, crate::store::Settings::default());
    assert_eq!(config.api, crate::api::Settings::default());
    assert_eq!(config.influxdb, crate::sink::SinkSettings::default());
    assert_eq!(config.alerts, crate::alert::Settings::default());
    assert_eq!(config.detect, crate::detect::Rules::default());
    assert_eq!(config.rules, super::RuleSettings::default());
    assert_eq!(config.warnings(), []);
}

#[test]
fn the_documented_derivations_give_the_priorities_that_detectors_have_as_shipped() {
    let text = DEFAULTS
        .replace("#? ", "")
        .replace("password =", "# password =");
    let config = load_text(&text, &[]).unwrap_or_else(|problems| panic!("{problems:?}"));
    let shipped = crate::detect::Rules::default();
    for code in 0..=u16::MAX {
        let Some(kind) = AlertKind::from_code(code) else {
            continue;
        };
        let derivation = config.alerts.kinds.get(kind.name());
        let derivation = derivation.unwrap_or_else(|| panic!("{} is missing", kind.name()));
        let cell = config.alerts.matrix.priority(*derivation);
        assert_eq!(cell, shipped.base_priority(kind), "{}", kind.name());
    }
    assert_eq!(config.alerts.kinds.len(), AlertKind::NAMES.len() - 1);
}

#[test]
fn every_section_of_the_defaults_is_read() {
    for path in Defaults::parse(DEFAULTS).leaves() {
        let section = path[..path.len() - 1].join(".");
        let read = SECTIONS.iter().any(|s| section.starts_with(s));
        assert!(read, "[{section}] belongs to no field of the configuration");
    }
}

#[test]
fn every_optional_example_is_accepted() {
    // A password stands in one place or in the other, never in both.
    let text = DEFAULTS
        .replace("#? password =", "# password =")
        .replace("#? ", "");
    load_text(&text, &[]).unwrap_or_else(|problems| panic!("{problems:?}"));
}

#[test]
fn the_environment_overrides_the_file_and_the_file_the_defaults() {
    let file = "[webhooks]\ntimeout_seconds = 15\nin_flight_max = 8\n[service]\ndata_dir = \"a\"";
    let environment = [
        ("WARDLIGHT_WEBHOOKS__TIMEOUT_SECONDS", "25"),
        ("WARDLIGHT_DATA_DIR", "/srv/wardlight"),
        ("WARDLIGHT_WEBHOOKS__SCHEDULE_SECONDS", "[0, 2, 4, 8]"),
        (
            "WARDLIGHT_WEBHOOKS__DANGEROUS_ALLOW_PRIVATE_HOSTS",
            "a:1, b:2",
        ),
        ("WARDLIGHT_TELEMETRY__LOG_FORMAT", "json"),
        ("PATH", "/bin"),
    ];
    let config = load_text(file, &environment).unwrap_or_else(|p| panic!("{p:?}"));
    assert_eq!(config.webhooks.timeout_seconds, 25);
    assert_eq!(config.webhooks.in_flight_max, 8);
    assert_eq!(config.webhooks.schedule_seconds, [0, 2, 4, 8]);
    assert_eq!(
        config.webhooks.dangerous_allow_private_hosts,
        ["a:1", "b:2"]
    );
    assert_eq!(config.service.data_dir.to_str(), Some("/srv/wardlight"));
    assert_eq!(config.telemetry.log_format, telemetry::LogFormat::Json);
}

#[test]
fn all_problems_are_reported_at_once_with_where_they_stand() {
    let file = "\
[webhooks]
timeout_second = 15
in_flight_max = \"many\"
jitter_share = 1
slow_down_seconds_first = 90

[telemetry]
log_format = \"xml\"
log_filter = \"wardlight=loud\"

[webhook]
x = 1
";
    let environment = [
        ("WARDLIGHT_WEBHOOKS__RETRY_AFTER_SECONDS_MAX", "soon"),
        ("WARDLIGHT_SERVICE__DATADIR", "x"),
        ("WARDLIGHT_SERVICE__SHUTDOWN_PHASE_SECONDS", "0"),
        ("WARDLIGHT_WEBHOOKS", "x"),
    ];
    let mut found = problems(file, &environment);
    found.sort();
    let mut expected = vec![
        pair("webhooks.timeout_second", "line 2"),
        pair("webhooks.in_flight_max", "line 3"),
        pair("webhooks.jitter_share", "line 4"),
        pair("webhooks.slow_down_seconds_first", "line 5"),
        pair("telemetry.log_format", "line 8"),
        pair("telemetry.log_filter", "line 9"),
        pair("webhook", "line 11"),
        pair(
            "webhooks.retry_after_seconds_max",
            "WARDLIGHT_WEBHOOKS__RETRY_AFTER_SECONDS_MAX",
        ),
        pair("service.datadir", "WARDLIGHT_SERVICE__DATADIR"),
        pair(
            "service.shutdown_phase_seconds",
            "WARDLIGHT_SERVICE__SHUTDOWN_PHASE_SECONDS",
        ),
        pair("webhooks", "WARDLIGHT_WEBHOOKS"),
    ];
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_problem_says_what_to_do() {
    let found = load_text("[webhooks]\ntimeout_second = 15\n", &[])
        .err()
        .unwrap();
    assert!(found[0].text.contains("did you mean `timeout_seconds`?"));
    let found = load_text("[webhooks]\ntimeout_seconds = \"15\"\n", &[])
        .err()
        .unwrap();
    assert_eq!(
        found[0].text,
        "must be a whole number, not a text in quotes"
    );
    let found = load_text("[webhooks]\nschedule_seconds = [0, \"a\"]\n", &[])
        .err()
        .unwrap();
    assert!(
        found[0]
            .text
            .starts_with("its entry 2: must be a whole number")
    );
    let found = load_text("[telemetry]\nlog_format = \"xml\"\n", &[])
        .err()
        .unwrap();
    assert!(found[0].text.contains("`text`"), "{}", found[0].text);
}

#[test]
fn every_syntax_error_names_its_line() {
    let found = problems("[webhooks]\ntimeout_seconds = = 4\n\nx y\n", &[]);
    assert!(found.contains(&pair("", "line 2")), "{found:?}");
    assert!(found.contains(&pair("", "line 4")), "{found:?}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let sources = Sources {
        file: Some("nowhere/wardlight.toml".into()),
        ..Sources::default()
    };
    let error = load(&sources).err().unwrap();
    assert!(error.to_string().contains("nowhere/wardlight.toml"));
}

#[test]
fn risky_and_dangerous_values_are_legal_and_warned_of() {
    let file = "[webhooks]\ntimeout_seconds = 45\ndangerous_allow_private_hosts = [\"a:1\"]\n";
    let config = load_text(file, &[]).unwrap_or_else(|p| panic!("{p:?}"));
    let warned: Vec<_> = config.warnings().iter().map(said).collect();
    assert_eq!(
        warned,
        [
            pair("webhooks.dangerous_allow_private_hosts", "line 3"),
            pair("webhooks.timeout_seconds", "line 2"),
        ]
    );
}

#[test]
fn the_description_shows_values_with_their_origin_and_is_a_configuration_again() {
    let config =
        load_text("[webhooks]\ntimeout_seconds = 45\n", &[]).unwrap_or_else(|p| panic!("{p:?}"));
    let text = describe(&config);
    let line = text
        .lines()
        .find(|l| l.starts_with("timeout_seconds = 45"))
        .unwrap();
    assert!(line.starts_with("timeout_seconds = 45  # "), "{line}");
    assert!(line.ends_with("wardlight.toml:2"), "{line}");
    assert!(text.contains("in_flight_max = 4  # default\n"));
    assert!(text.contains("# authorities_file is not set\n"));
    assert!(text.contains(
        "# 1 warning
# webhooks.timeout_seconds ("
    ));
    load_text(&text, &[]).unwrap_or_else(|problems| panic!("{problems:?}"));
}

const OTHER: &str = r#"
[mqtt.subscriber]
url = "mqtt://broker"
#? password = "text"
#? password_file = "/run/secrets/mqtt"
[detect.priors]
#? "*" = 0.5
"#;

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Subscriber {
    url: String,
    password: Option<Short>,
    password_file: Option<String>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(try_from = "String")]
struct Short(String);

impl TryFrom<String> for Short {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match text.len() {
            0..=8 => Ok(Self(text)),
            _ => Err(format!("{text} is too long")),
        }
    }
}

fn other(file: &str, environment: &[(&str, &str)]) -> (Overlay, Vec<Finding>) {
    let directory = tempfile::tempdir().unwrap();
    let sources = sources(&directory, file, environment);
    overlay(&Defaults::parse(OTHER), &sources).unwrap()
}

#[test]
fn nested_sections_optional_keys_and_free_names_are_understood() {
    let file = "[detect.priors]\nsepsis = 1\n[mqtt.subscriber]\npassword_file = \"x\"\n";
    let environment = [("WARDLIGHT_MQTT__SUBSCRIBER__URL", "mqtts://b")];
    let (overlay, mut found) = other(file, &environment);
    let subscriber: Subscriber = overlay.section("mqtt.subscriber", &mut found).unwrap();
    assert_eq!(found, []);
    assert_eq!(subscriber.url, "mqtts://b");
    assert_eq!(subscriber.password, None);
    assert_eq!(subscriber.password_file.as_deref(), Some("x"));
    let path = ["detect".to_owned(), "priors".to_owned()];
    let priors: BTreeMap<String, f64> = overlay.value(&path).unwrap().clone().try_into().unwrap();
    assert_eq!(priors, BTreeMap::from([("sepsis".to_owned(), 1.0)]));
}

#[test]
fn a_secret_is_shown_neither_in_a_problem_nor_in_the_description() {
    let secret = "correct-horse-battery";
    let file = format!("[mqtt.subscriber]\npassword = \"{secret}\"\n");
    let (overlay, mut found) = other(&file, &[]);
    let subscriber: Option<Subscriber> = overlay.section("mqtt.subscriber", &mut found);
    assert!(subscriber.is_some(), "the rest can still be checked");
    assert_eq!(said(&found[0]), pair("mqtt.subscriber.password", "line 2"));
    assert!(!found[0].to_string().contains(secret));

    let url = format!("[mqtt.subscriber]\nurl = \"mqtt://ward:{secret}@broker\"\n");
    let file = format!("{url}password = \"{secret}\"\n");
    let (overlay, _) = other(&file, &[]);
    let config = Config::of_defaults(overlay);
    let text = describe(&config);
    assert!(!text.contains(secret), "{text}");
    assert!(text.contains("password = \"***\""), "{text}");
}
