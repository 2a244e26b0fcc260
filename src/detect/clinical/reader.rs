//! Reads a rule's file, checks every key and names what is wrong with its line.

use super::check::Scope;
use super::file::File;
use super::names::SlotSet;
use super::rule::{ClinicalRule, Input};
use super::{dry_run, environment};
use crate::domain::Priority;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::ops::Range;
use toml::Spanned;
use xxhash_rust::xxh3::xxh3_64;

/// Longest file, bytes.
pub(super) const BYTES_MAX: usize = 16 << 10;
/// Longest title, source or sentence.
const TEXT_MAX: usize = 300;

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// Counted from 1 within the file.
    pub(super) line: usize,
    pub(super) reason: String,
}

/// Reads a rule; `name` is its file's name without `.toml`.
pub(super) fn read(name: &str, text: &str, shipped: bool) -> Result<ClinicalRule, Vec<Problem>> {
    if text.len() > BYTES_MAX {
        let reason = format!(
            "the file has {} bytes, at most {BYTES_MAX} are read",
            text.len()
        );
        return Err(vec![Problem { line: 1, reason }]);
    }
    let file: File = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let reason = error.message().split_whitespace().collect::<Vec<_>>();
        vec![Problem {
            line: line_of(text, start),
            reason: reason.join(" "),
        }]
    })?;
    let mut reader = Reader {
        text,
        problems: Vec::new(),
        scope: Scope::default(),
        uses: 0,
    };
    let rule = reader.rule(name, file, shipped);
    match rule.filter(|_| reader.problems.is_empty()) {
        Some(rule) => Ok(rule),
        None => Err(reader.problems),
    }
}

/// One file while it is read.
pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    pub(super) problems: Vec<Problem>,
    pub(super) scope: Scope,
    /// One bit for each slot that was named so far.
    pub(super) uses: SlotSet,
}

impl Reader<'_> {
    fn rule(&mut self, name: &str, file: File, shipped: bool) -> Option<ClinicalRule> {
        self.head(name, &file);
        let inputs = self.inputs(&file);
        self.scope.criteria = !file.criteria.is_empty();
        let figures = self.figures(&file.figures);
        let names: Vec<String> = figures.iter().map(|f| f.name.clone()).collect();
        let criteria = self.criteria(&file.criteria);
        let when = self.condition(&file.when, "when");
        let clear_when = self.condition(&file.clear_when, "clear_when");
        let words = self.words(&file.words, &names);
        let urgent = file
            .urgent
            .as_ref()
            .map(|urgent| self.urgent(&file, urgent, &names));
        let persistence = self.persistence(&file.persistence);
        self.check_use(&file, &inputs);
        let id = *file.id.get_ref();
        let midnight = |date: Date| {
            let start = date.to_zoned(TimeZone::UTC);
            start.map_or(0, |start| start.timestamp().as_millisecond())
        };
        let rule = ClinicalRule {
            id,
            title: file.title.get_ref().clone(),
            version: *file.version.get_ref(),
            author: file.author.get_ref().clone(),
            valid_from: *file.valid_from.get_ref(),
            review_by: *file.review_by.get_ref(),
            source: file.source.get_ref().clone(),
            enabled: file.enabled,
            priority: *file.priority.get_ref(),
            shipped,
            text: self.text.into(),
            neutropenia_priority: file.neutropenia_priority,
            inputs: inputs.clone(),
            when: when?,
            urgent: urgent.map_or(Some(None), |urgent| urgent.map(Some))?,
            clear_when: clear_when?,
            clear_after_minutes: *file.clear_after_minutes.get_ref(),
            persistence: persistence?,
            criteria,
            figures,
            words: words?,
            uses: self.uses,
            triggers: environment::triggers(self.uses),
            valid_from_ms: midnight(*file.valid_from.get_ref()),
            review_by_ms: midnight(*file.review_by.get_ref()) + 86_400_000,
            gap_minutes: gap_minutes(&inputs),
            tag: (xxh3_64(id.as_str().as_bytes()) as u32).max(1),
        };
        if self.problems.is_empty() {
            for reason in dry_run::problems(&rule) {
                self.problem(&file.when.span(), reason);
            }
        }
        Some(rule)
    }

    pub(super) fn problem(&mut self, place: &Range<usize>, reason: impl Into<String>) {
        self.problems.push(Problem {
            line: line_of(self.text, place.start),
            reason: reason.into(),
        });
    }

    fn head(&mut self, name: &str, file: &File) {
        if file.id.get_ref().as_str() != name {
            let reason = format!("the id must be the file's name, `{name}`");
            self.problem(&file.id.span(), reason);
        }
        if *file.version.get_ref() == 0 {
            self.problem(&file.version.span(), "versions count from 1");
        }
        if file.review_by.get_ref() <= file.valid_from.get_ref() {
            self.problem(
                &file.review_by.span(),
                "review_by must lie after valid_from",
            );
        }
        for (text, what) in [
            (&file.title, "title"),
            (&file.author, "author"),
            (&file.source, "source"),
            (&file.words, "words"),
        ] {
            self.text(text, what);
        }
        if !file.clinical && *file.priority.get_ref() == Priority::High {
            let reason = "a rule that is not clinical is a hint: its priority is low or medium";
            self.problem(&file.priority.span(), reason);
        }
        let calm = *file.clear_after_minutes.get_ref();
        if !(1..=1_440).contains(&calm) {
            let place = file.clear_after_minutes.span();
            self.problem(&place, "clear_after_minutes must be 1 to 1440");
        }
    }

    pub(super) fn text(&mut self, text: &Spanned<String>, what: &str) {
        let length = text.get_ref().trim().len();
        if length == 0 || length > TEXT_MAX {
            self.problem(
                &text.span(),
                format!("{what} needs 1 to {TEXT_MAX} characters"),
            );
        }
    }
}

/// The least of the inputs' ages: nothing was known for longer than that.
fn gap_minutes(inputs: &[Input]) -> u16 {
    let least = inputs.iter().map(|input| input.max_age_minutes).min();
    least.and_then(|age| u16::try_from(age).ok()).unwrap_or(60)
}

/// The line in which a byte stands, counted from 1.
pub(super) fn line_of(text: &str, start: usize) -> usize {
    text.bytes()
        .take(start)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}
