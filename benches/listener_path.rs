//! Without a broker: our own listener against Mosquitto with a subscriber that
//! only counts and acknowledges behind it, same publisher, in turns.
//!
//! `cargo bench --bench listener_path`. On the listener's side a message is
//! done when the watch has its PUBACK, which comes after the commit; on the
//! other when the subscriber has counted it. The environment is that of
//! `broker_path`.

#[expect(dead_code, reason = "each bench uses its own part")]
mod common;

use common::rig::{Mosquitto, Run, Size, run_null};
use common::service::{Service, Way};
use common::{latency, median, roles, say, say_machine};

fn main() {
    if roles::run_if_child() {
        return;
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    let Some(broker) = Mosquitto::start(directory.path()) else {
        say(format_args!("SKIPPED: Debian's mosquitto is not installed"));
        return;
    };
    let size = Size::of_environment();
    say_machine();
    say(format_args!(
        "{} pairs of {} messages of six vitals at QoS 1, {} patients, all detectors, fsync",
        size.pairs, size.messages, size.patients
    ));
    let mut service = Service::new(directory.path().join("data"), Way::Listener, size, 250.0);
    let mut pairs = Vec::new();
    for pair in 0..=size.pairs {
        let null = run_null(&broker, size, pair + 1);
        let served = service.run(size, pair + 1, None);
        show(pair, &null, &served);
        if pair > 0 {
            pairs.push((null, served));
        }
    }
    let ratios: Vec<f64> = pairs
        .iter()
        .map(|(null, own)| own.rate / null.rate)
        .collect();
    let ratio = median(&ratios);
    say(format_args!(
        "median ratio {ratio:.2} (at least 2: {})",
        if ratio >= 2.0 { "holds" } else { "MISSED" }
    ));
    let rates: Vec<f64> = pairs.iter().map(|(_, own)| own.rate).collect();
    latency::measure(&mut service, size, median(&rates) / 2.0);
}

fn show(pair: u64, null: &Run, own: &Run) {
    let counted = |name: &str| own.counted.get(name).copied().unwrap_or(0);
    say(format_args!(
        "{}: Mosquitto and null {:.0} messages/s, {:.1} CPU s a million; listener {:.0}, {:.1}; ratio {:.2}; {} commits, {} snapshots, {} roll-ups, {} checkpoints by the writer, {} alerts in {} clinical minutes",
        if pair == 0 {
            "warm-up".to_owned()
        } else {
            format!("pair {pair}")
        },
        null.rate,
        null.cpu + null.broker_cpu,
        own.rate,
        own.cpu,
        own.rate / null.rate,
        counted("commits"),
        counted("snapshots"),
        counted("roll_ups"),
        counted("checkpoints"),
        counted("alerts_raised"),
        counted("clinical") / 60_000,
    ));
}
