//! What the speed benches share: figures, CPU time, patients.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a broken bench may stop at once"
)]

pub(crate) mod latency;
pub(crate) mod rig;
pub(crate) mod roles;
pub(crate) mod service;

use futures::future::join_all;
use std::io::Write;
use wardlight::domain::{
    ClinicalTime, DeviceId, MeasuredTime, PatientId, Period, Spo2Scale, WardId,
};
use wardlight::engine::EngineHandle;
use wardlight::registry::Command;
use wardlight::runtime::Clock;

/// A number from the environment.
pub(crate) fn number(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Prints a line at once.
pub(crate) fn say(line: std::fmt::Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).ok();
}

/// The machine, the day and what else it is doing: a figure without them says little.
pub(crate) fn say_machine() {
    let day = jiff::Timestamp::from_millisecond(Clock::real().wall().epoch_ms()).unwrap();
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("unknown", |text| text.trim_start_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    say(format_args!(
        "{}, {cores} x {model}, load average before the start {load}",
        day.strftime("%Y-%m-%d %H:%M UTC")
    ));
}

/// CPU seconds, user and system, of a process so far, from `/proc/<pid>/stat`.
pub(crate) fn cpu_seconds(pid: u32) -> f64 {
    ticks(&format!("/proc/{pid}/stat"))
}

/// CPU seconds of each thread of this process, by name.
pub(crate) fn thread_cpu_seconds() -> std::collections::BTreeMap<String, f64> {
    let mut found = std::collections::BTreeMap::new();
    for task in std::fs::read_dir("/proc/self/task").unwrap().flatten() {
        let path = task.path();
        let name = std::fs::read_to_string(path.join("comm")).unwrap_or_default();
        let seconds = ticks(&path.join("stat").display().to_string());
        *found.entry(name.trim().to_owned()).or_insert(0.0) += seconds;
    }
    found
}

fn ticks(stat: &str) -> f64 {
    /// `USER_HZ` of every Linux that Debian ships.
    const TICKS_A_SECOND: f64 = 100.0;
    let text = std::fs::read_to_string(stat).unwrap_or_default();
    // The name may hold spaces; the fields behind it may not.
    let fields = text.rsplit(')').next().unwrap_or_default();
    let fields = fields.split_whitespace().skip(11).take(2);
    fields
        .filter_map(|text| text.parse::<f64>().ok())
        .sum::<f64>()
        / TICKS_A_SECOND
}

/// The middle one; of an even number the mean of the two in the middle.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = ((sorted.len() - 1) / 2, sorted.len() / 2);
    (sorted[low] + sorted[high]) / 2.0
}

/// The value that `share` of all do not exceed.
pub(crate) fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted[place.clamp(1, sorted.len()) - 1]
}

/// Enters patients who wear `{prefix}{number}`, on treatment and monitored
/// since a day before `now`.
pub(crate) async fn enter_patients(engine: &EngineHandle, clock: &Clock, prefix: &str, count: u32) {
    let now = clock.clinical();
    let ward = WardId::new("bench").unwrap();
    let label = "Bench".to_owned();
    let put_ward = Command::PutWard {
        time_zone: None,
        id: ward.clone(),
        label,
    };
    let mut rounds = [vec![put_ward], Vec::new(), Vec::new(), Vec::new()];
    for number in 0..count {
        let steps = patient(&format!("{prefix}{number}"), &ward, now);
        for (round, command) in rounds[1..].iter_mut().zip(steps) {
            round.push(command);
        }
    }
    // All of a round at once, so that they share commits; it keeps no order.
    for round in rounds {
        let asked = round
            .into_iter()
            .map(|command| engine.command(command, "bench", now, clock.wall()));
        for answer in join_all(asked).await {
            answer.expect("the commands are right");
        }
    }
}

fn patient(name: &str, ward: &WardId, now: ClinicalTime) -> [Command; 3] {
    const DAY_MS: i64 = 86_400_000;
    let id = PatientId::new(&format!("p-{name}")).unwrap();
    let start = now.plus_ms(-DAY_MS);
    [
        Command::PutPatient {
            id: id.clone(),
            label: None,
            ward: Some(ward.clone()),
            team: None,
            time_zone: None,
            spo2_scale: Some(Spo2Scale::One),
            oxygen: Some(false),
            treatment: Some(vec![Period { start, end: None }]),
            neutropenia: None,
            post_infusion: None,
            administrations: None,
            expected: None,
        },
        Command::StartMonitoring {
            patient: id.clone(),
            start,
        },
        Command::Assign {
            device: DeviceId::new(name).unwrap(),
            patient: id,
            start: MeasuredTime::from_epoch_ms(start.epoch_ms()),
            end: None,
        },
    ]
}
