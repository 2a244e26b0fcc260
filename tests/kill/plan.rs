//! How much, and by which way in.

use crate::wait::now_ms;

/// The way in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// Watches publish to Mosquitto, the service subscribes.
    Broker,
    /// Watches publish to the service.
    Listener,
}

/// A run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) way: Way,
    pub(crate) messages: u64,
    pub(crate) kills: u32,
    /// Messages a second, so that the load lasts as long as the kills.
    pub(crate) rate: f64,
    pub(crate) devices: u32,
    /// Measured time between two messages of a device.
    pub(crate) step_ms: i64,
    /// Measured time of each device's first message.
    pub(crate) start_ms: i64,
    /// True episodes of fever spread over the load; each kill may ask for one more.
    pub(crate) episodes: u32,
}

/// Devices of the load whose wearer changes all the time.
pub(crate) const WANDERING: u32 = 4;
/// Share of messages that are sent twice.
pub(crate) const REPEATS: f64 = 0.05;

impl Plan {
    /// The short run, or what the environment asks for.
    pub(crate) fn of(way: Way) -> Self {
        let messages = asked("KILL_TEST_MESSAGES", 15_000);
        let kills = u32::try_from(asked("KILL_TEST_KILLS", 5)).expect("a number of kills");
        let devices = 20;
        let step_ms = 200;
        let measured_ms = (messages / devices).cast_signed() * step_ms;
        Self {
            way,
            messages,
            kills,
            #[expect(clippy::cast_precision_loss, reason = "a rate")]
            rate: asked("KILL_TEST_RATE", 1_200) as f64,
            devices: u32::try_from(devices).expect("few"),
            step_ms,
            start_ms: now_ms() - measured_ms - 60_000,
            episodes: kills * 4,
        }
    }

    /// Id of a load device.
    pub(crate) fn device(number: u32) -> String {
        format!("load-{number}")
    }

    /// Id of the device of an episode.
    pub(crate) fn episode_device(number: u32) -> String {
        format!("fever-{number}")
    }

    /// Episodes there are patients for: those spread out, those that kills ask
    /// for (a kill that hit nothing is done again), and the last.
    pub(crate) fn episodes_max(&self) -> u32 {
        self.episodes + self.kills * 4 + 1
    }
}

fn asked(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().expect("a number in the environment"),
        Err(_) => otherwise,
    }
}
