//! NEWS2 part by part.

use crate::api::language::say;
use crate::api::pages::catalogue;
use crate::api::pages::fields::{Fields, lasting};
use serde_json::Value;

/// One parameter of the score.
pub(in crate::api::pages) struct Part {
    pub(in crate::api::pages) name: String,
    pub(in crate::api::pages) value: String,
    pub(in crate::api::pages) points: String,
    pub(in crate::api::pages) age: String,
}

/// All parameters, those that are missing too.
pub(in crate::api::pages) fn parts(scores: Option<&Value>) -> Vec<Part> {
    let of = |scores| Fields(scores).items("/news2/parts").map(part).collect();
    scores.map_or_else(Vec::new, of)
}

fn part(part: Fields<'_>) -> Part {
    let age = part.number("/age_seconds");
    Part {
        name: catalogue::sentence(&catalogue::named(part.text("/parameter"))),
        value: part.number("/value").map_or_else(
            || say!("not known").to_owned(),
            |value| written(part.text("/parameter"), value),
        ),
        points: part
            .number("/points")
            .map_or_else(|| say!("not known").to_owned(), plain),
        age: age.map_or_else(String::new, |age| lasting(age * 1000.0)),
    }
}

/// A parameter's value as a chart has it.
fn written(parameter: &str, value: f64) -> String {
    let vital = match parameter {
        "air or oxygen" if value == 0.0 => return say!("air").to_owned(),
        "air or oxygen" => return say!("oxygen").to_owned(),
        "respiration rate" => "respiratory_rate",
        "oxygen saturation" => "oxygen_saturation",
        "systolic pressure" => "systolic_pressure",
        "pulse" => "heart_rate",
        "consciousness" => "consciousness",
        "body temperature" => "body_temperature",
        _ => return plain(value),
    };
    catalogue::value(vital, value)
}

/// With one digit after the point where there is one.
fn plain(value: f64) -> String {
    let text = format!("{value:.1}");
    text.trim_end_matches(".0").to_owned()
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn inputs_are_written_as_on_a_chart() {
        assert_eq!(written("air or oxygen", 0.0), "air");
        assert_eq!(written("respiration rate", 26.8), "27");
        assert_eq!(written("body temperature", 39.42), "39.4");
        assert_eq!(written("consciousness", 1.0), "New confusion");
    }
}
