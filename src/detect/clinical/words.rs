//! The sentence of a rule, with places for what was found.

use super::names::{self, VITALS};
use super::program::{Slots, UNKNOWN};
use crate::domain::Vital;

/// A sentence with places.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Words {
    parts: Vec<Part>,
    /// One bit for each slot it shows.
    pub(super) uses: names::SlotSet,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Slot(usize),
    Figure(usize),
}

impl Words {
    /// Reads a sentence; `{…}` names an input, a count or a figure.
    pub(super) fn read(
        text: &str,
        inputs: u16,
        criteria: bool,
        figures: &[String],
    ) -> Result<Self, String> {
        let mut words = Self {
            parts: Vec::new(),
            uses: 0,
        };
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, behind) = after.split_once('}').ok_or("a `{` has no `}`")?;
            words.parts.push(Part::Text(before.to_owned()));
            words.place(name, inputs, criteria, figures)?;
            rest = behind;
        }
        words.parts.push(Part::Text(rest.to_owned()));
        Ok(words)
    }

    fn place(
        &mut self,
        name: &str,
        inputs: u16,
        criteria: bool,
        figures: &[String],
    ) -> Result<(), String> {
        if let Some(figure) = figures.iter().position(|figure| figure == name) {
            self.parts.push(Part::Figure(figure));
            return Ok(());
        }
        let counts = [names::MET, names::POSSIBLE];
        let known = names::plain(name).filter(|known| match known.input {
            Some(input) => inputs & (1 << input) != 0,
            None if counts.contains(&known.slot) => criteria,
            None => [names::NEWS2_MIN, names::NEWS2_MAX].contains(&known.slot),
        });
        let known = known
            .ok_or_else(|| format!("`{{{name}}}` is no input, figure or count of this rule"))?;
        self.uses |= names::bit(known.slot);
        self.parts.push(Part::Slot(known.slot));
        Ok(())
    }

    /// The sentence with its places filled.
    pub(super) fn fill(&self, slots: &Slots, missing: u16, figures: &[f64]) -> String {
        let shown = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Slot(slot) => slot_text(*slot, slots, missing),
            Part::Figure(figure) => number(figures.get(*figure).copied().unwrap_or(UNKNOWN), 2),
        });
        shown.collect()
    }
}

fn slot_text(slot: usize, slots: &Slots, missing: u16) -> String {
    let value = slots.get(slot).copied().unwrap_or(UNKNOWN);
    match VITALS.get(slot) {
        Some(_) if missing & (1 << slot) != 0 => number(UNKNOWN, 0),
        Some(vital) => value_text(*vital, value),
        None => number(value, 0),
    }
}

/// A vital's value as people write it.
pub(super) fn value_text(vital: Vital, value: f64) -> String {
    match vital {
        _ if value.is_nan() => number(value, 0),
        Vital::SupplementalOxygen => if value == 0.0 { "no" } else { "yes" }.to_owned(),
        Vital::Consciousness => {
            let letters = ["A", "C", "V", "P", "U"];
            letters
                .get(value as usize)
                .copied()
                .unwrap_or("?")
                .to_owned()
        }
        Vital::BodyTemperature | Vital::SkinTemperature => number(value, 1),
        _ => number(value, 0),
    }
}

fn number(value: f64, decimals: usize) -> String {
    if value.is_nan() {
        "unknown".to_owned()
    } else {
        format!("{value:.decimals$}")
    }
}
