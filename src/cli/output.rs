//! Runs a subcommand and turns its end into an exit code.

use super::{Arguments, Command};
use crate::api::WORDS;
use crate::app::AppError;
use crate::engine::EngineError;
use crate::store::{CommitError, OpenError};
use std::io::Write;
use std::process::ExitCode;

/// The disk did not sync: `EX_SOFTWARE` of sysexits, so that a supervisor can tell.
const SYNC_FAILED: u8 = 70;

/// Prints one line to the terminal. A closed terminal is no error.
pub(super) fn say(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Explains on standard error, so that standard output holds only what a
/// script wants.
pub(super) fn explain(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Runs what was asked for.
pub fn run(arguments: &Arguments) -> ExitCode {
    let config = arguments.config.as_deref();
    let ended = match &arguments.command {
        Command::Serve => super::serve::run(config),
        Command::Demo(demo) => super::demo::run(demo),
        Command::CheckConfig { words: true, .. } => {
            say(WORDS);
            Ok(())
        }
        Command::CheckConfig { defaults, .. } => super::check_config::run(config, *defaults),
        Command::Token(command) => super::tokens::run(config, command),
        Command::Account(command) => super::accounts::run(config, command),
        Command::DeviceCredential(command) => super::credentials::run(config, command),
        Command::Import { file, .. } => super::import::run(config, file),
        Command::Backtest(backtest) => super::backtest::run(config, backtest),
        Command::Explain { alert, json } => super::explain::run(config, alert, *json),
        Command::Route {
            alert, at, json, ..
        } => super::route::run(config, alert, *at, *json),
        Command::WhatIf(what_if) => super::what_if::run(config, what_if),
        Command::Backup { target } => super::backup::backup(config, target),
        Command::Restore { backup } => super::backup::restore(config, backup),
        Command::Verify => super::backup::verify(config),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr().lock(), "wardlight: {error:#}");
            ExitCode::from(code(&error))
        }
    }
}

/// The exit code of a failure.
fn code(error: &anyhow::Error) -> u8 {
    match error.downcast_ref() {
        Some(AppError::Engine(EngineError::SyncFailed(_)))
        | Some(AppError::Open(OpenError::Log(CommitError::SyncFailed(_)))) => SYNC_FAILED,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    fn commit_error(code: std::ffi::c_int) -> CommitError {
        let error = rusqlite::ffi::Error::new(code);
        rusqlite::Error::SqliteFailure(error, None).into()
    }

    fn failed(code: std::ffi::c_int) -> anyhow::Error {
        AppError::Engine(EngineError::SyncFailed(commit_error(code))).into()
    }

    #[test]
    fn a_failed_sync_ends_with_a_code_of_its_own() {
        let error = failed(rusqlite::ffi::SQLITE_IOERR_FSYNC);
        assert_eq!(code(&error), 70);
        assert_eq!(code(&error.context("while serving")), 70);
        let at_start = OpenError::Log(commit_error(rusqlite::ffi::SQLITE_IOERR_FSYNC));
        assert_eq!(code(&AppError::Open(at_start).into()), 70);
        let broken = OpenError::Log(commit_error(rusqlite::ffi::SQLITE_CORRUPT));
        assert_eq!(code(&AppError::Open(broken).into()), 1);
        assert_eq!(code(&anyhow::anyhow!("anything else")), 1);
        let context: anyhow::Result<()> = Err(anyhow::anyhow!("a file"));
        assert_eq!(code(&context.context("no file").expect_err("failed")), 1);
    }
}
