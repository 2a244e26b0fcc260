//! What is found of each simulated illness and each trouble of a watch, how
//! late, and how much of it is chance: the table of the README.
//!
//! `cargo bench --bench scenarios`. The environment sizes it:
//! `SCENARIOS_PATIENTS` (200 a scenario), `SCENARIOS_DAYS` (56),
//! `SCENARIOS_EVERY_S` (300 between readings of a vital), `SCENARIOS_SEED` (1),
//! `SCENARIOS_HEALTHY_ONLY` (0).
//! Rules and budgets are the shipped ones, or those that a configuration file
//! named by `SCENARIOS_CONFIG` tries out. Found: an alert of the kinds that fit
//! was raised or became more urgent from the onset until the window's end. Chance: the share of
//! windows of that length in healthy patients, after the first two weeks, with
//! one. Delay: median from onset to the first, of those found.

mod detection;

use detection::{Bed, DAY_MS, Raised, START, each, say, sized, tried_rules};
use wardlight::detect::{DeviceEvent, Rules};
use wardlight::domain::{AlertKind, ClinicalTime, MeasuredTime, Priority, Reading, Vital};
use wardlight_simulators::chance::Chance;
use wardlight_simulators::device::{
    Cadence, Habits, MessageKind, Moment, OutgoingMessage, Watch, WatchOptions,
};
use wardlight_simulators::physiology::{Patient, Profile};
use wardlight_simulators::scenario::{Scenario, ScenarioKind, Timing};

const HOUR_MS: i64 = 3_600_000;
/// Baselines are learnt: chance is not counted before.
const LEARNT_DAYS: i64 = 14;
/// So far ahead of the arrival a measured time is refused, as decoding does.
const AHEAD_MS: i64 = 300_000;
/// After so many refusals in a row the clock is called wrong, as the engine does.
const REFUSALS: u32 = 3;

/// Kinds that a scenario should raise.
type Fits = fn(AlertKind) -> bool;

/// Each scenario of the table: hours in which it counts as found, and by what.
const TABLE: [(ScenarioKind, i64, &str, Fits); 14] = [
    (ScenarioKind::NeutropenicSepsis, 24, "body", body),
    (ScenarioKind::FeverAfterInfusion, 24, "body", body),
    (ScenarioKind::CytokineRelease, 24, "body", body),
    (ScenarioKind::Hypoxia, 24, "body", body),
    (ScenarioKind::PulmonaryEmbolism, 24, "body", body),
    (ScenarioKind::AtrialFibrillation, 24, "body", body),
    (ScenarioKind::Dehydration, 24, "body", body),
    (ScenarioKind::SlowIllness, 7 * 24, "body", body),
    (ScenarioKind::SlowDecline, 14 * 24, "body", body),
    (ScenarioKind::OffWrist, 4, "not worn", |kind| {
        kind == AlertKind::NotWorn
    }),
    (ScenarioKind::SilentDevice, 6, "silent", silence),
    (ScenarioKind::DyingBattery, 24, "battery", |kind| {
        kind == AlertKind::BatteryLow
    }),
    (ScenarioKind::ClockJump, 3, "clock", |kind| {
        kind == AlertKind::DeviceClock
    }),
    (ScenarioKind::BackFill, 2, "silent", silence),
];

fn body(kind: AlertKind) -> bool {
    kind.is_physiological()
}

fn silence(kind: AlertKind) -> bool {
    matches!(
        kind,
        AlertKind::DeviceSilent | AlertKind::Silent(_) | AlertKind::DeviceOffline
    )
}

fn departure(kind: AlertKind) -> bool {
    matches!(kind, AlertKind::BaselineDeviation(_))
}

fn deterioration(kind: AlertKind) -> bool {
    kind == AlertKind::Deterioration
}

/// What was raised for one patient, and the onset.
struct Told {
    onset_ms: i64,
    raised: Vec<Raised>,
}

fn days() -> i64 {
    i64::from(sized("SCENARIOS_DAYS", 56))
}

/// One patient through the monitor; the onset lies in the record's middle half.
fn told(kind: ScenarioKind, number: u32, rules: &Rules) -> Told {
    let seed = u64::from(sized("SCENARIOS_SEED", 1));
    let chance = Chance::new(seed).child("bench").numbered(u64::from(number));
    let length_ms = days() * DAY_MS;
    let onset_ms = START + length_ms / 4 + (chance.uniform(0) * length_ms as f64 / 2.0) as i64;
    let scenario = Scenario::new(kind, Timing::at(onset_ms));
    let mut options = WatchOptions::new("bench");
    options.cadence = Cadence::every(sized("SCENARIOS_EVERY_S", 300));
    // Without it the battery would be low long before any onset.
    options.habits = Habits {
        charges_daily: true,
        ..Habits::PERFECT
    };
    options.effects = scenario.device;
    let profile = Profile::drawn(chance.bits(3));
    let patient = Patient::new(chance.bits(2), profile, scenario.body);
    let mut watch = Watch::new(options, patient, START);
    let mut link = Link {
        bed: Bed::new(rules),
        refused: 0,
    };
    for day in 1..=days() {
        for message in watch.run_until(START + day * DAY_MS - 1) {
            link.take(&message);
        }
    }
    link.bed.to(START + length_ms);
    Told {
        onset_ms,
        raised: link.bed.raised,
    }
}

impl Bed<'_> {
    fn device(&mut self, at_ms: i64, event: DeviceEvent) {
        let at = ClinicalTime::from_epoch_ms(at_ms);
        self.monitor
            .device_event(&self.context, self.rules, event, at, &mut self.findings);
        self.note();
    }

    fn to(&mut self, now_ms: i64) {
        let now = ClinicalTime::from_epoch_ms(now_ms);
        self.monitor
            .advance(&self.context, self.rules, now, &mut self.findings);
        self.note();
    }
}

/// The way from the watch to the monitor: what decoding and the engine do of it.
struct Link<'a> {
    bed: Bed<'a>,
    refused: u32,
}

impl Link<'_> {
    fn take(&mut self, message: &OutgoingMessage) {
        let at_ms = message.send_at_ms;
        match message.kind {
            MessageKind::Will => self.bed.device(at_ms, DeviceEvent::Offline),
            MessageKind::Status => self.bed.device(at_ms, DeviceEvent::Online),
            MessageKind::Vitals => {
                for moment in message.native.iter().flat_map(|native| &native.moments) {
                    self.moment(at_ms, moment);
                }
            }
        }
    }

    fn moment(&mut self, arrived_ms: i64, moment: &Moment) {
        if moment.t > arrived_ms + AHEAD_MS {
            self.refused += 1;
            if self.refused == REFUSALS {
                self.bed.device(arrived_ms, DeviceEvent::ClockWrong);
            }
            return;
        }
        if std::mem::take(&mut self.refused) >= REFUSALS {
            self.bed.device(arrived_ms, DeviceEvent::ClockRight);
        }
        let readings: Vec<Reading> = readings_of(moment);
        self.bed.observe(arrived_ms, &readings);
    }
}

fn readings_of(moment: &Moment) -> Vec<Reading> {
    let at = MeasuredTime::from_epoch_ms(moment.t);
    let values = [
        (Vital::Worn, moment.worn.map(f64::from)),
        (Vital::BatteryLevel, moment.battery),
        (Vital::StepCount, moment.steps.map(f64::from)),
        (Vital::HeartRate, moment.hr),
        (Vital::RespiratoryRate, moment.rr),
        (Vital::OxygenSaturation, moment.spo2),
        (Vital::BodyTemperature, moment.temp),
        (Vital::SkinTemperature, moment.skin),
        (Vital::SystolicPressure, moment.sbp),
        (Vital::DiastolicPressure, moment.dbp),
        (Vital::HeartRateVariabilityRmssd, moment.rmssd),
        (Vital::RestingHeartRate, moment.rhr),
    ];
    let present = values.into_iter();
    present
        .filter_map(|(vital, value)| value.map(|value| Reading { at, vital, value }))
        .collect()
}

/// What healthy patients were told, by kind and vital, after the first weeks.
fn say_healthy(healthy: &[Told]) {
    let learnt_ms = START + LEARNT_DAYS * DAY_MS;
    let patient_days = healthy.len() as f64 * (days() - LEARNT_DAYS) as f64;
    let mut counts = std::collections::BTreeMap::<String, [u32; 3]>::new();
    for told in healthy {
        for raised in told.raised.iter().filter(|raised| body(raised.kind)) {
            let [early, later, high] = counts.entry(format!("{:?}", raised.kind)).or_default();
            if raised.at_ms < learnt_ms {
                *early += u32::from(raised.begins);
            } else {
                *later += u32::from(raised.begins);
                *high += u32::from(raised.priority == Priority::High);
            }
        }
    }
    say(
        "| healthy: kind | in the first two weeks | after them | of high priority | a patient in 60 d |",
    );
    say("| --- | --- | --- | --- | --- |");
    for (kind, [early, later, high]) in counts {
        let rate = f64::from(later) * 60.0 / patient_days;
        say(&format!(
            "| {kind} | {early} | {later} | {high} | {rate:.2} |"
        ));
    }
}

/// Share of the windows of `hours` in healthy patients with a fitting alert.
fn chance_level(healthy: &[Told], hours: i64, fits: Fits) -> f64 {
    let (mut windows, mut hits) = (0.0, 0.0);
    for told in healthy {
        let mut from = START + LEARNT_DAYS * DAY_MS;
        while from + hours * HOUR_MS <= START + days() * DAY_MS {
            windows += 1.0;
            hits += f64::from(first(&told.raised, from, hours, fits).is_some());
            from += hours * HOUR_MS;
        }
    }
    hits / f64::max(windows, 1.0)
}

/// The first fitting alert of a window, ms after its beginning.
fn first(raised: &[Raised], from: i64, hours: i64, fits: Fits) -> Option<i64> {
    let window = from..from + hours * HOUR_MS;
    let fitting = raised
        .iter()
        .filter(|raised| fits(raised.kind) && window.contains(&raised.at_ms));
    fitting.map(|raised| raised.at_ms - from).min()
}

/// Share found, and the median delay as words.
fn found(ill: &[Told], hours: i64, fits: Fits) -> (f64, String) {
    let one = |told: &Told| first(&told.raised, told.onset_ms, hours, fits);
    let mut delays: Vec<i64> = ill.iter().filter_map(one).collect();
    delays.sort_unstable();
    let share = delays.len() as f64 / ill.len().max(1) as f64;
    let median = delays.get(delays.len() / 2).copied();
    let words = median.map_or_else(
        || "–".to_owned(),
        |ms| match ms / 60_000 {
            minutes @ 0..120 => format!("{minutes} min"),
            minutes @ 120..2_880 => format!("{:.1} h", minutes as f64 / 60.0),
            minutes => format!("{:.1} d", minutes as f64 / 1_440.0),
        },
    );
    (share, words)
}

fn main() {
    let rules = tried_rules("SCENARIOS_CONFIG");
    let patients = sized("SCENARIOS_PATIENTS", 200);
    // Healthy patients are others than the ill.
    let healthy = each(patients, |number| {
        told(ScenarioKind::Healthy, number + 1_000_000, &rules)
    });
    say_healthy(&healthy);
    if sized("SCENARIOS_HEALTHY_ONLY", 0) > 0 {
        return;
    }
    say(
        "| scenario | window | counts | found | delay | chance | `deterioration` alone: found | delay | chance | `baseline_deviation` alone: found | delay | chance |",
    );
    say("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (kind, hours, counts, fits) in TABLE {
        let ill = each(patients, |number| told(kind, number, &rules));
        let (share, delay) = found(&ill, hours, fits);
        let (alone, alone_delay) = found(&ill, hours, deterioration);
        let (single, single_delay) = found(&ill, hours, departure);
        let window = if hours > 24 {
            format!("{} d", hours / 24)
        } else {
            format!("{hours} h")
        };
        say(&format!(
            "| {kind} | {window} | {counts} | {share:.2} | {delay} | {:.2} | {alone:.2} | {alone_delay} | {:.2} | {single:.2} | {single_delay} | {:.2} |",
            chance_level(&healthy, hours, fits),
            chance_level(&healthy, hours, deterioration),
            chance_level(&healthy, hours, departure),
        ));
    }
}
