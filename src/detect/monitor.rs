//! One patient's detection state, and the order in which detectors see a message.

use super::activity::Activity;
use super::baseline::BaselineView;
use super::clinical::Clinical;
use super::deterioration::Deterioration;
use super::deviation::Course;
use super::device::DeviceState;
use super::early_warning::EarlyWarning;
use super::epoch::{EPOCH_VITALS, Slots, series_of};
use super::fever::Fever;
use super::gate::GateState;
use super::minutes::Minutes;
use super::moment::Moment;
use super::overnight::Overnight;
use super::passage::{Changed, GATED};
use super::rhythm::Rhythm;
use super::silence::{Cadence, Silence};
use super::step::Step;
use super::{DeviceEvent, Observed, Rules, Source};
use crate::domain::{
    AlertKind, ClinicalTime, Finding, MeasuredTime, PatientContext, Quality, Reading, Vital,
};
use serde::{Deserialize, Serialize};

const NEVER: i64 = i64::MAX;

/// The newest good reading of a vital.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Newest {
    /// Its value.
    pub value: f64,
    /// When it was measured.
    pub measured: MeasuredTime,
}

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
    /// Times and values of the newest good reading of each vital.
    newest_at: [Moment; Vital::COUNT],
    newest: [f64; Vital::COUNT],
    pub(super) gates: [GateState; GATED],
    pub(super) minutes: Minutes,
    pub(super) open: [Slots; EPOCH_VITALS.len()],
    pub(super) courses: [Course; EPOCH_VITALS.len()],
    pub(super) cadences: [Cadence; EPOCH_VITALS.len()],
    pub(super) fever: Fever,
    pub(super) early_warning: EarlyWarning,
    pub(super) deterioration: Deterioration,
    pub(super) clinical: Clinical,
    pub(super) rhythm: Rhythm,
    pub(super) activity: Activity,
    pub(super) overnight: Overnight,
    pub(super) silence: Silence,
    pub(super) device: DeviceState,
}

impl Default for Monitor {
    fn default() -> Self {
        Self {
            wake: NEVER,
            boundary: NEVER,
            started: false,
            monitored: false,
            newest_at: [Moment::NEVER_YET; Vital::COUNT],
            newest: [0.0; Vital::COUNT],
            gates: [GateState::default(); GATED],
            minutes: Minutes::default(),
            open: [Slots::default(); EPOCH_VITALS.len()],
            courses: [Course::default(); EPOCH_VITALS.len()],
            cadences: [Cadence::default(); EPOCH_VITALS.len()],
            fever: Fever::default(),
            early_warning: EarlyWarning::default(),
            deterioration: Deterioration::default(),
            clinical: Clinical::default(),
            rhythm: Rhythm::default(),
            activity: Activity::default(),
            overnight: Overnight::default(),
            silence: Silence::default(),
            device: DeviceState::default(),
        }
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
            self.silence.watch_heard(&mut step);
        }
        for moment in observed.readings.chunk_by(|a, b| a.at == b.at) {
            self.observe_moment(&mut step, moment, observed.source, qualities);
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
        let at = *self.newest_at.get(vital.index())?;
        let value = *self.newest.get(vital.index())?;
        (at != Moment::NEVER_YET).then_some(Newest {
            value,
            measured: MeasuredTime::from_epoch_ms(at.ms()),
        })
    }

    /// Keeps a good reading if none is newer.
    pub(super) fn keep_newest(&mut self, reading: Reading) {
        let place = reading.vital.index();
        let (at, value) = (self.newest_at.get_mut(place), self.newest.get_mut(place));
        if let (Some(at), Some(value)) = (at, value)
            && reading.at.epoch_ms() >= at.ms()
        {
            (*at, *value) = (reading.at.epoch_ms().into(), reading.value);
        }
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
            course.extremes.forget();
        }
        self.deterioration.forget(vital);
    }

    /// Forgets that a condition of the body was told, because nobody was: it is
    /// told when new values show it.
    pub fn let_go(
        &mut self,
        context: &PatientContext,
        rules: &Rules,
        kind: AlertKind,
        now: ClinicalTime,
    ) {
        let mut step = Step {
            context,
            rules,
            at: now,
            monitored: self.monitored,
            findings: &mut Vec::new(),
        };
        match kind {
            AlertKind::FeverOnTreatment => self.fever.end(&mut step, ""),
            AlertKind::News2 => self.early_warning.end(&mut step, ""),
            AlertKind::Deterioration => self.deterioration.end(&mut step, ""),
            AlertKind::BaselineDeviation(vital) => {
                if let Some(course) = series_of(vital).and_then(|place| self.courses.get_mut(place))
                {
                    course.deviation.end(&mut step, vital, "");
                }
            }
            AlertKind::IrregularPulse => self.rhythm.end(&mut step, ""),
            AlertKind::ActivityDecline => self.activity.end(&mut step, ""),
            AlertKind::OvernightHeartRate => self.overnight.end(&mut step, ""),
            AlertKind::Rule(id) => self.clinical.let_go(id, &rules.clinical),
            AlertKind::Silent(_)
            | AlertKind::DeviceSilent
            | AlertKind::NeverHeard(_)
            | AlertKind::NotWorn
            | AlertKind::Frozen(_)
            | AlertKind::DeviceClock
            | AlertKind::BatteryLow
            | AlertKind::DeviceOffline
            | AlertKind::MessagesMissing
            | AlertKind::InternalError => {}
        }
    }

    /// Whether the patient was monitored at the last step.
    pub const fn is_monitored(&self) -> bool {
        self.monitored
    }

    /// Judges the values of one moment, whose order says nothing.
    fn observe_moment(
        &mut self,
        step: &mut Step<'_>,
        moment: &[Reading],
        source: Source,
        qualities: &mut Vec<Quality>,
    ) {
        let before = step.findings.len();
        let mut changed = Changed::default();
        for reading in moment {
            self.note_circumstances(step, *reading, source);
        }
        for reading in moment {
            qualities.push(self.judge(step, *reading, source, &mut changed));
        }
        if let Some(minute) = changed.minute {
            self.early_warning.judge(step, minute, changed.by_person);
        }
        self.judge_rules(step, changed.of_rules);
        if let Some(new) = step.findings.get_mut(before..)
            && new.len() > 1
        {
            new.sort_by_key(|finding| finding.kind.code());
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
        self.deterioration.fire(step);
        self.judge_rules(step, changed.of_rules);
        self.rhythm.fire(step, &self.minutes);
        self.activity.fire(step);
        self.overnight.fire(step);
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
        self.deterioration.end(step, words);
        self.clinical.stop(step, words);
        self.rhythm.stop(step, words);
        self.activity.stop(step, words);
        self.overnight.stop(step, words);
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
            .min(self.deterioration.due_ms())
            .min(self.rhythm.due_ms())
            .min(self.activity.due_ms())
            .min(self.overnight.due_ms())
            .min(minutes.unwrap_or(NEVER))
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
