//! `wardlight device-credential create|rotate|revoke`.

use super::admin::Admin;
use super::arguments::CredentialCommand;
use super::output::{explain, say};
use super::tokens::path_part;
use axum::http::Method;
use std::path::Path;

/// Makes, rotates or ends a device's credential.
pub(super) fn run(config: Option<&Path>, command: &CredentialCommand) -> anyhow::Result<()> {
    let admin = Admin::reach(super::serve::load(config)?)?;
    let (method, device, end) = match command {
        CredentialCommand::Create { device } => (Method::POST, device, ""),
        CredentialCommand::Rotate { device } => (Method::POST, device, "/rotate"),
        CredentialCommand::Revoke { device } => (Method::DELETE, device, ""),
    };
    let path = format!("/v1/devices/{}/credential{end}", path_part(device));
    let made = admin.ask(method, &path, None)?;
    match made.get("password").and_then(|password| password.as_str()) {
        Some(password) => {
            explain("The password, shown this once; the MQTT user name is the device:");
            say(password);
        }
        None => explain("The device's passwords no longer work."),
    }
    admin.end()
}
