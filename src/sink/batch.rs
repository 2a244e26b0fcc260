//! One write: lines, and the rows they came from.

use super::SinkRow;
use super::line::encode;

/// Lines on their way to the server.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The lines, each with its newline.
    pub(super) bytes: Vec<u8>,
    /// How many lines.
    pub(super) lines: usize,
    /// The newest row inside.
    pub(super) last_seq: u64,
}

impl Batch {
    /// Appends rows from the front of `rows` until a bound is reached; returns
    /// how many. A single row over the bounds goes alone.
    pub(super) fn fill(&mut self, rows: &[SinkRow], lines_max: usize, bytes_max: usize) -> usize {
        let mut taken = 0;
        for row in rows {
            let (bytes_before, lines_before) = (self.bytes.len(), self.lines);
            self.lines += encode(row, &mut self.bytes);
            let over = self.lines > lines_max || self.bytes.len() > bytes_max;
            if over && lines_before > 0 {
                self.bytes.truncate(bytes_before);
                self.lines = lines_before;
                return taken;
            }
            self.last_seq = row.seq;
            taken += 1;
        }
        taken
    }
}

/// Splits whole lines into two halves; none when there is only one line.
pub(super) fn halves(lines: &[u8]) -> Option<(&[u8], &[u8])> {
    let middle = lines.len() / 2;
    let ends = |at: usize| lines.get(at).is_some_and(|byte| *byte == b'\n');
    // The nearest line end before the middle, else the first after it.
    let before = (0..middle).rev().find(|at| ends(*at));
    let end = before.or_else(|| (middle..lines.len()).find(|at| ends(*at)))?;
    let (first, second) = lines.split_at_checked(end + 1)?;
    (!second.is_empty()).then_some((first, second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_ends_at_single_lines_and_loses_none() {
        fn all(lines: &[u8], out: &mut Vec<u8>, singles: &mut usize) {
            match halves(lines) {
                Some((first, second)) => {
                    all(first, out, singles);
                    all(second, out, singles);
                }
                None => {
                    out.extend_from_slice(lines);
                    *singles += 1;
                }
            }
        }
        let lines = b"a\nlonger line\nb\nc\nthe longest line of all of them\n";
        let (mut out, mut singles) = (Vec::new(), 0);
        all(lines, &mut out, &mut singles);
        assert_eq!((out.as_slice(), singles), (&lines[..], 5));
    }
}
