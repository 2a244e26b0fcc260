//! What a nurse reads of it.

use super::acute::Acute;
use super::hours::last_minute_of;
use super::judge::{Judged, RULE, VERSION};
use super::slow::{Leads, Slow};
use crate::detect::step::Step;
use crate::detect::wording::{self, change, name};
use crate::domain::{Evidence, MeasuredTime, Vital};

/// Parts below this share of the evidence are not named in the sentence.
const NAMED_SHARE: f64 = 0.15;
const NAMED_MOST: usize = 4;

/// A vital's share in what is told.
struct Part {
    vital: Vital,
    /// The last hour of the epoch of its value.
    hour: u32,
    value: f64,
    departure: f64,
    share: f64,
    hours_known: f64,
}

/// Why an episode ended after its time.
pub(super) fn over(judged: &Judged) -> &'static str {
    if judged.rarity.acute >= judged.threshold {
        "It was told a shift ago and still holds: it is told anew."
    } else {
        "It was told a shift ago."
    }
}

pub(super) fn evidence(step: &Step<'_>, judged: &Judged, acute: &Acute, slow: &Slow) -> Evidence {
    let parts = parts(step, judged, acute, slow);
    let chance = wording::chance(judged.hours_between, judged.is_own);
    let mut evidence = Evidence {
        rule: RULE.to_owned(),
        rule_version: VERSION,
        summary: format!(
            "{} {chance} Most: {}.{}",
            opening(&parts),
            named(&parts),
            whose(step, &parts)
        ),
        values: parts.iter().map(|part| value(step, part)).collect(),
        missing: missing(step, judged, acute),
        chance: Some(chance),
        ..Evidence::default()
    }
    .with_figure("acute_score", judged.acute)
    .with_figure("slow_score", judged.slow.score)
    .with_figure("log_hours_between", judged.rarity.value())
    .with_figure("threshold", judged.threshold)
    .with_figure("threshold_of_high", judged.high_from)
    .with_figure(
        "days_between",
        judged.hours_between / wording::HOURS_OF_A_DAY,
    );
    for part in &parts {
        let name = part.vital.name();
        evidence = evidence
            .with_figure(&format!("departure.{name}"), part.departure)
            .with_figure(&format!("share.{name}"), part.share);
    }
    evidence
}

/// The vitals behind the score that is rarer, the largest share first.
fn parts(step: &Step<'_>, judged: &Judged, acute: &Acute, slow: &Slow) -> Vec<Part> {
    let rules = &step.rules.deterioration;
    let mut parts: Vec<Part> = if judged.rarity.acute >= judged.rarity.slow {
        let acute = acute.parts(judged.hour, &rules.acute);
        acute
            .map(|part| Part {
                vital: part.vital,
                hour: part.hour,
                value: part.value,
                departure: part.value - part.level,
                share: part.evidence,
                hours_known: part.hours_known,
            })
            .collect()
    } else {
        let slow = slow.parts(judged.slow.leads).into_iter();
        slow.map(|part| Part {
            vital: part.vital,
            hour: part.hour,
            value: part.value,
            departure: part.value - part.expected,
            share: part.evidence,
            hours_known: part.hours_known,
        })
        .collect()
    };
    let all: f64 = parts.iter().map(|part| part.share).sum();
    for part in &mut parts {
        part.share /= all.max(f64::MIN_POSITIVE);
    }
    parts.retain(|part| part.share > 0.0);
    parts.sort_by(|a, b| b.share.total_cmp(&a.share));
    parts
}

fn opening(parts: &[Part]) -> String {
    let several = parts
        .iter()
        .filter(|part| part.share >= NAMED_SHARE)
        .count()
        > 1;
    match parts.first() {
        Some(first) if !several => {
            let mut words = name(first.vital).to_owned();
            if let Some(first) = words.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            format!("{words} is worse than usual.")
        }
        _ => "Worse than usual in several signs together.".to_owned(),
    }
}

fn named(parts: &[Part]) -> String {
    let named = parts.iter().filter(|part| part.share >= NAMED_SHARE);
    let named: Vec<String> = named
        .take(NAMED_MOST)
        .map(|part| {
            format!(
                "{} {}",
                name(part.vital),
                change(part.vital, part.departure)
            )
        })
        .collect();
    named.join(", ")
}

/// Against whose course the changes are, when it is not yet the patient's own.
fn whose(step: &Step<'_>, parts: &[Part]) -> &'static str {
    let known = parts.iter().map(|part| part.hours_known);
    wording::whose_course(step, known.fold(f64::INFINITY, f64::min))
}

fn value(step: &Step<'_>, part: &Part) -> crate::domain::EvidenceValue {
    let measured = i64::from(last_minute_of(part.hour)) * 60_000;
    let measured = MeasuredTime::from_epoch_ms(measured.min(step.at.epoch_ms()));
    let mut value = step.value(part.vital, part.value, measured);
    value.limit = Some(part.value - part.departure);
    value
}

/// Vitals of the acute score without a value, or with one that has faded.
fn missing(step: &Step<'_>, judged: &Judged, acute: &Acute) -> Vec<String> {
    let rules = &step.rules.deterioration.acute;
    let recent = |vital: Vital| {
        let mut heard = acute.parts(judged.hour, rules);
        heard.any(|part| {
            let age = judged.hour.saturating_sub(part.hour);
            part.vital == vital && f64::from(age) <= rules.hold_hours
        })
    };
    let vitals = super::acute::ACUTE_VITALS.into_iter();
    if judged.slow.leads == Leads::Resting && judged.rarity.slow > judged.rarity.acute {
        return Vec::new();
    }
    vitals
        .filter(|vital| !recent(*vital))
        .map(|vital| vital.name().to_owned())
        .collect()
}
