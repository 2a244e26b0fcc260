//! The store from outside: one temporary directory a test.

mod chunk;
mod deliveries;
mod keeping;
mod lists;
mod notes;
mod queries;
mod reports;
mod support;
mod writer;
