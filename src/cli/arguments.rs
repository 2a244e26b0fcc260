//! What can be asked for on the command line.

use super::backtest::ScoreInputAge;
use super::what_if::Since;
use crate::detect::AlarmBudget;
use crate::domain::{AlertId, ClinicalTime, WardId};
use crate::registry::Role;
use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Watches cancer patients at home through their smartwatches and alerts the clinical team.
#[derive(Parser)]
#[command(name = "wardlight", version, about)]
pub struct Arguments {
    /// Configuration file; every key and its default stands in `wardlight check-config --defaults`.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Run the service.
    Serve,
    /// Run everything with simulated patients: nothing else needs to be installed.
    Demo(DemoArguments),
    /// Judge recorded readings as the service would have, and write the alerts.
    Backtest(BacktestArguments),
    /// Judge the stored readings by other clinical rules, and compare with what was raised.
    WhatIf(WhatIfArguments),
    /// Decide a stored alert again, and hold what it rests on against what is stored.
    Explain {
        /// The alert's id (`alr_…`), as in the API and in webhooks.
        #[arg(value_parser = |text: &str| AlertId::new(text))]
        alert: AlertId,
        /// Print the explanation as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show who would be told of a stored alert, when, by which channel and why, and who was.
    Route {
        /// Only look: nobody is told. The one thing it does.
        #[arg(long, required = true)]
        dry_run: bool,
        /// The alert's id (`alr_…`), as in the API and in webhooks.
        #[arg(value_parser = |text: &str| AlertId::new(text))]
        alert: AlertId,
        /// For this moment (RFC 3339) instead of when the alert last asked for an answer.
        #[arg(long, value_name = "TIME", value_parser = moment)]
        at: Option<ClinicalTime>,
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Check the configuration without starting, and show what is in force.
    CheckConfig {
        /// Print the defaults with their explanations instead.
        #[arg(long)]
        defaults: bool,
        /// Print what the pages say, to be translated, instead.
        #[arg(long, conflicts_with = "defaults")]
        words: bool,
    },
    /// Make or end access tokens for people and systems.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Who signs in at the pages, over the local admin socket.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Make, rotate or end the credentials that watches show to the listener.
    #[command(subcommand)]
    DeviceCredential(CredentialCommand),
    /// Enter patients, wards, devices and assignments from a CSV file.
    Import {
        /// What to import.
        what: ImportWhat,
        /// The file; its columns are explained in the README.
        file: PathBuf,
    },
    /// Copy the store while the service runs; the copy is consistent.
    Backup {
        /// Where to; must not exist.
        target: PathBuf,
    },
    /// Put a backup into an empty data directory.
    Restore {
        /// The backup.
        backup: PathBuf,
    },
    /// Check every table, journal row and chunk of the store.
    Verify,
}

/// What can be imported.
#[derive(Clone, Copy, ValueEnum)]
pub enum ImportWhat {
    /// Patients with their wards, devices and treatment.
    Patients,
}

/// How the demo runs.
#[derive(clap::Args)]
pub struct DemoArguments {
    /// End by itself after this time (`60s`, `5m`) with a summary read from the store.
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub duration: Option<Duration>,
    /// Clinical seconds that pass in one second.
    #[arg(long, default_value_t = 60.0)]
    pub speed: f64,
    /// Seed of the simulated patients.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Port of the page and the API; 0 takes any free one.
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
}

/// What a backtest reads and writes.
#[derive(clap::Args)]
pub struct BacktestArguments {
    /// Readings, CSV, plain or gzip: patient,time,vital,value; patients one after another, each in the order of time.
    #[arg(long, value_name = "FILE")]
    pub readings: PathBuf,
    /// What is known of the patients, with the columns of `import patients`; without it SpO2 scale 1, on air, treatment not recorded.
    #[arg(long, value_name = "FILE")]
    pub patients: Option<PathBuf>,
    /// False deterioration alerts that a patient may have (`0.62/1d`), instead of the configuration's.
    #[arg(long, value_name = "ALERTS/TIME")]
    pub alarm_budget: Option<AlarmBudget>,
    /// Folder of clinical rules to try out, instead of the organisation's.
    #[arg(long, value_name = "FOLDER")]
    pub rules: Option<PathBuf>,
    /// Where to write NEWS2 bounds after each reading time, CSV.
    #[arg(long, value_name = "FILE")]
    pub scores: Option<PathBuf>,
    /// How old an input of `--scores` may be: `unlimited`, minutes, or `rules` (as for alerts).
    #[arg(long, value_name = "AGE", default_value = "unlimited")]
    pub score_input_age: ScoreInputAge,
    /// Where to write alert episodes, one line of JSON each.
    #[arg(long, value_name = "FILE")]
    pub alerts: PathBuf,
    /// Print the summary as JSON.
    #[arg(long)]
    pub json: bool,
}

/// What is tried out, and since when.
#[derive(clap::Args)]
pub struct WhatIfArguments {
    /// Folder of clinical rules to try out, instead of the organisation's.
    #[arg(value_name = "RULES")]
    pub rules: PathBuf,
    /// Alerts raised from then on: RFC 3339, a date, or a time before the newest data (`30d`, `12h`).
    #[arg(long, value_name = "TIME")]
    pub since: Since,
    /// Where to write each alert that would be added, removed or changed, one line of JSON each.
    #[arg(long, value_name = "FILE")]
    pub alerts: Option<PathBuf>,
    /// Print the summary as JSON.
    #[arg(long)]
    pub json: bool,
}

/// What can be done about tokens.
#[derive(Subcommand)]
pub enum TokenCommand {
    /// Make a token and show it once.
    Create {
        /// The name that the audit shows: a person or a system.
        name: String,
        /// What it may do.
        #[arg(long, default_value = "nurse", value_parser = role)]
        role: Role,
        /// A ward it is for, once for each; without it all of them.
        #[arg(long = "ward", value_name = "WARD", value_parser = ward)]
        wards: Vec<WardId>,
    },
    /// End a token.
    Revoke {
        /// Its name.
        name: String,
    },
}

/// What can be done about accounts.
#[derive(Subcommand)]
pub enum AccountCommand {
    /// Make an account and show its password once.
    Create {
        /// By which one signs in (`ann.lee`).
        name: String,
        /// The person's name, as alerts show it.
        #[arg(long)]
        label: String,
        /// What the person may do.
        #[arg(long, default_value = "nurse", value_parser = role)]
        role: Role,
        /// A ward it is for, once for each; without it all of them.
        #[arg(long = "ward", value_name = "WARD", value_parser = ward)]
        wards: Vec<WardId>,
    },
    /// Make another password and show it once; who is signed in is signed out.
    NewPassword {
        /// The account.
        name: String,
    },
    /// End an account.
    Close {
        /// The account.
        name: String,
    },
}

/// What can be done about device credentials.
#[derive(Subcommand)]
pub enum CredentialCommand {
    /// Make a device's password and show it once.
    Create {
        /// The device, as in its topic; also its MQTT user name.
        device: String,
    },
    /// Make a new password; the newest old one works beside it until the next rotation.
    Rotate {
        /// The device.
        device: String,
    },
    /// End a device's credential.
    Revoke {
        /// The device.
        device: String,
    },
}

/// Reads a role.
fn role(text: &str) -> Result<Role, String> {
    let known = Role::ALL.into_iter().find(|role| role.name() == text);
    known.ok_or_else(|| format!("write one of {}", Role::ALL.map(Role::name).join(", ")))
}

fn ward(text: &str) -> Result<WardId, String> {
    WardId::new(text).map_err(|error| error.to_string())
}

/// Reads RFC 3339.
fn moment(text: &str) -> Result<ClinicalTime, String> {
    let time: jiff::Timestamp = text
        .parse()
        .map_err(|_| "write a time such as 2026-11-22T03:00:00Z".to_owned())?;
    Ok(ClinicalTime::from_epoch_ms(time.as_millisecond()))
}

/// Reads `90`, `90s`, `5m` or `2h`.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let seconds: u64 = digits
        .parse()
        .map_err(|_| "write a time such as 60s, 5m or 2h")?;
    let factor = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err("write a time such as 60s, 5m or 2h".to_owned()),
    };
    Ok(Duration::from_secs(seconds.saturating_mul(factor)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_time_is_read_with_its_unit_or_refused_with_an_example() {
        assert_eq!(duration("60s"), Ok(Duration::from_secs(60)));
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        assert!(duration("soon").is_err());
    }
}
