//! The Grafana boards name only what the program really tells and writes.

#[cfg(test)]
mod board;
#[cfg(test)]
mod files;
#[cfg(test)]
mod flux;
#[cfg(test)]
mod looks;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod program;
#[cfg(test)]
mod promql;
#[cfg(test)]
mod provisioning;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod vitals;
