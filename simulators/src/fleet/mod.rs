//! A fleet: many patients with their watches, in one stream ordered by sending time.
//!
//! Comes in: [`FleetOptions`]. Goes out: messages up to any simulated time ([`Fleet`],
//! pure), or over real MQTT, one connection a device ([`run`]).
//!
//! Invariant: the stream of a fleet depends on its options only.

mod demo;
mod driver;
mod patients;

pub use demo::{DemoTiming, demo_fleet, demo_fleet_with};
pub use driver::{FleetReport, FleetRun, FleetRunError, SimulatedClock, run, scaled_clock};
pub use patients::{DeviceTruth, Fleet, FleetMessages, FleetOptions, SimulatedPatient};
