//! Another code version: states are refolded from stored readings.

use super::bench::{Bench, How, MINUTE, alerts, assign, events, message, order, tick, ward};
use crate::domain::{AlertId, Vital};
use crate::registry::Command;

/// Marks every snapshot as another version's, in a shape nobody can read.
pub(super) fn age(bench: &Bench) {
    let path = crate::store::database_path(bench.path());
    let conn = rusqlite::Connection::open(path).expect("opens");
    for table in ["patient_state", "device_state"] {
        let sql = format!("UPDATE {table} SET version = '0.0.1-0', body = x'00'");
        conn.execute(&sql, []).expect("updates");
    }
}

#[test]
fn another_version_refolds_from_stored_readings_and_keeps_alerts_and_identities() {
    let bench = Bench::new();
    let mut said = ward(&["a", "b"], &[]);
    said.push(assign(0, "watch", "a", 0, None));
    let sent = |minute: i64| {
        let temperature = if minute < 40 { 36.8 } else { 38.9 };
        let values = format!(r#""hr":{},"temp":{temperature}"#, 70 + minute % 7);
        message(
            "watch",
            minute * MINUTE,
            minute as u64,
            minute * MINUTE,
            &values,
        )
    };
    said.extend((1..60).map(sent));
    let alert = AlertId::new("alr_0badcafe_0_1").expect("valid");
    let comment = Some("seen".to_owned());
    said.push(order(60 * MINUTE, Command::Acknowledge { alert, comment }));
    bench.run(&How::default(), &said);
    age(&bench);
    let live = bench.start(&How::default());
    // What was stored is known although no device remembers it.
    live.say(
        &[sent(50), sent(59)].map(|mut said| {
            said.at = 61 * MINUTE;
            said
        }),
        0,
    );
    live.say(&[sent(61), tick(62 * MINUTE)], 0);
    live.quiet();
    assert_eq!(live.values(0, Vital::HeartRate).len(), 60);
    assert_eq!(live.counters.look_ups.get(), 1, "for the repeats alone");
    let alerts = alerts(&live.reader);
    assert_eq!(
        alerts.len(),
        1,
        "the fever's episode goes on: {:?}",
        events(&live.reader)
    );
    assert_eq!(alerts[0].1["handling"], "acknowledged");
    assert_eq!(alerts[0].1["condition"], "active");
    // The fever ends and resolves by itself: the restored episode still lives.
    let normal = |minute: i64| {
        message(
            "watch",
            minute * MINUTE,
            minute as u64,
            minute * MINUTE,
            r#""temp":36.6"#,
        )
    };
    live.say(&(62..200).map(normal).collect::<Vec<_>>(), 0);
    live.say(&[tick(600 * MINUTE)], 0);
    live.quiet();
    let told = events(&live.reader);
    let resolved = "alert.resolved a fever_on_treatment";
    assert!(told.iter().any(|event| event == resolved), "{told:?}");
    // A new episode gets a new id.
    let again = |minute: i64| {
        message(
            "watch",
            minute * MINUTE,
            minute as u64,
            minute * MINUTE,
            r#""temp":39.2"#,
        )
    };
    live.say(&(9_000..9_010).map(again).collect::<Vec<_>>(), 0);
    live.quiet();
    let raised = "alert.raised a fever_on_treatment";
    let told = events(&live.reader);
    assert_eq!(
        told.iter().filter(|event| *event == raised).count(),
        2,
        "{told:?}"
    );
    let alerts = super::bench::alerts(&live.reader).into_iter();
    let fevers = alerts.filter(|(_, alert)| alert["kind"] == "fever_on_treatment");
    assert_eq!(fevers.count(), 2, "each under an id of its own");
    live.stop();
}
