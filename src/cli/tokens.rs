//! `wardlight token create|revoke`.

use super::admin::Admin;
use super::arguments::TokenCommand;
use super::output::{explain, say};
use crate::domain::WardId;
use axum::http::Method;
use serde_json::json;
use std::path::Path;

/// Makes or ends a token.
pub(super) fn run(config: Option<&Path>, command: &TokenCommand) -> anyhow::Result<()> {
    let admin = Admin::reach(super::serve::load(config)?)?;
    match command {
        TokenCommand::Create { name, role, wards } => {
            let (role, wards): (_, Vec<_>) =
                (role.name(), wards.iter().map(WardId::as_str).collect());
            let made = admin.ask(
                Method::POST,
                "/v1/tokens",
                Some(&json!({ "name": name, "role": role, "wards": wards })),
            )?;
            explain("The token, shown this once; send it as `Authorization: Bearer`:");
            say(made
                .get("token")
                .and_then(|token| token.as_str())
                .unwrap_or_default());
        }
        TokenCommand::Revoke { name } => {
            admin.ask(
                Method::DELETE,
                &format!("/v1/tokens/{}", path_part(name)),
                None,
            )?;
            explain("The token no longer works.");
        }
    }
    admin.end()
}

/// A text as one part of a path.
pub(super) fn path_part(text: &str) -> String {
    text.bytes().fold(String::new(), |mut path, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
        path
    })
}
