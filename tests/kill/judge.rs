//! Compares what is stored and what was told with what is true.

use crate::episodes::MESSAGES;
use crate::figures::Figures;
use crate::plan::Plan;
use crate::receiver::{Call, FEVER};
use crate::sent::Moments;
use crate::stored::Stored;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;
use wardlight::domain::Vital;

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

/// Every message acknowledged is stored exactly once as it was sent, and
/// nothing else is.
pub(crate) fn messages(
    plan: &Plan,
    stored: &Stored,
    sent: &Moments,
    acknowledged_log: &Path,
    figures: &mut Figures,
    verdict: &mut Verdict,
) {
    let moments = stored.moments();
    let acknowledged = acknowledged(plan, acknowledged_log);
    let is_load = |key: &&(String, i64)| key.0.starts_with("load-");
    figures.acknowledged = acknowledged.len() as u64;
    figures.stored = moments.keys().filter(is_load).count() as u64;
    figures.readings = moments.values().map(|vitals| vitals.len() as u64).sum();
    figures.chunk_readings = stored.in_chunks;
    figures.missing = missing(&acknowledged, sent, &moments, verdict);
    figures.duplicates = twice(&moments, verdict);
    figures.wrong = wrong(sent, &moments, verdict);
    for (what, count) in [
        ("acknowledged", figures.acknowledged),
        ("stored", figures.stored),
        ("sent", sent.keys().filter(is_load).count() as u64),
    ] {
        verdict.expect(count == plan.messages, || {
            format!("{count} messages {what}, {} published", plan.messages)
        });
    }
    let fever = moments.len() as u64 - figures.stored;
    verdict.expect(fever == figures.episodes * MESSAGES, || {
        format!("{fever} messages of {} episodes stored", figures.episodes)
    });
    let quarantined = stored.quarantined();
    verdict.expect(quarantined.is_empty(), || {
        format!("in quarantine: {quarantined:?}")
    });
}

/// Device and measured time of every message of the load that was acknowledged.
fn acknowledged(plan: &Plan, log: &Path) -> HashSet<(String, i64)> {
    let log = std::fs::read_to_string(log).expect("the log");
    let moment = |line: &str| {
        let mut parts = line.split(',');
        let device = parts.next().expect("a device").to_owned();
        let sequence = parts.nth(1).and_then(|text| text.parse::<i64>().ok());
        let sequence = sequence.expect("a number");
        (device, plan.start_ms + sequence * plan.step_ms)
    };
    log.lines().map(moment).collect()
}

/// Counts messages that were acknowledged and of which a vital is not stored.
fn missing(
    acknowledged: &HashSet<(String, i64)>,
    sent: &Moments,
    stored: &Moments,
    verdict: &mut Verdict,
) -> u64 {
    let vitals = |moments: &Moments, key| -> BTreeSet<Vital> {
        let vitals = moments.get(key).into_iter().flatten();
        vitals.map(|(vital, _)| *vital).collect()
    };
    let missing: Vec<_> = acknowledged
        .iter()
        .filter(|key| !vitals(stored, key).is_superset(&vitals(sent, key)))
        .collect();
    verdict.expect(missing.is_empty(), || {
        format!(
            "{} acknowledged messages are not stored, such as {:?}",
            missing.len(),
            missing.first()
        )
    });
    missing.len() as u64
}

/// Counts readings that are stored once more than they should be.
fn twice(stored: &Moments, verdict: &mut Verdict) -> u64 {
    let repeats = |vitals: &[(Vital, f64)]| {
        let pairs = vitals.windows(2);
        let same = |pair: &&[(Vital, f64)]| matches!(pair, [a, b] if a.0 == b.0);
        pairs.filter(same).count() as u64
    };
    let twice = stored.iter().filter(|(_, vitals)| repeats(vitals) > 0);
    let first = twice.clone().next();
    verdict.expect(first.is_none(), || {
        format!(
            "{} messages are stored more than once, such as {first:?}",
            twice.clone().count()
        )
    });
    stored.values().map(|vitals| repeats(vitals)).sum()
}

/// Counts readings whose value was not sent for that device, time and vital.
fn wrong(sent: &Moments, stored: &Moments, verdict: &mut Verdict) -> u64 {
    let was_sent = |key: &(String, i64), (vital, value): (Vital, f64)| {
        let mut vitals = sent.get(key).into_iter().flatten();
        // Bit by bit: what is stored comes back as it was sent.
        vitals.any(|sent| sent.0 == vital && sent.1.to_bits() == value.to_bits())
    };
    let wrong: Vec<_> = stored
        .iter()
        .flat_map(|(key, vitals)| vitals.iter().map(move |reading| (key, *reading)))
        .filter(|(key, reading)| !was_sent(key, *reading))
        .collect();
    verdict.expect(wrong.is_empty(), || {
        let first = wrong
            .first()
            .map(|(key, reading)| (key, reading, sent.get(*key)));
        format!(
            "{} readings are not as they were sent, such as (moment, stored, sent) {first:?}",
            wrong.len()
        )
    });
    wrong.len() as u64
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
