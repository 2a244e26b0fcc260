//! An alert decided again, and held against what is stored.
//!
//! In: an alert's id and a reader of the store. Out: what was decided from
//! what, whether deciding again gives the same, and everything stored that
//! differs from what was judged. Reads only.

use super::capsule::{Capsule, CapsuleError};
use super::ledger;
use super::quarantine::hexadecimal;
use super::{Rulebook, VERSION};
use crate::domain::{
    AlertId, ClinicalTime, MeasuredTime, PatientNumber, Quality, QualityReason, Reading, RuleId,
    Vital,
};
use crate::store::{PointView, QueryError, Reader, ReadingsQuery};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

const DAY_MS: i64 = 24 * 3_600_000;
/// Readings of one vital in two days: more than five a second.
const POINTS_MAX: usize = 1_000_000;

/// What came of deciding again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The same, and nothing stored differs from what was judged.
    Confirmed,
    /// Something differs.
    Mismatch,
    /// Another version of the code decided: it was not decided again.
    OtherVersion,
    /// It was decided while the state was rebuilt: there is no single input to
    /// decide from again.
    NotRecomputed,
}

/// An alert explained.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// Which.
    pub alert: AlertId,
    /// What came of deciding again.
    pub verdict: Verdict,
    /// Version of the code that decided.
    pub version: String,
    /// When (RFC 3339).
    pub decided_at: String,
    /// What arrived and decided, in words.
    pub decided_from: &'static str,
    /// Journal row of it.
    pub journal_row: u64,
    /// What was decided.
    pub decision: Value,
    /// What differs from what was judged.
    pub problems: Vec<String>,
    /// What else is to be known.
    pub notes: Vec<String>,
}

/// Why an alert cannot be explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// It is not stored.
    #[error("there is no such alert; it may have reached the end of its retention")]
    NoAlert,
    /// It is stored without what it was decided from.
    #[error("the alert has no capsule: what it was decided from is not stored")]
    NoCapsule,
    /// The capsule cannot be read.
    #[error(transparent)]
    Capsule(#[from] CapsuleError),
    /// The store cannot be read.
    #[error(transparent)]
    Query(#[from] QueryError),
}

/// Decides an alert again and holds it against what is stored. Readings older
/// than `retention_days` may be gone: then the capsule alone must do.
///
/// # Errors
/// [`ExplainError`] when there is nothing to decide from.
pub fn explain(
    reader: &Reader,
    alert: &AlertId,
    retention_days: u32,
) -> Result<Explanation, ExplainError> {
    explain_within(reader, alert, retention_days, POINTS_MAX)
}

/// The same with another bound for what is read of one vital.
pub(super) fn explain_within(
    reader: &Reader,
    alert: &AlertId,
    retention_days: u32,
    points_max: usize,
) -> Result<Explanation, ExplainError> {
    let stored = reader.alert(alert)?.ok_or(ExplainError::NoAlert)?;
    let bytes = reader.capsule(alert)?.ok_or(ExplainError::NoCapsule)?;
    let capsule = Capsule::read(&bytes)?;
    let mut case = Case {
        reader,
        alert,
        capsule: &capsule,
        retention_days,
        points_max,
        problems: Vec::new(),
        notes: Vec::new(),
    };
    let decision = case.decision(&stored.document)?;
    case.check_rules_of_journal()?;
    let verdict = case.decide_again(&decision)?;
    let verdict = match case.problems.is_empty() {
        true => verdict,
        false => Verdict::Mismatch,
    };
    let body = &capsule.body;
    Ok(Explanation {
        alert: alert.clone(),
        verdict,
        version: body.version.clone(),
        decided_at: super::rfc3339(body.stamp.epoch_ms()),
        decided_from: capsule.decided_from(),
        journal_row: body.seq,
        decision,
        problems: case.problems,
        notes: case.notes,
    })
}

struct Case<'a> {
    reader: &'a Reader,
    alert: &'a AlertId,
    capsule: &'a Capsule,
    retention_days: u32,
    points_max: usize,
    problems: Vec<String>,
    notes: Vec<String>,
}

impl Case<'_> {
    /// The decision as the capsule has it, held against the alert's first event
    /// and its document.
    fn decision(&mut self, document: &str) -> Result<Value, ExplainError> {
        let text = &self.capsule.body.decision;
        let part = |what| move |_| CapsuleError::Part { what };
        let decision: Value = serde_json::from_str(text).map_err(part("decision"))?;
        let raised = self.reader.alert_events_of(self.alert)?.into_iter().next();
        let raised = raised.map(|event| serde_json::from_str::<Value>(&event.document));
        match raised {
            Some(Ok(raised)) => self.differs(
                "the stored event is not what was decided",
                &decision,
                &raised,
                &["seq", "patient", "ward"],
            ),
            Some(Err(_)) => self
                .problems
                .push("the stored event is unreadable".to_owned()),
            None => self
                .problems
                .push("the event of its raising is not stored".to_owned()),
        }
        let document: Value = serde_json::from_str(document).unwrap_or_default();
        for key in ["kind", "vital", "rule", "raised_at"] {
            // The store's merge of documents leaves out what is null.
            let [then, now] = [&decision, &document].map(|d| d.get(key).unwrap_or(&Value::Null));
            if then != now {
                self.problems
                    .push(format!("the stored alert is not what was decided: {key}"));
            }
        }
        Ok(decision)
    }

    /// Decides again by the rules of then, and holds what went in against what
    /// is stored.
    fn decide_again(&mut self, decision: &Value) -> Result<Verdict, ExplainError> {
        if !self.capsule.is_own() {
            let decided = &self.capsule.body.version;
            self.notes.push(format!(
                "version {decided} decided and this is {VERSION}: not decided again; to do so, \
                 run that version on a restored backup"
            ));
            return Ok(Verdict::OtherVersion);
        }
        self.check_rules_of_today(decision)?;
        self.check_readings()?;
        if self.capsule.is_rebuilt() {
            return Ok(Verdict::NotRecomputed);
        }
        match self.capsule.recompute(self.alert)? {
            None => self
                .problems
                .push("decided again, the alert is not raised".to_owned()),
            Some(again) => {
                let again = serde_json::from_str(&again).unwrap_or_default();
                self.differs("decided again, it is another", decision, &again, &[]);
            }
        }
        Ok(Verdict::Confirmed)
    }

    fn differs(&mut self, words: &str, one: &Value, other: &Value, but: &[&str]) {
        let mut keys = Vec::new();
        differing(one, other, "", but, &mut keys);
        if !keys.is_empty() {
            self.problems.push(format!("{words}: {}", keys.join(", ")));
        }
    }

    /// The journal names the rules of each start by their hash.
    fn check_rules_of_journal(&mut self) -> Result<(), ExplainError> {
        let body = &self.capsule.body;
        let Some(row) = self.reader.version_before(body.seq)? else {
            return Ok(()); // pruned long ago
        };
        let named: Value = serde_json::from_slice(&row).unwrap_or_default();
        let sha256 = hexadecimal(&Sha256::digest(&body.rulebook));
        if named.get("rulebook_sha256").and_then(Value::as_str) != Some(&sha256) {
            let words = "the rules of the capsule are not those that the journal names";
            self.problems.push(words.to_owned());
        }
        if named.get("version").and_then(Value::as_str) != Some(&body.version) {
            let words = "the capsule's version is not the one that the journal names";
            self.problems.push(words.to_owned());
        }
        Ok(())
    }

    /// Says what the rules have become since.
    fn check_rules_of_today(&mut self, decision: &Value) -> Result<(), ExplainError> {
        let then = self.capsule.rulebook()?;
        let today = self.reader.rulebook()?;
        let today = today.and_then(|text| serde_json::from_str::<Rulebook>(&text).ok());
        let Some(today) = today else {
            return Ok(());
        };
        let rule = decision.get("rule").and_then(Value::as_str);
        if let Some(id) = rule.and_then(|rule| RuleId::new(rule).ok()) {
            self.compare_rule(id, &then, &today);
        } else if thresholds(&then) != thresholds(&today) {
            self.notes
                .push("thresholds have changed since it was decided".to_owned());
        }
        Ok(())
    }

    fn compare_rule(&mut self, id: RuleId, then: &Rulebook, today: &Rulebook) {
        let [then, today] = [then, today].map(|book| book.rules.clinical.get(id));
        match (then, today) {
            (Some(then), Some(today)) if then.version != today.version => self.notes.push(format!(
                "rule {id} was version {}; today it is version {}",
                then.version, today.version
            )),
            (Some(then), Some(today)) if then.text != today.text => self.problems.push(format!(
                "rule {id} version {} reads otherwise today, under the same version",
                then.version
            )),
            (Some(_), None) => self.notes.push(format!("rule {id} is no longer in force")),
            (Some(_), Some(_)) | (None, _) => {}
        }
    }

    /// Holds the stored readings against those that were judged.
    fn check_readings(&mut self) -> Result<(), ExplainError> {
        let patient = self.capsule.patient()?;
        let mut found = Vec::new();
        let (own, mut checked) = (self.capsule.readings()?, 0_u64);
        for vital in Vital::ALL {
            let Some(points) = self.points(patient, vital, &own)? else {
                self.notes.push(format!(
                    "more than {} stored readings of {}: they were not held against what was \
                     judged",
                    self.points_max,
                    vital.name()
                ));
                continue;
            };
            checked += points.len() as u64;
            self.check_vital(vital, points, &own, &mut found)?;
        }
        if found.is_empty() {
            self.notes.push(format!(
                "{checked} stored readings are those that were judged"
            ));
        } else if self.may_be_gone(&own)? {
            self.notes.push(format!(
                "stored readings of then have reached the end of their retention \
                 ({} days): the capsule alone is what it was decided from again",
                self.retention_days
            ));
        } else {
            self.problems.append(&mut found);
        }
        Ok(())
    }

    /// From when to when readings are checked.
    fn span(&self, own: &[Reading]) -> Result<Option<(MeasuredTime, MeasuredTime)>, ExplainError> {
        let days = self.capsule.ledger()?.span();
        let own = own.iter().map(|r| (r.at, r.at.plus_ms(1)));
        let spans = own.chain(days);
        Ok(spans.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))))
    }

    /// What is stored of a vital as it was known then, in the order it came;
    /// none when that is too much to read.
    fn points(
        &self,
        patient: PatientNumber,
        vital: Vital,
        own: &[Reading],
    ) -> Result<Option<Vec<PointView>>, ExplainError> {
        let Some((from, until)) = self.span(own)? else {
            return Ok(Some(Vec::new()));
        };
        let query = ReadingsQuery {
            patient,
            vitals: vec![vital],
            from,
            until,
            known_at: Some(self.capsule.body.stamp),
            limit: self.points_max,
        };
        let (mut points, more) = self.reader.readings(&query)?;
        if more {
            return Ok(None);
        }
        let conflict = Quality::Suspect(QualityReason::Conflict);
        points.retain(|point| point.quality != conflict); // it was never judged
        points.sort_by_key(|point| point.arrived);
        Ok(Some(points))
    }

    fn check_vital(
        &self,
        vital: Vital,
        mut points: Vec<PointView>,
        own: &[Reading],
        found: &mut Vec<String>,
    ) -> Result<(), ExplainError> {
        let stamp = self.capsule.body.stamp;
        for reading in own.iter().filter(|reading| reading.vital == vital) {
            let same = |p: &PointView| p.arrived == stamp && is_same(&p.reading(), reading);
            match points.iter().position(same) {
                Some(place) => drop(points.remove(place)),
                None => found.push(format!(
                    "the deciding {} measured {} is not stored as it was judged",
                    vital.name(),
                    super::rfc3339(reading.at.epoch_ms())
                )),
            }
        }
        for (day, sum) in self.capsule.ledger()?.sums(vital) {
            let of_day = points.iter().filter(|p| ledger::day_of(p.at) == day);
            if !adds_up(of_day, sum, stamp) {
                let start = i64::from(day) * DAY_MS;
                let date = super::rfc3339(start);
                let date = date.get(..10).unwrap_or(&date);
                found.push(format!(
                    "the stored {} of {date} (UTC) is not what was judged",
                    vital.name()
                ));
            }
        }
        Ok(())
    }

    /// Whether retention may have ended some of what was judged.
    fn may_be_gone(&self, own: &[Reading]) -> Result<bool, ExplainError> {
        let now = self.reader.newest_stamp()?;
        let kept_ms = i64::from(self.retention_days) * DAY_MS;
        let first = self.span(own)?.map(|(first, _)| first.epoch_ms());
        let oldest = now.map(|now| now.epoch_ms() - kept_ms);
        Ok(first
            .zip(oldest)
            .is_some_and(|(first, oldest)| first < oldest))
    }
}

fn is_same(one: &Reading, other: &Reading) -> bool {
    let bits = |reading: &Reading| (reading.at, reading.vital, reading.value.to_bits());
    bits(one) == bits(other)
}

/// Whether what arrived before `stamp` adds up, with as many as need be of
/// those that arrived in the same millisecond: some may have come after.
fn adds_up<'a>(points: impl Iterator<Item = &'a PointView>, sum: u32, stamp: ClinicalTime) -> bool {
    let (mut total, mut reached) = (0_u32, None);
    for point in points {
        if point.arrived >= stamp {
            reached = Some(reached.unwrap_or(false) || total == sum);
        }
        total = total.wrapping_add(ledger::hash(&point.reading()));
    }
    total == sum || reached == Some(true)
}

/// Everything detection goes by but the files of clinical rules.
fn thresholds(book: &Rulebook) -> crate::detect::Rules {
    crate::detect::Rules {
        clinical: Default::default(),
        ..book.rules.clone()
    }
}

/// The paths at which two documents differ.
fn differing(one: &Value, other: &Value, path: &str, but: &[&str], out: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let keys = one
                .keys()
                .chain(other.keys().filter(|key| !one.contains_key(*key)));
            for key in keys.filter(|key| !but.contains(&key.as_str())) {
                let dot = if path.is_empty() { "" } else { "." };
                let [one, other] = [one, other].map(|map| map.get(key).unwrap_or(&Value::Null));
                differing(one, other, &format!("{path}{dot}{key}"), &[], out);
            }
        }
        (one, other) if one != other => out.push(path.to_owned()),
        _ => {}
    }
}
