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
        let reasons = reasons(&answer);
        match (reasons.is_empty(), text(&answer, "title")) {
            (false, _) => bail!("{}", reasons.join("; ")),
            (true, "") => bail!("the service answered {status}"),
            (true, title) => bail!("{title} ({status})"),
        }
    }

    /// Ends the quiet service, if one was started.
    pub(super) fn end(self) -> anyhow::Result<()> {
        match self.own {
            Some(running) => Ok(self.runtime.block_on(running.stop())?),
            None => Ok(()),
        }
    }
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Why not, in the words of a problem document: each field with its fault.
fn reasons(answer: &Value) -> Vec<String> {
    let errors = answer.get("errors").and_then(Value::as_array);
    let faults = errors.into_iter().flatten().map(|error| {
        let field = text(error, "pointer").trim_start_matches("#/");
        match field {
            "" => text(error, "detail").to_owned(),
            field => format!("{field}: {}", text(error, "detail")),
        }
    });
    let detail = text(answer, "detail").to_owned();
    let all = std::iter::once(detail).chain(faults);
    all.filter(|reason| !reason.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_refusal_is_told_by_its_fields_without_empty_parts() {
        let answer = json!({
            "title": "The request is not valid",
            "errors": [{ "pointer": "#/spo2_scale", "detail": "must be 1 or 2" },
                       { "pointer": "", "detail": "is not JSON" }],
        });
        assert_eq!(
            reasons(&answer),
            ["spo2_scale: must be 1 or 2", "is not JSON"]
        );
    }
}
