//! The command line: one file a subcommand.
//!
//! In: arguments. Out: an exit code, and words on the terminal.
//!
//! Invariant: exit code 0 is success, 1 a refusal with its reason, 2 wrong
//! arguments, 70 a failed sync to disk (restart to recover).

mod accounts;
mod admin;
mod administrations;
mod arguments;
mod backtest;
mod backup;
mod check_config;
mod credentials;
mod demo;
mod explain;
mod import;
mod output;
mod route;
mod rulebook;
mod serve;
mod target;
mod tokens;
mod what_if;

pub use arguments::{Arguments, Command};
pub use output::run;
