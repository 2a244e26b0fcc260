//! Compares what is stored and what was told with what is true.

use crate::episodes::MESSAGES;
use crate::figures::Figures;
use crate::plan::Plan;
use crate::receiver::{Call, FEVER};
use crate::stored::Stored;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// Vitals of every message of the load.
const VITALS: usize = 6;

/// Everything wrong, in words; empty is what is wanted.
#[derive(Default)]
pub(crate) struct Verdict(Vec<String>);

impl Verdict {
    pub(crate) fn expect(&mut self, holds: bool, words: impl FnOnce() -> String) {
        if !holds {
            self.0.push(words());
        }
    }

    /// Fails with all words.
    pub(crate) fn pronounce(self) {
        assert!(self.0.is_empty(), "\n- {}", self.0.join("\n- "));
    }
}

/// Every message acknowledged is stored exactly once, and nothing else is.
pub(crate) fn messages(
    plan: &Plan,
    stored: &Stored,
    acknowledged_log: &Path,
    figures: &mut Figures,
    verdict: &mut Verdict,
) {
    let moments = stored.moments();
    let log = std::fs::read_to_string(acknowledged_log).expect("the log");
    let mut acknowledged = HashSet::new();
    for line in log.lines() {
        let mut parts = line.split(',');
        let device = parts.next().expect("a device").to_owned();
        let sequence: i64 = parts
            .nth(1)
            .and_then(|text| text.parse().ok())
            .expect("a number");
        acknowledged.insert((device, plan.start_ms + sequence * plan.step_ms));
    }
    let whole = |vitals: &HashMap<_, u32>| vitals.len() == VITALS;
    let missing: Vec<_> = acknowledged
        .iter()
        .filter(|key| !moments.get(*key).is_some_and(whole))
        .collect();
    let counts = || moments.values().flat_map(HashMap::values);
    let twice: Vec<_> = moments
        .iter()
        .filter(|(_, vitals)| vitals.values().any(|n| *n > 1))
        .collect();
    let load = moments
        .keys()
        .filter(|(device, _)| device.starts_with("load-"))
        .count();
    figures.acknowledged = acknowledged.len() as u64;
    figures.stored = load as u64;
    figures.missing = missing.len() as u64;
    figures.duplicates = counts().map(|n| u64::from(*n) - 1).sum();
    figures.readings = counts().map(|n| u64::from(*n)).sum();
    figures.chunk_readings = stored.in_chunks;
    verdict.expect(missing.is_empty(), || {
        format!(
            "{} acknowledged messages are not stored, such as {:?}",
            missing.len(),
            missing.first()
        )
    });
    verdict.expect(twice.is_empty(), || {
        format!(
            "{} messages are stored more than once, such as {:?}",
            twice.len(),
            twice.first()
        )
    });
    verdict.expect(acknowledged.len() as u64 == plan.messages, || {
        format!(
            "{} messages acknowledged, {} published",
            acknowledged.len(),
            plan.messages
        )
    });
    verdict.expect(load as u64 == plan.messages, || {
        format!("{load} messages stored")
    });
    let fever = moments.len() as u64 - figures.stored;
    verdict.expect(fever == figures.episodes * MESSAGES, || {
        format!("{fever} messages of {} episodes stored", figures.episodes)
    });
    let quarantined = stored.quarantined();
    verdict.expect(quarantined.is_empty(), || {
        format!("in quarantine: {quarantined:?}")
    });
}

/// One alert, one `alert.raised` and one answer for each true episode.
pub(crate) fn episodes(stored: &Stored, figures: &mut Figures, verdict: &mut Verdict) {
    let alerts = stored.alerts(FEVER);
    figures.raised = alerts.len() as u64;
    verdict.expect(figures.raised == figures.episodes, || {
        format!(
            "{} true episodes, {} raised",
            figures.episodes, figures.raised
        )
    });
    let patients: HashSet<_> = alerts
        .iter()
        .map(|(alert, _)| alert.patient.as_str())
        .collect();
    verdict.expect(patients.len() == alerts.len(), || {
        "an episode was raised twice".to_owned()
    });
    for (alert, events) in &alerts {
        let count = |name: &str| events.iter().filter(|e| e.event_type == name).count();
        let counts = (count("alert.raised"), count("alert.acknowledged"));
        figures.answered += counts.1 as u64;
        verdict.expect(counts == (1, 1), || {
            format!(
                "alert {} was (raised, acknowledged) {counts:?} times",
                alert.id.as_str()
            )
        });
        let document: Value = serde_json::from_str(&alert.document).expect("JSON");
        let handling = document.get("handling").and_then(Value::as_str);
        verdict.expect(handling == Some("acknowledged"), || {
            format!("alert {} is {handling:?}", alert.id.as_str())
        });
    }
}

/// One delivery id for each event, and repeats only with it.
pub(crate) fn deliveries(
    stored: &Stored,
    calls: &[Call],
    figures: &mut Figures,
    verdict: &mut Verdict,
) {
    let deliveries = stored.deliveries();
    figures.deliveries = deliveries.len() as u64;
    figures.calls = calls.len() as u64;
    let undelivered = deliveries.iter().filter(|d| d.state != "delivered").count();
    verdict.expect(undelivered == 0, || {
        format!("{undelivered} deliveries are not delivered")
    });
    let by_id: HashMap<&str, &Vec<u8>> = deliveries
        .iter()
        .map(|d| (d.id.as_str(), &d.body))
        .collect();
    let mut seen: HashMap<&str, u64> = HashMap::new();
    for call in calls {
        *seen.entry(&call.id).or_default() += 1;
        let same = by_id
            .get(call.id.as_str())
            .is_some_and(|body| **body == call.body);
        verdict.expect(same, || {
            format!("request {} is not what is stored", call.id)
        });
    }
    figures.repeated_calls = seen.values().map(|count| count - 1).sum();
    verdict.expect(seen.len() == deliveries.len(), || {
        format!(
            "{} deliveries, {} ids at the receiver",
            deliveries.len(),
            seen.len()
        )
    });
    let mut raised: HashMap<&str, HashSet<&str>> = HashMap::new();
    for call in calls.iter().filter(|call| call.is_fever_raised()) {
        raised.entry(&call.alert).or_default().insert(&call.id);
    }
    figures.raised_ids = raised.values().map(|ids| ids.len() as u64).sum();
    verdict.expect(raised.values().all(|ids| ids.len() == 1), || {
        "an alert.raised came with more than one id".to_owned()
    });
    verdict.expect(figures.raised_ids == figures.episodes, || {
        format!(
            "{} ids of alert.raised for {} true episodes",
            figures.raised_ids, figures.episodes
        )
    });
}
