//! Behind a broker: Wardlight against a subscriber that only counts and
//! acknowledges, same Mosquitto, same publisher, in turns.
//!
//! `cargo bench --bench broker_path`. The service is `app::start` with the
//! configuration of `wardlight serve` in a process of its own; only its
//! clinical clock is scaled, so that 5 measured seconds pass from message to
//! message of a patient and minutes close as they would. The counting
//! subscriber is `rumqttc`'s MQTT 5 client with its automatic
//! acknowledgements, cheaper than manual ones.
//!
//! `BENCH_MESSAGES`, `BENCH_PATIENTS`, `BENCH_PAIRS`, `BENCH_ALARMS` change
//! the size; `BENCH_SMOKE=1` only shows that all of it runs.

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
    let way = Way::Broker(broker.port);
    let mut service = Service::new(directory.path().join("data"), way, size, 75.0);
    let mut pairs = Vec::new();
    let mut held = 0;
    for pair in 0..=2 * size.pairs {
        if pairs.len() as u64 == size.pairs {
            break;
        }
        let null = run_null(&broker, size, pair + 1);
        let served = service.run(size, pair + 1, Some(&broker));
        show(pair, &null, &served);
        if served.held > 0 {
            // Its time is not that of the messages; another pair takes its place.
            say(format_args!(
                "    NOT COUNTED: Mosquitto kept back {} messages until others came",
                served.held
            ));
            held += 1;
            continue;
        }
        // The first one only finds out how fast the clinical clock must go.
        if pair > 0 {
            pairs.push((null, served));
        }
    }
    conclude(&pairs);
    say(format_args!(
        "{held} more pairs in which Mosquitto kept back its last messages"
    ));
    let rate = median_of(&pairs, |(_, served)| served.rate) / 2.0;
    latency::measure(&mut service, size, rate);
}

fn median_of(pairs: &[(Run, Run)], of: impl Fn(&(Run, Run)) -> f64) -> f64 {
    median(&pairs.iter().map(of).collect::<Vec<_>>())
}

fn show(pair: u64, null: &Run, served: &Run) {
    let name = match pair {
        0 => "warm-up".to_owned(),
        pair => format!("pair {pair}"),
    };
    say(format_args!(
        "{name}: null {:.0} messages/s, {:.1} CPU s a million (broker {:.1}); wardlight {:.0}, {:.1} (broker {:.1}); ratio {:.2}, {:+.1} CPU s",
        null.rate,
        null.cpu,
        null.broker_cpu,
        served.rate,
        served.cpu,
        served.broker_cpu,
        served.rate / null.rate,
        served.cpu - null.cpu,
    ));
    let counted = |name: &str| served.counted.get(name).copied().unwrap_or(0);
    let minutes = counted("clinical") / 60_000;
    say(format_args!(
        "    in {minutes} clinical minutes (each closes an epoch of 5 vitals a patient): {} commits, {} snapshots, {} roll-ups of {} messages, {} checkpoints by the writer, {} alerts, {} repeats, {} missing",
        counted("commits"),
        counted("snapshots"),
        counted("roll_ups"),
        counted("rolled_up_rows"),
        counted("checkpoints"),
        counted("alerts_raised"),
        counted("repeats"),
        counted("messages_missing"),
    ));
}

fn conclude(pairs: &[(Run, Run)]) {
    let ratio = median_of(pairs, |(null, served)| served.rate / null.rate);
    let more = median_of(pairs, |(null, served)| served.cpu - null.cpu);
    let verdict = |holds| if holds { "holds" } else { "MISSED" };
    say(format_args!(
        "median ratio {ratio:.3} (at least 0.9: {}); {more:+.2} CPU s a million more (at most 6: {})",
        verdict(ratio >= 0.9),
        verdict(more <= 6.0),
    ));
}
