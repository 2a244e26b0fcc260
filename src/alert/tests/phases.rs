//! Episodes in the words of IHE ACM.

use super::bed::{Bed, FEVER, NEWS2, SILENT};
use crate::domain::Priority;

use Priority::{High, Low, Medium};

/// What the events since the last call say: phase, state, inactivation, priority.
fn words(bed: &mut Bed) -> Vec<String> {
    let told = bed.events.drain(..).map(|event| {
        let acm = serde_json::to_value(&event.acm).unwrap();
        let word = |key: &str| acm[key].as_str().unwrap_or("-").to_owned();
        let inactivation = acm["inactivation"].as_array().unwrap().iter();
        let inactivation: Vec<_> = inactivation.map(|state| state.as_str().unwrap()).collect();
        let [phase, state, priority] = ["phase", "state", "priority"].map(word);
        format!("{phase} {state} {} {priority}", inactivation.join("~"))
    });
    told.collect()
}

#[test]
fn a_latched_alert_starts_updates_latches_and_is_reset() {
    let mut bed = Bed::default();
    bed.raise(0, FEVER, High);
    bed.raise(6, FEVER, High);
    bed.clear(10, FEVER);
    bed.acknowledge(20, 1).unwrap();
    bed.to(50);
    assert_eq!(
        words(&mut bed),
        [
            "start active enabled PH",
            "update active enabled PH",
            "update latched enabled PH",
            "reset inactive alert-acknowledged PH",
            "- inactive enabled PH",
        ]
    );
}

#[test]
fn a_latched_condition_that_returns_updates_and_one_that_ended_starts() {
    let mut bed = Bed::default();
    bed.raise(0, FEVER, High);
    bed.clear(10, FEVER);
    bed.raise(11, FEVER, High);
    bed.raise(12, SILENT, Low);
    bed.clear(13, SILENT);
    bed.raise(14, SILENT, Low);
    assert_eq!(
        words(&mut bed),
        [
            "start active enabled PH",
            "update latched enabled PH",
            "update active enabled PH",
            "start active enabled PL",
            "end inactive enabled PL",
            "start active enabled PL",
        ]
    );
    bed.raise(15, NEWS2, Low);
    assert_eq!(bed.events[0].acm.alert_type, "SP");
    bed.raise(15, crate::domain::AlertKind::NotWorn, Low);
    assert_eq!(bed.events[1].acm.alert_type, "ST");
}

#[test]
fn snoozed_is_audio_paused_and_acknowledged_says_so_beside_it() {
    let mut bed = Bed::default();
    bed.raise(0, NEWS2, Medium);
    bed.snooze(1, 1, 100).unwrap();
    bed.acknowledge(2, 1).unwrap();
    bed.assign(3, 1, "team east").unwrap();
    bed.to(400);
    bed.raise(401, NEWS2, High);
    bed.ease(402, NEWS2, Medium);
    bed.ease(462, NEWS2, Medium);
    bed.resolve(463, 1).unwrap();
    assert_eq!(
        words(&mut bed),
        [
            "start active enabled PM",
            "update active audio-paused PM",
            "update active audio-paused~alert-acknowledged PM",
            "continue active audio-paused~alert-acknowledged PM",
            "update active alert-acknowledged PM",
            "continue active alert-acknowledged PM",
            "escalate active enabled PH",
            "deescalate active enabled PM",
            "end inactive enabled PM",
        ]
    );
}
