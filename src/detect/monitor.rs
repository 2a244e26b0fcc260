//! One patient's detection state, and the order in which detectors see a message.

use super::baseline::BaselineView;
use super::deviation::Course;
use super::device::DeviceState;
use super::early_warning::EarlyWarning;
use super::epoch::{EPOCH_VITALS, Minute, Slots, minute_of, series_of};
use super::fever::Fever;
use super::gate::{Circumstances, GateState, Verdict, artefact};
use super::minutes::Minutes;
use super::news2::News2Parameter;
use super::silence::{Cadence, Silence};
use super::step::Step;
use super::{DeviceEvent, Observed, Rules, Source};
use crate::domain::{
    ClinicalTime, Finding, MeasuredTime, PatientContext, Quality, QualityReason, Reading, Vital,
};
use serde::{Deserialize, Serialize};

/// Vitals whose gate remembers: those with minutes, and diastolic pressure.
const GATED: usize = EPOCH_VITALS.len() + 1;
const NEVER: i64 = i64::MAX;

/// The newest good reading of a vital.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Newest {
    /// Its value.
    pub value: f64,
    /// When it was measured.
    pub measured: MeasuredTime,
    /// When it arrived.
    pub arrived: ClinicalTime,
}

const NOTHING_NEW: Newest = Newest {
    value: 0.0,
    measured: MeasuredTime::from_epoch_ms(i64::MIN),
    arrived: ClinicalTime::from_epoch_ms(i64::MIN),
};

/// Everything detection remembers of one patient: a flat value without heap.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Monitor {
    /// Nothing is due before this, ms.
    wake: i64,
    /// When monitoring next begins, pauses or ends, ms.
    boundary: i64,
    /// Whether the monitor has ever been told the time.
    started: bool,
    monitored: bool,
    newest: [Newest; Vital::COUNT],
    gates: [GateState; GATED],
    minutes: Minutes,
    open: [Slots; EPOCH_VITALS.len()],
    courses: [Course; EPOCH_VITALS.len()],
    cadences: [Cadence; EPOCH_VITALS.len()],
    fever: Fever,
    early_warning: EarlyWarning,
    silence: Silence,
    device: DeviceState,
}

impl Default for Monitor {
    fn default() -> Self {
        Self {
            wake: NEVER,
            boundary: NEVER,
            started: false,
            monitored: false,
            newest: [NOTHING_NEW; Vital::COUNT],
            gates: [GateState::default(); GATED],
            minutes: Minutes::default(),
            open: [Slots::default(); EPOCH_VITALS.len()],
            courses: [Course::default(); EPOCH_VITALS.len()],
            cadences: [Cadence::default(); EPOCH_VITALS.len()],
            fever: Fever::default(),
            early_warning: EarlyWarning::default(),
            silence: Silence::default(),
            device: DeviceState::default(),
        }
    }
}

/// The newest minute in which an input of NEWS2 changed.
#[derive(Clone, Copy, Default)]
struct Changed {
    minute: Option<u32>,
    by_person: bool,
}

impl Changed {
    fn note(&mut self, minute: u32, by_person: bool) {
        self.minute = self.minute.max(Some(minute));
        self.by_person |= by_person;
    }
}

impl Monitor {
    /// Judges the readings of one message in order. `qualities` is emptied and
    /// gets one quality a reading; findings are appended. What is due by the
    /// arrival fires first.
    pub fn observe(
        &mut self,
        context: &PatientContext,
        rules: &Rules,
        observed: &Observed<'_>,
        qualities: &mut Vec<Quality>,
        findings: &mut Vec<Finding>,
    ) {
        self.advance(context, rules, observed.arrived, findings);
        qualities.clear();
        let mut step = Step {
            context,
            rules,
            at: observed.arrived,
            monitored: self.monitored,
            findings,
        };
        if observed.source == Source::Watch {
            self.device.heard(&mut step);
        }
        let mut changed = Changed::default();
        for moment in observed.readings.chunk_by(|a, b| a.at == b.at) {
            let before = step.findings.len();
            for reading in moment {
                self.note_circumstances(&mut step, *reading, observed.source);
            }
            for reading in moment {
                let quality = self.judge(&mut step, *reading, observed.source, &mut changed);
                qualities.push(quality);
            }
            // The order inside a moment says nothing.
            if let Some(new) = step.findings.get_mut(before..)
                && new.len() > 1
            {
                new.sort_by_key(|finding| finding.kind.code());
            }
        }
        if let Some(minute) = changed.minute {
            self.early_warning
                .judge(&mut step, minute, changed.by_person);
        }
        self.wake = self.wake.min(self.due_ms());
    }

    /// Fires everything due at or before `now`, in the order of deadlines; a
    /// finding's `at` is its deadline, so that late calls change nothing.
    pub fn advance(
        &mut self,
        context: &PatientContext,
        rules: &Rules,
        now: ClinicalTime,
        findings: &mut Vec<Finding>,
    ) {
        if !self.started {
            self.context_changed(context, rules, now, findings);
            return;
        }
        while self.wake <= now.epoch_ms() {
            let mut step = Step {
                context,
                rules,
                at: ClinicalTime::from_epoch_ms(self.wake),
                monitored: self.monitored,
                findings,
            };
            self.fire(&mut step);
            self.wake = self.due_ms();
        }
    }

    /// When [`Monitor::advance`] must be called even if nothing arrives.
    pub fn next_due(&self) -> Option<ClinicalTime> {
        (self.wake != NEVER).then(|| ClinicalTime::from_epoch_ms(self.wake))
    }

    /// The clinical context changed (`context` is the new one): monitoring,
    /// pauses, treatment, limits or expected vitals. Timers are armed anew
    /// from now. Call [`Monitor::advance`] with the old context first.
    pub fn context_changed(
        &mut self,
        context: &PatientContext,
        rules: &Rules,
        now: ClinicalTime,
        findings: &mut Vec<Finding>,
    ) {
        self.started = true;
        let mut step = Step {
            context,
            rules,
            at: now,
            monitored: self.monitored,
            findings,
        };
        self.cross_boundary(&mut step);
        self.silence.due_ms = if self.monitored {
            now.epoch_ms()
        } else {
            NEVER
        };
        self.wake = self.due_ms();
        self.advance(context, rules, now, findings);
    }

    /// A fact about the patient's device that is no reading.
    pub fn device_event(
        &mut self,
        context: &PatientContext,
        rules: &Rules,
        event: DeviceEvent,
        now: ClinicalTime,
        findings: &mut Vec<Finding>,
    ) {
        self.advance(context, rules, now, findings);
        let mut step = Step {
            context,
            rules,
            at: now,
            monitored: self.monitored,
            findings,
        };
        self.device.event(&mut step, event);
        self.wake = self.due_ms();
    }

    /// The newest good reading of a vital.
    pub fn newest(&self, vital: Vital) -> Option<Newest> {
        self.newest
            .get(vital.index())
            .copied()
            .filter(|newest| *newest != NOTHING_NEW)
    }

    /// The patient's normal of a vital, for vitals that have one.
    pub fn baseline(&self, vital: Vital, rules: &Rules) -> Option<BaselineView> {
        let course = self.courses.get(series_of(vital)?)?;
        let own = rules.baseline.vitals.get(vital);
        Some(course.baseline.view(own, rules.learning()))
    }

    /// A clinician says that the patient's normal has changed: it is learnt anew.
    pub fn rebase(&mut self, vital: Vital) {
        if let Some(course) = series_of(vital).and_then(|place| self.courses.get_mut(place)) {
            course.baseline.forget();
        }
    }

    /// Whether the patient was monitored at the last step.
    pub const fn is_monitored(&self) -> bool {
        self.monitored
    }

    /// Steps, wear and battery of a moment, before its other values.
    fn note_circumstances(&mut self, step: &mut Step<'_>, reading: Reading, source: Source) {
        if source == Source::Staff {
            return;
        }
        match reading.vital {
            Vital::StepCount => self.minutes.add_steps(reading.at.epoch_ms(), reading.value),
            Vital::Worn => {
                let worn = reading.value >= 0.5;
                self.minutes.set_worn(reading.at.epoch_ms(), worn);
                if self.device.worn(step, reading.at, worn) {
                    self.silence.due_ms = step.at.epoch_ms();
                }
            }
            Vital::BatteryLevel => self.device.battery(step, reading),
            _ => {}
        }
    }

    fn judge(
        &mut self,
        step: &mut Step<'_>,
        reading: Reading,
        source: Source,
        changed: &mut Changed,
    ) -> Quality {
        let by_person = source == Source::Staff;
        if source != Source::Retrospective {
            self.silence.heard(step, reading.vital);
        }
        let at = reading.at.epoch_ms();
        let gate_rules = &step.rules.gate;
        let limits = gate_rules.vitals.get(reading.vital);
        let circumstances = Circumstances {
            off: limits.needs_worn && self.minutes.is_off_at(at),
            in_motion: limits.motion
                && self.minutes.steps_in(minute_of(at).0) >= gate_rules.motion_steps_per_minute,
            by_person,
        };
        if let Some(reason) = artefact(limits, reading.value, circumstances) {
            return Quality::Artefact(reason);
        }
        if by_person {
            self.accept(step, reading, source, changed);
            return Quality::Good;
        }
        let verdict = match gate_of(reading.vital).and_then(|place| self.gates.get_mut(place)) {
            Some(gate) => gate.judge(limits, reading, circumstances.in_motion),
            None if circumstances.in_motion => Verdict::of(Quality::Suspect(QualityReason::Motion)),
            None => Verdict::of(Quality::Good),
        };
        self.follow(step, reading, source, verdict, changed);
        verdict.quality
    }

    /// Acts on the gate's verdict of a device's reading.
    fn follow(
        &mut self,
        step: &mut Step<'_>,
        reading: Reading,
        source: Source,
        verdict: Verdict,
        changed: &mut Changed,
    ) {
        if verdict.quality == Quality::Suspect(QualityReason::Conflict) {
            return;
        }
        if let Some(place) = gate_of(reading.vital) {
            let since = self
                .gates
                .get(place)
                .filter(|_| verdict.stands_still)
                .map(GateState::still_since);
            self.device.still(step, reading, since);
        }
        self.add_to_minute(step, reading, changed);
        if let Some(lifted) = verdict.lifted {
            self.accept(step, lifted, source, changed);
        }
        if verdict.quality.is_good() {
            self.accept(step, reading, source, changed);
        } else if reading.vital == Vital::BodyTemperature {
            self.fever.observe(step, reading, false, source);
        }
    }

    /// A good reading: the newest value, fever, and what a person says for NEWS2.
    fn accept(
        &mut self,
        step: &mut Step<'_>,
        reading: Reading,
        source: Source,
        changed: &mut Changed,
    ) {
        if let Some(newest) = self.newest.get_mut(reading.vital.index())
            && reading.at >= newest.measured
        {
            *newest = Newest {
                value: reading.value,
                measured: reading.at,
                arrived: step.at,
            };
        }
        if reading.vital == Vital::BodyTemperature {
            self.fever.observe(step, reading, true, source);
        }
        // Consciousness and oxygen come from people even through an app.
        let by_person = source == Source::Staff
            || matches!(
                reading.vital,
                Vital::Consciousness | Vital::SupplementalOxygen
            );
        if let (true, Some(parameter)) = (by_person, News2Parameter::of(reading.vital)) {
            let at = reading.at.epoch_ms();
            self.early_warning.keep(parameter, reading.value, at, true);
            changed.note(minute_of(at).0, true);
        }
    }

    fn add_to_minute(&mut self, step: &mut Step<'_>, reading: Reading, changed: &mut Changed) {
        let Some(place) = series_of(reading.vital) else {
            return;
        };
        let made_room = self.open.get_mut(place).and_then(|open| {
            let grace = step.rules.epochs.grace_seconds;
            let (at, now) = (reading.at.epoch_ms(), step.at.epoch_ms());
            open.add(reading.vital, at, reading.value, now, grace)
        });
        if let Some(minute) = made_room {
            self.close(step, reading.vital, place, &minute, changed);
        }
    }

    /// A minute is over: cadence, baseline and NEWS2 learn of it.
    fn close(
        &mut self,
        step: &mut Step<'_>,
        vital: Vital,
        place: usize,
        minute: &Minute,
        changed: &mut Changed,
    ) {
        let gate = &step.rules.gate;
        let limits = gate.vitals.get(vital);
        if let Some(cadence) = self.cadences.get_mut(place) {
            cadence.note(minute.minute);
        }
        let Some(course) = self.courses.get_mut(place) else {
            return;
        };
        let off = limits.needs_worn && self.minutes.was_off_in(minute.minute);
        let moving =
            limits.motion && self.minutes.steps_in(minute.minute) >= gate.motion_steps_per_minute;
        let frozen = course.deviation.is_frozen(minute, limits.frozen_minutes);
        if off || moving || frozen {
            return;
        }
        course.fold(step, vital, minute);
        if let Some(parameter) = News2Parameter::of(vital) {
            let at = i64::from(minute.minute) * 60_000;
            self.early_warning.keep(parameter, minute.value, at, false);
            changed.note(minute.minute, false);
        }
    }

    fn fire(&mut self, step: &mut Step<'_>) {
        let now = step.at.epoch_ms();
        if self.boundary <= now {
            self.cross_boundary(step);
        }
        let mut changed = Changed::default();
        for (place, vital) in EPOCH_VITALS.into_iter().enumerate() {
            while let Some(minute) = self
                .open
                .get_mut(place)
                .and_then(|open| open.close_due(vital, now))
            {
                self.close(step, vital, place, &minute, &mut changed);
            }
        }
        if let Some(minute) = changed.minute {
            self.early_warning.judge(step, minute, false);
        }
        self.device.fire(step);
        if self.silence.due_ms <= now {
            let cadences = &self.cadences;
            self.silence.check(step, self.device.is_off(), |vital| {
                cadences.get(series_of(vital)?).copied()
            });
        }
    }

    /// Monitoring may begin, pause or end now.
    fn cross_boundary(&mut self, step: &mut Step<'_>) {
        self.boundary = next_boundary(step.context, step.at);
        let monitored = step.context.is_monitored(step.at);
        let was = std::mem::replace(&mut self.monitored, monitored);
        step.monitored = monitored;
        if monitored && !was {
            let began = step.context.monitoring.iter().find(|p| p.contains(step.at));
            let began = began.map_or(step.at, |period| period.start);
            self.silence.resume(began, step.at);
            self.device.resume(step);
        } else if was && !monitored {
            self.stop(step, "Monitoring ended or pauses.");
        }
    }

    fn stop(&mut self, step: &mut Step<'_>, words: &str) {
        self.fever.end(step, words);
        self.early_warning.end(step, words);
        for (course, vital) in self.courses.iter_mut().zip(EPOCH_VITALS) {
            if course.deviation.is_raised() {
                course.deviation.end(step, vital, words);
            }
        }
        self.silence.stop(step, words);
        self.device.stop(step, words);
    }

    fn due_ms(&self) -> i64 {
        let minutes = self.open.iter().map(Slots::due_ms).min();
        self.boundary
            .min(self.silence.due_ms)
            .min(self.device.due_ms())
            .min(minutes.unwrap_or(NEVER))
    }
}

const fn gate_of(vital: Vital) -> Option<usize> {
    match vital {
        Vital::DiastolicPressure => Some(GATED - 1),
        _ => series_of(vital),
    }
}

/// The first moment after `at` at which a period or pause begins or ends.
fn next_boundary(context: &PatientContext, at: ClinicalTime) -> i64 {
    let periods = context
        .monitoring
        .iter()
        .flat_map(|period| [Some(period.start), period.end]);
    let pauses = context
        .pauses
        .iter()
        .flat_map(|pause| [Some(pause.start), Some(pause.end)]);
    periods
        .chain(pauses)
        .flatten()
        .filter(|moment| *moment > at)
        .map(ClinicalTime::epoch_ms)
        .min()
        .unwrap_or(NEVER)
}
