//! What lives in memory, of the sample world.

use super::world::World;
use crate::api::source::{ComponentHealth, HealthState, LiveSource};
use crate::domain::PatientNumber;

impl LiveSource for World {
    fn scores(&self, _: PatientNumber) -> Option<serde_json::Value> {
        self.data().scores.clone()
    }

    fn health(&self) -> Vec<ComponentHealth> {
        let store = ComponentHealth {
            name: "store",
            state: HealthState::Working,
            reason: None,
        };
        std::iter::once(store)
            .chain(self.data().health.clone())
            .collect()
    }

    fn metrics_text(&self) -> String {
        String::from("# EOF\n")
    }
}
