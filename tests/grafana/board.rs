//! A board's queries against the program's words.

use crate::files::{BOARDS, board};
use crate::program::Words;
use crate::{flux, looks, promql, vitals};
use serde_json::Value;
use std::collections::BTreeSet;

pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// All panels; rows hold none here, they only part the board.
pub(crate) fn panels(board: &Value) -> &[Value] {
    list(board, "panels")
}

pub(crate) fn variables(board: &Value) -> &[Value] {
    list(&board["templating"], "list")
}

/// Everything that is wrong with `board`, each with where it stands.
pub(crate) fn mistakes(board: &Value, words: &Words) -> Vec<String> {
    let mut wrong = looks::mistakes(board);
    wrong.extend(vitals::mistakes(board));
    for panel in panels(board) {
        for target in list(panel, "targets") {
            let place = format!("{}, {}", text(panel, "title"), text(target, "refId"));
            let found = query_mistakes(target, words);
            wrong.extend(
                found
                    .into_iter()
                    .map(|mistake| format!("{place}: {mistake}")),
            );
        }
    }
    for variable in variables(board).iter().filter(|v| v["type"] == "query") {
        let found = query_mistakes(variable, words);
        let place = text(variable, "name");
        wrong.extend(
            found
                .into_iter()
                .map(|mistake| format!("${place}: {mistake}")),
        );
    }
    wrong.extend(unknown_variables(board));
    wrong
}

/// Of a panel's or a variable's query, read as its source's language has it.
fn query_mistakes(target: &Value, words: &Words) -> Vec<String> {
    if target["datasource"]["type"] == "influxdb" {
        return flux::mistakes(text(target, "query"), words);
    }
    let query = target["expr"]
        .as_str()
        .or(target["query"]["query"].as_str());
    promql::mistakes(
        query.unwrap_or_default(),
        text(target, "legendFormat"),
        words,
    )
}

/// `$name` and `${name}` that the board does not declare and Grafana does not know.
fn unknown_variables(board: &Value) -> Vec<String> {
    let names: BTreeSet<&str> = variables(board).iter().map(|v| text(v, "name")).collect();
    let board = board.to_string();
    let used = board.split('$').skip(1).map(|rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    });
    let unknown = used.filter(|name| {
        // A dollar at the end of a pattern is no variable.
        !name.is_empty() && !name.starts_with("__") && !names.contains(name)
    });
    unknown
        .map(|name| format!("unknown variable {name}"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_board_names_only_what_the_program_tells_and_writes() {
    let words = Words::of_the_program().await;
    let mut wrong = Vec::new();
    for name in BOARDS {
        let found = mistakes(&board(name), &words);
        wrong.extend(
            found
                .into_iter()
                .map(|mistake| format!("{name}: {mistake}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
