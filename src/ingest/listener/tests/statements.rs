//! `statements.md` names a test for each statement; the tests must exist.

const TABLE: &str = include_str!("../statements.md");
const SOURCES: [&str; 12] = [
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
    include_str!("../wire/fields.rs"),
    include_str!("../wire/frame.rs"),
];

#[test]
fn every_statement_names_a_test_that_exists() {
    let rows = TABLE.lines().filter(|line| line.starts_with("| MQTT"));
    let mut count = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [id, what, test] = cells[..] else {
            panic!("a row has three cells: {row}");
        };
        assert!(!what.is_empty(), "{id}");
        let test = test.trim_matches('`');
        let function = format!("fn {test}(");
        assert!(
            SOURCES.iter().any(|source| source.contains(&function)),
            "{id}: {test}"
        );
        count += 1;
    }
    assert!(count > 100, "the table lost rows: {count}");
}
