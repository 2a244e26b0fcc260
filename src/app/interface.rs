//! The API over TCP and the admin socket: one router behind two doors.

use super::{AppError, Parts, admin_socket, reads};
use crate::api;
use crate::runtime::Stage;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Opens the API to the network; says where it answers.
pub(super) async fn spawn_api(
    stage: &mut Stage<AppError>,
    parts: &Parts,
    live: Arc<dyn api::LiveSource>,
) -> Result<SocketAddr, AppError> {
    let address = parts.config.api.listen;
    let bind = |source| AppError::Bind {
        what: "the API",
        address,
        source,
    };
    let bound = TcpListener::bind(address).await.map_err(bind)?;
    let local = bound.local_addr().map_err(bind)?;
    let router = router(stage, parts, live);
    let (cancel, grace) = (stage.token(), parts.config.service.shutdown_phase());
    tracing::info!(api.address = %local, "the API and the live page answer");
    stage.spawn("api", async move {
        api::serve(bound, router, cancel, grace).await;
        Ok(())
    });
    Ok(local)
}

/// Opens the socket that commands on this machine ask.
pub(super) fn spawn_admin(
    stage: &mut Stage<AppError>,
    parts: &Parts,
    live: Arc<dyn api::LiveSource>,
) -> Result<(), AppError> {
    // Bound at once, not in the task: a command that started a quiet service
    // asks as soon as the start returns.
    let socket = api::AdminSocket::bind(&admin_socket(&parts.config))?;
    let router = router(stage, parts, live);
    let (cancel, grace) = (stage.token(), parts.config.service.shutdown_phase());
    stage.spawn("admin socket", async move {
        socket.run(router, cancel, grace).await;
        Ok(())
    });
    Ok(())
}

fn router(stage: &Stage<AppError>, parts: &Parts, live: Arc<dyn api::LiveSource>) -> axum::Router {
    let (engine, clock) = (parts.engine.clone(), parts.mode.clock.clone());
    let state = api::ApiState::new(
        api::Parts {
            audit: Arc::new(api::EngineAudit::new(engine.clone(), clock.clone())),
            engine,
            source: Arc::new(reads::StoredReads::new(
                parts.reader.clone(),
                super::foundation::table(&parts.config),
                parts.config.store.retention_days,
            )),
            live,
            clock,
            about: api::About {
                version: env!("CARGO_PKG_VERSION"),
                simulated: parts.mode.simulated,
            },
            rules: Arc::new(parts.config.detect.clone()),
            chart_check: reads::chart_check(parts.chart_links()),
            signatures: Arc::new(reads::Signed(parts.action_links())),
            endpoint_check: reads::endpoint_check(&parts.config.webhooks),
            snooze_minutes_max: parts.config.alerts.snooze_minutes_max,
            stage: parts.mode.stage.clone(),
            retention_days: parts.config.store.retention_days,
            cancel: stage.token(),
        },
        parts.config.api.clone(),
    );
    api::router(state)
}
