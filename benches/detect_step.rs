//! What judging costs: nanoseconds a message of six vitals, minutes closing.
//!
//! `cargo bench --bench detect_step`; it prints wall time, so run it on a quiet
//! machine (or divide the user time that `time` shows by the million messages).

use std::time::Instant;
use wardlight::detect::{Monitor, Observed, Rules, Source};
use wardlight::domain::{
    ClinicalTime, MeasuredTime, PatientContext, Period, Reading, Spo2Scale, Vital,
};

const START: i64 = 1_763_788_800_000;
const PATIENTS: usize = 500;
const MESSAGES: i64 = 2_000;

fn message(tick: i64, patient: usize) -> [Reading; 6] {
    let at = MeasuredTime::from_epoch_ms(START + tick * 5_000);
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

fn main() {
    let since_start = Period {
        start: ClinicalTime::from_epoch_ms(START),
        end: None,
    };
    let context = PatientContext {
        spo2_scale: Some(Spo2Scale::One),
        oxygen: Some(false),
        monitoring: vec![since_start],
        ..PatientContext::default()
    };
    let rules = Rules::default();
    let mut monitors = vec![Monitor::default(); PATIENTS];
    let (mut qualities, mut findings) = (Vec::new(), Vec::new());
    let begin = Instant::now();
    let mut spare = Monitor::default();
    for tick in 0..MESSAGES {
        for (patient, monitor) in monitors.iter_mut().enumerate() {
            let readings = message(tick, patient);
            let observed = Observed {
                readings: &readings,
                arrived: ClinicalTime::from_epoch_ms(START + tick * 5_000 + 40),
                source: Source::Watch,
            };
            // As the engine does: judge a copy, then swap it in.
            spare.clone_from(monitor);
            spare.observe(&context, &rules, &observed, &mut qualities, &mut findings);
            std::mem::swap(monitor, &mut spare);
        }
    }
    let took = begin.elapsed();
    let messages = MESSAGES as u128 * PATIENTS as u128;
    let lines = format!(
        "{} ns a message of 6 readings (copy included), {} findings, state {} bytes\n",
        took.as_nanos() / messages,
        findings.len(),
        size_of::<Monitor>(),
    );
    use std::io::Write;
    std::io::stdout().write_all(lines.as_bytes()).ok();
}
