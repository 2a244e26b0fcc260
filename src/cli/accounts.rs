//! `wardlight account create|change|new-password|close`.

use super::admin::Admin;
use super::arguments::AccountCommand;
use super::output::{explain, say};
use super::tokens::path_part;
use crate::domain::WardId;
use anyhow::Context as _;
use axum::http::Method;
use serde_json::json;
use std::path::Path;

/// 32 letters and digits of which none is taken for another.
const SYMBOLS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

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
            let password = new_password()?;
            let wards: Vec<_> = wards.iter().map(WardId::as_str).collect();
            let body = json!({
                "label": label, "role": role.name(), "wards": wards, "password": password,
            });
            admin.ask(Method::PUT, &path(name), Some(&body))?;
            explain("The password, shown this once:");
            say(&password);
        }
        AccountCommand::NewPassword { name } => {
            let password = new_password()?;
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

/// Four groups of four: 80 random bits, to be typed.
fn new_password() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).context("the system's random source failed")?;
    let symbol = |byte: &u8| SYMBOLS.get(usize::from(*byte) % SYMBOLS.len()).copied();
    let groups = bytes.chunks(4).map(|group| {
        let symbols = group.iter().filter_map(symbol);
        symbols.map(char::from).collect::<String>()
    });
    Ok(groups.collect::<Vec<_>>().join("-"))
}

#[cfg(test)]
mod tests {
    use super::new_password;

    #[test]
    fn a_made_password_is_four_groups_of_four() {
        let made = new_password().unwrap();
        assert_eq!(made.split('-').map(str::len).collect::<Vec<_>>(), [4; 4]);
        assert_ne!(made, new_password().unwrap());
    }
}
