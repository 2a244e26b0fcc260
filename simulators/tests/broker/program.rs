//! `wardlight-simulate` as its own process.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The program, still without arguments.
pub(crate) fn simulate() -> Command {
    Command::new(env!("CARGO_BIN_EXE_wardlight-simulate"))
}

/// Runs it to its end, which it has to find within half a minute.
pub(crate) fn ends_by_itself(mut command: Command) -> Output {
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("it runs");
    let deadline = Instant::now() + Duration::from_secs(30);
    while child.try_wait().expect("a child of ours").is_none() {
        if Instant::now() > deadline {
            child.kill().expect("killed");
            panic!("it does not end by itself");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().expect("it ended")
}
