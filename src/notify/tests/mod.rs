//! The notifier against a real HTTP server on this machine.

mod clocks;
mod delivering;
mod failing;
mod formats;
mod guarding;
mod outages;
mod tls;
mod vectors;
mod world;
