//! What the benches of detection share: sizes from the environment, patients on
//! all cores, and one patient's monitor beside its context.

use std::io::Write;
use std::sync::Mutex;
use wardlight::detect::{Monitor, Observed, Rules, Source};
use wardlight::domain::{
    AlertKind, ClinicalTime, Finding, FindingState, PatientContext, Period, Priority, Quality,
    Reading, Spo2Scale,
};

/// 2025-11-22T00:00:00Z, the start of every record.
pub(crate) const START: i64 = 1_763_769_600_000;
pub(crate) const DAY_MS: i64 = 86_400_000;

/// A size from the environment, or else as given.
pub(crate) fn sized(name: &str, otherwise: u32) -> u32 {
    let given = std::env::var(name).ok();
    given
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

/// One line to standard output.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout();
    out.write_all(line.as_bytes()).ok();
    out.write_all(b"\n").ok();
}

/// `work` for each patient's number, on all cores.
pub(crate) fn each<T: Send>(patients: u32, work: impl Fn(u32) -> T + Sync) -> Vec<T> {
    let next = Mutex::new(0..patients);
    let results = Mutex::new(Vec::new());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(number) = next.lock().ok().and_then(|mut next| next.next()) {
                    let result = work(number);
                    if let Ok(mut results) = results.lock() {
                        results.push(result);
                    }
                }
            });
        }
    });
    results.into_inner().unwrap_or_default()
}

/// Monitored and on treatment since the start.
pub(crate) fn context() -> PatientContext {
    let since_start = Period {
        start: ClinicalTime::from_epoch_ms(START),
        end: None,
    };
    PatientContext {
        spo2_scale: Some(Spo2Scale::One),
        oxygen: Some(false),
        treatment: vec![since_start],
        monitoring: vec![since_start],
        ..PatientContext::default()
    }
}

/// A patient under watch, and when what was raised.
pub(crate) struct Bed<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) context: PatientContext,
    pub(crate) monitor: Monitor,
    pub(crate) findings: Vec<Finding>,
    qualities: Vec<Quality>,
    /// Episodes, in the order of raising.
    pub(crate) raised: Vec<Raised>,
    open: Vec<AlertKind>,
}

/// An episode.
#[derive(Clone, Copy)]
pub(crate) struct Raised {
    pub(crate) kind: AlertKind,
    /// By the arrival clock, epoch ms.
    pub(crate) at_ms: i64,
    /// The most it became.
    pub(crate) priority: Priority,
}

impl<'a> Bed<'a> {
    pub(crate) fn new(rules: &'a Rules) -> Self {
        Self {
            rules,
            context: context(),
            monitor: Monitor::default(),
            qualities: Vec::new(),
            findings: Vec::new(),
            raised: Vec::new(),
            open: Vec::new(),
        }
    }

    /// Readings of a watch that arrive together.
    pub(crate) fn observe(&mut self, arrived_ms: i64, readings: &[Reading]) {
        let observed = Observed {
            readings,
            arrived: ClinicalTime::from_epoch_ms(arrived_ms),
            source: Source::Watch,
        };
        self.monitor.observe(
            &self.context,
            self.rules,
            &observed,
            &mut self.qualities,
            &mut self.findings,
        );
        self.note();
    }

    /// Keeps what was raised.
    pub(crate) fn note(&mut self) {
        for Finding {
            kind, state, at, ..
        } in self.findings.drain(..)
        {
            match state {
                FindingState::Raise { priority, .. } if self.open.contains(&kind) => {
                    let mut told = self.raised.iter_mut().rev();
                    if let Some(told) = told.find(|told| told.kind == kind) {
                        told.priority = told.priority.max(priority);
                    }
                }
                FindingState::Raise { priority, .. } => {
                    let at_ms = at.epoch_ms();
                    self.open.push(kind);
                    self.raised.push(Raised {
                        kind,
                        at_ms,
                        priority,
                    });
                }
                FindingState::Clear => self.open.retain(|open| *open != kind),
                FindingState::Hold | FindingState::Unknown => {}
            }
        }
    }
}
