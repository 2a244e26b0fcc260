//! One patient's detection state, and the order in which detectors see a message.

use super::active::ActiveNormals;
use super::activity::Activity;
use super::baseline::BaselineView;
use super::clinical::Clinical;
use super::daily_wave::{TimeOfDay, Today};
use super::deterioration::Deterioration;
use super::device::DeviceState;
use super::drift::Drift;
use super::early_warning::EarlyWarning;
use super::epoch::{EPOCH_VITALS, minute_of};
use super::fever::Fever;
use super::lane::Lanes;
use super::minutes::Minutes;
use super::moment::Moment;
use super::newest::{Newest, NewestStates};
use super::on_demand::OnDemand;
use super::overnight::Overnight;
use super::passage::Changed;
use super::rhythm::Rhythm;
use super::silence::Silence;
use super::step::Step;
use super::{DeviceEvent, Observed, Rules, Source};
use crate::domain::{AlertKind, ClinicalTime, Finding, PatientContext, Quality, Reading, Vital};
use serde::{Deserialize, Serialize};

const NEVER: i64 = i64::MAX;

/// Everything detection remembers of one patient. What needs an input that
/// never came takes a pointer.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Monitor {
    /// Nothing is due before this, ms.
    wake: Moment,
    /// When monitoring next begins, pauses or ends, ms.
    boundary: Moment,
    /// Whether the monitor has ever been told the time.
    started: bool,
    monitored: bool,
    states: NewestStates,
    pub(super) lanes: Lanes,
    pub(super) minutes: Minutes,
    pub(super) active: ActiveNormals,
    pub(super) today: Today,
    pub(super) fever: Fever,
    pub(super) early_warning: EarlyWarning,
    pub(super) deterioration: Deterioration,
    pub(super) drift: OnDemand<Drift>,
    pub(super) clinical: Clinical,
    pub(super) rhythm: OnDemand<Rhythm>,
    pub(super) activity: OnDemand<Activity>,
    pub(super) overnight: OnDemand<Overnight>,
    pub(super) silence: Silence,
    pub(super) device: DeviceState,
}

impl Default for Monitor {
    fn default() -> Self {
        Self {
            wake: Moment::NEVER,
            boundary: Moment::NEVER,
            started: false,
            monitored: false,
            states: NewestStates::default(),
            lanes: Lanes::default(),
            minutes: Minutes::default(),
            active: ActiveNormals::default(),
            today: Today::default(),
            fever: Fever::default(),
            early_warning: EarlyWarning::default(),
            deterioration: Deterioration::default(),
            drift: OnDemand::default(),
            clinical: Clinical::default(),
            rhythm: OnDemand::default(),
            activity: OnDemand::default(),
            overnight: OnDemand::default(),
            silence: Silence::default(),
            device: DeviceState::default(),
        }
    }
}

impl Clone for Monitor {
    fn clone(&self) -> Self {
        Self {
            lanes: self.lanes.clone(),
            clinical: self.clinical.clone(),
            drift: self.drift.clone(),
            rhythm: self.rhythm.clone(),
            activity: self.activity.clone(),
            overnight: self.overnight.clone(),
            ..*self
        }
    }

    /// Keeps the allocations of `self`: every message is judged on a copy.
    fn clone_from(&mut self, source: &Self) {
        self.lanes.clone_from(&source.lanes);
        self.clinical.clone_from(&source.clinical);
        self.drift.clone_from(&source.drift);
        self.rhythm.clone_from(&source.rhythm);
        self.activity.clone_from(&source.activity);
        self.overnight.clone_from(&source.overnight);
        *self = Self {
            lanes: std::mem::take(&mut self.lanes),
            clinical: std::mem::take(&mut self.clinical),
            drift: std::mem::take(&mut self.drift),
            rhythm: std::mem::take(&mut self.rhythm),
            activity: std::mem::take(&mut self.activity),
            overnight: std::mem::take(&mut self.overnight),
            ..*source
        };
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
        self.wake = self.wake.ms().min(self.due_ms()).into();
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
        while self.wake.ms() <= now.epoch_ms() {
            let mut step = Step {
                context,
                rules,
                at: ClinicalTime::from_epoch_ms(self.wake.ms()),
                monitored: self.monitored,
                findings,
            };
            self.fire(&mut step);
            self.wake = self.due_ms().into();
        }
    }

    /// When [`Monitor::advance`] must be called even if nothing arrives.
    pub fn next_due(&self) -> Option<ClinicalTime> {
        (self.wake != Moment::NEVER).then(|| ClinicalTime::from_epoch_ms(self.wake.ms()))
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
        self.today.forget();
        self.cross_boundary(&mut step);
        self.silence.due_ms = if self.monitored {
            now.epoch_ms()
        } else {
            NEVER
        };
        self.wake = self.due_ms().into();
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
        self.wake = self.due_ms().into();
    }

    /// The newest good reading of a vital.
    pub fn newest(&self, vital: Vital) -> Option<Newest> {
        match self.lanes.of(vital) {
            Some(lane) => lane.newest.get(),
            None => self.states.get(vital),
        }
    }

    /// Keeps a good reading if none is newer.
    pub(super) fn keep_newest(&mut self, reading: Reading) {
        match self.lanes.begin(reading.vital) {
            Some(lane) => lane.newest.keep(reading),
            None => self.states.keep(reading),
        }
    }

    /// The patient's normal of a vital at rest at that time, for vitals that
    /// have one.
    pub fn baseline(
        &self,
        vital: Vital,
        context: &PatientContext,
        rules: &Rules,
        at: ClinicalTime,
    ) -> Option<BaselineView> {
        let own = rules.baseline.vitals.get(vital);
        let time = TimeOfDay::of(context, minute_of(at.epoch_ms()).0);
        let baseline = self.lanes.baseline(vital)?;
        Some(baseline.view(own, rules.learning(), time))
    }

    /// A clinician says that the patient's normal has changed: it is learnt anew.
    pub fn rebase(&mut self, vital: Vital) {
        if let Some(lane) = self.lanes.of_mut(vital) {
            lane.course.baseline.forget();
            lane.course.extremes.forget();
        }
        if let Some(active) = self.active.of_mut(vital) {
            active.forget();
        }
        self.deterioration.forget(vital);
        if let Some(drift) = self.drift.get_mut() {
            drift.forget(vital);
        }
    }

    /// What it takes beside its own size, with what an allocator adds.
    pub fn heap_bytes(&self) -> usize {
        self.lanes.heap_bytes()
            + self.clinical.heap_bytes()
            + self.drift.heap_bytes()
            + self.rhythm.heap_bytes()
            + self.activity.heap_bytes()
            + self.overnight.heap_bytes()
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
            AlertKind::SustainedChange => {
                let drift = self.drift.get_mut();
                drift.into_iter().for_each(|it| it.end(&mut step, ""));
            }
            AlertKind::BaselineDeviation(vital) => {
                if let Some(lane) = self.lanes.of_mut(vital) {
                    lane.course.deviation.end(&mut step, vital, "");
                }
            }
            AlertKind::IrregularPulse => {
                let rhythm = self.rhythm.get_mut();
                rhythm.into_iter().for_each(|it| it.end(&mut step, ""));
            }
            AlertKind::ActivityDecline => {
                let activity = self.activity.get_mut();
                activity.into_iter().for_each(|it| it.end(&mut step, ""));
            }
            AlertKind::OvernightHeartRate => {
                let overnight = self.overnight.get_mut();
                overnight.into_iter().for_each(|it| it.end(&mut step, ""));
            }
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
        if self.boundary.ms() <= now {
            self.cross_boundary(step);
        }
        let mut changed = Changed::default();
        for vital in EPOCH_VITALS {
            let due = |lanes: &mut Lanes| lanes.of_mut(vital)?.open.close_due(vital, now);
            while let Some(minute) = due(&mut self.lanes) {
                self.close(step, vital, &minute, &mut changed);
            }
        }
        if let Some(minute) = changed.minute {
            self.early_warning.judge(step, minute, false);
        }
        self.deterioration.fire(step, Drift::inlet(&mut self.drift));
        if let Some(drift) = self.drift.get_mut() {
            drift.fire(step);
        }
        self.judge_rules(step, changed.of_rules);
        if let Some(rhythm) = self.rhythm.get_mut() {
            rhythm.fire(step, &self.minutes);
        }
        if let Some(activity) = self.activity.get_mut() {
            activity.fire(step);
        }
        if let Some(overnight) = self.overnight.get_mut() {
            overnight.fire(step);
        }
        self.device.fire(step);
        if self.silence.due_ms <= now {
            let cadence_of = |vital| self.lanes.of(vital).map(|lane| lane.cadence);
            self.silence.check(step, self.device.is_off(), cadence_of);
        }
    }

    /// Monitoring may begin, pause or end now.
    fn cross_boundary(&mut self, step: &mut Step<'_>) {
        self.boundary = next_boundary(step.context, step.at).into();
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
        if let Some(drift) = self.drift.get_mut() {
            drift.end(step, words);
        }
        self.clinical.stop(step, words);
        if let Some(rhythm) = self.rhythm.get_mut() {
            rhythm.stop(step, words);
        }
        if let Some(activity) = self.activity.get_mut() {
            activity.stop(step, words);
        }
        if let Some(overnight) = self.overnight.get_mut() {
            overnight.stop(step, words);
        }
        for (vital, lane) in self.lanes.heard() {
            if lane.course.deviation.is_raised() {
                lane.course.deviation.end(step, vital, words);
            }
        }
        self.silence.stop(step, words);
        self.device.stop(step, words);
    }

    fn due_ms(&self) -> i64 {
        let rhythm = self.rhythm.get().map_or(NEVER, Rhythm::due_ms);
        let activity = self.activity.get().map_or(NEVER, Activity::due_ms);
        let overnight = self.overnight.get().map_or(NEVER, Overnight::due_ms);
        let drift = self.drift.get().map_or(NEVER, Drift::due_ms);
        self.boundary
            .ms()
            .min(self.silence.due_ms)
            .min(self.device.due_ms())
            .min(self.deterioration.due_ms())
            .min(drift)
            .min(rhythm)
            .min(activity)
            .min(overnight)
            .min(self.lanes.due_ms())
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
