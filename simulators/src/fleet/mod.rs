//! A fleet: many patients with their watches, in one stream ordered by sending time.
//!
//! Comes in: [`FleetOptions`], and [`Order`]s while it runs. Goes out: messages up to any
//! simulated time ([`Fleet`], pure), or over real MQTT, one connection a device ([`run`]).
//!
//! Invariant: the stream of a fleet depends on its options only, and on what it was
//! ordered and when.

mod demo;
mod driver;
mod member;
mod order;
mod patients;

pub use demo::{DemoTiming, demo_fleet, demo_fleet_with};
pub use driver::{
    FleetReport, FleetRun, FleetRunError, SimulatedClock, run, run_directed, scaled_clock,
};
pub use order::{Director, Order, OrderRefused, Orders, Scene, direction};
pub use patients::{DeviceTruth, Fleet, FleetMessages, FleetOptions, SimulatedPatient};
