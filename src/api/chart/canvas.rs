//! Dots, lines and digits; what lies outside is not drawn.

use super::digits::glyph;

/// Dots of a digit's dot.
const SCALE: i32 = 2;
/// From the left of one digit to the left of the next.
const ADVANCE: i32 = 4 * SCALE;
/// From a stripe of hatching to the next.
const STRIPES: i32 = 12;

/// A picture under way: an index into the palette a dot.
pub(super) struct Canvas {
    pub(super) rows: Vec<Vec<u8>>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self {
            rows: vec![vec![0; width]; height],
        }
    }

    pub(super) fn dot(&mut self, x: i32, y: i32, colour: u8) {
        let place = usize::try_from(y).ok().and_then(|y| self.rows.get_mut(y));
        let place = place.zip(usize::try_from(x).ok());
        if let Some(dot) = place.and_then(|(row, x)| row.get_mut(x)) {
            *dot = colour;
        }
    }

    pub(super) fn rectangle(
        &mut self,
        (left, top): (i32, i32),
        (right, bottom): (i32, i32),
        colour: u8,
    ) {
        for y in top..=bottom {
            for x in left..=right {
                self.dot(x, y, colour);
            }
        }
    }

    /// A rectangle of slanted stripes.
    pub(super) fn hatching(
        &mut self,
        (left, top): (i32, i32),
        (right, bottom): (i32, i32),
        colour: u8,
    ) {
        for y in top..=bottom {
            let striped = |x: &i32| (x + y).rem_euclid(STRIPES) < STRIPES / 2;
            for x in (left..=right).filter(striped) {
                self.dot(x, y, colour);
            }
        }
    }

    /// A line two dots thick.
    pub(super) fn line(&mut self, from: (i32, i32), to: (i32, i32), colour: u8) {
        let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).max(1);
        for step in 0..=steps {
            let x = from.0 + (to.0 - from.0) * step / steps;
            let y = from.1 + (to.1 - from.1) * step / steps;
            self.dot(x, y, colour);
            self.dot(x, y + 1, colour);
        }
    }

    /// Digits that end at `right`.
    pub(super) fn text(&mut self, text: &str, (right, top): (i32, i32), colour: u8) {
        let count = i32::try_from(text.chars().count()).unwrap_or(0);
        let mut left = right - count * ADVANCE;
        for character in text.chars() {
            for (row, bits) in (0..).zip(glyph(character)) {
                for column in (0..3).filter(|column| bits & (0b100 >> column) != 0) {
                    let (x, y) = (left + column * SCALE, top + row * SCALE);
                    self.rectangle((x, y), (x + SCALE - 1, y + SCALE - 1), colour);
                }
            }
            left += ADVANCE;
        }
    }
}
