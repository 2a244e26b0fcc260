//! Which clinical rules this start puts in force, and saying so.

use crate::detect::{RuleSet, Rules};
use crate::runtime::Clock;

/// Leaves out rules that are not valid yet, lets what the last start had stand
/// in for files that are broken, and tells all of it.
pub(super) fn settle(rules: &mut Rules, stored: Option<&str>, clock: &Clock) {
    let now = clock.clinical();
    rules.clinical.hold_back(now);
    if let Some(before) = stored.and_then(stored_rules) {
        rules.clinical.fall_back(&before);
    }
    for rule in rules.clinical.rules() {
        let (id, version, shipped) = (rule.id, rule.version, rule.shipped);
        tracing::info!(rule = %id, rule.version = version, shipped, "clinical rule in force");
        if rule.is_overdue(now) {
            tracing::warn!(rule = %id, review_by = %rule.review_by, "clinical rule overdue for review");
        }
    }
    for (name, own) in rules.provenance.each() {
        if own.is_overdue(now) {
            tracing::warn!(rule = name, review_by = %own.review_by, "thresholds overdue for review");
        }
    }
    for broken in rules.clinical.broken() {
        tracing::error!("clinical rule left out: {broken}");
    }
}

/// The rules of a stored rulebook, also of one that another version wrote.
fn stored_rules(rulebook: &str) -> Option<RuleSet> {
    let mut book: serde_json::Value = serde_json::from_str(rulebook).ok()?;
    let clinical = book.get_mut("rules")?.get_mut("clinical")?.take();
    serde_json::from_value(clinical).ok()
}

/// What health says of the rules, if anything is wrong. It is shown without a
/// token: names of rules, no paths.
pub(super) fn problem(rules: &Rules) -> Option<String> {
    let broken = rules.clinical.broken();
    let names: Vec<String> = broken
        .iter()
        .map(|one| match (one.id, one.instead) {
            (Some(id), Some((version, whose))) => {
                format!("{id} ({whose} version {version} in force instead)")
            }
            (Some(id), None) => format!("{id} (not in force)"),
            (None, _) => "a whole folder".to_owned(),
        })
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "clinical rules are left out: {}; `check-config` and the log say why",
            names.join(", ")
        )
    })
}
