//! The whole service in one process, on port 0 and in a temporary directory:
//! real sockets in front, the real store behind.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod fever;
#[cfg(test)]
mod full_disk;
#[cfg(test)]
mod receiver;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod service;
#[cfg(test)]
mod virtual_day;
#[cfg(test)]
mod watch;
