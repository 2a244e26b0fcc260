//! What was given to a patient, in one cell of a CSV file.

use crate::domain::{Administration, AdministrationKind, ClinicalTime};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error;

/// Reads `2026-11-01T09:00:00Z 1 systemic_anticancer; …`, oldest first or not.
///
/// # Errors
/// What is wrong with the first wrong entry, and what to do.
pub(super) fn administrations(cell: &str) -> Result<Vec<Administration>, String> {
    let entries = cell.split(';').map(str::trim);
    let entries = entries.filter(|entry| !entry.is_empty());
    let mut given = entries
        .map(|text| entry(text).map_err(|why| format!("administrations: {text:?}: {why}")))
        .collect::<Result<Vec<_>, _>>()?;
    if given.len() > Administration::COUNT_MAX {
        return Err("administrations: there are more than 100".to_owned());
    }
    given.sort_by_key(|given| given.given_at);
    Ok(given)
}

fn entry(text: &str) -> Result<Administration, String> {
    const FORM: &str = "write time, cycle and kind: 2026-11-01T09:00:00Z 1 systemic_anticancer";
    let mut parts = text.split_whitespace();
    let (Some(time), Some(cycle), Some(kind), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(FORM.to_owned());
    };
    let given_at: jiff::Timestamp = time.parse().map_err(|_| FORM)?;
    let kind: Result<_, Error> = AdministrationKind::deserialize(kind.into_deserializer());
    let given = Administration {
        given_at: ClinicalTime::from_epoch_ms(given_at.as_millisecond()),
        cycle: cycle.parse().map_err(|_| FORM)?,
        regimen: None,
        kind: kind.map_err(|_| "the kind is systemic_anticancer, bispecific or car_t")?,
        nadir_days: None,
        post_infusion_hours: None,
    };
    let problem = given.problems().next();
    problem.map_or(Ok(given), |(field, words)| Err(format!("{field} {words}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_holds_any_number_of_entries_and_gives_the_oldest_first() {
        let cell = "2026-11-22T09:00:00+01:00 2 car_t; 2026-11-01T09:00:00Z 1 systemic_anticancer;";
        let given = administrations(cell).unwrap();
        let told: Vec<_> = given
            .iter()
            .map(|given| (given.cycle, given.kind))
            .collect();
        let expected = [
            (1, AdministrationKind::SystemicAnticancer),
            (2, AdministrationKind::CarT),
        ];
        assert_eq!(told, expected);
        assert_eq!(given[1].given_at.epoch_ms(), 1_795_334_400_000);
        assert_eq!(administrations(" "), Ok(Vec::new()));
    }

    #[test]
    fn a_wrong_entry_is_named_with_what_it_should_be() {
        for (cell, why) in [
            ("monday 1 car_t", "write time, cycle and kind"),
            (
                "2026-11-01T09:00:00Z one car_t",
                "write time, cycle and kind",
            ),
            ("2026-11-01T09:00:00Z 1", "write time, cycle and kind"),
            (
                "2026-11-01T09:00:00Z 1 car_t 3",
                "write time, cycle and kind",
            ),
            ("2026-11-01T09:00:00Z 1 chemo", "the kind is"),
            ("2026-11-01T09:00:00Z 0 car_t", "cycle must be 1 to 500"),
        ] {
            let error = administrations(cell).unwrap_err();
            assert!(error.contains(why), "{cell}: {error}");
        }
        let many = "2026-11-01T09:00:00Z 1 car_t;".repeat(101);
        assert!(
            administrations(&many)
                .unwrap_err()
                .contains("more than 100")
        );
    }
}
