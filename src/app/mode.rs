//! How to run.

use crate::api::Stage;
use crate::runtime::Clock;
use std::sync::Arc;

/// How to run: on which clock, for whom, and how much of the house.
#[derive(Clone)]
pub struct Mode {
    /// Both clocks.
    pub clock: Clock,
    /// Whether all patients are simulated; every output then says so.
    pub simulated: bool,
    /// Whether watches, deliveries, sinks and the TCP API are served; without
    /// them only the admin socket answers.
    pub full: bool,
    /// By what people make things happen to simulated patients.
    pub stage: Option<Arc<dyn Stage>>,
}

impl Mode {
    /// The service on real time.
    pub fn service() -> Self {
        Self {
            clock: Clock::real(),
            simulated: false,
            full: true,
            stage: None,
        }
    }

    /// Only the admin socket, for commands while no service runs.
    pub fn quiet() -> Self {
        Self {
            full: false,
            ..Self::service()
        }
    }

    /// Simulated patients on a clock of their own.
    pub fn simulated(clock: Clock) -> Self {
        Self {
            clock,
            simulated: true,
            full: true,
            stage: None,
        }
    }

    /// The same with somebody who makes things happen to them.
    pub fn staged(clock: Clock, stage: Arc<dyn Stage>) -> Self {
        Self {
            stage: Some(stage),
            ..Self::simulated(clock)
        }
    }
}
