//! Orders to a fleet while it runs: one end gives them, the other carries them out.

use super::patients::{DeviceTruth, Fleet};
use crate::scenario::ScenarioKind;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// Orders that wait; more are refused.
const ORDERS_MAX: usize = 16;
/// A fleet that is busy for longer does not answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is to happen to one watch or its patient, from now on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Order {
    /// A scenario begins.
    Play {
        /// Which.
        kind: ScenarioKind,
        /// Factor on how fast illness unfolds.
        ramp_factor: f64,
    },
    /// The patient gets well within 20 minutes, and what was to come does not.
    Recover,
    /// The watch is on the wrist again.
    PutOn,
    /// The watch is heard again: charged, its phone near. What it stored comes late.
    Return,
}

/// Why an order was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OrderRefused {
    /// No watch has this id.
    #[error("no watch has this id")]
    UnknownDevice,
    /// The same runs already.
    #[error("the same runs already")]
    RunsAlready,
    /// There is nothing that could end.
    #[error("there is nothing that could end")]
    NothingToEnd,
    /// The fleet has ended, or is too busy to answer.
    #[error("the fleet does not answer")]
    NoAnswer,
}

/// What happens to a watch and its patient, and what is to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    /// Device id.
    pub device: String,
    /// In the order in which it was ordered; also what was over not long ago.
    pub truths: Vec<DeviceTruth>,
}

struct Given {
    device: String,
    order: Order,
    reply: oneshot::Sender<Result<(), OrderRefused>>,
}

/// Gives orders to a fleet, and sees what happens to it.
#[derive(Debug, Clone)]
pub struct Director {
    given: mpsc::Sender<Given>,
    scenes: watch::Receiver<Vec<Scene>>,
}

/// The fleet's end.
#[derive(Debug)]
pub struct Orders {
    given: mpsc::Receiver<Given>,
    scenes: watch::Sender<Vec<Scene>>,
}

/// A director, and what [`super::run_directed`] takes.
#[must_use]
pub fn direction() -> (Director, Orders) {
    let (tx, rx) = mpsc::channel(ORDERS_MAX);
    let (told, scenes) = watch::channel(Vec::new());
    let director = Director { given: tx, scenes };
    let orders = Orders {
        given: rx,
        scenes: told,
    };
    (director, orders)
}

impl Director {
    /// Comes back when the fleet has done it.
    ///
    /// # Errors
    /// It was not done.
    pub async fn order(&self, device: &str, order: Order) -> Result<(), OrderRefused> {
        let (reply, answer) = oneshot::channel();
        let given = Given {
            device: device.to_owned(),
            order,
            reply,
        };
        let gone = |_| OrderRefused::NoAnswer;
        self.given
            .try_send(given)
            .map_err(|_| OrderRefused::NoAnswer)?;
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        answer.map_err(|_| OrderRefused::NoAnswer)?.map_err(gone)?
    }

    /// What happens to each watch; nothing before the fleet runs.
    #[must_use]
    pub fn scenes(&self) -> Vec<Scene> {
        self.scenes.borrow().clone()
    }
}

impl Orders {
    /// Says what is the case before anything is ordered.
    pub(super) fn begin(&self, fleet: &Fleet) {
        self.scenes.send_replace(scenes(fleet));
    }

    /// Carries out what was given, from a simulated time on.
    pub(super) fn carry_out(&mut self, fleet: &mut Fleet, at_ms: i64) {
        while let Ok(given) = self.given.try_recv() {
            let done = fleet.order(&given.device, given.order, at_ms);
            self.scenes.send_replace(scenes(fleet));
            // Whoever gave up waiting sees it among the scenes.
            let _ = given.reply.send(done);
        }
    }
}

fn scenes(fleet: &Fleet) -> Vec<Scene> {
    let of = |device: &String| {
        let truths = fleet.truths().iter();
        truths
            .filter(|one| one.device == *device)
            .cloned()
            .collect()
    };
    let devices = fleet.devices().into_iter();
    devices
        .map(|device| Scene {
            truths: of(&device),
            device,
        })
        .collect()
}

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;
