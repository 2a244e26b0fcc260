//! `statements.md` names a test for each statement; the tests must exist, and
//! no numbered statement may be missing.

use std::collections::BTreeSet;

const TABLE: &str = include_str!("../statements.md");
const SOURCES: [&str; 13] = [
    include_str!("connect.rs"),
    include_str!("publish.rs"),
    include_str!("qos2.rs"),
    include_str!("subscribe.rs"),
    include_str!("malformed.rs"),
    include_str!("limits.rs"),
    include_str!("sessions.rs"),
    include_str!("takeover.rs"),
    include_str!("wills.rs"),
    include_str!("clients.rs"),
    include_str!("tls.rs"),
    include_str!("../wire/fields.rs"),
    include_str!("../wire/frame.rs"),
];

/// The sections of 3.1.1 that hold numbered statements, and how many.
const MQTT3: &str = "1.5.3-3 2.2.2-2 2.3.1-7 3.1.0-2 3.1.2-24 3.1.3-11 3.1.4-5 3.2.0-1 3.2.2-6 \
    3.3.1-12 3.3.2-3 3.3.4-1 3.3.5-2 3.6.1-1 3.8.1-1 3.8.3-4 3.8.4-6 3.9.3-2 3.10.1-1 3.10.3-2 \
    3.10.4-6 3.12.4-1 3.14.1-1 3.14.4-3 4.1.0-2 4.3.1-1 4.3.2-2 4.3.3-2 4.4.0-1 4.5.0-2 4.6.0-6 \
    4.7.1-3 4.7.2-1 4.7.3-4 4.8.0-2 6.0.0-4 7.0.0-2 7.1.1-1 7.1.2-1";
/// The same of 5.0, where 2.2.1 begins with 2.
const MQTT5: &str = "1.5.4-3 1.5.5-1 1.5.7-1 2.1.3-1 2.2.1-6 2.2.2-1 3.1.0-2 3.1.2-30 3.1.3-12 \
    3.1.4-6 3.2.0-2 3.2.2-22 3.3.1-13 3.3.2-20 3.3.4-10 3.4.2-3 3.5.2-3 3.6.1-1 3.6.2-3 3.7.2-3 \
    3.8.1-1 3.8.3-5 3.8.4-8 3.9.2-2 3.9.3-2 3.10.1-1 3.10.3-2 3.10.4-6 3.11.2-2 3.11.3-2 3.12.4-1 \
    3.14.0-1 3.14.1-1 3.14.2-4 3.14.4-3 3.15.1-1 3.15.2-3 4.1.0-2 4.2.0-1 4.3.1-1 4.3.2-5 4.3.3-13 \
    4.4.0-2 4.5.0-2 4.6.0-6 4.7.0-1 4.7.1-2 4.7.2-1 4.7.3-4 4.8.2-6 4.9.0-3 4.12.0-7 4.12.1-2 \
    4.13.1-1 4.13.2-1 6.0.0-4";

/// Rows of the tables: statements, what we do, test.
fn rows() -> Vec<[&'static str; 3]> {
    let rows = TABLE.lines().filter(|line| line.starts_with("| MQTT"));
    let cut = |row: &'static str| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        cells.try_into().expect("a row has three cells")
    };
    rows.map(cut).collect()
}

fn numbered(ids: &'static str) -> impl Iterator<Item = &'static str> {
    let ids = ids.split(", ").map(|id| id.trim_end_matches('.'));
    ids.filter(|id| id.starts_with("MQTT3-") || id.starts_with("MQTT5-"))
}

/// Every numbered statement of both editions.
fn all() -> BTreeSet<String> {
    let editions = [("MQTT3", MQTT3), ("MQTT5", MQTT5)];
    let sections = editions.into_iter().flat_map(|(edition, sections)| {
        let sections = sections.split_whitespace();
        sections.map(move |last| (edition, last.split_once('-').expect("section and number")))
    });
    let ids = sections.flat_map(|(edition, (section, last))| {
        let last: u8 = last.parse().expect("a number");
        (1..=last).map(move |number| format!("{edition}-{section}-{number}"))
    });
    ids.filter(|id| id != "MQTT5-2.2.1-1").collect()
}

#[test]
fn every_statement_names_a_test_that_exists() {
    for [ids, what, test] in rows() {
        assert!(!what.is_empty(), "{ids}");
        let function = format!("fn {}(", test.trim_matches('`'));
        assert!(
            SOURCES.iter().any(|source| source.contains(&function)),
            "{ids}: {test}"
        );
    }
}

#[test]
fn every_numbered_statement_of_both_editions_is_kept_or_left_out_with_a_reason() {
    let rows = rows();
    let kept: BTreeSet<&str> = rows.iter().flat_map(|[ids, ..]| numbered(ids)).collect();
    let mut left_out = BTreeSet::new();
    for line in TABLE.lines().filter(|line| line.contains(": MQTT")) {
        let (_, ids) = line.split_once(": MQTT").expect("a reason");
        let ids = &line[line.len() - ids.len() - "MQTT".len()..];
        for id in numbered(ids) {
            assert!(left_out.insert(id), "{id} is left out twice");
        }
    }
    let both: Vec<_> = kept.intersection(&left_out).collect();
    assert!(both.is_empty(), "kept and left out: {both:?}");
    let named: BTreeSet<String> = kept.union(&left_out).map(|id| (*id).to_owned()).collect();
    let all = all();
    let missing: Vec<_> = all.difference(&named).collect();
    let unknown: Vec<_> = named.difference(&all).collect();
    assert!(missing.is_empty(), "neither kept nor left out: {missing:?}");
    assert!(unknown.is_empty(), "in neither edition: {unknown:?}");
}
