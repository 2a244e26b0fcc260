//! `wardlight import patients FILE`.

use super::admin::Admin;
use super::administrations::administrations;
use super::output::say;
use super::tokens::path_part;
use anyhow::{Context, bail};
use axum::http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::path::Path;

/// Rows in one file at the most.
const ROWS_MAX: usize = 200_000;

/// The columns in the order of [`Row`].
pub(super) const COLUMNS: [&str; 13] = [
    "patient",
    "label",
    "ward",
    "ward_label",
    "time_zone",
    "spo2_scale",
    "oxygen",
    "treatment_start",
    "treatment_end",
    "administrations",
    "monitoring_start",
    "device",
    "device_start",
];

/// One row. Empty cells leave what is known as it is; times are RFC 3339.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    patient: String,
    #[serde(default)]
    label: Option<String>,
    ward: String,
    #[serde(default)]
    ward_label: Option<String>,
    #[serde(default)]
    time_zone: Option<String>,
    #[serde(default)]
    spo2_scale: Option<u8>,
    #[serde(default)]
    oxygen: Option<bool>,
    #[serde(default)]
    treatment_start: Option<String>,
    #[serde(default)]
    treatment_end: Option<String>,
    #[serde(default)]
    administrations: Option<String>,
    #[serde(default)]
    monitoring_start: Option<String>,
    #[serde(default)]
    device: Option<String>,
    #[serde(default)]
    device_start: Option<String>,
}

/// Imports row by row: a bad row is named and harms no other.
pub(super) fn run(config: Option<&Path>, file: &Path) -> anyhow::Result<()> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(file)
        .with_context(|| format!("failed to open {}", file.display()))?;
    check_head(reader.headers(), file)?;
    let admin = Admin::reach(super::serve::load(config)?)?;
    let (mut imported, mut refused) = (0_usize, 0_usize);
    let head = reader.headers()?.clone();
    for (index, record) in reader.records().take(ROWS_MAX).enumerate() {
        let line = record
            .as_ref()
            .map(|record| record.position().map(csv::Position::line));
        let line = line.ok().flatten().unwrap_or(index as u64 + 2);
        let row = record.and_then(|record| record.deserialize::<Row>(Some(&head)));
        let outcome = row
            .map_err(|error| anyhow::anyhow!(words(&error, &head)))
            .and_then(|row| enter(&admin, &row));
        match outcome {
            Ok(()) => imported += 1,
            Err(error) => {
                refused += 1;
                say(format_args!("line {line}: {error:#}"));
            }
        }
    }
    admin.end()?;
    say(format_args!(
        "{imported} patients imported, lines refused: {refused}."
    ));
    if refused > 0 {
        bail!(
            "mend the refused lines and import the file again: what is in already stays as it is"
        );
    }
    Ok(())
}

/// The head line decides what the columns are: a wrong one refuses the file at once.
fn check_head(head: csv::Result<&csv::StringRecord>, file: &Path) -> anyhow::Result<()> {
    let head = head.map_err(|error| {
        let why = words(&error, &csv::StringRecord::new());
        anyhow::anyhow!("the head line of {}: {why}", file.display())
    })?;
    let unknown: Vec<&str> = head.iter().filter(|name| !COLUMNS.contains(name)).collect();
    let missing = ["patient", "ward"].into_iter();
    let missing: Vec<&str> = missing
        .filter(|name| !head.iter().any(|h| h == *name))
        .collect();
    if !missing.is_empty() {
        bail!(
            "{} has no column {}; its first line must name the columns, of: {}",
            file.display(),
            missing.join(" and no column "),
            COLUMNS.join(", ")
        );
    }
    if !unknown.is_empty() {
        bail!(
            "{} has a column that is not known: {}; there are: {}",
            file.display(),
            unknown.join(", "),
            COLUMNS.join(", ")
        );
    }
    Ok(())
}

/// What is wrong with a line, without the reader's own counting.
pub(super) fn words(error: &csv::Error, head: &csv::StringRecord) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => {
            "is not UTF-8: save the file as CSV with UTF-8 encoding".to_owned()
        }
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("has {len} fields, but the head line has {expected_len}"),
        csv::ErrorKind::Deserialize { err, .. } => {
            let column = err.field().and_then(|field| head.get(field as usize));
            format!("{}: {}", column.unwrap_or("?"), err.kind())
        }
        _ => error.to_string(),
    }
}

fn enter(admin: &Admin, row: &Row) -> anyhow::Result<()> {
    for (name, text) in [("patient", &row.patient), ("ward", &row.ward)] {
        if text.is_empty() {
            bail!("{name} is empty");
        }
    }
    let ward_label = row.ward_label.as_deref().unwrap_or(&row.ward);
    let ward = format!("/v1/wards/{}", path_part(&row.ward));
    admin
        .ask(Method::PUT, &ward, Some(&json!({ "label": ward_label })))
        .context("ward")?;
    let patient = format!("/v1/patients/{}", path_part(&row.patient));
    admin
        .ask(Method::PUT, &patient, Some(&patient_body(row)?))
        .context("patient")?;
    if let Some(start) = &row.monitoring_start
        && !is_monitored(admin, &patient)?
    {
        let path = format!("{patient}/monitoring/start");
        admin
            .ask(Method::POST, &path, Some(&json!({ "start": start })))
            .context("monitoring")?;
    }
    if let Some(device) = &row.device
        && !wears(admin, &row.patient, device)?
    {
        let start = row.device_start.as_ref().or(row.monitoring_start.as_ref());
        let Some(start) = start else {
            bail!("`device_start` is missing: say from when the patient wears the device");
        };
        let body = json!({ "device": device, "patient": row.patient, "start": start });
        admin
            .ask(Method::POST, "/v1/assignments", Some(&body))
            .context("device")?;
    }
    Ok(())
}

fn patient_body(row: &Row) -> anyhow::Result<Value> {
    let mut body = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    };
    put("label", row.label.clone().map(Value::from));
    put("ward", Some(row.ward.clone().into()));
    put("time_zone", row.time_zone.clone().map(Value::from));
    put("spo2_scale", row.spo2_scale.map(Value::from));
    put("oxygen", row.oxygen.map(Value::from));
    let treatment = row
        .treatment_start
        .as_ref()
        .map(|start| json!([{ "start": start, "end": row.treatment_end }]));
    put("treatment", treatment);
    if let Some(cell) = &row.administrations {
        let given = administrations(cell).map_err(anyhow::Error::msg)?;
        put("administrations", Some(serde_json::to_value(given)?));
    }
    Ok(Value::Object(body))
}

/// Importing a file twice must not start a second monitoring period.
fn is_monitored(admin: &Admin, patient: &str) -> anyhow::Result<bool> {
    let known = admin.ask(Method::GET, patient, None)?;
    let periods = known.get("monitoring").and_then(Value::as_array);
    Ok(periods.is_some_and(|list| list.iter().any(|p| p.get("end").is_none_or(Value::is_null))))
}

fn wears(admin: &Admin, patient: &str, device: &str) -> anyhow::Result<bool> {
    let path = format!("/v1/assignments?patient={}", path_part(patient));
    let known = admin.ask(Method::GET, &path, None)?;
    let items = known.get("items").and_then(Value::as_array);
    Ok(items.is_some_and(|items| {
        items.iter().any(|item| {
            item.get("device").and_then(Value::as_str) == Some(device)
                && item.get("end").is_none_or(Value::is_null)
        })
    }))
}
