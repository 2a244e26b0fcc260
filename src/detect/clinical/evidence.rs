//! What a rule's alert says for itself.

use super::inputs::Inputs;
use super::names::{MET, POSSIBLE, VALUE};
use super::program::Slots;
use super::rule::ClinicalRule;
use super::words::value_text;
use crate::detect::step::{Step, duration_words};
use crate::domain::{Evidence, EvidenceValue, MeasuredTime};

/// Values, ages and gaps of a rule that was judged.
pub(super) fn evidence(
    step: &Step<'_>,
    rule: &ClinicalRule,
    level: u8,
    slots: &Slots,
    missing: u16,
    inputs: &Inputs,
) -> Evidence {
    let values = values(step, rule, slots, missing, inputs);
    let gaps = gaps(rule, missing);
    let figures = rule.figures(slots, missing);
    let words = match (&rule.urgent, level) {
        (Some(urgent), 2) => &urgent.words,
        _ => &rule.words,
    };
    let mut summary = format!("{}: {}", rule.title, words.fill(slots, missing, &figures));
    add_criteria(&mut summary, rule, slots, missing);
    add_gaps(&mut summary, step, rule, &values, &gaps);
    let mut evidence = Evidence {
        rule: rule.id.as_str().to_owned(),
        rule_version: rule.version,
        summary,
        values,
        missing: gaps,
        ..Evidence::default()
    };
    if !rule.criteria.is_empty() {
        let of = |slot: usize| slots.get(slot).copied().unwrap_or(0.0);
        evidence = evidence.with_figure("criteria_met", of(MET));
        evidence = evidence.with_figure("criteria_possible", of(POSSIBLE));
    }
    for (figure, value) in rule.figures.iter().zip(figures) {
        if !value.is_nan() {
            evidence = evidence.with_figure(&figure.name, value);
        }
    }
    evidence
}

/// What is listed of a rule that held from one minute to another and was over
/// when it became known.
pub(super) fn evidence_of_late(
    step: &Step<'_>,
    rule: &ClinicalRule,
    (began, last): (MeasuredTime, MeasuredTime),
) -> Evidence {
    Evidence {
        rule: rule.id.as_str().to_owned(),
        rule_version: rule.version,
        summary: format!(
            "{}: it held from {} to {} ago and was over when it became known, so nobody was paged.",
            rule.title,
            duration_words(began.age_ms_at(step.at)),
            duration_words(last.age_ms_at(step.at)),
        ),
        ..Evidence::default()
    }
}

fn values(
    step: &Step<'_>,
    rule: &ClinicalRule,
    slots: &Slots,
    missing: u16,
    inputs: &Inputs,
) -> Vec<EvidenceValue> {
    let read = rule.inputs.iter().filter_map(|input| {
        let kept = inputs.get(input.place)?;
        let value = slots.get(VALUE + input.place).copied()?;
        let measured = MeasuredTime::from_epoch_ms(i64::from(kept.minute) * 60_000);
        let known = missing & (1 << input.place) == 0;
        known.then(|| step.value(input.vital(), value, measured))
    });
    read.collect()
}

/// Inputs that are unknown or too old, and criteria that can never be known here.
fn gaps(rule: &ClinicalRule, missing: u16) -> Vec<String> {
    let inputs = rule.inputs.iter();
    let inputs = inputs.filter(|input| missing & (1 << input.place) != 0);
    let inputs = inputs.map(|input| input.vital().words().to_owned());
    let criteria = rule.criteria.iter().filter(|c| c.when.is_none());
    inputs.chain(criteria.map(|c| c.words.clone())).collect()
}

/// Which criteria hold.
fn add_criteria(summary: &mut String, rule: &ClinicalRule, slots: &Slots, missing: u16) {
    let holds = |when: &super::program::Program| when.holds(slots, missing) == Some(true);
    let met = rule.criteria.iter();
    let met: Vec<&str> = met
        .filter(|criterion| criterion.when.as_ref().is_some_and(holds))
        .map(|criterion| criterion.words.as_str())
        .collect();
    if !met.is_empty() {
        *summary = format!("{} ({})", summary, met.join(", "));
    }
}

fn add_gaps(
    summary: &mut String,
    step: &Step<'_>,
    rule: &ClinicalRule,
    values: &[EvidenceValue],
    gaps: &[String],
) {
    let measured: Vec<String> = values
        .iter()
        .map(|v| format!("{} {}", v.vital.words(), value_text(v.vital, v.value)))
        .collect();
    if !measured.is_empty() {
        *summary = format!("{summary}. Measured: {}", measured.join(", "));
    }
    summary.push('.');
    if !gaps.is_empty() {
        *summary = format!("{summary} Not known: {}.", gaps.join(", "));
    }
    if let Some(oldest) = values.iter().map(|value| value.age_ms).max() {
        *summary = format!("{summary} Oldest input: {}.", duration_words(oldest));
    }
    if rule.is_overdue(step.at) {
        *summary = format!(
            "{summary} The rule was due for review by {}.",
            rule.review_by
        );
    }
}
