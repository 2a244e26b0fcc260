//! Measurements, fields, tags and columns that a Flux query names.

use crate::program::Words;
use crate::tokens::{Token, tokens};

/// Columns that every reading has in InfluxDB.
const COLUMNS: [&str; 6] = [
    "_time",
    "_start",
    "_stop",
    "_value",
    "_measurement",
    "_field",
];
/// Functions that choose a row: of a stretch without readings they choose none,
/// and what leaves no row leaves no gap in the line.
const CHOOSING: [&str; 4] = ["first", "last", "min", "max"];
/// Parameters whose texts are columns.
const NAMING: [&str; 5] = ["columns", "rowKey", "columnKey", "valueColumn", "column"];

/// What is wrong with `query`.
pub(crate) fn mistakes(query: &str, words: &Words) -> Vec<String> {
    let tokens = tokens(query);
    let of_buckets = tokens.first().and_then(Token::word) == Some("buckets");
    let mut reader = Reader {
        words,
        of_buckets,
        wrong: Vec::new(),
    };
    for at in 0..tokens.len() {
        reader.member(&tokens, at);
        reader.parameter(&tokens, at);
    }
    if query.contains("from(") && !query.contains("r._field == ") {
        // `value` is a number with a fraction, `arrival_ms` one without: a
        // query of both fails in the server.
        reader.wrong.push("does not choose a field".to_owned());
    }
    if query.contains("aggregateWindow") && !query.contains("createEmpty: true") {
        reader
            .wrong
            .push("joins gaps: createEmpty is not true".to_owned());
    }
    reader.wrong
}

struct Reader<'a> {
    words: &'a Words,
    of_buckets: bool,
    wrong: Vec<String>,
}

impl Reader<'_> {
    fn is_column(&self, name: &str) -> bool {
        COLUMNS.contains(&name)
            || self.words.tags.contains_key(name)
            || (self.of_buckets && name == "name")
    }

    /// `r.column`, and what it is compared with.
    fn member(&mut self, tokens: &[Token], at: usize) {
        let Some([row, dot, column, more @ ..]) = tokens.get(at..) else {
            return;
        };
        if row.word() != Some("r") {
            return;
        }
        if dot.is("[") {
            self.wrong
                .push("write r.column, which is checked".to_owned());
        }
        let Some(column) = column.word().filter(|_| dot.is(".")) else {
            return;
        };
        if !self.is_column(column) {
            self.wrong.push(format!("unknown tag or column {column}"));
            return;
        }
        if let [sign, value, ..] = more {
            self.comparison(column, sign, value);
        }
    }

    fn comparison(&mut self, column: &str, sign: &Token, value: &Token) {
        if let Token::Pattern(pattern) = value {
            // A pattern without a variable cannot be held against the words.
            if !self.of_buckets && !pattern.contains("${") {
                self.wrong
                    .push(format!("{column}: write out what /{pattern}/ means"));
            }
            return;
        }
        let Some(value) = value.text().filter(|_| sign.is("==") || sign.is("!=")) else {
            return;
        };
        let known = match column {
            "_measurement" => Some(&self.words.measurements),
            "_field" => Some(&self.words.fields),
            tag => self.words.tags.get(tag),
        };
        let is_known = known.is_none_or(|known| known.contains(value));
        if !is_known && !value.contains("${") {
            let what = column.trim_start_matches('_');
            self.wrong.push(format!("unknown {what} {value}"));
        }
    }

    /// `name: "text"` and `name: ["text", …]`.
    fn parameter(&mut self, tokens: &[Token], at: usize) {
        let Some([name, colon, value, ..]) = tokens.get(at..) else {
            return;
        };
        let Some(name) = name.word().filter(|_| colon.is(":")) else {
            return;
        };
        if name == "fn" && value.word().is_some_and(|word| CHOOSING.contains(&word)) {
            self.wrong
                .push("joins gaps: it chooses a row, and an empty stretch has none".to_owned());
        }
        let texts: Vec<&str> = if value.is("[") {
            let inside = tokens[at + 3..].iter().take_while(|token| !token.is("]"));
            inside.filter_map(Token::text).collect()
        } else {
            value.text().into_iter().collect()
        };
        for text in texts {
            let wrong = match name {
                "bucket" => text != "${bucket}",
                "tag" => !self.words.tags.contains_key(text),
                _ => NAMING.contains(&name) && !self.is_column(text),
            };
            if wrong {
                self.wrong.push(format!("unknown {name} {text}"));
            }
        }
    }
}
