//! The provisioning files, and what the README says of them.

use crate::board::{list, text, variables};
use crate::files::{BOARDS, board, folder, read};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const SOURCES: &str = "provisioning/datasources/wardlight.yaml";
const PROVIDER: &str = "provisioning/dashboards/wardlight.yaml";

/// The environment's variables that a file asks for.
fn asked(file: &Value) -> BTreeSet<String> {
    let text = file.to_string();
    let names = text.split("${").skip(1);
    names
        .filter_map(|rest| Some(rest.split_once('}')?.0.to_owned()))
        .collect()
}

#[test]
fn sources_are_those_that_the_boards_begin_with() {
    let file = read(SOURCES);
    assert_eq!(file["apiVersion"], 1);
    let known: BTreeMap<&str, &str> = list(&file, "datasources")
        .iter()
        .map(|s| (text(s, "uid"), text(s, "type")))
        .collect();
    assert_eq!(known.len(), 2);
    for name in BOARDS {
        let board = board(name);
        let mut chosen = variables(&board)
            .iter()
            .filter(|v| v["type"] == "datasource");
        let first = chosen.next().expect("a variable for the data source");
        let uid = text(&first["current"], "value");
        assert_eq!(
            known.get(uid).copied(),
            first["query"].as_str(),
            "{name}: {uid}"
        );
    }
}

#[test]
fn flux_is_spoken_and_nothing_about_the_site_is_written_down() {
    let file = read(SOURCES);
    let influx = list(&file, "datasources")
        .iter()
        .find(|s| s["type"] == "influxdb");
    let influx = influx.expect("InfluxDB");
    assert_eq!(influx["jsonData"]["version"], "Flux");
    let prometheus = list(&file, "datasources")
        .iter()
        .find(|s| s["type"] == "prometheus");
    let prometheus = prometheus.expect("Prometheus");
    let settings = [
        (&influx["url"], "${INFLUXDB_URL}"),
        (&influx["jsonData"]["organization"], "${INFLUXDB_ORG}"),
        (&influx["jsonData"]["defaultBucket"], "${INFLUXDB_BUCKET}"),
        (&influx["secureJsonData"]["token"], "${INFLUXDB_TOKEN}"),
        (&prometheus["url"], "${PROMETHEUS_URL}"),
    ];
    for (found, expected) in settings {
        assert_eq!(found, expected);
    }
}

#[test]
fn the_readme_names_every_file_and_variable() {
    let path = folder().join("../../README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let provider = read(PROVIDER);
    let path = &list(&provider, "providers")[0]["options"]["path"];
    assert_eq!(path, "${GRAFANA_BOARDS}");
    let mut names: BTreeSet<String> = asked(&read(SOURCES));
    names.extend(asked(&provider));
    assert_eq!(names.len(), 6);
    // Wardlight refuses variables of its own prefix that it does not know.
    assert!(names.iter().all(|name| !name.starts_with("WARDLIGHT_")));
    names.extend([SOURCES, PROVIDER, "boards"].map(|file| format!("dashboards/grafana/{file}")));
    for name in names {
        assert!(readme.contains(&name), "the README does not name {name}");
    }
}
