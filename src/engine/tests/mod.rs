//! The engine with a real store: envelopes through its inbox, commits to disk.

mod attribution;
mod bench;
mod canary;
mod channels;
mod determinism;
mod disk;
mod explain;
mod explain_causes;
mod guard;
mod identity;
mod lifecycle;
mod notes;
mod orders;
mod replay;
mod route_plan;
mod routing;
mod rules;
mod timers;
mod treatment;
mod upgrade;
mod usual;
