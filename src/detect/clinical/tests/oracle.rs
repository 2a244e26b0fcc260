//! Whatever we take, `cel` takes; whatever we say, it says; and where we say
//! "unknown", it says "error", because the name is not there.

use crate::detect::clinical::check::{Scope, compile};
use crate::detect::clinical::names::{
    AGE, DAYS, IN_NEUTROPENIA_WINDOW, INPUTS, LEVEL, MET, NEWS2_MIN, ON_TREATMENT, POSSIBLE, SLOTS,
    SPREAD, Type, VALUE, VITALS, plain,
};
use crate::detect::clinical::program::{Slots, UNKNOWN};
use cel::{Context, Program, Value};
use proptest::prelude::*;
use std::collections::HashMap;

const SCOPE: Scope = Scope {
    inputs: (1 << INPUTS) - 1,
    criteria: true,
};

/// What an expression is and comes to; `None` for unknown.
fn ours(source: &str, slots: &Slots) -> (Type, Option<f64>) {
    let checked = compile(source, SCOPE).unwrap_or_else(|fault| panic!("{source}: {fault:?}"));
    let missing = (0..INPUTS).filter(|place| slots[VALUE + place].is_nan());
    let missing = missing.fold(0, |all, place| all | (1 << place));
    let value = checked.program.value(slots, missing);
    (checked.of, (!value.is_nan()).then_some(value))
}

fn theirs(source: &str, slots: &Slots) -> Option<f64> {
    let mut context = Context::default();
    for (place, vital) in VITALS.into_iter().enumerate() {
        bind(&mut context, vital.name(), slots[VALUE + place]);
    }
    for (name, slot) in [
        ("on_treatment", ON_TREATMENT),
        ("in_neutropenia_window", IN_NEUTROPENIA_WINDOW),
        ("news2_min", NEWS2_MIN),
        ("met", MET),
        ("possible", POSSIBLE),
    ] {
        bind(&mut context, name, slots[slot]);
    }
    for (group, start) in [
        ("age", AGE),
        ("level", LEVEL),
        ("spread", SPREAD),
        ("days", DAYS),
    ] {
        let of = |place: usize| slots[start + place];
        let known =
            (0..INPUTS).filter(|p| !(of(*p).is_nan() || start == AGE && slots[*p].is_nan()));
        let map: HashMap<String, f64> = known
            .map(|place| (VITALS[place].name().to_owned(), of(place)))
            .collect();
        context.add_variable_from_value(group, map);
    }
    let program = Program::compile(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    match program.execute(&context) {
        Ok(Value::Bool(truth)) => Some(f64::from(u8::from(truth))),
        Ok(Value::Int(whole)) => Some(whole as f64),
        Ok(Value::Float(number)) => Some(number),
        Ok(other) => panic!("{source}: {other:?}"),
        Err(_) => None,
    }
}

fn bind(context: &mut Context<'_, '_>, name: &str, value: f64) {
    if value.is_nan() {
        return;
    }
    match plain(name).unwrap().of {
        Type::Bool => context.add_variable_from_value(name, value != 0.0),
        Type::Int => context.add_variable_from_value(name, value as i64),
        Type::Double => context.add_variable_from_value(name, value),
    }
}

/// Runs on a stack that an unoptimised CEL parser needs.
fn on_a_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(64 << 20);
        thread.spawn_scoped(scope, work).unwrap().join().unwrap()
    })
}

fn number() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "heart_rate",
            "respiratory_rate",
            "body_temperature",
            "systolic_pressure",
            "age.heart_rate",
            "level.heart_rate",
            "spread.heart_rate",
            "days.heart_rate",
        ])
        .prop_map(str::to_owned),
        (-40_i32..400).prop_map(|tenths| format!("{:.1}", f64::from(tenths) / 10.0)),
    ];
    leaf.prop_recursive(1, 3, 2, |inner| {
        let sign = prop::sample::select(vec!["+", "-", "*"]);
        (inner.clone(), sign, inner)
            .prop_map(|(one, sign, other)| format!("({one} {sign} {other})"))
    })
}

fn whole() -> impl Strategy<Value = String> {
    let names = vec![
        "consciousness",
        "met",
        "possible",
        "news2_min",
        "(-2)",
        "0",
        "3",
        "20",
    ];
    prop::sample::select(names).prop_map(str::to_owned)
}

fn truth() -> impl Strategy<Value = String> {
    let sign = prop::sample::select(vec!["<", "<=", ">", ">=", "==", "!="]);
    let side = prop_oneof![number(), whole()];
    let leaf = prop_oneof![
        (side.clone(), sign, side).prop_map(|(one, sign, other)| format!("{one} {sign} {other}")),
        prop::sample::select(vec![
            "on_treatment",
            "in_neutropenia_window",
            "supplemental_oxygen",
            "true",
            "false",
            "has(age.heart_rate)",
            "has(age.systolic_pressure)",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        let two = (
            inner.clone(),
            prop::sample::select(vec!["&&", "||"]),
            inner.clone(),
        );
        prop_oneof![
            two.prop_map(|(one, sign, other)| format!("({one}) {sign} ({other})")),
            inner.clone().prop_map(|one| format!("!({one})")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("(({a}) ? ({b}) : ({c}))")),
        ]
    })
}

fn slots() -> impl Strategy<Value = Slots> {
    let value =
        prop_oneof![1 => Just(UNKNOWN), 3 => (0_i32..2_000).prop_map(|t| f64::from(t) / 10.0)];
    prop::collection::vec(value, SLOTS).prop_map(|values| {
        let mut slots = [UNKNOWN; SLOTS];
        for (slot, value) in slots.iter_mut().zip(values) {
            *slot = value;
        }
        for place in 0..INPUTS {
            let of = plain(VITALS[place].name()).unwrap().of;
            slots[VALUE + place] = typed(of, slots[VALUE + place]);
            // An age belongs to a value.
            if slots[VALUE + place].is_nan() {
                slots[AGE + place] = UNKNOWN;
            } else if slots[AGE + place].is_nan() {
                slots[AGE + place] = 1.0;
            }
        }
        for slot in [ON_TREATMENT, IN_NEUTROPENIA_WINDOW] {
            slots[slot] = typed(Type::Bool, slots[slot]);
        }
        for slot in [MET, POSSIBLE, NEWS2_MIN] {
            slots[slot] = typed(Type::Int, slots[slot]);
        }
        slots
    })
}

fn typed(of: Type, value: f64) -> f64 {
    match of {
        Type::Bool if !value.is_nan() => f64::from(u8::from(value > 100.0)),
        Type::Int if !value.is_nan() => (value / 10.0).floor(),
        _ => value,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_condition_comes_to_what_cel_says(source in truth(), slots in slots()) {
        let (mine, other) = on_a_large_stack(|| (ours(&source, &slots), theirs(&source, &slots)));
        prop_assert_eq!(mine, (Type::Bool, other), "{}", source);
    }

    #[test]
    fn every_number_comes_to_what_cel_says(source in number(), slots in slots()) {
        let (mine, other) = on_a_large_stack(|| (ours(&source, &slots), theirs(&source, &slots)));
        prop_assert_eq!(mine, (Type::Double, other), "{}", source);
    }
}

#[test]
fn precedence_and_forms_are_those_of_cel() {
    let mut slots = [UNKNOWN; SLOTS];
    (slots[VALUE], slots[AGE], slots[VALUE + 1], slots[AGE + 1]) = (95.0, 3.0, 20.0, 1.0);
    (slots[MET], slots[ON_TREATMENT]) = (2.0, 1.0);
    let sources = [
        "heart_rate - respiratory_rate - 5.0 * 2.0 > 64.9 && heart_rate / 2.0 / 2.0 < 24.0",
        "on_treatment || heart_rate > 1.0 && systolic_pressure > 1.0",
        "!on_treatment == (heart_rate < 90)",
        "on_treatment ? met > 1 : met < 1",
        "heart_rate > 9.0e1 && .5 < 1 && 0x10 == 16 && --met == 2 // why",
        "systolic_pressure / 0.0 > 1.0 || on_treatment",
        "met * 3 - 1 == 5",
    ];
    for source in sources {
        let (mine, other) = on_a_large_stack(|| (ours(source, &slots), theirs(source, &slots)));
        assert_eq!(mine, (Type::Bool, other), "{source}");
        assert!(other.is_some(), "{source}");
    }
}

#[test]
fn what_cannot_be_computed_is_unknown_where_cel_would_say_infinite() {
    let mut slots = [UNKNOWN; SLOTS];
    (slots[VALUE], slots[AGE], slots[VALUE + 5], slots[AGE + 5]) = (95.0, 0.0, 0.0, 0.0);
    let source = "heart_rate / systolic_pressure > 0.9";
    assert_eq!(ours(source, &slots), (Type::Bool, None));
}
