//! A watch on a wrist, stepped through simulated time.

use super::cadence::Cadence;
use super::clock::DeviceClock;
use super::effect::{DeviceChange, DeviceEffect};
use super::habits::Habits;
use super::measure::{Look, take_whole};
use super::message::{Level, MessageKind, Moment, NativeMessage, OutgoingMessage, Status, topic};
use crate::physiology::{BodyEffect, BodyState, HOUR_MS, MINUTE_MS, Patient, Sensor};

/// Discharge in use, % points an hour: a watch that lasts a day and a half.
const DRAIN_PER_HOUR: f64 = 2.8;
/// Filling on the charger, % points an hour.
const CHARGE_PER_HOUR: f64 = 75.0;
/// Charge with which an empty watch comes back, %.
const CHARGED_PERCENT: f64 = 80.0;
/// What a watch stores while its phone is away; the oldest goes first.
const STORED_MOMENTS_MAX: usize = 50_000;

/// How a watch is set up.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchOptions {
    /// Device id: 1 to 64 of `A-Z a-z 0-9 . _ -`.
    pub device: String,
    /// Topic prefix, `wardlight/v1` unless the site says otherwise.
    pub topic_prefix: String,
    /// How often each vital is measured.
    pub cadence: Cadence,
    /// How the person treats it.
    pub habits: Habits,
    /// How wrong its clock is.
    pub clock: DeviceClock,
    /// Random error of each measured time, ± ms (up to 2000 in reference/physiology.md).
    pub jitter_ms: i64,
    /// What befalls it.
    pub effects: Vec<DeviceEffect>,
    /// Quality of service of its messages.
    pub qos: Level,
    /// Whether messages carry `sent`.
    pub says_sent: bool,
    /// Moments packed into one message while the phone is near.
    pub moments_per_message: usize,
    /// Moments packed into one message of a burst (10,000 is the protocol's limit).
    pub moments_per_burst_message: usize,
    /// Beat intervals in one reading.
    pub beats_per_reading: usize,
    /// Session of its first start.
    pub first_session: u32,
    /// Charge at the start, %.
    pub battery_percent: f64,
}

impl WatchOptions {
    /// A well-behaved watch.
    #[must_use]
    pub fn new(device: impl Into<String>) -> Self {
        Self {
            device: device.into(),
            topic_prefix: "wardlight/v1".to_owned(),
            cadence: Cadence::default(),
            habits: Habits::PERFECT,
            clock: DeviceClock::exact(),
            jitter_ms: 0,
            effects: Vec::new(),
            qos: 1,
            says_sent: true,
            moments_per_message: 1,
            moments_per_burst_message: 500,
            beats_per_reading: 128,
            first_session: 1,
            battery_percent: 88.0,
        }
    }
}

/// A watch, its battery, its session and what it has not sent yet.
#[derive(Debug, Clone)]
pub struct Watch {
    options: WatchOptions,
    patient: Patient,
    sensor: Sensor,
    start_ms: i64,
    next_ms: i64,
    step_ms: i64,
    session: u32,
    sequence: u64,
    battery_percent: f64,
    steps: f64,
    worn: Option<bool>,
    phase: Phase,
    waiting: Vec<Moment>,
    dropped_moments: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    NotStarted,
    Running,
    Dead,
}

impl Watch {
    /// A watch that starts at a time, epoch ms.
    #[must_use]
    pub fn new(options: WatchOptions, patient: Patient, start_ms: i64) -> Self {
        Self {
            sensor: Sensor::new(patient.chance()),
            step_ms: i64::from(options.cadence.step_s()) * 1_000,
            session: options.first_session,
            battery_percent: options.battery_percent,
            options,
            patient,
            start_ms,
            next_ms: start_ms,
            sequence: 0,
            steps: 0.0,
            worn: None,
            phase: Phase::NotStarted,
            waiting: Vec::new(),
            dropped_moments: 0,
        }
    }

    /// The device's id.
    #[must_use]
    pub fn device(&self) -> &str {
        &self.options.device
    }

    /// The body under the watch.
    #[must_use]
    pub fn patient(&self) -> &Patient {
        &self.patient
    }

    /// Moments lost because the watch's own storage was full.
    #[must_use]
    pub fn dropped_moments(&self) -> u64 {
        self.dropped_moments
    }

    /// The next time at which the watch does something, epoch ms.
    #[must_use]
    pub fn next_ms(&self) -> i64 {
        self.next_ms
    }

    /// From its next step on this befalls the body and the watch, and nothing else.
    pub fn set_effects(&mut self, body: Vec<BodyEffect>, device: Vec<DeviceEffect>) {
        self.patient.set_effects(body);
        self.options.effects = device;
    }

    /// Measures beats, too, from now on, if it does not yet.
    pub fn start_beats(&mut self, every_s: u32) {
        self.options.cadence.beat_intervals_s.get_or_insert(every_s);
    }

    /// Charged and switched on again, if its battery was empty. Says whether it was.
    pub fn revive(&mut self) -> bool {
        let is_dead = self.phase == Phase::Dead;
        if is_dead {
            self.phase = Phase::NotStarted;
            self.session += 1;
            self.sequence = 0;
            self.battery_percent = CHARGED_PERCENT;
        }
        is_dead
    }

    /// Runs the watch up to and including a time and returns what it sends, in order.
    pub fn run_until(&mut self, until_ms: i64) -> Vec<OutgoingMessage> {
        let mut sent = Vec::new();
        while self.next_ms <= until_ms {
            let now_ms = self.next_ms;
            self.next_ms += self.step_ms;
            self.step(now_ms, &mut sent);
        }
        sent
    }

    fn step(&mut self, now_ms: i64, sent: &mut Vec<OutgoingMessage>) {
        match self.phase {
            Phase::Dead => return,
            Phase::NotStarted => {
                self.phase = Phase::Running;
                sent.push(self.status(now_ms));
            }
            Phase::Running if self.restarts_at(now_ms) => {
                sent.push(self.will(now_ms));
                self.session += 1;
                self.sequence = 0;
                sent.push(self.status(now_ms));
            }
            Phase::Running => {}
        }
        let body = self.patient.at(now_ms);
        let changes = self.changes_at(now_ms, body.illness);
        self.use_battery(&changes);
        if self.battery_percent <= 0.0 {
            self.phase = Phase::Dead;
            sent.push(self.will(now_ms));
            return;
        }
        if changes.contains(&DeviceChange::Silent) {
            return;
        }
        let worn = !changes
            .iter()
            .any(|change| matches!(change, DeviceChange::OffWrist | DeviceChange::Charging));
        let moment = self.measure(now_ms, &body, worn, &changes);
        if !moment.is_empty() {
            self.keep(moment);
        }
        if !changes.contains(&DeviceChange::PhoneAway) {
            self.send_waiting(now_ms, &changes, sent);
        }
    }

    fn changes_at(&self, now_ms: i64, illness: f64) -> Vec<DeviceChange> {
        let effects = self
            .options
            .effects
            .iter()
            .filter(|effect| effect.acts_at(now_ms));
        let habit = self
            .options
            .habits
            .change_at(self.patient.chance(), now_ms, illness);
        effects.map(|effect| effect.change).chain(habit).collect()
    }

    fn restarts_at(&self, now_ms: i64) -> bool {
        self.options.effects.iter().any(|effect| {
            effect.change == DeviceChange::Restart
                && effect.from_ms > now_ms - self.step_ms
                && effect.from_ms <= now_ms
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "a step is seconds to minutes")]
    fn use_battery(&mut self, changes: &[DeviceChange]) {
        let hours = self.step_ms as f64 / 3_600_000.0;
        let drain = changes.iter().find_map(|change| match change {
            DeviceChange::BatteryDrain { percent_per_hour } => Some(*percent_per_hour),
            _ => None,
        });
        let per_hour = match drain {
            Some(percent_per_hour) => -percent_per_hour,
            None if changes.contains(&DeviceChange::Charging) => CHARGE_PER_HOUR,
            None => -DRAIN_PER_HOUR,
        };
        // A person puts a watch on the charger before it dies, unless the scenario says no.
        let least = if drain.is_some() {
            0.0
        } else {
            4.0_f64.min(self.battery_percent)
        };
        self.battery_percent = (self.battery_percent + per_hour * hours).clamp(least, 100.0);
    }

    fn measure(
        &mut self,
        now_ms: i64,
        body: &BodyState,
        worn: bool,
        changes: &[DeviceChange],
    ) -> Moment {
        let t = self.shown_time(now_ms, changes);
        let cadence = &self.options.cadence;
        let look = Look {
            now_ms,
            since_ms: now_ms - self.start_ms,
            beats: self.options.beats_per_reading,
        };
        let mut moment = Moment {
            t,
            ..Moment::default()
        };
        if worn {
            moment = look.measure(t, &self.sensor, cadence, body);
            self.steps += body.activity.steps_per_minute() * f64::from(cadence.step_s()) / 60.0;
            moment.steps = look
                .is_due(cadence.steps_s)
                .then(|| take_whole(&mut self.steps));
            let morning = cadence.resting_heart_rate_daily && self.is_morning(now_ms);
            moment.rhr = morning.then(|| self.patient.overnight_heart_rate(now_ms).round());
        }
        let changed = self.worn.replace(worn) != Some(worn);
        if cadence.worn_s.is_some() && (changed || look.is_due(cadence.worn_s)) {
            moment.worn = Some(worn);
        }
        if look.is_due(cadence.battery_s) {
            moment.battery = Some(self.battery_percent.round());
        }
        moment
    }

    /// Whether this is the first step of 08:00 local time.
    fn is_morning(&self, now_ms: i64) -> bool {
        let offset_ms = i64::from(self.patient.profile().utc_offset_minutes) * MINUTE_MS;
        let since_eight_ms = (now_ms + offset_ms - 8 * HOUR_MS).rem_euclid(24 * HOUR_MS);
        since_eight_ms < self.step_ms
    }

    fn shown_time(&self, now_ms: i64, changes: &[DeviceChange]) -> i64 {
        let steps_ms: i64 = changes
            .iter()
            .map(|change| match change {
                DeviceChange::ClockStep { by_ms } => *by_ms,
                _ => 0,
            })
            .sum();
        let jitter_max = self.options.jitter_ms.min(self.step_ms / 2 - 1).max(0);
        let draw = self.patient.chance().child("jitter").bits(now_ms)
            % (2 * jitter_max.unsigned_abs() + 1);
        self.options.clock.shows(now_ms) + steps_ms + draw.cast_signed() - jitter_max
    }

    fn keep(&mut self, moment: Moment) {
        if self.waiting.len() >= STORED_MOMENTS_MAX {
            self.waiting.remove(0);
            self.dropped_moments += 1;
        }
        self.waiting.push(moment);
    }

    fn send_waiting(
        &mut self,
        now_ms: i64,
        changes: &[DeviceChange],
        sent: &mut Vec<OutgoingMessage>,
    ) {
        let packed = self.options.moments_per_message.max(1);
        if self.waiting.len() < packed {
            return;
        }
        let burst = self.options.moments_per_burst_message.max(packed);
        let clock_ms = self.shown_time(now_ms, changes);
        let moments = std::mem::take(&mut self.waiting);
        for (part, send_at_ms) in moments.chunks(burst).zip(now_ms..) {
            let message = self.vitals(part.to_vec(), clock_ms, send_at_ms);
            sent.push(message);
        }
    }

    fn vitals(&mut self, moments: Vec<Moment>, clock_ms: i64, send_at_ms: i64) -> OutgoingMessage {
        let native = NativeMessage {
            session: self.session,
            sequence: self.sequence,
            sent: self.options.says_sent.then_some(clock_ms),
            moments,
        };
        let payload = native.encode();
        let mut message = self.message(MessageKind::Vitals, payload, send_at_ms);
        message.sequence = self.sequence;
        message.native = Some(native);
        self.sequence += 1;
        message
    }

    fn status(&self, now_ms: i64) -> OutgoingMessage {
        let status = Status {
            online: true,
            session: self.session,
            model: Some("Simulated Watch 1"),
            firmware: Some(env!("CARGO_PKG_VERSION")),
            vitals: Some(self.options.cadence.by_key()),
        };
        self.message(MessageKind::Status, status.encode(), now_ms)
    }

    fn will(&self, now_ms: i64) -> OutgoingMessage {
        self.message(
            MessageKind::Will,
            Status::will(self.session).encode(),
            now_ms,
        )
    }

    fn message(&self, kind: MessageKind, payload: Vec<u8>, send_at_ms: i64) -> OutgoingMessage {
        OutgoingMessage {
            device: self.options.device.clone(),
            session: self.session,
            sequence: 0,
            kind,
            made_at_ms: send_at_ms,
            send_at_ms,
            topic: topic(&self.options.topic_prefix, &self.options.device, kind),
            payload,
            qos: self.options.qos,
            retain: false,
            native: None,
        }
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
