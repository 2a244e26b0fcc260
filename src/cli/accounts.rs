//! `wardlight account create|change|new-password|close`.

use super::admin::Admin;
use super::arguments::AccountCommand;
use super::output::{explain, say};
use super::tokens::path_part;
use crate::api::made_password;
use crate::domain::WardId;
use axum::http::Method;
use serde_json::json;
use std::path::Path;

/// Makes, changes or ends an account.
pub(super) fn run(config: Option<&Path>, command: &AccountCommand) -> anyhow::Result<()> {
    let admin = Admin::reach(super::serve::load(config)?)?;
    match command {
        AccountCommand::Create {
            name,
            label,
            role,
            wards,
        } => {
            let password = made_password()?;
            let wards: Vec<_> = wards.iter().map(WardId::as_str).collect();
            let body = json!({
                "label": label, "role": role.name(), "wards": wards, "password": password,
            });
            admin.ask(Method::PUT, &path(name), Some(&body))?;
            explain("The password, shown this once:");
            say(&password);
        }
        AccountCommand::NewPassword { name } => {
            let password = made_password()?;
            let body = json!({ "password": password });
            admin.ask(Method::PUT, &path(name), Some(&body))?;
            explain("The new password, shown this once; its sessions have ended:");
            say(&password);
        }
        AccountCommand::Close { name } => {
            admin.ask(Method::DELETE, &path(name), None)?;
            explain("Nobody signs in with this name any more.");
        }
    }
    admin.end()
}

fn path(name: &str) -> String {
    format!("/v1/accounts/{}", path_part(name))
}
