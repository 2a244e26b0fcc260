//! Resolves what rules read, once for all of them.

use super::inputs::Inputs;
use super::names::{self, AGE, DAYS, INPUTS, LEVEL, SPREAD, SlotSet, VALUE, VITALS, bit, input_of};
use super::program::{Slots, UNKNOWN, set};
use crate::detect::epoch::series_of;
use crate::detect::fever::at_risk;
use crate::detect::news2::News2Parameter;
use crate::detect::oncology::Course;
use crate::detect::step::Step;
use crate::detect::{BaselineView, News2};
use crate::domain::{MeasuredTime, Spo2Scale, Vital};

/// What rules may ask of the patient's other state.
pub(super) struct Known<'a> {
    pub(super) inputs: &'a Inputs,
    pub(super) baseline: &'a dyn Fn(Vital) -> Option<BaselineView>,
    pub(super) news2: &'a dyn Fn() -> News2,
}

/// Fills the slots of `uses`; the others stay unknown.
pub(super) fn resolve(step: &Step<'_>, uses: SlotSet, known: &Known<'_>) -> Slots {
    let mut slots = [UNKNOWN; names::SLOTS];
    for (place, vital) in VITALS.into_iter().enumerate() {
        resolve_input(step, &mut slots, place, vital, known.inputs);
        let of_baseline = bit(LEVEL + place) | bit(SPREAD + place) | bit(DAYS + place);
        if uses & of_baseline != 0
            && series_of(vital).is_some()
            && let Some(view) = (known.baseline)(vital)
        {
            set(&mut slots, LEVEL + place, view.level);
            set(&mut slots, SPREAD + place, view.spread);
            set(&mut slots, DAYS + place, view.days);
        }
    }
    resolve_context(step, &mut slots);
    resolve_course(step, uses, &mut slots);
    if uses & (bit(names::NEWS2_MIN) | bit(names::NEWS2_MAX)) != 0 {
        let scored = (known.news2)();
        set(&mut slots, names::NEWS2_MIN, f64::from(scored.score_min));
        set(&mut slots, names::NEWS2_MAX, f64::from(scored.score_max));
    }
    slots
}

fn resolve_input(step: &Step<'_>, slots: &mut Slots, place: usize, vital: Vital, inputs: &Inputs) {
    if let Some(kept) = inputs.get(place) {
        let measured = MeasuredTime::from_epoch_ms(i64::from(kept.minute) * 60_000);
        let age = measured.age_ms_at(step.at) as f64 / 60_000.0;
        set(slots, VALUE + place, charted(vital, f64::from(kept.value)));
        set(slots, AGE + place, age.max(0.0));
    } else if let (Vital::SupplementalOxygen, Some(given)) = (vital, step.context.oxygen) {
        // The registry says whether oxygen is given at home.
        set(slots, VALUE + place, f64::from(u8::from(given)));
        set(slots, AGE + place, 0.0);
    }
}

fn resolve_context(step: &Step<'_>, slots: &mut Slots) {
    let context = step.context;
    let now = MeasuredTime::from_epoch_ms(step.at.epoch_ms());
    let days_after = step.rules.fever.days_after_treatment;
    let facts = [
        (names::ON_TREATMENT, at_risk(context, now, days_after)),
        (names::TREATMENT_RECORDED, !context.treatment.is_empty()),
        (
            names::IN_NEUTROPENIA_WINDOW,
            context.in_neutropenia_window(now),
        ),
    ];
    for (slot, holds) in facts {
        set(slots, slot, f64::from(u8::from(holds)));
    }
    if let Some(scale) = context.spo2_scale {
        let number = match scale {
            Spo2Scale::One => 1.0,
            Spo2Scale::Two => 2.0,
        };
        set(slots, names::SPO2_SCALE, number);
    }
}

/// What follows from administrations. Calendar days are looked up only where a
/// rule asks for them.
fn resolve_course(step: &Step<'_>, uses: SlotSet, slots: &mut Slots) {
    let now = MeasuredTime::from_epoch_ms(step.at.epoch_ms());
    let fact = |holds: bool| f64::from(u8::from(holds));
    if step.context.administrations.is_empty() {
        let recorded = step.context.in_post_infusion_window(now);
        set(slots, names::IN_POST_INFUSION_WINDOW, fact(recorded));
        set(slots, names::IN_EXPECTED_NADIR, fact(false));
        return;
    }
    let course = Course::of(step.context, &step.rules.oncology);
    let in_window = course.in_post_infusion_window(now);
    set(slots, names::IN_POST_INFUSION_WINDOW, fact(in_window));
    if uses & bit(names::IN_EXPECTED_NADIR) != 0 {
        let expected = course.in_expected_nadir(now);
        set(slots, names::IN_EXPECTED_NADIR, fact(expected));
    }
    if uses & bit(names::TREATMENT_DAY) != 0
        && let Some(day) = course.treatment_day(now)
    {
        set(slots, names::TREATMENT_DAY, f64::from(day));
    }
}

/// A value as a chart has it: temperature in tenths, what is on the NEWS2
/// chart in whole numbers, everything else in tenths.
pub(super) fn charted(vital: Vital, value: f64) -> f64 {
    let scale = match vital {
        Vital::HeartRate
        | Vital::RespiratoryRate
        | Vital::OxygenSaturation
        | Vital::SystolicPressure
        | Vital::SupplementalOxygen
        | Vital::Consciousness => 1.0,
        _ => 10.0,
    };
    // The small addend keeps a decimal half (38.05) a half in binary.
    (value * scale + 1e-6).round() / scale
}

/// The inputs whose change may change what is read from `uses`.
pub(super) fn triggers(uses: SlotSet) -> u16 {
    let mut triggers = 0;
    for place in 0..INPUTS {
        let own = bit(VALUE + place) | bit(AGE + place);
        if uses & own != 0 {
            triggers |= 1 << place;
        }
    }
    if uses & (bit(names::NEWS2_MIN) | bit(names::NEWS2_MAX)) != 0 {
        for place in News2Parameter::ALL
            .into_iter()
            .filter_map(|p| input_of(p.vital()))
        {
            triggers |= 1 << place;
        }
    }
    triggers
}
