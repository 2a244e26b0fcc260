//! The service: the real program, its configuration, its death.

use crate::shim::Shim;
use crate::wait::{PATIENCE, within};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_wardlight");

/// The running service, or the place where it will run again.
pub(crate) struct Service {
    directory: PathBuf,
    api_port: u16,
    child: Option<Child>,
    shim: Option<Shim>,
}

impl Service {
    /// Writes the configuration and starts.
    pub(crate) async fn start(directory: &Path, api_port: u16, configuration: &str) -> Self {
        std::fs::write(directory.join("wardlight.toml"), configuration).expect("written");
        let mut service = Self {
            directory: directory.to_owned(),
            api_port,
            child: None,
            shim: Shim::build(directory),
        };
        service.again().await;
        service
    }

    /// Starts it and waits until its API answers.
    pub(crate) async fn again(&mut self) {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.log_file())
            .expect("a log file");
        let mut program = self.program();
        program
            .arg("serve")
            .envs(self.shim.iter().flat_map(Shim::environment))
            .stdout(log.try_clone().expect("a handle"))
            .stderr(log);
        self.child = Some(program.spawn().expect("the service starts"));
        let port = self.api_port;
        let up = within(PATIENCE, || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        assert!(up.await, "the service does not start: {}", self.log());
    }

    fn program(&self) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .arg("--config")
            .arg(self.directory.join("wardlight.toml"))
            .stdin(Stdio::null());
        command
    }

    /// kill -9, and nothing of it is left.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        let alive = matches!(child.try_wait(), Ok(None));
        assert!(alive, "the service ended by itself: {}", self.log());
        child.kill().expect("killed");
        child.wait().expect("ended");
    }

    /// kill -9 when the next commit writes its log: it is not on disk yet.
    pub(crate) async fn kill_in_commit(&mut self) {
        let Some(shim) = &self.shim else {
            self.kill();
            return;
        };
        shim.arm();
        let child = self.child.as_mut().expect("it runs");
        let mut ended = || child.try_wait().expect("a child of ours");
        let killed = within(PATIENCE, || ended().is_some()).await;
        let status = ended();
        assert!(killed, "no commit came: {}", self.log());
        let signal = status.and_then(|status| status.signal());
        assert_eq!(signal, Some(9), "it ended by itself: {}", self.log());
        shim.disarm();
    }

    /// Ends it in order.
    pub(crate) async fn stop(&mut self) {
        let mut child = self.child.take().expect("it runs");
        let id = child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.expect("kill runs").success());
        let ended = within(PATIENCE, || matches!(child.try_wait(), Ok(Some(_)))).await;
        if !ended {
            let _ = child.kill();
        }
        let status = child.wait().expect("ended");
        assert!(ended && status.success(), "not in order: {}", self.log());
    }

    /// Makes an access token by the command line and gives it.
    pub(crate) async fn token(&self) -> String {
        let socket = self.directory.join("data/admin.sock");
        let up = within(PATIENCE, || socket.exists()).await;
        assert!(up, "no admin socket: {}", self.log());
        let made = self
            .program()
            .args(["token", "create", "harness", "--role", "administrator"])
            .output()
            .expect("the program runs");
        let said = String::from_utf8_lossy(&made.stdout).into_owned();
        let wrong = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "{said}{wrong}");
        said.lines().last().expect("a token").trim().to_owned()
    }

    fn log_file(&self) -> PathBuf {
        self.directory.join("service.log")
    }

    /// The end of its log.
    pub(crate) fn log(&self) -> String {
        let log = std::fs::read_to_string(self.log_file()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines
            .get(lines.len().saturating_sub(40)..)
            .unwrap_or_default()
            .join("\n")
    }

    /// Lines of its log that tell of an error.
    pub(crate) fn errors(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.log_file()).unwrap_or_default();
        let bad = |line: &&str| line.contains("ERROR") || line.contains("panicked");
        log.lines().filter(bad).map(str::to_owned).collect()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
