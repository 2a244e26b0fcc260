//! Rule files that are wrong are named with line and reason and left out.

use super::clinical::id;
use crate::detect::{BrokenRule, RuleFile, RuleSet, Switches};

/// A rule a site might write.
pub(super) const SITE: &str = r#"id = "site"
title = "Fast heart"
version = 3
author = "Dr Example"
valid_from = "2026-01-01"
review_by = "2027-11-22"
source = "ward agreement"
priority = "medium"
when = "heart_rate >= 120"
clear_when = "heart_rate < 110"
clear_after_minutes = 10
words = "heart rate {heart_rate}/min"

[inputs_max_age_minutes]
heart_rate = 10

[persistence]
epochs = 3
of = 5
"#;

pub(super) fn file(name: &str, text: &str) -> RuleFile {
    RuleFile {
        path: format!("rules/{name}.toml"),
        name: name.to_owned(),
        text: Ok(text.to_owned()),
    }
}

/// These rules alone.
pub(super) fn set_of(texts: &[(&str, &str)]) -> RuleSet {
    let files: Vec<_> = texts.iter().map(|(name, text)| file(name, text)).collect();
    let shipped = ["crs_grade", "qsofa", "shock_index", "sirs"];
    let off = shipped
        .iter()
        .filter(|id| texts.iter().all(|(name, _)| name != *id));
    let switches = Switches {
        on: Vec::new(),
        off: off.map(|text| id(text)).collect(),
    };
    let set = RuleSet::gather(&files, None, &switches);
    assert_eq!(set.broken(), []);
    set
}

/// What is said of the site's rule with `from` replaced by `to`.
fn told(from: &str, to: &str) -> Vec<(usize, String)> {
    assert!(SITE.contains(from));
    let set = RuleSet::gather(
        &[file("site", &SITE.replace(from, to))],
        None,
        &Switches::default(),
    );
    assert_eq!(set.get(id("site")), None, "it is left out");
    assert_eq!(set.rules().count(), 3, "the others stay");
    let [BrokenRule { problems, .. }] = set.broken() else {
        panic!("one broken rule: {:?}", set.broken());
    };
    problems.clone()
}

fn one(from: &str, to: &str) -> (usize, String) {
    let problems = told(from, to);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.into_iter().next().unwrap()
}

#[test]
fn an_unknown_name_is_told_with_its_line() {
    let (line, reason) = one("heart_rate >= 120", "heartrate >= 120");
    assert_eq!(line, 9);
    assert!(
        reason.starts_with("when: there is no `heartrate`"),
        "{reason}"
    );
    let when = "when = \"heart_rate >= 120\"";
    let long = "when = '''\nheart_rate >= 120\n&& age.heart_rate < 5\n&& hart_rate > 1\n'''";
    assert_eq!(one(when, long).0, 12, "the line within the expression");
    let (line, reason) = one("heart_rate < 110", "respiratory_rate < 20");
    assert_eq!(line, 10);
    assert_eq!(
        reason,
        "clear_when: `respiratory_rate`: `respiratory_rate` must stand in [inputs_max_age_minutes]"
    );
    let (_, reason) = one("heart_rate >= 120", "diastolic_pressure < 40");
    assert!(reason.contains("has no minutes"), "{reason}");
    let (_, reason) = one("heart_rate >= 120", "met > 1");
    assert!(reason.contains("there are none"), "{reason}");
}

#[test]
fn wrong_types_are_told() {
    let cases = [
        (
            "heart_rate",
            "when: is a number, a condition must be true or false",
        ),
        (
            "heart_rate + 1 > 2.0",
            "when: `+` takes no whole number beside a number: write 2.0 for 2",
        ),
        (
            "heart_rate && on_treatment",
            "when: `&&` does not take a number and true or false",
        ),
        (
            "on_treatment > 1",
            "when: `>` does not take true or false and a whole number",
        ),
        (
            "!heart_rate",
            "when: `!` needs true or false here, not a number",
        ),
        ("-on_treatment > 1", "when: `-` needs a number"),
        (
            "on_treatment ? heart_rate : true",
            "when: `? :` needs a number here, not true or false",
        ),
        (
            "spo2_scale / 2 > 0",
            "when: `/` of whole numbers drops the rest: write 2.0 for 2",
        ),
        ("spo2_scale % 2 > 0", "when: `%` is not part of rules"),
        (
            "heart_rate in [1.0]",
            "when: `in` is not part of rules: compare with `==` and `||`",
        ),
        (
            "[1.0][0] > 0.5",
            "when: lists and maps are not part of rules",
        ),
        ("heart_rate > 1u", "when: write whole numbers without `u`"),
        ("'a' == 'b'", "when: texts are not part of rules"),
        ("heart_rate == null", "when: null is not part of rules"),
        (
            "has(level.heart_rate)",
            "when: has() asks for an age: has(age.heart_rate)",
        ),
        (
            "size(heart_rate) > 1",
            "when: there is no function `size` for rules",
        ),
        ("[1].all(x, x > 0)", "when: loops are not part of rules"),
        (
            "heart_rate.value > 1.0",
            "when: there is no `heart_rate.value`; names are those of vitals, age., level., spread. and days. of them, and the context's",
        ),
        (
            "level.heart_rate.x > 1.0",
            "when: names have at most one point",
        ),
        ("heart_rate > 9000000000", "when: the number is too large"),
    ];
    for (expression, expected) in cases {
        assert_eq!(
            one("heart_rate >= 120", expression),
            (9, expected.to_owned())
        );
    }
}

#[test]
fn what_is_not_cel_is_told() {
    for expression in [
        "heart_rate >",
        "heart_rate >> 1",
        "(heart_rate",
        "",
        "§",
        "a b",
    ] {
        let (line, reason) = one("heart_rate >= 120", expression);
        assert_eq!(line, 9, "{expression}");
        assert!(reason.starts_with("when: is not CEL: "), "{reason}");
    }
}

#[test]
fn keys_that_are_missing_unknown_or_senseless_are_told() {
    let cases = [
        ("version = 3", "version = 0", 3, "versions count from 1"),
        (
            "id = \"site\"",
            "id = \"other\"",
            1,
            "the id must be the file's name, `site`",
        ),
        (
            "\"2027-11-22\"",
            "\"2025-11-22\"",
            6,
            "review_by must lie after valid_from",
        ),
        (
            "author = \"Dr Example\"",
            "author = \" \"",
            4,
            "author needs 1 to 300 characters",
        ),
        (
            "heart_rate = 10\n",
            "heart_rate = 0\n",
            15,
            "an age is 1 to 10080 minutes",
        ),
        (
            "= 10\nwords",
            "= 0\nwords",
            11,
            "clear_after_minutes must be 1 to 1440",
        ),
        (
            "{heart_rate}",
            "{hr}",
            12,
            "`{hr}` is no input, figure or count of this rule",
        ),
        ("{heart_rate}", "{heart_rate", 12, "a `{` has no `}`"),
        (
            "priority = \"medium\"\n",
            "clinical = false\npriority = \"high\"\n",
            9,
            "a rule that is not clinical is a hint: its priority is low or medium",
        ),
    ];
    for (from, to, line, reason) in cases {
        assert_eq!(one(from, to), (line, reason.to_owned()));
    }
    assert_eq!(one("author = ", "autor = ").0, 4);
    assert!(
        one("author = ", "autor = ")
            .1
            .contains("unknown field `autor`")
    );
    assert!(
        one("source = \"ward agreement\"\n", "")
            .1
            .contains("missing field `source`")
    );
    assert_eq!(one("\"2026-01-01\"", "\"2026-13-01\"").0, 5);
    assert_eq!(one("version = 3", "version = = 3").0, 3);
    let (line, reason) = one("epochs = 3\nof = 5", "epochs = 6\nof = 5");
    assert!(
        line == 17 && reason.contains("either `epochs` and `of`"),
        "{line} {reason}"
    );
}

#[test]
fn all_problems_of_a_file_are_told_at_once() {
    let wrong = SITE
        .replace("version = 3", "version = 0")
        .replace("heart_rate >= 120", "hr >= 120")
        .replace("heart_rate < 110", "heart_rate");
    let set = RuleSet::gather(&[file("site", &wrong)], None, &Switches::default());
    let lines: Vec<usize> = set.broken()[0].problems.iter().map(|p| p.0).collect();
    assert_eq!(lines, [3, 9, 10]);
}

#[test]
fn wrist_skin_temperature_is_refused_in_a_clinical_rule_and_allowed_in_a_hint() {
    let skin = SITE
        .replace("heart_rate", "skin_temperature")
        .replace("120", "36.5");
    let skin = skin.replace("110", "36.0");
    let set = RuleSet::gather(&[file("site", &skin)], None, &Switches::default());
    let told = set.broken()[0].to_string();
    assert!(
        told.starts_with("rules/site.toml:15: wrist skin temperature is no body"),
        "{told}"
    );
    assert!(told.ends_with("`site` is NOT IN FORCE"), "{told}");
    let hint = skin.replace("version = 3", "version = 3\nclinical = false");
    assert_eq!(set_of(&[("site", &hint)]).rules().count(), 1);
}

#[test]
fn a_dry_run_refuses_rules_that_never_hold_never_end_or_hold_on_nothing() {
    let cases = [
        (
            "heart_rate >= 120",
            "heart_rate >= 900",
            "when: holds for no plausible values; are the units right?",
        ),
        (
            "heart_rate < 110",
            "heart_rate < 5",
            "clear_when: holds for no plausible values, so no alert would end",
        ),
        (
            "heart_rate < 110",
            "heart_rate < 130",
            "clear_when: holds for values for which `when` holds",
        ),
    ];
    for (from, to, reason) in cases {
        assert_eq!(one(from, to), (9, reason.to_owned()));
    }
    let nothing = told(
        "heart_rate >= 120",
        "heart_rate >= 120 || !has(age.heart_rate)",
    );
    assert_eq!(
        nothing,
        [(9, "when: holds though nothing is known".to_owned())]
    );
    let urgent = "\n[urgent]\nwhen = \"heart_rate >= 60\"\npriority = \"high\"\nwords = \"x\"\n";
    let (_, reason) = one("\n[persistence]", &format!("{urgent}\n[persistence]"));
    assert_eq!(
        reason,
        "urgent.when: holds for values for which `when` does not"
    );
}

#[test]
fn texts_that_are_meant_to_hurt_are_refused_quickly() {
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(400), close.repeat(400));
    for nested in [
        deep("(", ")"),
        deep("[", "]"),
        "(".repeat(990),
        "on_treatment ? true : ".repeat(40) + "true",
    ] {
        let nested = told("heart_rate >= 120", &nested);
        assert!(nested[0].1.ends_with("inside each other"), "{nested:?}");
    }
    let hostile = [
        "!".repeat(900) + "heart_rate",
        "-".repeat(900) + "heart_rate",
        "heart_rate".to_owned() + &".a".repeat(400),
        "heart_rate".to_owned() + &" + heart_rate".repeat(70) + " > 1.0",
        "[1,2,3].all(a, [1,2,3].all(b, [1,2,3].all(c, a + b + c > 0)))".to_owned(),
        "1".repeat(900) + " > 2",
        "1e999 > heart_rate".to_owned(),
        "%$#@)(".repeat(100),
        "x".repeat(5_000),
    ];
    for expression in hostile {
        let problems = told("heart_rate >= 120", &expression);
        assert_eq!(problems[0].0, 9, "{expression}: {problems:?}");
    }
    let huge = SITE.to_owned() + &"# filler\n".repeat(3_000);
    let set = RuleSet::gather(&[file("site", &huge)], None, &Switches::default());
    assert!(
        set.broken()[0]
            .to_string()
            .contains("at most 16384 are read")
    );
    let name = RuleSet::gather(&[file("../../etc/x", SITE)], None, &Switches::default());
    assert!(
        name.broken()[0]
            .to_string()
            .contains("the id must be the file's name")
    );
}
