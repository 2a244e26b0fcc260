//! The ways in: where messages of watches enter the house.
//!
//! In: bytes from brokers and watches. Out: [`crate::engine::Envelope`]s with
//! their [`crate::engine::Delivery`], which is settled after the commit.

pub mod subscriber;
