//! The store from outside: one temporary directory a test.

mod chunk;
mod support;
mod writer;
