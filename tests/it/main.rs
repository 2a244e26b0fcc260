//! The whole service in one process, on port 0 and in a temporary directory:
//! real sockets in front, the real store behind.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod actions;
#[cfg(test)]
mod backtest;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod cable;
#[cfg(test)]
mod canary;
#[cfg(test)]
mod canary_blocked;
#[cfg(test)]
mod canary_ways;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod deliveries;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod failed_sync;
#[cfg(test)]
mod fever;
#[cfg(test)]
mod flying;
#[cfg(test)]
mod full_disk;
#[cfg(test)]
mod keeper;
#[cfg(test)]
mod late;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod older;
mod page;
#[cfg(test)]
mod page_connection;
#[cfg(test)]
mod page_live;
#[cfg(test)]
mod past;
mod patient_page;
#[cfg(test)]
mod plays;
#[cfg(test)]
mod program;
#[cfg(test)]
mod programs;
#[cfg(test)]
mod receiver;
#[cfg(test)]
mod reports;
#[cfg(test)]
mod routed;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod service;
#[cfg(test)]
mod simulated;
#[cfg(test)]
mod small_disk;
#[cfg(test)]
mod treatment;
#[cfg(test)]
mod verifiers;
#[cfg(test)]
mod virtual_day;
#[cfg(test)]
mod watch;
#[cfg(test)]
mod what_if;
