//! The same inputs give the same state, alerts and rows, however batched and
//! wherever the engine was stopped.

use super::bench::{
    Bench, HOUR, How, MINUTE, START, Said, What, alerts, assign, book, clinical, message, order,
    patient, tick, ward,
};
use crate::domain::{AlertId, Vital};
use crate::engine::core::Core;
use crate::engine::snapshot::encode;
use crate::registry::{Command, ObservedValue};
use crate::store::JournalKind;
use proptest::prelude::*;
use std::sync::Arc;

/// Everything that must not depend on batching: rows, documents and, after a
/// recovery, states.
#[derive(PartialEq)]
pub(super) struct Whole {
    rows: Vec<String>,
    alerts: Vec<(String, serde_json::Value)>,
    patients: Vec<Vec<u8>>,
    devices: Vec<Vec<u8>>,
}

impl Whole {
    pub(super) fn of(bench: &Bench, until: i64) -> Self {
        let mut writer = bench.writer();
        let reader = bench.reader(&writer);
        let mut rows = Vec::new();
        writer
            .fold(0, |row| {
                // Each start adds a row of its own, and shifts the numbers after it.
                if row.kind != JournalKind::Version {
                    let at = row.stamp.epoch_ms() - START;
                    let of = (row.kind, row.patient, row.device);
                    rows.push(format!("{at} {of:?} {:02x?}", row.body));
                }
                Ok(())
            })
            .expect("reads");
        let history = Box::new(super::bench::StoreHistory(reader.clone()));
        let rules = Arc::new(book(&How::default()));
        let mut core =
            Core::recover(&mut writer, rules, history, Arc::default()).expect("recovers");
        core.take(crate::engine::Envelope {
            stamp: clinical(until),
            received: crate::domain::WallTime::from_epoch_ms(START),
            input: crate::engine::Input::Tick,
            delivery: None,
        });
        Self {
            rows,
            alerts: alerts(&reader),
            patients: core.patients.iter().map(encode).collect(),
            devices: core.devices.iter().map(encode).collect(),
        }
    }

    pub(super) fn assert_same(&self, other: &Self, what: &str) {
        for (place, (one, two)) in self.rows.iter().zip(&other.rows).enumerate() {
            assert_eq!(one, two, "row {place}, {what}");
        }
        assert_eq!(self.rows.len(), other.rows.len(), "rows, {what}");
        assert_eq!(self.alerts, other.alerts, "alerts, {what}");
        assert!(self.patients == other.patients, "patients' states, {what}");
        assert!(self.devices == other.devices, "devices' states, {what}");
    }
}

/// Half a day of three patients with everything that may befall them.
pub(super) fn day() -> Vec<Said> {
    let expected = [(Vital::HeartRate, 60), (Vital::BodyTemperature, 3_600)];
    let mut said = ward(&["a", "b", "c"], &expected);
    said.push(assign(0, "watch-a", "a", 0, None));
    said.push(assign(0, "watch-b", "b", 0, None));
    for minute in 1..360_i64 {
        let (at, seq) = (minute * MINUTE, minute as u64);
        let fever = if minute > 120 { "38.6" } else { "36.7" };
        let temperature = if minute % 15 == 0 {
            format!(r#","temp":{fever}"#)
        } else {
            String::new()
        };
        let rate = 70 + minute % 7;
        let values = format!(r#""hr":{rate},"spo2":97,"rr":16{temperature}"#);
        if minute % 11 == 0 {
            continue; // dropped on the way
        }
        said.push(message("watch-a", at, seq, at, &values));
        if minute % 5 == 0 {
            said.push(message("watch-a", at + 5, seq, at, &values)); // sent twice
        }
        if minute % 13 == 0 {
            said.push(message("watch-a", at + 6, seq, at, r#""hr":99"#)); // another payload
        }
        // A day's other watch comes late and out of order, and falls silent.
        if minute < 200 {
            let late = if minute % 4 == 0 { at - 3 * MINUTE } else { at };
            said.push(message(
                "watch-b",
                at + 9,
                seq,
                late,
                r#""hr":81,"battery":50"#,
            ));
        }
        if minute % 50 == 0 {
            said.push(message(
                "stranger",
                at + 10,
                seq,
                at,
                r#""hr":60,"temp":38.9"#,
            ));
            let refused = r#""hr":900,"temp":36.6"#;
            said.push(message("watch-a", at + 11, 10_000 + seq, at + 11, refused));
        }
    }
    said.push(assign(400 * MINUTE, "stranger", "c", 0, None));
    said.push(assign(
        401 * MINUTE,
        "watch-a",
        "c",
        200 * MINUTE,
        Some(300 * MINUTE),
    ));
    let observed = ObservedValue {
        at: super::bench::measured(402 * MINUTE),
        vital: Vital::BodyTemperature,
        value: 38.4,
    };
    for name in ["a", "b"] {
        let command = Command::Observe {
            patient: patient(name),
            readings: vec![observed],
            source: "ward-form".to_owned(),
        };
        said.push(order(402 * MINUTE, command));
    }
    let alert = AlertId::new("alr_0badcafe_0_1").expect("valid");
    let comment = Some("seen".to_owned());
    said.push(order(403 * MINUTE, Command::Acknowledge { alert, comment }));
    said.extend((404..720).step_by(20).map(|minute| tick(minute * MINUTE)));
    said.sort_by_key(|said| said.at);
    said
}

pub(super) fn whole(how: &How, said: &[Said]) -> Whole {
    let bench = Bench::new();
    let _ = bench.run(how, said);
    Whole::of(&bench, 13 * HOUR)
}

#[test]
fn the_same_inputs_give_the_same_rows_alerts_and_states_however_they_were_batched() {
    let said = day();
    let all = whole(&How::default(), &said);
    assert!(
        all.alerts.len() >= 3,
        "the day is eventful: {:?}",
        all.alerts.len()
    );
    for batch_max in [1, 7, 64] {
        let how = How {
            batch_max,
            fold_rows_max: 50,
            ..How::default()
        };
        whole(&how, &said).assert_same(&all, &format!("batches of {batch_max}"));
    }
}

/// Runs through crashes: what was not settled is said again, as a broker does.
pub(super) fn through_crashes(said: &[Said], crashes: &[(u32, usize, u64)]) -> Whole {
    let bench = Bench::new();
    let mut done = 0;
    for (crash_at, batch_max, fold_rows_max) in crashes {
        let how = How {
            batch_max: *batch_max,
            fold_rows_max: *fold_rows_max,
            crash_at: Some(*crash_at),
            ..How::default()
        };
        let live = bench.start(&how);
        live.say(&said[done..], done as u64);
        live.send(crate::engine::Input::Stop);
        let settled = Arc::clone(&live.settled);
        let _ = live.ended();
        let settled = settled.all();
        let expected: Vec<u64> = (done as u64..).take(settled.len()).collect();
        assert_eq!(settled, expected, "settled in the order received");
        done += settled.len();
    }
    let _ = bench.run(&How::default(), &said[done..]);
    Whole::of(&bench, 13 * HOUR)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn stopping_anywhere_and_recovering_is_as_never_stopping(
        crashes in prop::collection::vec((0_u32..40, 1_usize..60, 5_u64..400), 1..4),
        cut in 200_usize..700,
    ) {
        let said: Vec<Said> = day().into_iter().take(cut).collect();
        let unbroken = whole(&How::default(), &said);
        through_crashes(&said, &crashes).assert_same(&unbroken, "crashed");
    }
}

#[test]
fn a_crash_among_re_attributions_and_answers_loses_and_repeats_nothing() {
    let said = day();
    let unbroken = whole(&How::default(), &said);
    let last = said
        .iter()
        .rposition(|said| matches!(said.what, What::Order(_)));
    let orders = last.expect("there are orders") as u32;
    for crash_at in (orders.saturating_sub(9)..orders + 3).step_by(2) {
        let crashed = through_crashes(&said, &[(crash_at, 1, 100_000)]);
        crashed.assert_same(&unbroken, &format!("crash at commit {crash_at}"));
    }
}
