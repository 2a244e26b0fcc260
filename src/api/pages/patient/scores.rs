//! NEWS2 part by part.

use crate::api::pages::catalogue;
use crate::api::pages::fields::{Fields, lasting};
use serde_json::Value;

/// One parameter of the score.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) points: String,
    pub(super) age: String,
}

/// All parameters, those that are missing too.
pub(super) fn parts(scores: Option<&Value>) -> Vec<Part> {
    let of = |scores| Fields(scores).items("/news2/parts").map(part).collect();
    scores.map_or_else(Vec::new, of)
}

fn part(part: Fields<'_>) -> Part {
    let age = part.number("/age_seconds");
    Part {
        name: catalogue::sentence(part.text("/parameter")),
        value: part
            .number("/value")
            .map_or_else(|| "not known".to_owned(), plain),
        points: part
            .number("/points")
            .map_or_else(|| "not known".to_owned(), plain),
        age: age.map_or_else(String::new, |age| lasting(age * 1000.0)),
    }
}

/// With one digit after the point where there is one.
fn plain(value: f64) -> String {
    let text = format!("{value:.1}");
    text.trim_end_matches(".0").to_owned()
}
