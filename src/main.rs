//! The `wardlight` program.

use clap::Parser;
use std::process::ExitCode;
use wardlight::cli::{self, Arguments};

fn main() -> ExitCode {
    cli::run(&Arguments::parse())
}
