//! Asks the service to change something, whether it runs or not.

use crate::api::admin_client;
use crate::app;
use crate::config::Config;
use anyhow::{Context, bail};
use axum::http::Method;
use serde_json::Value;
use std::path::PathBuf;
use tokio::runtime::Runtime;

/// The way to the service's admin socket. When no service runs, one without
/// any way in is started for as long as this lives.
pub(super) struct Admin {
    runtime: Runtime,
    socket: PathBuf,
    own: Option<app::Running>,
}

impl Admin {
    /// Reaches the running service, or starts a quiet one of its own.
    pub(super) fn reach(config: Config) -> anyhow::Result<Self> {
        let runtime = Runtime::new().context("failed to start the runtime")?;
        let socket = app::admin_socket(&config);
        let alive = runtime.block_on(admin_client::call(
            &socket,
            Method::GET,
            "/health/live",
            None,
        ));
        let own = match alive {
            Ok(_) => None,
            Err(_) => Some(runtime.block_on(app::start(config, app::Mode::quiet()))?),
        };
        Ok(Self {
            runtime,
            socket,
            own,
        })
    }

    /// Sends one request; an answer that is no success becomes an error in its words.
    pub(super) fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let call = admin_client::call(&self.socket, method, path, body);
        let (status, answer) = self.runtime.block_on(call)?;
        if status.is_success() {
            return Ok(answer);
        }
        let part = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
        let mut reasons = vec![part("detail").to_owned()];
        if let Some(errors) = answer.get("errors").and_then(Value::as_array) {
            reasons.extend(errors.iter().map(|error| {
                let text = |name| error.get(name).and_then(Value::as_str).unwrap_or_default();
                format!("{}: {}", text("pointer"), text("detail"))
            }));
        }
        bail!("{} ({status}): {}", part("title"), reasons.join("; "))
    }

    /// Ends the quiet service, if one was started.
    pub(super) fn end(self) -> anyhow::Result<()> {
        match self.own {
            Some(running) => Ok(self.runtime.block_on(running.stop())?),
            None => Ok(()),
        }
    }
}
