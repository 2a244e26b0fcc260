//! What a NEWS2 alert says for itself.

use super::news2::{News2, News2Parameter};
use super::step::{Step, duration_words};
use crate::domain::Evidence;

pub(super) const RULE: &str = "news2";

pub(super) fn evidence(step: &Step<'_>, scored: &News2) -> Evidence {
    let missing: Vec<String> = scored.missing().map(|p| p.words().to_owned()).collect();
    let values = scored
        .parts
        .iter()
        .filter_map(|part| {
            let mut value = step.value(part.parameter.vital(), part.value?, part.measured?);
            value.limit = None;
            part.points.map(|_| value)
        })
        .collect();
    let mut evidence = Evidence {
        rule: RULE.to_owned(),
        rule_version: step.rules.provenance.news2.version,
        summary: summary(scored, &missing),
        values,
        missing,
        ..Evidence::default()
    }
    .with_figure("score_min", f64::from(scored.score_min))
    .with_figure("score_max", f64::from(scored.score_max));
    for part in &scored.parts {
        if let Some(points) = part.points {
            let name = format!("points {}", part.parameter.words());
            evidence = evidence.with_figure(&name, f64::from(points));
        }
    }
    evidence
}

fn summary(scored: &News2, missing: &[String]) -> String {
    let giving: Vec<String> = scored
        .parts
        .iter()
        .filter_map(|part| {
            let points = part.points.filter(|points| *points > 0)?;
            Some(match (part.parameter, part.value) {
                (News2Parameter::SupplementalOxygen, _) | (_, None) => {
                    format!("{} {points}", part.parameter.words())
                }
                (words, Some(value)) => format!("{} {value} gives {points}", words.words()),
            })
        })
        .collect();
    let giving = if giving.is_empty() {
        "no points".to_owned()
    } else {
        giving.join(", ")
    };
    let age = scored.oldest_age_ms.map_or(String::new(), |age| {
        format!(" Oldest input: {}.", duration_words(age))
    });
    if scored.complete {
        format!("NEWS2 {}: {giving}.{age}", scored.score_min)
    } else {
        format!(
            "At least {} NEWS2 points, at most {}: {giving}. Not known: {}.{age}",
            scored.score_min,
            scored.score_max,
            missing.join(", ")
        )
    }
}
