//! What every detector is handed: the patient's context, the rules, the time.

use super::{Rules, Source, urgency_in_treatment};
use crate::domain::{
    AlertKind, ClinicalTime, Evidence, EvidenceValue, Finding, FindingState, MeasuredTime,
    PatientContext, Priority, Quality, Vital,
};

/// One step of one patient's state. Findings are collected here.
pub(super) struct Step<'a> {
    pub(super) context: &'a PatientContext,
    pub(super) rules: &'a Rules,
    /// The arrival or the deadline that is being handled.
    pub(super) at: ClinicalTime,
    pub(super) monitored: bool,
    pub(super) findings: &'a mut Vec<Finding>,
}

impl Step<'_> {
    /// Whether a condition measured then may page now: inside the reordering
    /// grace it is not late at all, and after it only the newest reading
    /// counts, while it is fresh.
    pub(super) fn may_page(&self, measured: MeasuredTime, newest: bool, source: Source) -> bool {
        let age = measured.age_ms_at(self.at);
        let grace = i64::from(self.rules.epochs.grace_seconds) * 1_000;
        self.monitored && (age <= grace || (newest && self.is_fresh(measured, source)))
    }

    /// Whether a value measured then is fresh now.
    pub(super) fn is_fresh(&self, measured: MeasuredTime, source: Source) -> bool {
        let minutes = match source {
            Source::Watch | Source::Retrospective => self.rules.late.fresh_minutes,
            Source::Staff => self.rules.late.fresh_minutes_staff,
        };
        measured.age_ms_at(self.at) <= minutes_ms(minutes)
    }

    /// Says that a condition holds, with the priority its detector gives it. The
    /// windows of the treatment may make what is about the body more urgent.
    pub(super) fn raise(
        &mut self,
        kind: AlertKind,
        mut priority: Priority,
        began: MeasuredTime,
        mut evidence: Evidence,
    ) {
        self.place_in_treatment(kind, &mut priority, &mut evidence);
        self.push(kind, FindingState::Raise { priority, began }, evidence);
    }

    /// Says that it holds less urgently than it was said. A window of the
    /// treatment keeps it as urgent as it makes what is found in it.
    pub(super) fn ease(&mut self, kind: AlertKind, mut priority: Priority, mut evidence: Evidence) {
        self.place_in_treatment(kind, &mut priority, &mut evidence);
        self.push(kind, FindingState::Ease { priority }, evidence);
    }

    /// Says that a condition held and was over when it became known. The
    /// treatment then is not looked up: nobody is called.
    pub(super) fn found_late(
        &mut self,
        kind: AlertKind,
        priority: Priority,
        began: MeasuredTime,
        evidence: Evidence,
    ) {
        self.push(kind, FindingState::Late { priority, began }, evidence);
    }

    fn place_in_treatment(
        &self,
        kind: AlertKind,
        priority: &mut Priority,
        evidence: &mut Evidence,
    ) {
        if kind.is_physiological() {
            let now = MeasuredTime::from_arrival(self.at);
            let newest = evidence.values.iter().map(|value| value.measured).max();
            let at = newest.map_or(now, |newest| newest.min(now));
            let (raised, told) =
                urgency_in_treatment(self.context, self.rules, kind, *priority, at);
            *priority = raised;
            evidence.treatment = Some(told);
        }
    }

    pub(super) fn clear(&mut self, kind: AlertKind, rule: &str, version: u32, summary: String) {
        let evidence = Evidence {
            rule: rule.to_owned(),
            rule_version: version,
            summary,
            ..Evidence::default()
        };
        self.push(kind, FindingState::Clear, evidence);
    }

    pub(super) fn push(&mut self, kind: AlertKind, state: FindingState, evidence: Evidence) {
        let at = self.at;
        self.findings.push(Finding {
            kind,
            state,
            at,
            evidence,
        });
    }

    /// A deciding value whose age is taken now.
    pub(super) fn value(&self, vital: Vital, value: f64, measured: MeasuredTime) -> EvidenceValue {
        EvidenceValue {
            vital,
            value,
            measured,
            arrived: self.at,
            age_ms: measured.age_ms_at(self.at),
            limit: None,
            quality: Quality::Good,
        }
    }
}

/// `Heart rate`, to begin a sentence with.
pub(super) fn vital_first(vital: Vital) -> String {
    let mut words = vital.words().to_owned();
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// `heart rate, temperature or step count`, for sentences.
pub(super) fn any_of(vitals: impl Iterator<Item = Vital>) -> String {
    let mut words: Vec<&str> = vitals.map(Vital::words).collect();
    let last = words.pop().unwrap_or_default();
    if words.is_empty() {
        return last.to_owned();
    }
    format!("{} or {last}", words.join(", "))
}

/// Minutes as milliseconds.
pub(super) fn minutes_ms(minutes: u32) -> i64 {
    i64::from(minutes) * 60_000
}

/// `3 minutes`, `1 hour`, for sentences.
pub(super) fn duration_words(ms: i64) -> String {
    let minutes = ms.max(0).saturating_add(30_000) / 60_000;
    let (count, unit) = match minutes {
        0 => return "less than a minute".to_owned(),
        1..120 => (minutes, "minute"),
        120..2_880 => (minutes / 60, "hour"),
        _ => (minutes / 1_440, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}
