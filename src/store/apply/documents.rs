//! The registry's documents.

use super::Context;
use crate::registry::{
    AccessToken, Account, Assignment, Device, DeviceCredential, Endpoint, Patient, Ward,
};
use crate::store::error::CommitError;

pub(super) fn ward(context: &Context<'_>, ward: &Ward) -> Result<(), CommitError> {
    let document = serde_json::to_string(ward)?;
    context.run(
        "INSERT OR REPLACE INTO ward (id, document) VALUES (?1, ?2)",
        (ward.id.as_str(), document),
    )?;
    Ok(())
}

pub(super) fn patient(context: &Context<'_>, patient: &Patient) -> Result<(), CommitError> {
    let document = serde_json::to_string(patient)?;
    context.run(
        "INSERT OR REPLACE INTO patient (number, id, ward, document) VALUES (?1, ?2, ?3, ?4)",
        (
            patient.number.0,
            patient.id.as_str(),
            patient.ward.as_str(),
            document,
        ),
    )?;
    Ok(())
}

pub(super) fn device(context: &Context<'_>, device: &Device) -> Result<(), CommitError> {
    let document = serde_json::to_string(device)?;
    context.run(
        "INSERT OR REPLACE INTO device (number, id, document) VALUES (?1, ?2, ?3)",
        (device.number.0, device.id.as_str(), document),
    )?;
    Ok(())
}

pub(super) fn assignment(
    context: &Context<'_>,
    assignment: &Assignment,
) -> Result<(), CommitError> {
    context.run(
        "INSERT OR REPLACE INTO assignment (id, device, patient, starts, ends, author)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            assignment.id.0,
            assignment.device.0,
            assignment.patient.0,
            assignment.start.epoch_ms(),
            assignment.end.map(|end| end.epoch_ms()),
            &assignment.author,
        ),
    )?;
    Ok(())
}

pub(super) fn endpoint(context: &Context<'_>, endpoint: &Endpoint) -> Result<(), CommitError> {
    let document = serde_json::to_string(endpoint)?;
    context.run(
        "INSERT OR REPLACE INTO endpoint (id, document) VALUES (?1, ?2)",
        (endpoint.id.as_str(), document),
    )?;
    Ok(())
}

pub(super) fn token(context: &Context<'_>, token: &AccessToken) -> Result<(), CommitError> {
    let document = serde_json::to_string(token)?;
    context.run(
        "INSERT OR REPLACE INTO access_token (name, document) VALUES (?1, ?2)",
        (&token.name, document),
    )?;
    Ok(())
}

pub(super) fn account(context: &Context<'_>, account: &Account) -> Result<(), CommitError> {
    let document = serde_json::to_string(account)?;
    context.run(
        "INSERT OR REPLACE INTO account (name, document) VALUES (?1, ?2)",
        (&account.name, document),
    )?;
    Ok(())
}

pub(super) fn credential(
    context: &Context<'_>,
    credential: &DeviceCredential,
) -> Result<(), CommitError> {
    let document = serde_json::to_string(credential)?;
    context.run(
        "INSERT OR REPLACE INTO device_credential (device, document) VALUES (?1, ?2)",
        (credential.device.as_str(), document),
    )?;
    Ok(())
}

pub(super) fn rulebook(context: &Context<'_>, text: &str) -> Result<(), CommitError> {
    let sql = "INSERT OR REPLACE INTO meta (key, value) VALUES ('rulebook', ?1)";
    context.run(sql, [text])?;
    Ok(())
}
