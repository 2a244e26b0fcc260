//! Vitals on the boards: units, limits, and what down-sampling must not hide.

use crate::board::{list, panels, text};
use crate::files::board;
use serde_json::Value;
use std::collections::BTreeSet;
use wardlight::config;
use wardlight::domain::Vital;

/// What is wrong with how `board` shows vitals.
pub(crate) fn mistakes(board: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for panel in panels(board) {
        let shown = shown(panel);
        let title = text(panel, "title");
        let kind = text(panel, "type");
        if panel["datasource"]["type"] != "influxdb" || kind == "table" {
            continue;
        }
        let unit = text(&panel["fieldConfig"]["defaults"], "unit");
        for vital in &shown {
            if unit != grafana_unit(*vital) {
                wrong.push(format!("{title}: {} is not in {unit}", vital.name()));
            }
            let (drawn, known) = (limits(panel), known_limits(*vital));
            if !drawn.is_empty() && drawn != known {
                wrong.push(format!(
                    "{title}: limits {drawn:?} are not the program's {known:?}"
                ));
            }
        }
        if shown.is_empty() && !limits(panel).is_empty() {
            wrong.push(format!("{title}: limits of no vital"));
        }
        if hides_extremes(panel) {
            wrong.push(format!("{title}: down-sampled without lowest and highest"));
        }
    }
    wrong
}

/// The vitals whose values a panel shows.
fn shown(panel: &Value) -> Vec<Vital> {
    let queries: Vec<&str> = list(panel, "targets")
        .iter()
        .map(|t| text(t, "query"))
        .collect();
    let named = |vital: &Vital| {
        let measurement = format!("r._measurement == \"{}\"", vital.name());
        queries
            .iter()
            .any(|query| query.contains(&measurement) && query.contains("\"value\""))
    };
    Vital::ALL.into_iter().filter(named).collect()
}

/// As Grafana writes the vital's unit.
fn grafana_unit(vital: Vital) -> &'static str {
    match vital.facts().unit {
        "/min" => "suffix:/min",
        "%" => "percent",
        "Cel" => "celsius",
        "mm[Hg]" => "suffix: mmHg",
        "ms" => "ms",
        "{steps}" => "suffix: steps",
        _ => "none",
    }
}

fn limits(panel: &Value) -> Vec<f64> {
    let steps = list(&panel["fieldConfig"]["defaults"]["thresholds"], "steps");
    steps
        .iter()
        .filter_map(|step| step["value"].as_f64())
        .collect()
}

/// Limits of a single value as shipped; other vitals have none of their own.
fn known_limits(vital: Vital) -> Vec<f64> {
    let defaults: toml::Table = toml::from_str(config::DEFAULTS).expect("the defaults");
    let detect = &defaults["detect"];
    let limits = match vital {
        Vital::BodyTemperature => {
            let fever = &detect["fever"];
            vec![&fever["low"]["limit"], &fever["high"]["limit"]]
        }
        Vital::BatteryLevel => {
            let device = &detect["device"];
            vec![&device["battery_low"], &device["battery_well"]]
        }
        _ => Vec::new(),
    };
    limits
        .into_iter()
        .map(|limit| limit.as_float().expect("a number"))
        .collect()
}

/// Whether a mean stands without the lowest and the highest of its stretch.
fn hides_extremes(panel: &Value) -> bool {
    let queries: Vec<&str> = list(panel, "targets")
        .iter()
        .map(|t| text(t, "query"))
        .collect();
    let some = |part: &str| queries.iter().filter(|query| query.contains(part)).count();
    let means = some("fn: mean,");
    means != 0 && (some("quantile(q: 0.0,") != means || some("quantile(q: 1.0,") != means)
}

#[test]
fn the_patients_board_shows_every_vital() {
    let board = board("patient");
    let shown: BTreeSet<Vital> = panels(&board).iter().flat_map(shown).collect();
    let missing: Vec<Vital> = Vital::ALL
        .into_iter()
        .filter(|v| !shown.contains(v))
        .collect();
    assert_eq!(missing, []);
}
