use super::victoria::{Victoria, installed};
use super::*;
use std::collections::BTreeSet;

/// Checks that the server holds exactly the journal's rows.
fn assert_complete(server: &Victoria, journal: &Journal) {
    let rows = journal.rows.lock().expect("not poisoned");
    for vital in [Vital::HeartRate, Vital::SkinTemperature] {
        let mut there = BTreeSet::new();
        server.export(
            &format!("{}_value", vital.name()),
            |(_, labels, at), value| {
                let label = |name: &str| labels.get(name).cloned().unwrap_or_default();
                let bits = value.to_bits();
                there.insert((
                    label("patient"),
                    label("device"),
                    label("quality"),
                    at,
                    bits,
                ));
            },
        );
        let mut expected = BTreeSet::new();
        for row in rows.iter() {
            let mine = row.readings.iter().filter(|(r, _)| r.vital == vital);
            expected.extend(mine.map(|(reading, quality)| {
                let quality = match quality {
                    Quality::Good => "good",
                    _ => "suspect.motion",
                };
                (
                    row.patient.as_str().to_owned(),
                    row.device.as_str().to_owned(),
                    quality.to_owned(),
                    reading.at.epoch_ms(),
                    reading.value.to_bits(),
                )
            }));
        }
        assert_eq!(expected.difference(&there).count(), 0, "missing");
        assert_eq!(there.difference(&expected).count(), 0, "wrong");
    }
}

#[tokio::test]
async fn every_row_arrives_as_it_was_stored_compressed_or_not() {
    if !installed() {
        return;
    }
    for gzip in [true, false] {
        let server = Victoria::start();
        let journal = journal(500);
        let sink = run(
            SinkSettings {
                gzip,
                ..settings(server.url())
            },
            &journal,
        );
        sink.acknowledged(500).await;
        journal.rows.lock().expect("ok").push(row(501));
        let _ = sink.outcomes.send(Outcome::Journal { newest: 501 });
        sink.acknowledged(501).await;
        assert_complete(&server, &journal);
        sink.cancel.cancel();
        sink.task.await.expect("ends in order");
    }
}

#[tokio::test]
async fn a_server_killed_while_we_write_has_everything_afterwards() {
    if !installed() {
        return;
    }
    let mut server = Victoria::start();
    let journal = journal(20_000);
    let sink = run(
        SinkSettings {
            batch_lines: 200,
            ..settings(server.url())
        },
        &journal,
    );
    sink.health("some are written", |h| h.acknowledged_seq > 2_000)
        .await;
    server.end("KILL");
    sink.health("it is noticed", |h| h.last_error == Some("unreachable"))
        .await;
    server.start_again();
    sink.acknowledged(20_000).await;
    assert_complete(&server, &journal);
    // What was acknowledged before the kill was sent again: it lay inside the overlap.
    assert!(sink.handle.counters().lines > 40_000);
}

#[tokio::test]
async fn what_would_break_out_of_a_tag_arrives_as_one_value() {
    if !installed() {
        return;
    }
    let server = Victoria::start();
    let client = influx::Influx::new(&settings(server.url())).expect("a client");
    for (number, nasty) in [r"a b,c=d", r"back\slash", "Zoë,\u{1F489}", "two\nlines"]
        .into_iter()
        .enumerate()
    {
        let mut line = format!("nasty{number}").into_bytes();
        line::tag("who", nasty, &mut line);
        line.extend_from_slice(b" value=1 1763787600000\n");
        client.write(&line).await.expect("written");
        let mut seen = Vec::new();
        server.export(&format!("nasty{number}_value"), |(_, mut labels, _), _| {
            seen.extend(labels.remove("who"));
        });
        assert_eq!(seen, [nasty.replace('\n', "_")]);
    }
}
