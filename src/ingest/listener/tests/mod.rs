//! The listener through its socket, against the standard's statements.
//!
//! `double` stands where the engine will; `client` speaks MQTT byte by byte
//! and lets the client library's codecs read every answer. Tests take an
//! address and see inputs, so that they can be pointed at the whole service.

mod client;
mod clients;
mod connect;
mod double;
mod limits;
mod malformed;
mod publish;
mod qos2;
mod sessions;
mod speed;
mod statements;
mod subscribe;
mod takeover;
mod tls;
mod wills;
