//! Names of vitals, alerts and states as people say them, from the one file of words.

use super::words::spaced;
use crate::api::language::{VitalWords, current, say};

fn known(vital: &str) -> Option<&'static VitalWords> {
    current().vitals.get(vital)
}

/// A vital by its name.
pub(super) fn vital(name: &str) -> String {
    known(name).map_or_else(|| sentence(name), |words| words.name.clone())
}

/// The unit beside a value; empty where it has none.
pub(super) fn unit(name: &str) -> &'static str {
    known(name).map_or("", |words| words.unit.as_str())
}

/// Digits after the point.
pub(super) fn digits(name: &str) -> usize {
    known(name).map_or(1, |words| words.digits)
}

/// A value without its unit.
pub(super) fn value(name: &str, value: f64) -> String {
    let known = known(name);
    let states = known.map_or(&[][..], |words| words.states.as_slice());
    let state = states
        .iter()
        .enumerate()
        .find(|(number, _)| *number as f64 == value);
    match (state, known) {
        (Some((_, words)), _) => words.clone(),
        (None, Some(words)) => format!("{value:.*}", words.digits),
        (None, None) => format!("{value:.1}"),
    }
}

/// An alert's kind, with its vital or rule, as a sentence.
pub(in crate::api) fn kind(name: &str, of_vital: Option<&str>, rule: Option<&str>) -> String {
    let Some(words) = current().kinds.get(name) else {
        return sentence(name);
    };
    let vital = of_vital.map_or_else(|| say!("A vital sign").to_owned(), vital);
    let rule = rule.map_or_else(|| say!("unknown").to_owned(), spaced);
    words.replace("{vital}", &vital).replace("{rule}", &rule)
}

/// Why something lies in quarantine.
pub(super) fn quarantined(reason: &str) -> String {
    let known = current().quarantine.get(reason);
    known.map_or_else(|| sentence(reason), Clone::clone)
}

/// A part of the rules by its key.
pub(super) fn section(key: &str) -> String {
    let known = current().sections.get(key);
    known.map_or_else(|| sentence(key), Clone::clone)
}

/// What went wrong with a delivery.
pub(super) fn delivery(code: &str) -> String {
    let known = current().deliveries.get(code);
    known.map_or_else(|| spaced(code), Clone::clone)
}

/// What the API has a name for, as people call it: a role, a priority, a state.
pub(in crate::api) fn named(name: &str) -> String {
    let known = current().names.get(name);
    known.map_or_else(|| spaced(name).replace('.', " "), Clone::clone)
}

/// A field of a form by its name.
pub(super) fn field(name: &str) -> String {
    let known = current().names.get(&format!("field.{name}"));
    known.map_or_else(|| sentence(name), Clone::clone)
}

/// Kinds that speak of the watch and not of the body: technical alarm conditions in
/// the sense of IEC 60601-1-8.
const TECHNICAL: [&str; 10] = [
    "silent",
    "device_silent",
    "never_heard",
    "not_worn",
    "frozen",
    "device_clock",
    "battery_low",
    "device_offline",
    "messages_missing",
    "internal_error",
];

/// Whether an alert of this kind says that something cannot be measured.
pub(super) fn is_technical(kind: &str) -> bool {
    TECHNICAL.contains(&kind)
}

/// `messages_missing` as `Messages missing`.
pub(super) fn sentence(name: &str) -> String {
    let words = spaced(name);
    let mut letters = words.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::pages::handover_lines::priority;
    use crate::domain::{AlertKind, Priority, Vital};
    use crate::registry::Role;

    #[test]
    fn every_vital_and_every_kind_has_its_words() {
        for vital in Vital::ALL {
            assert!(
                current().vitals.contains_key(vital.name()),
                "{}",
                vital.name()
            );
        }
        for kind in AlertKind::NAMES {
            assert!(current().kinds.contains_key(kind), "{kind}");
        }
    }

    #[test]
    fn what_the_api_has_a_name_for_has_its_words() {
        let roles = Role::ALL.map(Role::name);
        let priorities = [Priority::High, Priority::Medium, Priority::Low].map(priority);
        let states = ["waiting", "delivered", "failed", "superseded"];
        let handlings = ["open", "acknowledged", "resolved"];
        for name in roles
            .iter()
            .chain(&priorities)
            .chain(&states)
            .chain(&handlings)
        {
            assert!(current().names.contains_key(*name), "{name}");
        }
        assert_eq!(named("alert.something_new"), "alert something new");
    }

    #[test]
    fn reasons_are_said_in_words() {
        let reason = crate::domain::QuarantineReason::TooManyMoments;
        assert!(current().quarantine.contains_key(reason.code()));
        for reason in crate::domain::RejectionReason::ALL {
            assert!(current().quarantine.contains_key(reason.code()));
        }
        assert_eq!(quarantined("unassigned"), "Nobody wore the device then");
        assert_eq!(delivery("timeout"), "no answer in time");
        assert_eq!(delivery("never_known"), "never known");
    }

    #[test]
    fn values_are_written_as_people_do() {
        assert_eq!(value("body_temperature", 38.04), "38.0");
        assert_eq!(value("heart_rate", 71.6), "72");
        assert_eq!(value("consciousness", 1.0), "New confusion");
        let silent = kind("silent", Some("heart_rate"), None);
        assert_eq!(silent, "Heart rate no longer arrives");
        assert_eq!(
            kind("rule", None, Some("fast_heart")),
            "Clinical rule: fast heart"
        );
        assert_eq!(kind("never_known", None, None), "Never known");
    }
}
