//! Metrics and labels that a PromQL query names.

use crate::program::Words;
use crate::tokens::{Token, tokens};

const FUNCTIONS: [&str; 5] = ["rate", "increase", "sum", "histogram_quantile", "time"];
const LISTS: [&str; 5] = ["by", "without", "on", "ignoring", "label_values"];
const OPERATORS: [&str; 4] = ["and", "or", "unless", "bool"];
/// Labels that Prometheus adds to whatever it reads.
const ADDED: [&str; 2] = ["instance", "job"];
/// Prometheus's own metric about whether it could read.
const OWN: &str = "up";

/// What is wrong with `query`, which shows its lines as `legend`.
pub(crate) fn mistakes(query: &str, legend: &str, words: &Words) -> Vec<String> {
    let tokens = tokens(query);
    let mut reader = Reader {
        words,
        metrics: Vec::new(),
        labels: Vec::new(),
        wrong: Vec::new(),
    };
    let mut at = 0;
    while at < tokens.len() {
        at = reader.step(&tokens, at);
    }
    reader.labels.extend(shown(legend));
    reader.judge_labels();
    if reader.metrics.is_empty() {
        reader.wrong.push("names no metric".to_owned());
    }
    reader.wrong
}

/// The labels between `{{` and `}}`.
fn shown(legend: &str) -> Vec<String> {
    let parts = legend.split("{{").skip(1);
    parts
        .filter_map(|part| Some(part.split_once("}}")?.0.trim().to_owned()))
        .collect()
}

struct Reader<'a> {
    words: &'a Words,
    metrics: Vec<String>,
    labels: Vec<String>,
    wrong: Vec<String>,
}

impl Reader<'_> {
    /// Reads what begins at `at`; returns where the next begins.
    fn step(&mut self, tokens: &[Token], at: usize) -> usize {
        let follows = |sign: &str| tokens.get(at + 1).is_some_and(|token| token.is(sign));
        let Some(word) = tokens[at].word() else {
            // A range: its length is no name.
            return if tokens[at].is("[") {
                past(tokens, at, "]")
            } else {
                at + 1
            };
        };
        if LISTS.contains(&word) && follows("(") {
            let end = past(tokens, at, ")");
            self.list(word, &tokens[at + 2..end - 1]);
            return end;
        }
        if OPERATORS.contains(&word) || word.starts_with(|c: char| c.is_ascii_digit()) {
            return at + 1;
        }
        // `sum by (label) (…)`: what is called follows its list.
        if follows("(") || FUNCTIONS.contains(&word) {
            if !FUNCTIONS.contains(&word) {
                self.wrong.push(format!("unknown function {word}"));
            }
            return at + 1;
        }
        self.metric(word);
        if !follows("{") {
            return at + 1;
        }
        let end = past(tokens, at, "}");
        self.matchers(word, &tokens[at + 2..end - 1]);
        end
    }

    fn list(&mut self, word: &str, inside: &[Token]) {
        let mut names = inside.iter().filter_map(Token::word).map(str::to_owned);
        if word == "label_values" {
            let metric = names.next().unwrap_or_default();
            self.metric(&metric);
        }
        self.labels.extend(names);
    }

    fn metric(&mut self, name: &str) {
        if name != OWN && !self.words.metrics.contains_key(name) {
            self.wrong.push(format!("unknown metric {name}"));
        }
        self.metrics.push(name.to_owned());
    }

    fn matchers(&mut self, metric: &str, inside: &[Token]) {
        for matcher in inside.split(|token| token.is(",")) {
            let [label, sign, value] = matcher else {
                self.wrong.push(format!("{metric}: cannot read a matcher"));
                continue;
            };
            let (label, value) = (label.word().unwrap_or("?"), value.text().unwrap_or("?"));
            if ADDED.contains(&label) {
                continue;
            }
            let known = self
                .words
                .metrics
                .get(metric)
                .and_then(|labels| labels.get(label));
            let Some(known) = known else {
                self.wrong.push(format!("{metric}: unknown label {label}"));
                continue;
            };
            // Of patterns only alternatives are understood here.
            let values = value.split(|c| c == '|' && sign.is("=~"));
            for value in values.filter(|value| !known.contains(*value)) {
                self.wrong
                    .push(format!("{metric}: {label} is never {value}"));
            }
        }
    }

    fn judge_labels(&mut self) {
        for label in std::mem::take(&mut self.labels) {
            let has = |metric: &String| {
                self.words
                    .metrics
                    .get(metric)
                    .is_some_and(|labels| labels.contains_key(&label))
            };
            if !ADDED.contains(&label.as_str()) && !self.metrics.iter().any(has) {
                self.wrong.push(format!("unknown label {label}"));
            }
        }
    }
}

/// Behind the next `close`.
fn past(tokens: &[Token], at: usize, close: &str) -> usize {
    let end = tokens[at..].iter().position(|token| token.is(close));
    end.map_or(tokens.len(), |length| at + length + 1)
}
