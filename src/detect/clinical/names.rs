//! What a rule's expressions may name, and where it stands when they are evaluated.

use crate::detect::epoch::series_of;
use crate::domain::Vital;

/// What an expression is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// A number with a point.
    Double,
}

impl Type {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Int => "a whole number",
            Self::Double => "a number",
        }
    }
}

/// How many vitals a rule may use.
pub(super) const INPUTS: usize = 11;

/// The vitals a rule may use. Those that have minutes come first, then what
/// people say. Diastolic pressure has no minutes, so its order of arrival
/// would matter; steps, wear and battery say nothing of the body.
pub(super) const VITALS: [Vital; INPUTS] = [
    Vital::HeartRate,
    Vital::RespiratoryRate,
    Vital::OxygenSaturation,
    Vital::BodyTemperature,
    Vital::SkinTemperature,
    Vital::SystolicPressure,
    Vital::HeartRateVariabilityRmssd,
    Vital::HeartRateVariabilitySdnn,
    Vital::RestingHeartRate,
    Vital::SupplementalOxygen,
    Vital::Consciousness,
];

/// The place of a vital among the inputs.
pub(super) fn input_of(vital: Vital) -> Option<usize> {
    VITALS.iter().position(|known| *known == vital)
}

/// Groups of one slot an input, then the slots of their own.
pub(super) const VALUE: usize = 0;
pub(super) const AGE: usize = INPUTS;
pub(super) const LEVEL: usize = 2 * INPUTS;
pub(super) const SPREAD: usize = 3 * INPUTS;
pub(super) const DAYS: usize = 4 * INPUTS;
pub(super) const ON_TREATMENT: usize = 5 * INPUTS;
pub(super) const TREATMENT_RECORDED: usize = ON_TREATMENT + 1;
pub(super) const IN_NEUTROPENIA_WINDOW: usize = ON_TREATMENT + 2;
pub(super) const IN_POST_INFUSION_WINDOW: usize = ON_TREATMENT + 3;
pub(super) const IN_EXPECTED_NADIR: usize = ON_TREATMENT + 4;
pub(super) const TREATMENT_DAY: usize = ON_TREATMENT + 5;
pub(super) const SPO2_SCALE: usize = ON_TREATMENT + 6;
pub(super) const NEWS2_MIN: usize = ON_TREATMENT + 7;
pub(super) const NEWS2_MAX: usize = ON_TREATMENT + 8;
pub(super) const MET: usize = ON_TREATMENT + 9;
pub(super) const POSSIBLE: usize = ON_TREATMENT + 10;
/// All slots.
pub(super) const SLOTS: usize = ON_TREATMENT + 11;

/// A set of slots, one bit each.
pub(super) type SlotSet = u128;

const OWN: [(&str, usize, Type); 11] = [
    ("on_treatment", ON_TREATMENT, Type::Bool),
    ("treatment_recorded", TREATMENT_RECORDED, Type::Bool),
    ("in_neutropenia_window", IN_NEUTROPENIA_WINDOW, Type::Bool),
    (
        "in_post_infusion_window",
        IN_POST_INFUSION_WINDOW,
        Type::Bool,
    ),
    ("in_expected_nadir", IN_EXPECTED_NADIR, Type::Bool),
    ("treatment_day", TREATMENT_DAY, Type::Int),
    ("spo2_scale", SPO2_SCALE, Type::Int),
    ("news2_min", NEWS2_MIN, Type::Int),
    ("news2_max", NEWS2_MAX, Type::Int),
    ("met", MET, Type::Int),
    ("possible", POSSIBLE, Type::Int),
];

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) slot: usize,
    pub(super) of: Type,
    /// The input it belongs to.
    pub(super) input: Option<usize>,
}

/// A name without a point: a vital's value or a fact of the context.
pub(super) fn plain(name: &str) -> Option<Name> {
    if let Some((_, slot, of)) = OWN.into_iter().find(|(own, ..)| *own == name) {
        let input = None;
        return Some(Name { slot, of, input });
    }
    let input = input_named(name)?;
    let of = match VITALS.get(input) {
        Some(Vital::SupplementalOxygen) => Type::Bool,
        Some(Vital::Consciousness) => Type::Int,
        _ => Type::Double,
    };
    Some(Name {
        slot: VALUE + input,
        of,
        input: Some(input),
    })
}

/// A name with a point: `age.heart_rate`, `level.`, `spread.`, `days.`.
pub(super) fn pointed(group: &str, name: &str) -> Option<Name> {
    let input = input_named(name)?;
    let has_baseline = VITALS.get(input).is_some_and(|v| series_of(*v).is_some());
    let start = match group {
        "age" => AGE,
        "level" if has_baseline => LEVEL,
        "spread" if has_baseline => SPREAD,
        "days" if has_baseline => DAYS,
        _ => return None,
    };
    Some(Name {
        slot: start + input,
        of: Type::Double,
        input: Some(input),
    })
}

fn input_named(name: &str) -> Option<usize> {
    VITALS.iter().position(|vital| vital.name() == name)
}

/// Set of slots with one member.
pub(super) const fn bit(place: usize) -> SlotSet {
    1 << place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_slot_of_its_own_and_all_fit_into_a_set() {
        const { assert!(SLOTS <= SlotSet::BITS as usize) };
        let mut taken: SlotSet = 0;
        let mut take = |name: Option<Name>| {
            let slot = bit(name.unwrap().slot);
            assert_eq!(taken & slot, 0);
            taken |= slot;
        };
        for (own, ..) in OWN {
            take(plain(own));
        }
        for vital in VITALS {
            take(plain(vital.name()));
            for group in ["age", "level", "spread", "days"] {
                let name = pointed(group, vital.name());
                if group == "age" || series_of(vital).is_some() {
                    take(name);
                } else {
                    assert_eq!(name, None);
                }
            }
        }
    }
}
