//! A board's outer form: what Grafana needs to draw it, and what the house asks.

use crate::board::{list, panels, text, variables};
use crate::files::{BOARDS, board};
use serde_json::Value;
use std::collections::BTreeSet;

/// The grid's columns.
const COLUMNS: u64 = 24;
const KINDS: [&str; 7] = [
    "row",
    "text",
    "stat",
    "table",
    "timeseries",
    "state-timeline",
    "status-history",
];

/// What is wrong with the form of `board`.
pub(crate) fn mistakes(board: &Value) -> Vec<String> {
    let mut wrong = head(board);
    let mut ids = BTreeSet::new();
    for panel in panels(board) {
        let mut found = panel_mistakes(board, panel);
        if !ids.insert(panel["id"].as_u64()) || panel["id"].as_u64().is_none() {
            found.push("no id of its own".to_owned());
        }
        let title = text(panel, "title");
        wrong.extend(
            found
                .into_iter()
                .map(|mistake| format!("{title}: {mistake}")),
        );
    }
    wrong.extend(places(panels(board)));
    for variable in variables(board).iter().filter(|v| v["type"] == "query") {
        let found = source_mistakes(board, variable);
        wrong.extend(found.map(|mistake| format!("${}: {mistake}", text(variable, "name"))));
    }
    wrong
}

fn head(board: &Value) -> Vec<String> {
    let first = panels(board).first().unwrap_or(&Value::Null);
    let about = text(&first["options"], "content");
    let needed = [
        (
            text(board, "uid").starts_with("wardlight-"),
            "no uid of ours",
        ),
        (!text(board, "title").is_empty(), "no title"),
        (board["schemaVersion"].as_u64() >= Some(36), "an old schema"),
        (
            board["timezone"] == "browser",
            "not in the viewer's time zone",
        ),
        (
            first["type"] == "text",
            "does not begin by saying what it is",
        ),
        (
            about.contains("looking"),
            "does not say that it is for looking",
        ),
        (
            about.contains("time zone"),
            "does not say whose time zone it shows",
        ),
    ];
    let wrong = needed.into_iter().filter(|(good, _)| !good);
    wrong.map(|(_, mistake)| mistake.to_owned()).collect()
}

fn panel_mistakes(board: &Value, panel: &Value) -> Vec<String> {
    let kind = text(panel, "type");
    let mut wrong = Vec::new();
    if !KINDS.contains(&kind) {
        wrong.push(format!("unknown kind {kind}"));
    }
    if kind == "row" || kind == "text" {
        return wrong;
    }
    wrong.extend(source_mistakes(board, panel));
    let targets = list(panel, "targets");
    let mut names = BTreeSet::new();
    for target in targets {
        wrong.extend(source_mistakes(board, target));
        if !names.insert(text(target, "refId")) || text(target, "refId").is_empty() {
            wrong.push("a query without a letter of its own".to_owned());
        }
    }
    let defaults = &panel["fieldConfig"]["defaults"];
    let joins = ["timeseries", "state-timeline"].contains(&kind)
        && defaults["custom"]["spanNulls"] != false;
    let needed = [
        (!targets.is_empty(), "no query"),
        (text(panel, "description").ends_with('.'), "no description"),
        (!text(defaults, "unit").is_empty(), "no unit"),
        (!joins, "joins gaps"),
    ];
    let missing = needed.into_iter().filter(|(good, _)| !good);
    wrong.extend(missing.map(|(_, mistake)| mistake.to_owned()));
    wrong
}

/// The data source must be a variable of the board, so that a site with its own
/// sources can choose.
fn source_mistakes(board: &Value, part: &Value) -> Option<String> {
    let source = &part["datasource"];
    let known = variables(board).iter().any(|variable| {
        variable["type"] == "datasource"
            && variable["query"] == source["type"]
            && source["uid"] == format!("${{{}}}", text(variable, "name"))
    });
    (!known).then(|| format!("its data source is no variable: {source}"))
}

/// Panels that lie outside the grid or on each other.
fn places(panels: &[Value]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut wrong = Vec::new();
    for panel in panels {
        let side = |key: &str| panel["gridPos"][key].as_u64().unwrap_or(u64::MAX / 4);
        let (x, y, wide, high) = (side("x"), side("y"), side("w"), side("h"));
        let title = text(panel, "title");
        if wide == 0 || high == 0 || x + wide > COLUMNS || high > 40 {
            wrong.push(format!("{title}: outside the grid"));
            continue;
        }
        let mut cells =
            (y..y + high).flat_map(|row| (x..x + wide).map(move |column| (column, row)));
        if !cells.all(|cell| taken.insert(cell)) {
            wrong.push(format!("{title}: lies on another panel"));
        }
    }
    wrong
}

#[test]
fn boards_have_names_of_their_own_and_links_lead_to_boards() {
    let boards = BOARDS.map(board);
    let uids: BTreeSet<&str> = boards.iter().map(|board| text(board, "uid")).collect();
    assert_eq!(uids.len(), BOARDS.len());
    let mut links = 0;
    for board in &boards {
        let board = board.to_string();
        for link in board.split("\"/d/").skip(1) {
            let uid = link.split(['?', '"', '/']).next().unwrap_or_default();
            assert!(uids.contains(uid), "{uid} is no board");
            links += 1;
        }
    }
    assert!(links > 0, "the ward leads to its patients");
}
