//! Whatever happens in whatever order, the machine keeps its promises.

use super::bed::{Bed, FEVER, NEWS2, SILENT, finding, raise};
use crate::alert::{EpisodeEvent, EventType};
use crate::domain::{AlertKind, FindingState, Handling, Priority};
use proptest::prelude::*;
use std::collections::HashMap;

#[derive(Clone, Debug)]
enum Happening {
    Raise(AlertKind, Priority, bool),
    Clear(AlertKind),
    Acknowledge(u32),
    Resolve(u32),
    Pass(i64),
}

fn happening() -> impl Strategy<Value = Happening> {
    let kind = prop::sample::select(vec![FEVER, NEWS2, SILENT]);
    let priority = prop::sample::select(vec![Priority::Low, Priority::Medium, Priority::High]);
    let raises = (kind.clone(), priority, prop::bool::weighted(0.9));
    prop_oneof![
        4 => raises.prop_map(|(k, p, monitored)| Happening::Raise(k, p, monitored)),
        3 => kind.prop_map(Happening::Clear),
        1 => (1_u32..6).prop_map(Happening::Acknowledge),
        1 => (1_u32..6).prop_map(Happening::Resolve),
        3 => (1_i64..200).prop_map(Happening::Pass),
    ]
}

fn run(course: &[Happening], ticks: bool) -> Vec<EpisodeEvent> {
    let mut bed = Bed::default();
    let mut minute = 0;
    for what in course {
        match what {
            Happening::Raise(kind, priority, monitored) => {
                bed.find(&raise(minute, *kind, *priority), *monitored);
            }
            Happening::Clear(kind) => {
                bed.find(&finding(minute, *kind, FindingState::Clear), true);
            }
            Happening::Acknowledge(number) => {
                bed.to(minute);
                let _ = bed.acknowledge(minute, *number);
            }
            Happening::Resolve(number) => {
                bed.to(minute);
                let _ = bed.resolve(minute, *number);
            }
            Happening::Pass(minutes) => {
                for step in 1..=*minutes {
                    if ticks {
                        bed.to(minute + step);
                    }
                }
                minute += minutes;
            }
        }
        let kept: Vec<_> = bed.episodes.iter().map(|e| e.kind).collect();
        assert!(kept.len() <= 3, "at most one a kind");
    }
    bed.to(minute);
    bed.events
}

proptest! {
    #[test]
    fn promises_hold(course in prop::collection::vec(happening(), 1..60)) {
        let events = run(&course, false);
        prop_assert!(events == run(&course, true), "ticks change nothing");
        let mut seen: HashMap<String, (Priority, Handling)> = HashMap::new();
        for event in &events {
            let id = event.id.as_str().to_owned();
            match seen.get(&id) {
                None => prop_assert_eq!(event.event, EventType::Raised),
                Some((priority, handling)) => {
                    prop_assert_ne!(event.event, EventType::Raised);
                    let falls = event.event == EventType::Deescalated;
                    prop_assert_eq!(event.priority < *priority, falls);
                    let latched = event.kind.is_physiological()
                        && *priority == Priority::High
                        && *handling == Handling::Open;
                    let by_time = event.event == EventType::Resolved && event.author.is_none();
                    prop_assert!(!(latched && by_time), "closed before anybody saw it");
                }
            }
            seen.insert(id, (event.priority, event.handling));
        }
    }
}
