//! The real program as its own process, on ports it keeps over its restarts.

use crate::service::eventually;
use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

pub(crate) struct Program {
    directory: PathBuf,
    /// Where watches connect.
    pub(crate) mqtt_port: u16,
    child: Option<Child>,
}

fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
    socket.local_addr().expect("bound").port()
}

impl Program {
    /// A program that lives in `directory`; nothing runs yet.
    pub(crate) fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            mqtt_port: free_port(),
            child: None,
        }
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.directory.join("data")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wardlight"));
        let listener = format!("127.0.0.1:{}", self.mqtt_port);
        command
            .args(arguments)
            .env("WARDLIGHT_DATA_DIR", self.data_dir())
            .env("WARDLIGHT_API__LISTEN", "127.0.0.1:0")
            .env("WARDLIGHT_MQTT__LISTENER__ADDRESS", listener)
            .env("WARDLIGHT_MQTT__LISTENER__STOP_SECONDS", "1")
            .stdin(Stdio::null());
        command
    }

    /// Runs a subcommand and gives what it printed.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("runs");
        let wrong = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {wrong}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Serves with more in its environment; waits until watches can connect.
    pub(crate) async fn serve(&mut self, environment: &[(&str, &Path)]) {
        let mut log = File::options();
        let log = log.create(true).append(true).open(self.log_file());
        let mut command = self.command(&["serve"]);
        command.envs(environment.iter().copied());
        command.stdout(Stdio::null()).stderr(log.expect("a file"));
        let child = command.spawn();
        self.child = Some(child.expect("starts"));
        let port = self.mqtt_port;
        let connects = async || TcpStream::connect(("127.0.0.1", port)).ok();
        eventually("the listener answers", connects).await;
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        // It stays in its place meanwhile: one that does not end is killed with us.
        let child = self.child.as_mut().expect("it runs");
        let status = async || child.try_wait().expect("a child of ours");
        eventually("the program ends", status).await
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().expect("killed");
        child.wait().expect("ended");
    }

    /// Ends it in order.
    pub(crate) async fn stop(&mut self) {
        let id = self.child.as_ref().expect("it runs").id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.expect("kill runs").success());
        let status = self.ended().await;
        assert!(status.success(), "{status}: {}", self.log());
    }

    fn log_file(&self) -> PathBuf {
        self.directory.join("service.log")
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // Ended already, when the test went well.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
