//! What everything stands on: the data directory and the engine that writes it.

use super::history::StoredHistory;
use super::{AppError, Mode, rules};
use crate::alert::routing::Table;
use crate::config::Config;
use crate::engine::{Counters, Engine, Rulebook};
use crate::store::{Checkpointer, Reader, StoredSession, Writer};
use crate::telemetry;
use std::path::Path;
use std::sync::Arc;

/// An engine that has recovered, and what is read beside it.
pub(super) struct Foundation {
    pub(super) engine: Engine,
    pub(super) reader: Reader,
    pub(super) counters: Arc<Counters>,
    /// The durable MQTT sessions as the last run left them.
    pub(super) sessions: Vec<StoredSession>,
    /// Signs links to charts.
    pub(super) chart_key: String,
}

impl Foundation {
    /// Takes the data directory for this process alone and starts the engine.
    /// The clinical rules of `config` become those that this start puts in force.
    pub(super) fn lay(config: &mut Config, mode: &Mode) -> Result<Self, AppError> {
        let data_dir = &config.service.data_dir;
        let (mut writer, opened) = Writer::open(data_dir, &config.store)?;
        keep_tag_key(data_dir)?;
        let reader = Reader::open(data_dir, &config.store, writer.heads())?;
        let loaded = writer.load()?;
        rules::settle(&mut config.detect, loaded.rulebook.as_deref(), &mode.clock);
        let checkpointer = Checkpointer::spawn(data_dir, &config.store)?;
        let counters = Arc::new(Counters::default());
        let book = Rulebook {
            rules: config.detect.clone(),
            alerts: config.alerts.clone(),
            simulated: mode.simulated,
            site: opened.site.clone(),
            routing: table(config),
            failing_again_minutes: config.webhooks.failing_again_minutes,
            dangerous_panic_at_heart_rate: config.engine.dangerous_panic_at_heart_rate,
        };
        let history = Box::new(StoredHistory::new(reader.clone(), config.decode.clone()));
        let engine = Engine::start(
            config.engine.clone(),
            book,
            writer,
            Some(checkpointer),
            history,
            Arc::clone(&counters),
        )?;
        Ok(Self {
            engine,
            reader,
            counters,
            sessions: loaded.sessions,
            chart_key: opened.chart_key,
        })
    }
}

/// Who is told of what.
pub(super) fn table(config: &Config) -> Arc<Table> {
    // Checked when the configuration was loaded: only a caller of its own
    // making could hand over something else.
    Arc::new(Table::new(&config.routing).unwrap_or_default())
}

/// The log names devices by a hash under this key.
fn keep_tag_key(data_dir: &Path) -> Result<(), AppError> {
    let key = telemetry::TagKey::load_or_create(&data_dir.join("tag.key"))?;
    // A second start in one process keeps the first key.
    drop(telemetry::install_tag_key(key));
    Ok(())
}
