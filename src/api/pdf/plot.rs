//! A small chart in a document: lowest to highest as a band, the mean as a line.

use super::document::{Document, SIDE};
use pdf_writer::Content;

const HEIGHT: f32 = 62.0;
/// Room for the values beside it.
const LEFT: f32 = 34.0;
const SIZE: f32 = 6.5;

/// Lowest, mean and highest at a moment.
pub(in crate::api) type Point = (f64, f64, f64, f64);

/// What is drawn. Moments are epoch seconds.
#[derive(Default)]
pub(in crate::api) struct Plot {
    pub(in crate::api) caption: String,
    pub(in crate::api) digits: usize,
    pub(in crate::api) from: f64,
    pub(in crate::api) until: f64,
    /// Runs of stretches with nothing missing between them.
    pub(in crate::api) runs: Vec<Vec<Point>>,
    /// Drawn as broken lines.
    pub(in crate::api) limits: Vec<f64>,
    /// In grey: nobody could measure.
    pub(in crate::api) shaded: Vec<(f64, f64)>,
    /// Moments with their words, under the chart.
    pub(in crate::api) times: Vec<(f64, String)>,
}

/// Where a chart's values lie on the page.
struct Field {
    left: f32,
    bottom: f32,
    width: f32,
    x: (f64, f64),
    y: (f64, f64),
}

impl Field {
    fn x(&self, at: f64) -> f32 {
        let share = (at - self.x.0) / (self.x.1 - self.x.0).max(1.0);
        self.left + share.clamp(0.0, 1.0) as f32 * self.width
    }

    fn y(&self, value: f64) -> f32 {
        let share = (value - self.y.0) / (self.y.1 - self.y.0).max(f64::EPSILON);
        self.bottom + share.clamp(0.0, 1.0) as f32 * HEIGHT
    }
}

impl Document {
    /// Draws a chart.
    pub(in crate::api) fn plot(&mut self, plot: &Plot) {
        if !self.has_room(HEIGHT + 34.0) {
            return;
        }
        self.y -= 12.0;
        let y = self.y;
        self.write((SIDE, y), &plot.caption, 8.0, true);
        self.y -= HEIGHT + 5.0;
        let field = Field {
            left: SIDE + LEFT,
            bottom: self.y,
            width: Self::width() - LEFT,
            x: (plot.from, plot.until),
            y: range(plot),
        };
        draw(self.page(), plot, &field);
        self.label(plot, &field);
        self.y -= 12.0;
    }

    fn label(&mut self, plot: &Plot, field: &Field) {
        let (low, high) = field.y;
        let middle = (low + high) / 2.0;
        for (value, down) in [(low, 0.0), (middle, 2.0), (high, 5.0)] {
            let text = format!("{value:.*}", plot.digits);
            let x = field.left - 4.0 - self.font.width(&text, SIZE);
            self.write((x, field.y(value) - down), &text, SIZE, false);
        }
        for (at, text) in &plot.times {
            let width = self.font.width(text, SIZE);
            let most = field.left + field.width - width;
            let x = (field.x(*at) - width / 2.0).clamp(field.left, most.max(field.left));
            self.write((x, field.bottom - 9.0), text, SIZE, false);
        }
    }
}

/// All values and limits, with some room.
fn range(plot: &Plot) -> (f64, f64) {
    let of_runs = plot.runs.iter().flatten();
    let values = of_runs.flat_map(|(_, low, _, high)| [*low, *high]);
    let values = values.chain(plot.limits.iter().copied());
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values {
        (low, high) = (low.min(value), high.max(value));
    }
    let room = if high > low { (high - low) * 0.08 } else { 1.0 };
    // Nothing that is never negative seems to go there.
    let least = if low >= 0.0 { 0.0 } else { f64::NEG_INFINITY };
    match low.is_finite() {
        true => ((low - room).max(least), high + room),
        false => (0.0, 1.0),
    }
}

fn draw(page: &mut Content, plot: &Plot, field: &Field) {
    page.save_state();
    page.set_fill_gray(0.88);
    for (from, until) in &plot.shaded {
        let (from, until) = (field.x(*from), field.x(*until));
        page.rect(from, field.bottom, until - from, HEIGHT)
            .fill_nonzero();
    }
    page.set_fill_gray(0.68);
    for run in &plot.runs {
        band(page, run, field);
    }
    page.set_stroke_gray(0.0).set_line_width(0.8);
    for run in &plot.runs {
        mean(page, run, field);
    }
    page.set_line_width(0.6).set_dash_pattern([4.0, 3.0], 0.0);
    for limit in &plot.limits {
        let y = field.y(*limit);
        page.move_to(field.left, y);
        page.line_to(field.left + field.width, y).stroke();
    }
    page.set_dash_pattern([], 0.0).set_line_width(0.4);
    page.rect(field.left, field.bottom, field.width, HEIGHT)
        .stroke();
    page.restore_state();
}

fn band(page: &mut Content, run: &[(f64, f64, f64, f64)], field: &Field) {
    let Some((at, _, _, high)) = run.first() else {
        return;
    };
    page.move_to(field.x(*at), field.y(*high));
    for (at, _, _, high) in run {
        page.line_to(field.x(*at), field.y(*high));
    }
    for (at, low, ..) in run.iter().rev() {
        page.line_to(field.x(*at), field.y(*low));
    }
    page.close_path().fill_nonzero();
}

/// A line, or a short stroke where a stretch stands alone.
fn mean(page: &mut Content, run: &[(f64, f64, f64, f64)], field: &Field) {
    let Some((at, _, first, _)) = run.first() else {
        return;
    };
    let (x, y) = (field.x(*at), field.y(*first));
    let reach = if run.len() == 1 { 1.5 } else { 0.0 };
    page.move_to(x - reach, y).line_to(x + reach, y);
    for (at, _, mean, _) in run {
        page.line_to(field.x(*at), field.y(*mean));
    }
    page.stroke();
}
