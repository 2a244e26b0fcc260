use crate::alert::{Derivation, Harm, Matrix, Onset, Settings};
use crate::domain::{AlertKind, Priority};

use Priority::{High, Low, Medium};

#[test]
fn the_matrix_is_table_one_of_the_standard() {
    let harms = [Harm::DeathOrIrreversible, Harm::Reversible, Harm::Minor];
    let onsets = [Onset::Immediate, Onset::Prompt, Onset::Delayed];
    let rows = harms
        .map(|result| onsets.map(|onset| Matrix::default().priority(Derivation { result, onset })));
    assert_eq!(
        rows,
        [
            [High, High, Medium],
            [High, Medium, Low],
            [Medium, Low, Low]
        ]
    );
}

#[test]
fn a_derived_kind_keeps_the_steps_of_its_detector() {
    let mut settings = Settings::default();
    let of = |settings: &Settings, said| settings.priority(AlertKind::News2, said, Medium);
    assert_eq!(
        [Medium, High].map(|said| of(&settings, said)),
        [Medium, High]
    );
    let mut derive = |result, onset| {
        let name = "news2".to_owned();
        settings.kinds.insert(name, Derivation { result, onset });
        [Low, Medium, High].map(|said| of(&settings, said))
    };
    assert_eq!(derive(Harm::Minor, Onset::Delayed), [Low, Low, Medium]);
    assert_eq!(
        derive(Harm::Reversible, Onset::Prompt),
        [Medium, Medium, High]
    );
    assert_eq!(
        derive(Harm::Reversible, Onset::Immediate),
        [High, High, High]
    );
    let other = settings.priority(AlertKind::BatteryLow, Low, Low);
    assert_eq!(other, Low, "other kinds keep their detector's");
}
