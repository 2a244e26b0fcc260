//! What judging costs: readings a second on one core, minutes and hours
//! closing, and the memory of a patient.
//!
//! `cargo bench --bench detect`; it prints wall time, so run it on a quiet
//! machine. Memory is resident memory with 100,000 warm patients of six vitals,
//! less that with none, over 100,000: monitor and clinical context.

#[expect(dead_code, reason = "each bench uses its own part")]
mod detection;

use detection::{START, context, say};
use std::time::Instant;
use wardlight::detect::{Monitor, Observed, Rules, Source};
use wardlight::domain::{ClinicalTime, MeasuredTime, PatientContext, Reading, Vital};

const PATIENTS: usize = 500;
const MESSAGES: i64 = 2_000;
const EVERY_MS: i64 = 5_000;
const REMEMBERED: usize = 100_000;
/// Warm: two hours have closed.
const WARM_MESSAGES: i64 = 25;
const WARM_EVERY_MS: i64 = 300_000;

fn message(at_ms: i64, tick: i64, patient: usize) -> [Reading; 6] {
    let at = MeasuredTime::from_epoch_ms(at_ms);
    let noise = ((tick * 7_919 + patient as i64 * 31) % 101) as f64 / 50.0 - 1.0;
    [
        (Vital::HeartRate, 74.0 + 4.0 * noise),
        (Vital::OxygenSaturation, 97.0 + 0.5 * noise),
        (Vital::RespiratoryRate, 16.0 + noise),
        (Vital::BodyTemperature, 36.8 + 0.1 * noise),
        (Vital::SkinTemperature, 33.4 + 0.2 * noise),
        (Vital::StepCount, (2.0 + noise).floor()),
    ]
    .map(|(vital, value)| Reading { at, vital, value })
}

/// Lets messages come to all patients, so many ms apart.
fn run(
    patients: &mut [(PatientContext, Monitor)],
    rules: &Rules,
    messages: i64,
    every_ms: i64,
) -> usize {
    let (mut qualities, mut findings) = (Vec::new(), Vec::new());
    let mut found = 0;
    let mut spare = Monitor::default();
    for tick in 0..messages {
        for (number, (context, monitor)) in patients.iter_mut().enumerate() {
            let at_ms = START + tick * every_ms;
            let readings = message(at_ms, tick, number);
            let observed = Observed {
                readings: &readings,
                arrived: ClinicalTime::from_epoch_ms(at_ms + 40),
                source: Source::Watch,
            };
            // As the engine does: judge a copy, then swap it in.
            spare.clone_from(monitor);
            spare.observe(context, rules, &observed, &mut qualities, &mut findings);
            std::mem::swap(monitor, &mut spare);
            found += findings.drain(..).count();
        }
    }
    found
}

/// Resident memory of this process, bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    kilobytes.and_then(|text| text.parse().ok()).unwrap_or(0) * 1_024
}

fn main() {
    let rules = Rules::default();
    let warm = |count| -> Vec<_> {
        (0..count)
            .map(|_| (context(), Monitor::default()))
            .collect()
    };
    let mut patients = warm(PATIENTS);
    let begin = Instant::now();
    let found = run(&mut patients, &rules, MESSAGES, EVERY_MS);
    let took = begin.elapsed().as_secs_f64();
    let messages = MESSAGES as f64 * PATIENTS as f64;
    say(&format!(
        "{:.2} million readings/s on one core, {:.0} ns a message of 6 (copy included), {found} findings",
        6.0 * messages / took / 1e6,
        1e9 * took / messages,
    ));
    let empty = resident();
    let mut many = warm(REMEMBERED);
    run(&mut many, &rules, WARM_MESSAGES, WARM_EVERY_MS);
    say(&format!(
        "{} bytes resident a patient of {REMEMBERED}; the monitor alone is {} bytes and {} on the heap",
        resident().saturating_sub(empty) / REMEMBERED,
        size_of::<Monitor>(),
        many.first().map_or(0, |(_, monitor)| monitor.heap_bytes()),
    ));
}
