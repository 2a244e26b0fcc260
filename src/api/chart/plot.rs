//! Where everything of a chart lies.

use super::canvas::Canvas;
use super::png::encode;

const WIDTH: i32 = 480;
const HEIGHT: i32 = 170;
/// The corners of the plot itself.
const LEFT: i32 = 52;
const RIGHT: i32 = 468;
const TOP: i32 = 12;
const BOTTOM: i32 = 140;

const GRID: u8 = 1;
const BAND: u8 = 2;
const EXTENT: u8 = 3;
const LINE: u8 = 4;
const LIMIT: u8 = 5;
const TEXT: u8 = 6;
const PALETTE: [[u8; 3]; 7] = [
    [255, 255, 255],
    [216, 221, 224],
    [222, 234, 246],
    [142, 182, 220],
    [0, 94, 184],
    [213, 40, 27],
    [33, 43, 50],
];

/// A chart of one vital.
#[derive(Clone, Debug, Default)]
pub(in crate::api) struct Plot {
    /// The hours that it shows; the last one ends at its right edge.
    pub(in crate::api) hours: u32,
    /// Stretches with values, the oldest first.
    pub(in crate::api) stretches: Vec<Stretch>,
    /// The usual range.
    pub(in crate::api) usual: Option<(f64, f64)>,
    /// Whether that is not the one of the alert's moment: it is hatched.
    pub(in crate::api) usual_is_present: bool,
    /// The limit in force.
    pub(in crate::api) limit: Option<f64>,
}

/// A stretch of time with good values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::api) struct Stretch {
    /// Its middle: 0 at the left edge, 1 at the right.
    pub(in crate::api) at: f64,
    /// The smallest value.
    pub(in crate::api) min: f64,
    /// The largest.
    pub(in crate::api) max: f64,
    /// The mean.
    pub(in crate::api) mean: f64,
}

/// Stretches further apart are not joined: nothing was measured between them.
const GAP: f64 = 1.0 / 32.0;
/// Dots either side of the middle of a value that stands alone.
const ALONE: i32 = 2;
/// The same for the newest value.
const NEWEST: i32 = 3;

/// The chart as PNG.
pub(in crate::api) fn draw(plot: &Plot) -> Vec<u8> {
    let mut canvas = Canvas::new(WIDTH as usize, HEIGHT as usize);
    let scale = Scale::around(plot);
    if let Some((low, high)) = plot.usual {
        let (from, to) = ((LEFT, scale.y(high)), (RIGHT, scale.y(low)));
        match plot.usual_is_present {
            true => canvas.hatching(from, to, BAND),
            false => canvas.rectangle(from, to, BAND),
        }
    }
    frame(&mut canvas, plot, &scale);
    for stretch in &plot.stretches {
        let x = x(stretch.at);
        canvas.rectangle(
            (x, scale.y(stretch.max)),
            (x + 1, scale.y(stretch.min)),
            EXTENT,
        );
    }
    if let Some(limit) = plot.limit {
        let y = scale.y(limit);
        canvas.line((LEFT, y), (RIGHT, y), LIMIT);
    }
    course(&mut canvas, &plot.stretches, &scale);
    encode(WIDTH.unsigned_abs(), &PALETTE, &canvas.rows)
}

/// The means, joined where nothing is missing between them.
fn course(canvas: &mut Canvas, stretches: &[Stretch], scale: &Scale) {
    for pair in stretches.windows(2) {
        if let [one, next] = pair
            && next.at - one.at <= GAP
        {
            let (from, to) = (scale.y(one.mean), scale.y(next.mean));
            canvas.line((x(one.at), from), (x(next.at), to), LINE);
        }
    }
    let newest = stretches.last();
    for stretch in stretches {
        let size = if newest == Some(stretch) {
            NEWEST
        } else {
            ALONE
        };
        let joined = |other: &Stretch| other != stretch && (other.at - stretch.at).abs() <= GAP;
        if newest == Some(stretch) || !stretches.iter().any(joined) {
            let (x, y) = (x(stretch.at), scale.y(stretch.mean));
            canvas.rectangle((x - size, y - size), (x + size, y + size), LINE);
        }
    }
}

fn frame(canvas: &mut Canvas, plot: &Plot, scale: &Scale) {
    for share in [0.0, 0.5, 1.0] {
        let value = scale.low + share * (scale.high - scale.low);
        let y = scale.y(value);
        canvas.rectangle((LEFT, y), (RIGHT, y), GRID);
        canvas.text(&scale.label(value), (LEFT - 4, y - 4), TEXT);
        let x = x(share);
        canvas.rectangle((x, TOP), (x, BOTTOM), GRID);
        let before = f64::from(plot.hours) * (share - 1.0);
        let right = (x + 20).min(WIDTH - 2);
        canvas.text(&format!("{before:.0}h"), (right, BOTTOM + 10), TEXT);
    }
}

fn x(share: f64) -> i32 {
    LEFT + (f64::from(RIGHT - LEFT) * share.clamp(0.0, 1.0)) as i32
}

/// The values at the lower and upper edge.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// Everything fits, with a little room.
    fn around(plot: &Plot) -> Self {
        let values = plot.stretches.iter().flat_map(|s| [s.min, s.max]);
        let usual = plot.usual.into_iter().flat_map(|(low, high)| [low, high]);
        let all = values.chain(usual).chain(plot.limit);
        let (low, high) = all
            .filter(|value| value.is_finite())
            .fold((f64::MAX, f64::MIN), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        if low > high {
            return Self {
                low: 0.0,
                high: 1.0,
            };
        }
        let room = ((high - low) * 0.1).max(0.5);
        Self {
            low: low - room,
            high: high + room,
        }
    }

    /// With fractions only where they tell values apart.
    fn label(&self, value: f64) -> String {
        if self.high - self.low < 10.0 && value.abs() < 100.0 {
            format!("{value:.1}")
        } else {
            format!("{value:.0}")
        }
    }

    fn y(&self, value: f64) -> i32 {
        let share = (value - self.low) / (self.high - self.low);
        BOTTOM - (f64::from(BOTTOM - TOP) * share.clamp(0.0, 1.0)) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(at: f64, mean: f64) -> Stretch {
        Stretch {
            at,
            min: mean - 1.0,
            max: mean + 1.0,
            mean,
        }
    }

    #[test]
    fn the_same_values_give_the_same_picture_and_others_another() {
        let plot = Plot {
            hours: 24,
            stretches: vec![stretch(0.1, 70.0), stretch(0.12, 72.0), stretch(0.9, 120.0)],
            usual: Some((60.0, 80.0)),
            usual_is_present: false,
            limit: Some(110.0),
        };
        let picture = draw(&plot);
        assert_eq!(picture, draw(&plot));
        assert!(
            (300..8_000).contains(&picture.len()),
            "{} bytes",
            picture.len()
        );
        let mut other = plot;
        other.limit = None;
        assert_ne!(picture, draw(&other));
    }

    #[test]
    fn nothing_measured_and_nonsense_are_drawn_without_harm() {
        let empty = Plot {
            hours: 24,
            ..Plot::default()
        };
        assert!(!draw(&empty).is_empty());
        let wild = Plot {
            stretches: vec![
                stretch(-5.0, f64::NAN),
                stretch(9.0, f64::INFINITY),
                stretch(0.5, 1e300),
            ],
            usual: Some((f64::NEG_INFINITY, f64::MAX)),
            ..empty
        };
        assert!(!draw(&wild).is_empty());
    }
}
