//! A bar on standard error, where a person watches.

use std::cell::Cell;
use std::io::{IsTerminal, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

const WIDTH: u64 = 30;
const REDRAW: Duration = Duration::from_millis(100);
/// Rows between two looks at the clock.
const ROWS: u32 = 4_096;

/// How far a run is.
pub(super) struct Progress {
    /// Length of the file; none where nothing is drawn.
    length: Option<u64>,
    read: Rc<Cell<u64>>,
    rows: u32,
    drawn: Instant,
}

impl Progress {
    /// Draws only on a terminal, and only for a file whose length is known.
    pub(super) fn new(length: u64, read: Rc<Cell<u64>>) -> Self {
        let watched = length > 0 && std::io::stderr().is_terminal();
        Self {
            length: watched.then_some(length),
            read,
            rows: 0,
            drawn: Instant::now(),
        }
    }

    /// One row more.
    pub(super) fn row(&mut self, readings: u64, patients: u64) {
        self.rows = self.rows.wrapping_add(1);
        let Some(length) = self.length else { return };
        if self.rows.is_multiple_of(ROWS) && self.drawn.elapsed() >= REDRAW {
            self.drawn = Instant::now();
            let bar = bar(self.read.get(), length);
            draw(&format!(
                "\r{bar}  {readings} readings, {patients} patients"
            ));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.length.is_some() {
            draw("\r\u{1b}[K");
        }
    }
}

/// A terminal that has gone away is no error.
fn draw(text: &str) {
    let mut to = std::io::stderr().lock();
    let _ = to.write_all(text.as_bytes()).and_then(|()| to.flush());
}

fn bar(read: u64, length: u64) -> String {
    let read = read.min(length);
    let full = (read * WIDTH / length) as usize;
    let rest = WIDTH as usize - full;
    let percent = read * 100 / length;
    format!("[{}{}] {percent:3} %", "#".repeat(full), ".".repeat(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_with_the_file_and_never_overflows() {
        assert_eq!(bar(0, 10), "[..............................]   0 %");
        assert_eq!(bar(5, 10), "[###############...............]  50 %");
        assert_eq!(bar(12, 10), "[##############################] 100 %");
    }
}
