//! A patient under test: sends messages, lets time pass, collects what comes.

use crate::detect::{BaselineView, DeviceEvent, Monitor, Observed, Rules, Source};
use crate::domain::{
    AlertKind, ClinicalTime, ExpectedVital, Finding, FindingState, MeasuredTime, PatientContext,
    Period, Priority, Quality, Reading, Spo2Scale, Vital,
};

/// 2025-11-22T05:20:00Z, the start of a minute.
pub(super) const START: i64 = 1_763_788_800_000;

pub(super) struct Bed {
    pub(super) monitor: Monitor,
    pub(super) context: PatientContext,
    pub(super) rules: Rules,
    pub(super) findings: Vec<Finding>,
    pub(super) qualities: Vec<Quality>,
}

pub(super) fn clinical(ms: i64) -> ClinicalTime {
    ClinicalTime::from_epoch_ms(START + ms)
}

pub(super) fn measured(ms: i64) -> MeasuredTime {
    MeasuredTime::from_epoch_ms(START + ms)
}

pub(super) fn reading(ms: i64, vital: Vital, value: f64) -> Reading {
    Reading {
        at: measured(ms),
        vital,
        value,
    }
}

impl Bed {
    /// Monitored from the start, on treatment, scale 1, on air.
    pub(super) fn new() -> Self {
        let since_start = Period {
            start: clinical(0),
            end: None,
        };
        let mut bed = Self {
            monitor: Monitor::default(),
            context: PatientContext {
                spo2_scale: Some(Spo2Scale::One),
                oxygen: Some(false),
                treatment: vec![since_start],
                monitoring: vec![since_start],
                ..PatientContext::default()
            },
            rules: Rules::default(),
            findings: Vec::new(),
            qualities: Vec::new(),
        };
        bed.to(0);
        bed
    }

    pub(super) fn expecting(vitals: &[(Vital, u32)]) -> Self {
        let mut bed = Self::new();
        bed.context.expected = vitals
            .iter()
            .map(|(vital, every_seconds)| ExpectedVital {
                vital: *vital,
                every_seconds: *every_seconds,
            })
            .collect();
        bed.changed(0);
        bed
    }

    /// Lets time pass until `ms` after the start.
    pub(super) fn to(&mut self, ms: i64) {
        let now = clinical(ms);
        self.monitor
            .advance(&self.context, &self.rules, now, &mut self.findings);
    }

    /// A message that arrives at `ms`.
    pub(super) fn send(&mut self, ms: i64, readings: &[Reading], source: Source) -> Vec<Quality> {
        let observed = Observed {
            readings,
            arrived: clinical(ms),
            source,
        };
        self.monitor.observe(
            &self.context,
            &self.rules,
            &observed,
            &mut self.qualities,
            &mut self.findings,
        );
        self.qualities.clone()
    }

    /// A watch's value that arrives the moment it is measured.
    pub(super) fn watch(&mut self, ms: i64, vital: Vital, value: f64) -> Quality {
        self.send(ms, &[reading(ms, vital, value)], Source::Watch)[0]
    }

    /// A watch's moment.
    pub(super) fn moment(&mut self, ms: i64, values: &[(Vital, f64)]) -> Vec<Quality> {
        let readings: Vec<Reading> = values
            .iter()
            .map(|(vital, value)| reading(ms, *vital, *value))
            .collect();
        self.send(ms, &readings, Source::Watch)
    }

    pub(super) fn staff(&mut self, ms: i64, vital: Vital, value: f64) {
        self.send(ms, &[reading(ms, vital, value)], Source::Staff);
    }

    pub(super) fn device(&mut self, ms: i64, event: DeviceEvent) {
        let now = clinical(ms);
        self.monitor
            .device_event(&self.context, &self.rules, event, now, &mut self.findings);
    }

    pub(super) fn changed(&mut self, ms: i64) {
        let now = clinical(ms);
        self.monitor
            .context_changed(&self.context, &self.rules, now, &mut self.findings);
    }

    /// The own normal of a vital at noon.
    pub(super) fn baseline(&self, vital: Vital) -> Option<BaselineView> {
        self.baseline_at(vital, 400 * 60_000)
    }

    /// The own normal of a vital at a time.
    pub(super) fn baseline_at(&self, vital: Vital, ms: i64) -> Option<BaselineView> {
        let at = clinical(ms);
        self.monitor.baseline(vital, &self.context, &self.rules, at)
    }

    /// What was found since the last call: kind, what, ms after the start.
    pub(super) fn news(&mut self) -> Vec<(AlertKind, Said, i64)> {
        self.findings
            .drain(..)
            .map(|finding| {
                let said = match finding.state {
                    FindingState::Raise { priority, .. } => Said::Raise(priority),
                    FindingState::Ease { priority } => Said::Ease(priority),
                    FindingState::Late { priority, .. } => Said::Late(priority),
                    FindingState::Clear => Said::Clear,
                    FindingState::Hold => Said::Hold,
                    FindingState::Unknown => Said::Unknown,
                };
                (finding.kind, said, finding.at.epoch_ms() - START)
            })
            .collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Said {
    Raise(Priority),
    Ease(Priority),
    Late(Priority),
    Clear,
    Hold,
    Unknown,
}
