//! The tables and expressions of a rule's file, each with its problems.

use super::check::{self, Checked};
use super::environment;
use super::expression::Fault;
use super::file::{CriterionTable, File, PersistenceTable, UrgentTable};
use super::names::{self, Type};
use super::program::Program;
use super::reader::{Problem, Reader, line_of};
use super::rule::{Criterion, Figure, Input, Persistence, Urgent};
use super::words::Words;
use crate::domain::{Priority, Vital};
use std::collections::BTreeMap;
use toml::Spanned;

const CRITERIA_MAX: usize = 8;
const FIGURES_MAX: usize = 4;
/// Oldest input: a week.
const AGE_MAX: u32 = 10_080;

impl Reader<'_> {
    pub(super) fn inputs(&mut self, file: &File) -> Vec<Input> {
        let mut inputs = Vec::new();
        for (name, age) in file.inputs_max_age_minutes.get_ref() {
            let vital = Vital::from_name(name.get_ref());
            let Some(place) = vital.and_then(names::input_of) else {
                let known = names::VITALS.map(Vital::name).join(", ");
                let reason = format!("`{}` is no input; inputs are {known}", name.get_ref());
                self.problem(&name.span(), reason);
                continue;
            };
            if file.clinical && vital == Some(Vital::SkinTemperature) {
                self.problem(
                    &name.span(),
                    "wrist skin temperature is no body temperature: only a hint \
                     (`clinical = false`) may use it",
                );
            }
            let max_age_minutes = *age.get_ref();
            if !(1..=AGE_MAX).contains(&max_age_minutes) {
                self.problem(&age.span(), format!("an age is 1 to {AGE_MAX} minutes"));
            }
            self.scope.inputs |= 1 << place;
            inputs.push(Input {
                place,
                max_age_minutes,
            });
        }
        inputs
    }

    pub(super) fn figures(
        &mut self,
        figures: &BTreeMap<Spanned<String>, Spanned<String>>,
    ) -> Vec<Figure> {
        let mut read = Vec::new();
        for (name, value) in figures {
            if read.len() == FIGURES_MAX {
                self.problem(
                    &name.span(),
                    format!("there are at most {FIGURES_MAX} figures"),
                );
                break;
            }
            match check::compile(value.get_ref(), self.scope) {
                Ok(figure) if figure.of == Type::Bool => {
                    self.problem(&value.span(), "a figure must be a number");
                }
                Ok(figure) => read.push(Figure {
                    name: name.get_ref().clone(),
                    value: self.taken(figure),
                }),
                Err(fault) => self.fault(value, name.get_ref(), &fault),
            }
        }
        read
    }

    pub(super) fn criteria(&mut self, criteria: &[Spanned<CriterionTable>]) -> Vec<Criterion> {
        if let Some(extra) = criteria.get(CRITERIA_MAX) {
            let reason = format!("there are at most {CRITERIA_MAX} criteria");
            self.problem(&extra.span(), reason);
        }
        // A criterion cannot count itself.
        let outer = std::mem::replace(&mut self.scope.criteria, false);
        let mut read = Vec::new();
        for criterion in criteria.iter().take(CRITERIA_MAX).map(Spanned::get_ref) {
            self.text(&criterion.words, "words");
            let when = criterion.when.as_ref();
            read.push(Criterion {
                words: criterion.words.get_ref().clone(),
                when: when.and_then(|when| self.condition(when, "when")),
            });
        }
        self.scope.criteria = outer;
        read
    }

    pub(super) fn urgent(
        &mut self,
        file: &File,
        urgent: &UrgentTable,
        figures: &[String],
    ) -> Option<Urgent> {
        if urgent.priority.get_ref() <= file.priority.get_ref() {
            self.problem(
                &urgent.priority.span(),
                "must be above the rule's own priority",
            );
        }
        if !file.clinical && *urgent.priority.get_ref() == Priority::High {
            self.problem(&urgent.priority.span(), "a hint is never high");
        }
        self.text(&urgent.words, "words");
        let when = self.condition(&urgent.when, "urgent.when");
        let words = self.words(&urgent.words, figures);
        Some(Urgent {
            when: when?,
            priority: *urgent.priority.get_ref(),
            words: words?,
        })
    }

    pub(super) fn persistence(&mut self, table: &Spanned<PersistenceTable>) -> Option<Persistence> {
        let given = table.get_ref();
        match (given.epochs, given.of, given.minutes) {
            (Some(epochs), Some(of), None) if 1 <= epochs && epochs <= of && of <= 16 => {
                Some(Persistence::Epochs { epochs, of })
            }
            (None, None, Some(minutes)) if (1..=1_440).contains(&minutes) => {
                Some(Persistence::Minutes(minutes))
            }
            _ => {
                let reason = "needs either `epochs` and `of` (1 <= epochs <= of <= 16) or \
                              `minutes` (1 to 1440)";
                self.problem(&table.span(), reason);
                None
            }
        }
    }

    pub(super) fn condition(&mut self, source: &Spanned<String>, what: &str) -> Option<Program> {
        match check::condition(source.get_ref(), self.scope) {
            Ok(checked) => Some(self.taken(checked)),
            Err(fault) => {
                self.fault(source, what, &fault);
                None
            }
        }
    }

    pub(super) fn words(&mut self, text: &Spanned<String>, figures: &[String]) -> Option<Words> {
        let words = Words::read(
            text.get_ref(),
            self.scope.inputs,
            self.scope.criteria,
            figures,
        );
        match words {
            Ok(words) => {
                self.uses |= words.uses;
                Some(words)
            }
            Err(reason) => {
                self.problem(&text.span(), reason);
                None
            }
        }
    }

    fn taken(&mut self, checked: Checked) -> Program {
        self.uses |= checked.uses;
        checked.program
    }

    fn fault(&mut self, source: &Spanned<String>, what: &str, fault: &Fault) {
        let line = line_of(self.text, source.span().start) + self.opening(source) + fault.line - 1;
        self.problems.push(Problem {
            line,
            reason: format!("{what}: {}", fault.reason),
        });
    }

    /// Lines between a text's quotes and its first character: TOML leaves out
    /// a line break that follows three quotes at once.
    fn opening(&self, source: &Spanned<String>) -> usize {
        let raw = self.text.get(source.span()).unwrap_or_default();
        let inner = raw
            .strip_prefix("'''")
            .or_else(|| raw.strip_prefix("\"\"\""));
        let opens = inner.is_some_and(|i| i.starts_with('\n') || i.starts_with("\r\n"));
        usize::from(opens)
    }

    /// Inputs that nothing reads, and rules that read no input.
    pub(super) fn check_use(&mut self, file: &File, inputs: &[Input]) {
        let groups = [
            names::VALUE,
            names::AGE,
            names::LEVEL,
            names::SPREAD,
            names::DAYS,
        ];
        for input in inputs {
            let used = groups
                .iter()
                .any(|group| self.uses & names::bit(group + input.place) != 0);
            if !used && self.problems.is_empty() {
                let reason = format!("the rule never uses `{}`", input.vital().name());
                self.problem(&file.inputs_max_age_minutes.span(), reason);
            }
        }
        if environment::triggers(self.uses) == 0 && self.problems.is_empty() {
            self.problem(&file.when.span(), "the rule reads no vital");
        }
    }
}
