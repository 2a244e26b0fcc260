//! The store from outside: one temporary directory a test.

mod chunk;
mod queries;
mod support;
mod writer;
