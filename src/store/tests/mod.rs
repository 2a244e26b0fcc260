//! The store from outside: one temporary directory a test.

mod support;
mod writer;
