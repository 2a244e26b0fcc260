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

/// The shipped rules, with what the configuration file that the environment's
/// `variable` names says otherwise in its `[detect]` tables.
pub(crate) fn tried_rules(variable: &str) -> Rules {
    let Ok(path) = std::env::var(variable) else {
        return Rules::default();
    };
    let text = std::fs::read_to_string(&path).expect("the named file is readable");
    let mut said: toml::Table = text.parse().expect("the named file is TOML");
    let mut all = toml::Value::try_from(Rules::default()).expect("rules are TOML");
    if let Some(detect) = said.remove("detect") {
        lay_over(&mut all, detect);
    }
    all.try_into().expect("every key of detect is known")
}

fn lay_over(below: &mut toml::Value, above: toml::Value) {
    match (below, above) {
        (toml::Value::Table(below), toml::Value::Table(above)) => {
            for (key, value) in above {
                lay_over(
                    below.entry(key).or_insert(toml::Value::Boolean(false)),
                    value,
                );
            }
        }
        (below, above) => *below = above,
    }
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

/// A patient under watch, and what was raised.
pub(crate) struct Bed<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) context: PatientContext,
    pub(crate) monitor: Monitor,
    pub(crate) findings: Vec<Finding>,
    qualities: Vec<Quality>,
    /// In the order of raising.
    pub(crate) raised: Vec<Raised>,
    /// Episodes that are open, and the most they became.
    open: Vec<(AlertKind, Priority)>,
}

/// What calls somebody: an episode begins, or becomes more urgent.
#[derive(Clone, Copy)]
pub(crate) struct Raised {
    pub(crate) kind: AlertKind,
    /// By the arrival clock, epoch ms.
    pub(crate) at_ms: i64,
    pub(crate) priority: Priority,
    /// Whether the episode begins.
    pub(crate) begins: bool,
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
                FindingState::Raise { priority, .. } => {
                    let open = self.open.iter().find(|open| open.0 == kind);
                    let begins = open.is_none();
                    if open.is_some_and(|open| priority <= open.1) {
                        continue;
                    }
                    self.open.retain(|open| open.0 != kind);
                    self.open.push((kind, priority));
                    self.raised.push(Raised {
                        kind,
                        at_ms: at.epoch_ms(),
                        priority,
                        begins,
                    });
                }
                FindingState::Clear => self.open.retain(|open| open.0 != kind),
                FindingState::Ease { .. }
                | FindingState::Late { .. }
                | FindingState::Hold
                | FindingState::Unknown => {}
            }
        }
    }
}
