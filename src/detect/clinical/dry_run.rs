//! Tries a rule out on plausible and missing inputs before it may judge anybody.
//!
//! Each input takes its plausible ends, its usual value, every number the rule
//! compares with and the neighbours of that; the combinations are drawn by a
//! fixed generator, so that the same text always gets the same answer.

use super::environment::charted;
use super::names::{self, INPUTS, SLOTS, VALUE, VITALS, bit};
use super::program::{Slots, UNKNOWN};
use super::rule::ClinicalRule;
use crate::domain::Vital;

const TRIALS: u32 = 4_096;

/// What is wrong with how a rule judges.
pub(super) fn problems(rule: &ClinicalRule) -> Vec<String> {
    let choices: Vec<Vec<f64>> = (0..SLOTS).map(|slot| choices(rule, slot)).collect();
    let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
    let mut seen = Seen::default();
    seen.look(rule, &mut nothing_known(), true);
    for _ in 0..TRIALS {
        let mut slots = [UNKNOWN; SLOTS];
        for (slot, choices) in slots.iter_mut().zip(&choices) {
            *slot = draw.one_of(choices);
        }
        let least = slots[names::NEWS2_MIN];
        slots[names::NEWS2_MAX] = slots[names::NEWS2_MAX].max(least);
        seen.look(rule, &mut slots, false);
    }
    seen.problems()
}

#[derive(Default)]
struct Seen {
    opened: bool,
    cleared: bool,
    opened_on_nothing: bool,
    opened_and_cleared: bool,
    urgent_alone: bool,
}

impl Seen {
    fn look(&mut self, rule: &ClinicalRule, slots: &mut Slots, nothing: bool) {
        let missing = rule.missing(slots);
        rule.count(slots, missing);
        let opens = rule.when.holds(slots, missing) == Some(true);
        let clears = rule.clear_when.holds(slots, missing) == Some(true);
        let urgent = rule.urgent.as_ref();
        let urgent = urgent.is_some_and(|u| u.when.holds(slots, missing) == Some(true));
        self.opened |= opens;
        self.cleared |= clears;
        self.opened_on_nothing |= opens && nothing;
        self.opened_and_cleared |= opens && clears;
        self.urgent_alone |= urgent && !opens;
    }

    fn problems(&self) -> Vec<String> {
        let told = [
            (
                !self.opened,
                "when: holds for no plausible values; are the units right?",
            ),
            (
                !self.cleared,
                "clear_when: holds for no plausible values, so no alert would end",
            ),
            (
                self.opened_on_nothing,
                "when: holds though nothing is known",
            ),
            (
                self.opened_and_cleared,
                "clear_when: holds for values for which `when` holds",
            ),
            (
                self.urgent_alone,
                "urgent.when: holds for values for which `when` does not",
            ),
        ];
        let wrong = told.into_iter().filter(|(wrong, _)| *wrong);
        wrong.map(|(_, reason)| reason.to_owned()).collect()
    }
}

/// The context of a patient of whom nothing was ever measured.
fn nothing_known() -> Slots {
    let mut slots = [UNKNOWN; SLOTS];
    slots[names::ON_TREATMENT] = 1.0;
    slots[names::TREATMENT_RECORDED] = 0.0;
    slots[names::IN_NEUTROPENIA_WINDOW] = 0.0;
    slots[names::IN_POST_INFUSION_WINDOW] = 0.0;
    slots[names::IN_EXPECTED_NADIR] = 0.0;
    slots[names::NEWS2_MIN] = 0.0;
    slots[names::NEWS2_MAX] = 20.0;
    slots
}

fn choices(rule: &ClinicalRule, slot: usize) -> Vec<f64> {
    if rule.uses & bit(slot) == 0 && slot >= 2 * INPUTS {
        return vec![UNKNOWN];
    }
    let input = VITALS.get(slot % INPUTS).copied();
    match (slot / INPUTS, input) {
        (0, Some(vital)) => values(rule, slot, vital),
        (1, _) => ages(rule, slot % INPUTS),
        (2, Some(vital)) => around(rule, vital, false),
        (3, _) => vec![0.5, 2.0, 5.0, 10.0],
        (4, _) => vec![0.0, 1.0, 7.0, 60.0],
        _ => context(rule, slot),
    }
}

fn values(rule: &ClinicalRule, slot: usize, vital: Vital) -> Vec<f64> {
    let read = rule.inputs.iter().any(|input| VALUE + input.place == slot);
    match vital {
        _ if !read => vec![UNKNOWN],
        Vital::SupplementalOxygen => vec![0.0, 1.0, UNKNOWN],
        Vital::Consciousness => vec![0.0, 1.0, 2.0, 4.0, UNKNOWN],
        _ => around(rule, vital, true),
    }
}

/// Plausible values of a vital, those the rule speaks of among them.
fn around(rule: &ClinicalRule, vital: Vital, with_unknown: bool) -> Vec<f64> {
    let facts = vital.facts();
    let usual = crate::detect::baseline::default_vital(vital).population_level;
    let quantum = if charted(vital, 0.1) == 0.1 { 0.1 } else { 1.0 };
    let mut values = vec![facts.plausible_min, usual, facts.plausible_max];
    for number in numbers(rule) {
        for value in [number - quantum, number, number + quantum] {
            if (facts.plausible_min..=facts.plausible_max).contains(&value) {
                values.push(charted(vital, value));
            }
        }
    }
    if with_unknown {
        values.push(UNKNOWN);
    }
    values
}

fn ages(rule: &ClinicalRule, place: usize) -> Vec<f64> {
    let input = rule.inputs.iter().find(|input| input.place == place);
    let oldest = input.map_or(0.0, |input| f64::from(input.max_age_minutes));
    let mut ages = vec![0.0, 1.0, oldest, oldest + 1.0];
    let written = numbers(rule).filter(|number| (0.0..=oldest).contains(number));
    ages.extend(written);
    ages
}

fn context(rule: &ClinicalRule, slot: usize) -> Vec<f64> {
    match slot {
        names::SPO2_SCALE => vec![UNKNOWN, 1.0, 2.0],
        names::NEWS2_MIN | names::NEWS2_MAX => {
            let mut scores = vec![0.0, 1.0, 5.0, 7.0, 20.0];
            scores.extend(numbers(rule).filter(|n| (0.0..=20.0).contains(n)));
            scores
        }
        names::TREATMENT_DAY => {
            let mut days = vec![UNKNOWN, 1.0, 8.0, 14.0, 42.0];
            let named = numbers(rule).flat_map(|n| [n - 1.0, n, n + 1.0]);
            days.extend(named.filter(|n| (1.0..=365.0).contains(n)));
            days
        }
        // Counted from the criteria.
        names::MET | names::POSSIBLE => vec![UNKNOWN],
        _ => vec![0.0, 1.0],
    }
}

fn numbers(rule: &ClinicalRule) -> impl Iterator<Item = f64> {
    let criteria = rule.criteria.iter().filter_map(|c| c.when.as_ref());
    let urgent = rule.urgent.iter().map(|urgent| &urgent.when);
    let conditions = [&rule.when, &rule.clear_when];
    conditions
        .into_iter()
        .chain(urgent)
        .chain(criteria)
        .flat_map(super::program::Program::numbers)
}

/// A fixed linear generator.
struct Draw(u64);

impl Draw {
    fn one_of(&mut self, choices: &[f64]) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let place = (self.0 >> 33) as usize % choices.len().max(1);
        choices.get(place).copied().unwrap_or(UNKNOWN)
    }
}
