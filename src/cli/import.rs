//! `wardlight import patients FILE`.

use super::admin::Admin;
use super::output::say;
use super::tokens::path_part;
use anyhow::{Context, bail};
use axum::http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::path::Path;

/// Rows in one file at the most.
const ROWS_MAX: usize = 200_000;

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
    let admin = Admin::reach(super::serve::load(config)?)?;
    let (mut imported, mut refused) = (0_usize, 0_usize);
    for (index, row) in reader.deserialize::<Row>().take(ROWS_MAX).enumerate() {
        let outcome = row
            .map_err(anyhow::Error::from)
            .and_then(|row| enter(&admin, &row));
        match outcome {
            Ok(()) => imported += 1,
            Err(error) => {
                refused += 1;
                say(format_args!("line {}: {error:#}", index + 2));
            }
        }
    }
    admin.end()?;
    say(format_args!(
        "{imported} patients imported, {refused} lines refused."
    ));
    if refused > 0 {
        bail!(
            "mend the refused lines and import the file again: what is in already stays as it is"
        );
    }
    Ok(())
}

fn enter(admin: &Admin, row: &Row) -> anyhow::Result<()> {
    let ward_label = row.ward_label.as_deref().unwrap_or(&row.ward);
    let ward = format!("/v1/wards/{}", path_part(&row.ward));
    admin.ask(Method::PUT, &ward, Some(&json!({ "label": ward_label })))?;
    let patient = format!("/v1/patients/{}", path_part(&row.patient));
    admin.ask(Method::PUT, &patient, Some(&patient_body(row)))?;
    if let Some(start) = &row.monitoring_start
        && !is_monitored(admin, &patient)?
    {
        let path = format!("{patient}/monitoring/start");
        admin.ask(Method::POST, &path, Some(&json!({ "start": start })))?;
    }
    if let Some(device) = &row.device
        && !wears(admin, &row.patient, device)?
    {
        let start = row.device_start.as_ref().or(row.monitoring_start.as_ref());
        let Some(start) = start else {
            bail!("`device_start` is missing: say from when the patient wears the device");
        };
        let body = json!({ "device": device, "patient": row.patient, "start": start });
        admin.ask(Method::POST, "/v1/assignments", Some(&body))?;
    }
    Ok(())
}

fn patient_body(row: &Row) -> Value {
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
    Value::Object(body)
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
