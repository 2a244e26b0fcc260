//! Nothing is lost: whatever happens, everything that somebody had to be told
//! ends as told, kept back with a reason that still holds, or noted as over.

use super::bed::{Bed, alert, facts};
use crate::alert::EventType;
use crate::alert::routing::{Outcome, RowKind};
use crate::domain::{AlertId, AlertKind, Handling, Priority, SilenceScope, Vital, WardId};
use proptest::prelude::*;
use std::collections::BTreeMap;

const CONFIGURATION: &str = r#"
    patient_per_hour = 2
    ward_per_hour = 4
    [[routes]]
    name = "night"
    priorities = ["low", "medium"]
    hours = [{ from = "12:30", until = "15:00" }]
    quiet_hours = { medium = true, hours = [{ from = "12:30", until = "14:00" }] }
    chain = "slow"
    [[routes]]
    name = "copy"
    kinds = ["technical"]
    continue = true
    chain = "slow"
    [[routes]]
    name = "rest"
    wards = ["a1"]
    chain = "ward"
    [chains.ward]
    steps = [{ notify = ["endpoint:e1", "endpoint:e2"] }, { after_seconds = 90, notify = ["rota:r"] }]
    [chains.slow]
    repeat_after_seconds = 900
    steps = [{ notify = ["endpoint:off", "endpoint:e3"], within_seconds = 20 }]
    [rotas.r]
    shifts = [{ who = "e4", from = "12:00", until = "13:00" }]
"#;

#[derive(Clone, Debug)]
enum Deed {
    Event(u32, u32, EventType),
    Report(u64, bool),
    /// After so many seconds, for so many.
    Silence(i64, i64),
    Pass(i64),
    Restart,
}

fn kind(number: u32) -> AlertKind {
    match number {
        1 => AlertKind::News2,
        2 => AlertKind::BaselineDeviation(Vital::HeartRate),
        3 => AlertKind::DeviceSilent,
        _ => AlertKind::NotWorn,
    }
}

fn priority(number: u32) -> Priority {
    match number {
        1 => Priority::High,
        2 | 3 => Priority::Medium,
        _ => Priority::Low,
    }
}

fn deed() -> impl Strategy<Value = Deed> {
    let event = proptest::sample::select(vec![
        EventType::Raised,
        EventType::Raised,
        EventType::Updated,
        EventType::ConditionEnded,
        EventType::Reopened,
        EventType::Escalated,
        EventType::Acknowledged,
        EventType::AcknowledgementExpired,
        EventType::Snoozed,
        EventType::SnoozeEnded,
        EventType::Resolved,
    ]);
    let patient = proptest::sample::select(vec![1_u32, 2, 12]);
    prop_oneof![
        6 => (patient, 1_u32..5, event).prop_map(|(p, n, e)| Deed::Event(p, n, e)),
        3 => (0_u64..6, any::<bool>()).prop_map(|(back, ok)| Deed::Report(back, ok)),
        1 => (0_i64..900, 1_i64..4_000).prop_map(|(after, long)| Deed::Silence(after, long)),
        4 => (1_i64..1_500).prop_map(Deed::Pass),
        1 => Just(Deed::Restart),
    ]
}

/// Does what makes sense; says which event somebody now has to be told of.
fn act(bed: &mut Bed, deed: &Deed) -> Option<(AlertId, u64)> {
    match deed {
        Deed::Event(patient, number, event) => return happen(bed, *patient, *number, *event),
        Deed::Report(back, delivered) => {
            let delivery = bed.next_delivery.saturating_sub(back + 1);
            match delivered {
                true => bed.takes(delivery),
                false => bed.fails(delivery),
            }
        }
        Deed::Silence(after, seconds) => {
            let from = bed.now.epoch_ms() / 1000 - super::bed::NOON + after;
            let scope = SilenceScope {
                ward: Some(WardId::new("a1").unwrap()),
                ..SilenceScope::default()
            };
            bed.silence(scope, from, from + seconds);
        }
        Deed::Pass(seconds) => bed.pass(bed.now.plus_ms(seconds * 1000)),
        Deed::Restart => bed.restart(),
    }
    None
}

fn happen(bed: &mut Bed, patient: u32, number: u32, event: EventType) -> Option<(AlertId, u64)> {
    let id = alert(patient, number);
    let known = bed
        .open
        .get(&id)
        .filter(|facts| facts.handling != Handling::Resolved);
    match (known.is_some(), event) {
        (false, EventType::Raised) => {
            bed.raise(&id, facts(patient, kind(number), priority(number)));
        }
        (false, _) | (true, EventType::Raised) => return None,
        (true, event) => bed.then(&id, event),
    }
    let asks = bed.open[&id].asks() && event.starts_a_chain();
    asks.then_some((id, bed.seq))
}

/// Whether a note closes the account of everything owed for the alert before it.
fn closes(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Superseded | Outcome::Lapsed | Outcome::Nobody
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn everything_somebody_must_be_told_is_told_or_accounted_for(
        deeds in proptest::collection::vec(deed(), 1..60),
    ) {
        let mut bed = Bed::new(CONFIGURATION);
        let mut owed: Vec<(AlertId, u64, usize)> = Vec::new();
        for deed in &deeds {
            let notes = bed.notes.len();
            if let Some((id, seq)) = act(&mut bed, deed) {
                owed.push((id, seq, notes));
            }
        }
        // Every silence, every quiet hour and every full hour ends.
        bed.pass(bed.now.plus_ms(40 * 3_600_000));
        for (id, seq, notes) in owed {
            let told = bed.sent.iter().any(|(_, m)| {
                m.about.contains(&id) && m.seq >= seq && (m.digest || m.event.starts_a_chain())
            });
            let of = bed.notes.iter().skip(notes).filter(|(_, note)| note.alert == id);
            let outcomes: Vec<Outcome> = of.map(|(_, note)| note.outcome).collect();
            let grouped = bed.sent.iter().any(|(_, m)| m.digest && m.about.contains(&id))
                && outcomes.contains(&Outcome::Grouped);
            let closed = outcomes.iter().copied().any(closes);
            let waits = bed.store.get(&(RowKind::Notice, id.as_str().to_owned()));
            let inhibited = waits.is_some_and(|text| text.contains("\"inhibited\""));
            prop_assert!(
                told || grouped || closed || inhibited,
                "{} event {seq}: {outcomes:?}", id.as_str()
            );
        }
    }

    #[test]
    fn what_is_high_is_never_held_or_grouped(deeds in proptest::collection::vec(deed(), 1..60)) {
        let mut bed = Bed::new(CONFIGURATION);
        for deed in &deeds {
            act(&mut bed, deed);
        }
        for (_, note) in &bed.notes {
            let kept = matches!(note.outcome, Outcome::Held | Outcome::Grouped);
            prop_assert!(!(kept && note.facts.priority == Priority::High), "{note:?}");
        }
    }

    #[test]
    fn restarts_change_nothing(deeds in proptest::collection::vec(deed(), 1..40)) {
        let run = |restarts: bool| {
            let mut bed = Bed::new(CONFIGURATION);
            for deed in &deeds {
                act(&mut bed, deed);
                if restarts {
                    bed.restart();
                }
            }
            (bed.lines(), bed.superseded, bed.store)
        };
        prop_assert_eq!(run(true), run(false));
    }

    #[test]
    fn an_answer_leaves_nothing_under_way(deeds in proptest::collection::vec(deed(), 1..60)) {
        let mut bed = Bed::new(CONFIGURATION);
        let mut raised: BTreeMap<AlertId, u64> = BTreeMap::new();
        for deed in &deeds {
            let before = bed.seq;
            act(&mut bed, deed);
            if let Deed::Event(patient, number, EventType::Raised) = deed && bed.seq > before {
                raised.insert(alert(*patient, *number), bed.seq);
            }
        }
        let open: Vec<AlertId> = bed.open.iter()
            .filter(|(_, facts)| facts.handling == Handling::Open)
            .map(|(id, _)| id.clone())
            .collect();
        for id in &open {
            bed.then(id, EventType::Acknowledged);
        }
        for (_, message) in &bed.sent {
            let all = message.about.iter().all(|alert| {
                open.contains(alert) && raised.get(alert).is_some_and(|seq| message.seq >= *seq)
            });
            let speaks = message.digest || message.event.is_superseded_by_an_answer();
            let waits = !bed.taken.contains(&message.number);
            let stopped = bed.superseded.contains(&message.number);
            prop_assert!(stopped || !(all && speaks && waits), "{:?} waits", message.number);
        }
        let before = bed.sent.len();
        bed.pass(bed.now.plus_ms(40 * 3_600_000));
        for (_, message) in bed.sent.iter().skip(before) {
            let answered = message.about.iter().any(|alert| open.contains(alert));
            prop_assert!(!answered, "{:?} {:?}", message.event, message.about);
        }
    }
}
