//! A document under way: from the top of the first page to the end of the last.

use super::file::{self, HEIGHT, WIDTH};
use super::font::Font;
use pdf_writer::types::TextRenderingMode;
use pdf_writer::{Content, Str};

/// Points between the page's sides and what is written.
pub(super) const SIDE: f32 = 40.0;
const TOP: f32 = HEIGHT - 46.0;
const BOTTOM: f32 = 54.0;
/// Pages of one document at most.
const PAGES_MAX: usize = 200;
/// Lines of a table's cell that stay together; what is longer goes on below.
const CELL_LINES_MAX: usize = 20;
/// Height of a line, in sizes of its letters.
const LEADING: f32 = 1.3;
const CELL_SIZE: f32 = 7.5;
const PADDING: f32 = 3.0;

/// A column of a table: its heading, and its share of the page's width.
pub(in crate::api) struct Column<'a> {
    pub(in crate::api) title: &'a str,
    pub(in crate::api) share: f32,
}

/// A document.
pub(in crate::api) struct Document {
    pub(super) font: Font,
    pages: Vec<Content>,
    /// Where the next line begins, from the bottom of the page.
    pub(super) y: f32,
    is_cut: bool,
}

impl Document {
    /// An empty one.
    pub(in crate::api) fn new() -> Self {
        Self {
            font: Font::new(),
            pages: vec![Content::new()],
            y: TOP,
            is_cut: false,
        }
    }

    /// The width that can be written on.
    pub(super) const fn width() -> f32 {
        WIDTH - 2.0 * SIDE
    }

    /// The page that is written on.
    pub(super) fn page(&mut self) -> &mut Content {
        if self.pages.is_empty() {
            self.pages.push(Content::new());
        }
        let last = self.pages.len() - 1;
        self.pages
            .get_mut(last)
            .expect("there is a page: see above")
    }

    /// Makes room for so much; false where the document is full.
    pub(super) fn has_room(&mut self, height: f32) -> bool {
        if self.y - height >= BOTTOM {
            return !self.is_cut;
        }
        if self.pages.len() >= PAGES_MAX {
            self.is_cut = true;
        }
        if self.is_cut {
            return false;
        }
        self.pages.push(Content::new());
        self.y = TOP;
        true
    }

    /// A heading, which stays with what follows it.
    pub(in crate::api) fn heading(&mut self, text: &str, size: f32) {
        self.y -= size * 0.6;
        if self.has_room(size * LEADING + 40.0) {
            self.text(text, size, true);
            self.y -= size * 0.2;
        }
    }

    /// A paragraph.
    pub(in crate::api) fn paragraph(&mut self, text: &str, size: f32) {
        self.text(text, size, false);
        self.y -= size * 0.5;
    }

    fn text(&mut self, text: &str, size: f32, is_bold: bool) {
        for line in wrapped(&self.font, text, size, Self::width()) {
            if !self.has_room(size * LEADING) {
                return;
            }
            self.y -= size * LEADING;
            let y = self.y + size * 0.3;
            self.write((SIDE, y), &line, size, is_bold);
        }
    }

    /// Writes one line from a place on.
    pub(super) fn write(&mut self, (x, y): (f32, f32), text: &str, size: f32, is_bold: bool) {
        let bytes = self.font.encode(text);
        let mode = match is_bold {
            true => TextRenderingMode::FillStroke,
            false => TextRenderingMode::Fill,
        };
        let page = self.page();
        page.save_state();
        page.set_line_width(size * 0.03);
        page.begin_text()
            .set_text_rendering_mode(mode)
            .set_font(file::FONT, size)
            .next_line(x, y)
            .show(Str(&bytes))
            .end_text();
        page.restore_state();
    }

    /// A table, whose headings stand on every page again.
    pub(in crate::api) fn table(&mut self, columns: &[Column<'_>], rows: &[Vec<String>]) {
        let titles: Vec<_> = columns.iter().map(|one| one.title.to_owned()).collect();
        let widths = widths(columns);
        let is_headed = titles.iter().any(|title| !title.is_empty());
        if is_headed {
            self.row(&widths, &titles, true);
        }
        for row in rows {
            for part in self.parts(&widths, row) {
                let height = height(part.iter().map(Vec::len).max().unwrap_or(1));
                let before = self.pages.len();
                if !self.has_room(height) {
                    return;
                }
                if is_headed && self.pages.len() > before {
                    self.row(&widths, &titles, true);
                }
                self.draw(&widths, &part, false);
            }
        }
        self.y -= 6.0;
    }

    fn row(&mut self, widths: &[f32], cells: &[String], is_bold: bool) {
        let lines = self.lines(widths, cells);
        let most = lines.iter().map(Vec::len).max().unwrap_or(1);
        // A heading alone at the end of a page helps nobody.
        if self.has_room(height(most) * 2.0) {
            self.draw(widths, &lines, is_bold);
        }
    }

    fn lines(&self, widths: &[f32], cells: &[String]) -> Vec<Vec<String>> {
        let line = |(cell, width): (&String, &f32)| {
            wrapped(&self.font, cell, CELL_SIZE, width - 2.0 * PADDING)
        };
        cells.iter().zip(widths).map(line).collect()
    }

    /// A row in parts that fit on a page.
    fn parts(&self, widths: &[f32], cells: &[String]) -> Vec<Vec<Vec<String>>> {
        let lines = self.lines(widths, cells);
        let most = lines.iter().map(Vec::len).max().unwrap_or(1).max(1);
        let part = |start: usize| {
            let of = |cell: &Vec<String>| -> Vec<String> {
                let from = cell.iter().skip(start);
                from.take(CELL_LINES_MAX).cloned().collect()
            };
            lines.iter().map(of).collect()
        };
        (0..most).step_by(CELL_LINES_MAX).map(part).collect()
    }

    fn draw(&mut self, widths: &[f32], cells: &[Vec<String>], is_bold: bool) {
        let most = cells.iter().map(Vec::len).max().unwrap_or(1);
        let (top, height) = (self.y, height(most));
        let mut x = SIDE;
        for (lines, width) in cells.iter().zip(widths) {
            let mut y = top - PADDING;
            for line in lines {
                y -= CELL_SIZE * LEADING;
                let place = (x + PADDING, y + CELL_SIZE * 0.3);
                self.write(place, line, CELL_SIZE, is_bold);
            }
            x += width;
        }
        self.y = top - height;
        let y = self.y;
        let page = self.page();
        page.set_line_width(if is_bold { 0.8 } else { 0.25 });
        page.move_to(SIDE, y)
            .line_to(SIDE + Self::width(), y)
            .stroke();
    }

    /// The file; `foot` stands on every page beside its number.
    pub(in crate::api) fn finish(mut self, title: &str, foot: &str) -> Vec<u8> {
        if self.is_cut {
            let words =
                "The record is cut here: it has no more than 200 pages. Choose a shorter period.";
            self.y = BOTTOM + 4.0;
            self.write((SIDE, BOTTOM - 10.0), words, 8.0, true);
        }
        let count = self.pages.len();
        let pages = std::mem::take(&mut self.pages);
        let mut numbered = Vec::with_capacity(count);
        for (number, page) in (1..).zip(pages) {
            self.pages = vec![page];
            let number = format!("Page {number} of {count}");
            let right = WIDTH - SIDE - self.font.width(&number, 7.5);
            self.write((right, 30.0), &number, 7.5, false);
            let room = right - SIDE - 10.0;
            let lines = wrapped(&self.font, foot, 7.5, room);
            for (line, y) in lines.iter().zip([30.0, 20.0]) {
                self.write((SIDE, y), line, 7.5, false);
            }
            numbered.append(&mut self.pages);
        }
        file::written(numbered, &self.font, title)
    }

    /// Whether a letter was written that the font does not have.
    pub(in crate::api) const fn lacks_letters(&self) -> bool {
        self.font.lacks
    }
}

fn widths(columns: &[Column<'_>]) -> Vec<f32> {
    let all: f32 = columns.iter().map(|one| one.share).sum();
    let of = |one: &Column<'_>| one.share / all.max(f32::EPSILON) * Document::width();
    columns.iter().map(of).collect()
}

fn height(lines: usize) -> f32 {
    lines.max(1) as f32 * CELL_SIZE * LEADING + 2.0 * PADDING
}

/// A text in lines that are no wider than `room`; words that are go on below.
fn wrapped(font: &Font, text: &str, size: f32, room: f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let longer = match line.is_empty() {
                true => word.to_owned(),
                false => format!("{line} {word}"),
            };
            if font.width(&longer, size) <= room {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line = broken(font, word, size, room, &mut lines);
        }
        lines.push(line);
    }
    lines
}

/// Puts all of a long word but its end into lines.
fn broken(font: &Font, word: &str, size: f32, room: f32, lines: &mut Vec<String>) -> String {
    let mut line = String::new();
    for letter in word.chars() {
        line.push(letter);
        if font.width(&line, size) > room && line.chars().count() > 1 {
            line.pop();
            lines.push(std::mem::replace(&mut line, letter.to_string()));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_nothing_of_a_text_is_lost() {
        let font = Font::new();
        let text = format!("two words\n{} end", "x".repeat(300));
        let lines = wrapped(&font, &text, 10.0, 100.0);
        assert_eq!(lines[0], "two words");
        assert!(lines.iter().all(|line| font.width(line, 10.0) <= 100.0));
        let all: String = lines.concat().chars().filter(|c| *c == 'x').collect();
        assert_eq!(all.len(), 300);
        assert!(
            lines.last().is_some_and(|line| line.ends_with("x end")),
            "{lines:?}"
        );
        assert_eq!(wrapped(&font, "a\n\nb", 10.0, 100.0), ["a", "", "b"]);
    }

    #[test]
    fn a_document_without_end_is_cut_and_says_so() {
        let mut document = Document::new();
        let column = Column {
            title: "Note",
            share: 1.0,
        };
        let rows = vec![vec!["a\n".repeat(1_000)]; 40];
        document.table(&[column], &rows);
        assert_eq!(document.pages.len(), PAGES_MAX);
        assert!(document.is_cut);
        assert!(document.finish("Title", "foot").starts_with(b"%PDF-"));
    }
}
