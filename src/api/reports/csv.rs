//! Tables for spreadsheets: RFC 4180 in UTF-8, the first row names the columns.

/// A table under way.
#[derive(Default)]
pub(in crate::api) struct Csv {
    text: String,
}

/// A cell: text, a number or nothing.
pub(in crate::api) enum Cell<'a> {
    Text(&'a str),
    Owned(String),
    Count(u64),
    Number(Option<f64>),
    Empty,
}

impl<'a> From<Option<&'a str>> for Cell<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Empty, Self::Text)
    }
}

impl<'a> From<&'a Option<String>> for Cell<'a> {
    fn from(text: &'a Option<String>) -> Self {
        text.as_deref().into()
    }
}

impl Csv {
    /// A table with these columns.
    pub(in crate::api) fn new(columns: &[&str]) -> Self {
        let mut csv = Self {
            text: String::new(),
        };
        csv.row(columns.iter().map(|name| Cell::Text(name)));
        csv
    }

    /// Adds a row.
    pub(in crate::api) fn row<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) {
        for (place, cell) in cells.into_iter().enumerate() {
            if place > 0 {
                self.text.push(',');
            }
            match cell {
                Cell::Text(text) => self.cell(text),
                Cell::Owned(text) => self.cell(&text),
                Cell::Count(count) => self.text.push_str(&count.to_string()),
                Cell::Number(Some(number)) => self.text.push_str(&number.to_string()),
                Cell::Number(None) | Cell::Empty => {}
            }
        }
        self.text.push_str("\r\n");
    }

    /// What a spreadsheet would take for a formula gets an apostrophe before
    /// it: a reason that somebody typed must never run.
    fn cell(&mut self, text: &str) {
        let first = text.trim_start_matches(' ').chars().next();
        let runs = first.is_some_and(|c| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n'));
        let guarded = if runs { "'" } else { "" };
        if text.contains([',', '"', '\r', '\n']) {
            let text = text.replace('"', "\"\"");
            self.text.push_str(&format!("\"{guarded}{text}\""));
        } else {
            self.text.push_str(guarded);
            self.text.push_str(text);
        }
    }

    pub(in crate::api) fn finish(self) -> String {
        self.text
    }
}
