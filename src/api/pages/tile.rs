//! What a ward sees of one patient.

use super::catalogue;
use super::fields::lasting;
use super::filters;
use super::natural::{Piece, natural};
use super::trend::{self, Trend};
use super::words::Zone;
use crate::api::known;
use crate::api::language::say;
use crate::api::moment::Moment;
use crate::api::routes::alert_document;
use crate::api::routes::latest::fresh_for;
use crate::api::source::{ReadError, ReadSource};
use crate::detect::Rules;
use crate::domain::{ClinicalTime, Vital, WardId};
use crate::registry::Patient;
use crate::store::{AlertFilter, LatestValue};
use askama::Template;
use serde_json::Value;

/// Unresolved alerts of one patient that a tile looks at; beyond them it says "more".
const ALERTS_MAX: usize = 50;
/// The rank beyond that of every alert.
pub(super) const NOBODY: u8 = 6;
/// The vitals of a tile, in their order. Systolic and diastolic pressure are one line.
const SHOWN: [Vital; 8] = [
    Vital::HeartRate,
    Vital::RespiratoryRate,
    Vital::OxygenSaturation,
    Vital::BodyTemperature,
    Vital::SystolicPressure,
    Vital::Consciousness,
    Vital::SupplementalOxygen,
    Vital::SkinTemperature,
];

/// A moment with how long ago it was when the page was made.
pub(super) struct Age {
    pub(super) at_ms: i64,
    pub(super) words: String,
}

/// A vital with its newest value, or none when it should come and never did.
pub(super) struct VitalLine {
    vital: Vital,
    pub(super) name: String,
    pub(super) text: String,
    pub(super) unit: &'static str,
    pub(super) age: Option<Age>,
    pub(super) fresh_ms: i64,
    pub(super) is_old: bool,
    pub(super) trend: Option<Trend>,
    /// The range that is usual for this patient, and whether the value lies outside.
    pub(super) usual: Option<String>,
    pub(super) is_unusual: bool,
}

/// An alert that nobody has closed.
pub(super) struct AlertLine {
    pub(super) id: String,
    pub(super) priority: String,
    pub(super) words: String,
    pub(super) handling: String,
    pub(super) is_open: bool,
    pub(super) age: Option<Age>,
}

/// NEWS2 with its bounds.
pub(super) struct NewsLine {
    pub(super) range: String,
    pub(super) least: i64,
    pub(super) missing: String,
    pub(super) oldest: String,
}

/// One patient on the ward's page.
#[derive(Template)]
#[template(path = "tile.html")]
pub(super) struct Tile {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) ward: String,
    pub(super) team: String,
    /// Alerts about the body, the most urgent first.
    pub(super) alerts: Vec<AlertLine>,
    /// Why something cannot be measured.
    pub(super) cannot: Vec<AlertLine>,
    /// Why nobody watches, when nobody does.
    pub(super) not_watched: String,
    pub(super) news2: Option<NewsLine>,
    pub(super) vitals: Vec<VitalLine>,
    pub(super) treatment: String,
    pub(super) device: String,
    /// What links end with, so that they stay at the moment that is shown.
    pub(super) link: String,
    /// Whether the patient's own pages may be seen.
    pub(super) is_linked: bool,
}

/// How much of a tile is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All that it shows.
    Whole,
    /// What decides where it stands; it has no values.
    Need,
}

/// What was read of the store for a tile.
pub(super) struct Read {
    pub(super) patient: Patient,
    /// The ward that answers for the patient today, whenever the rest is of.
    pub(super) ward_today: WardId,
    latest: Vec<LatestValue>,
    trends: Vec<(Vital, Trend)>,
    alerts: Vec<Value>,
}

/// Reads what a tile shows of a patient.
pub(super) fn read(
    source: &dyn ReadSource,
    patient: Patient,
    now: ClinicalTime,
    extent: Extent,
) -> Result<Read, ReadError> {
    let filter = AlertFilter {
        patient: Some(patient.id.clone()),
        handling: vec!["open".to_owned(), "acknowledged".to_owned()],
        limit: ALERTS_MAX,
        ..AlertFilter::default()
    };
    let alerts = source.alerts(&filter)?;
    let (latest, trends) = match extent {
        Extent::Whole => (
            source.latest(patient.number)?,
            trend::of(source, patient.number, now, None)?,
        ),
        Extent::Need => (Vec::new(), Vec::new()),
    };
    Ok(Read {
        latest,
        trends,
        alerts: alerts.into_iter().map(alert_document::alert).collect(),
        ward_today: patient.ward.clone(),
        patient,
    })
}

/// Reads the same as it was known at a moment that has passed; none where the patient
/// was not entered by then.
pub(super) fn read_then(
    source: &dyn ReadSource,
    today: &Patient,
    at: ClinicalTime,
) -> Result<Option<Read>, ReadError> {
    let Some(mut patient) = known::patient_then(source, today, at)? else {
        return Ok(None);
    };
    let latest = known::values_then(source, (&mut patient, today), at)?;
    Ok(Some(Read {
        latest,
        trends: trend::of(source, patient.number, at, Some(at))?,
        alerts: known::alerts_then(source, patient.number, at)?,
        ward_today: today.ward.clone(),
        patient,
    }))
}

impl Read {
    pub(super) const fn ward(&self) -> &WardId {
        &self.patient.ward
    }

    pub(super) fn team(&self) -> Option<String> {
        self.patient.team.clone().map(String::from)
    }

    /// The scores of what was read, as the engine tells them.
    pub(super) fn scores(&self, rules: &Rules, at: ClinicalTime) -> Value {
        let context = &self.patient.context;
        alert_document::state(known::scores_then(&self.latest, context, rules, at))
    }
}

impl Tile {
    /// The tile of what was read, with the scores that the engine holds.
    pub(super) fn new(
        read: Read,
        scores: Option<&Value>,
        now: ClinicalTime,
        zone: &Zone,
        fresh_minutes: u32,
    ) -> Self {
        let (mut alerts, mut cannot): (Vec<_>, Vec<_>) = read
            .alerts
            .iter()
            .map(|document| alert_line(document, now))
            .partition(|(of_the_body, _)| *of_the_body);
        alerts.sort_by_key(|(_, line)| line.rank());
        cannot.sort_by_key(|(_, line)| line.rank());
        let baselines = scores.and_then(|scores| scores.get("baselines"));
        let lines = SHOWN
            .into_iter()
            .filter_map(|vital| vital_line(&read, vital, now, fresh_minutes, baselines));
        let treatment = scores.and_then(|scores| scores.pointer("/treatment/summary"));
        Self {
            id: read.patient.id.as_str().to_owned(),
            label: read.patient.label.clone(),
            ward: read.patient.ward.as_str().to_owned(),
            team: read
                .patient
                .team
                .clone()
                .map(String::from)
                .unwrap_or_default(),
            alerts: alerts.into_iter().map(|(_, line)| line).collect(),
            cannot: cannot.into_iter().map(|(_, line)| line).collect(),
            not_watched: not_watched(&read.patient, now, zone),
            news2: scores.and_then(|scores| news2(scores.get("news2")?)),
            vitals: lines.collect(),
            treatment: treatment
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            device: device(&read, now),
            link: String::new(),
            is_linked: true,
        }
    }

    /// The same of a moment that has passed, with links that stay there. That
    /// nothing is kept does not say that nothing came.
    pub(super) fn in_the_past(mut self, link: &str, is_linked: bool) -> Self {
        let never = self.vitals.iter_mut().filter(|line| line.age.is_none());
        never.for_each(|line| line.text = say!("nothing known then").to_owned());
        self.link = link.to_owned();
        self.is_linked = is_linked;
        self
    }

    /// The most urgent alert about the body; empty where there is none.
    pub(super) fn priority(&self) -> &str {
        self.alerts
            .first()
            .map_or("", |line| line.priority.as_str())
    }

    /// The vitals column by column; none where a patient has no such line.
    pub(super) fn columns(&self) -> Vec<(String, Option<&VitalLine>)> {
        let line = |vital| self.vitals.iter().find(|line| line.vital == vital);
        let columns = SHOWN.into_iter().map(|vital| (name(vital), line(vital)));
        columns.collect()
    }

    /// How much the patient needs somebody: smaller needs more, [`NOBODY`] nobody.
    pub(super) fn need(&self) -> (u8, u8, u8, i64) {
        let body = self.alerts.first().map_or(NOBODY, AlertLine::rank);
        let cannot = self.cannot.first().map_or(NOBODY, AlertLine::rank);
        let watched = u8::from(!self.not_watched.is_empty());
        let news2 = self.news2.as_ref().map_or(0, |news2| news2.least);
        (body, cannot, watched, -news2)
    }

    /// By what tiles stand in order: need, and among equals the label.
    pub(super) fn place(&self) -> ((u8, u8, u8, i64), Vec<Piece>) {
        (self.need(), natural(&self.label))
    }
}

impl AlertLine {
    /// The shape that stands for the priority beside its word.
    pub(super) fn mark(&self) -> &'static str {
        match self.priority.as_str() {
            "high" => "▲",
            "medium" => "◆",
            _ => "●",
        }
    }

    /// What is urgent and unanswered comes first.
    pub(super) fn rank(&self) -> u8 {
        let priority = match self.priority.as_str() {
            "high" => 0,
            "medium" => 1,
            _ => 2,
        };
        priority * 2 + u8::from(!self.is_open)
    }
}

/// What a line or a column is called.
fn name(vital: Vital) -> String {
    match vital {
        Vital::SystolicPressure => say!("Blood pressure").to_owned(),
        other => catalogue::vital(other.name()),
    }
}

/// The columns of vitals with their units, where patients stand in rows.
pub(super) fn column_names() -> Vec<(String, &'static str)> {
    let column = |vital: Vital| (name(vital), catalogue::unit(vital.name()));
    SHOWN.into_iter().map(column).collect()
}

/// `3 min ago`.
pub(super) fn age(at_ms: i64, now: ClinicalTime) -> Age {
    let seconds = now.epoch_ms().saturating_sub(at_ms).max(0) / 1000;
    let words = match seconds {
        ..60 => say!("{count} s ago", count = seconds),
        60..7200 => say!("{count} min ago", count = seconds / 60),
        7200..172_800 => say!("{count} h ago", count = seconds / 3600),
        _ => say!("{count} days ago", count = seconds / 86_400),
    };
    Age { at_ms, words }
}

/// What is told of an alert, and whether it speaks of the body.
pub(super) fn alert_line(document: &Value, now: ClinicalTime) -> (bool, AlertLine) {
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let kind = text("kind").unwrap_or("alert");
    let handling = text("handling").unwrap_or_default();
    let raised: Option<Moment> = text("raised_at").and_then(Moment::parse);
    let snoozed = document
        .get("snoozed")
        .is_some_and(|snoozed| !snoozed.is_null());
    let line = AlertLine {
        id: text("id").unwrap_or_default().to_owned(),
        priority: text("priority").unwrap_or("low").to_owned(),
        words: catalogue::kind(kind, text("vital"), text("rule")),
        handling: match (handling, snoozed) {
            ("open", false) => say!("not acknowledged").to_owned(),
            ("open", true) => say!("snoozed").to_owned(),
            (other, true) => say!("{state}, snoozed", state = catalogue::named(other)),
            (other, false) => catalogue::named(other),
        },
        is_open: handling == "open",
        age: raised.map(|at| age(at.0, now)),
    };
    (!catalogue::is_technical(kind), line)
}

fn vital_line(
    read: &Read,
    vital: Vital,
    now: ClinicalTime,
    fresh_minutes: u32,
    baselines: Option<&Value>,
) -> Option<VitalLine> {
    let newest = |wanted: Vital| {
        let mut points = read.latest.iter().map(|value| value.point);
        points.find(|point| point.vital == wanted)
    };
    let context = &read.patient.context;
    let name = name(vital);
    let fresh_ms = fresh_for(context, vital, fresh_minutes) * 1000;
    let Some(point) = newest(vital) else {
        let is_expected = context.expected.iter().any(|one| one.vital == vital);
        return is_expected.then(|| VitalLine {
            vital,
            name,
            text: say!("never received").to_owned(),
            unit: "",
            age: None,
            fresh_ms,
            is_old: false,
            trend: None,
            usual: None,
            is_unusual: false,
        });
    };
    let lower = newest(Vital::DiastolicPressure)
        .filter(|lower| vital == Vital::SystolicPressure && lower.at == point.at);
    let mut text = catalogue::value(vital.name(), point.value);
    if let Some(lower) = lower {
        text = format!(
            "{text}/{}",
            catalogue::value(Vital::DiastolicPressure.name(), lower.value)
        );
    }
    let usual = usual(baselines, vital);
    let is_old = point.at.age_ms_at(now) > fresh_ms;
    let found = read.trends.iter().find(|(of, _)| *of == vital);
    Some(VitalLine {
        vital,
        name,
        text,
        unit: catalogue::unit(vital.name()),
        age: Some(age(point.at.epoch_ms(), now)),
        fresh_ms,
        is_old,
        trend: found.map(|(_, trend)| *trend).filter(|_| !is_old),
        is_unusual: usual.is_some_and(|(low, high)| !(low..=high).contains(&point.value)),
        usual: usual.map(|(low, high)| {
            let written = |value| catalogue::value(vital.name(), value);
            say!(
                "{from} to {until}",
                from = written(low),
                until = written(high)
            )
        }),
    })
}

/// What lies within two spreads of the patient's own level at this hour; only where
/// it was learnt from this patient: a mixture with the population's is nobody's own.
pub(super) fn usual(baselines: Option<&Value>, vital: Vital) -> Option<(f64, f64)> {
    let mut all = baselines?.as_array()?.iter();
    let of = all.find(|one| one.get("vital").and_then(Value::as_str) == Some(vital.name()))?;
    let number = |name: &str| of.get(name).and_then(Value::as_f64);
    let (level, spread) = (number("level")?, number("spread")?);
    let is_own = of.get("source").and_then(Value::as_str) == Some("personal");
    is_own.then_some((level - 2.0 * spread, level + 2.0 * spread))
}

fn news2(score: &Value) -> Option<NewsLine> {
    let number = |name: &str| score.get(name).and_then(Value::as_i64);
    let (least, most) = (number("score_min")?, number("score_max")?);
    let missing = score.get("missing").and_then(Value::as_array);
    let missing: Vec<_> = missing
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(catalogue::named)
        .collect();
    let oldest = number("oldest_age_seconds");
    Some(NewsLine {
        range: match least == most {
            true => least.to_string(),
            false => say!("{from} to {until}", from = least, until = most),
        },
        least,
        missing: missing.join(", "),
        oldest: oldest.map_or_else(String::new, |seconds| lasting(seconds as f64 * 1000.0)),
    })
}

fn not_watched(patient: &Patient, now: ClinicalTime, zone: &Zone) -> String {
    let context = &patient.context;
    let inside = context.monitoring.iter().any(|period| period.contains(now));
    let mut pauses = context.pauses.iter();
    let pause = pauses.find(|pause| pause.start <= now && now < pause.end);
    match (inside, pause) {
        (false, _) => say!("Not monitored").to_owned(),
        (true, Some(pause)) => say!(
            "Monitoring paused until {until}",
            until = zone.short(pause.end)
        ),
        (true, None) => String::new(),
    }
}

/// Battery and wear, as far as the watch said.
fn device(read: &Read, now: ClinicalTime) -> String {
    let newest = |vital: Vital| {
        let found = read.latest.iter().find(|value| value.point.vital == vital);
        found.map(|value| (value.point.value, age(value.point.at.epoch_ms(), now).words))
    };
    let worn = newest(Vital::Worn).map(|(worn, age)| match worn == 0.0 {
        true => say!("watch not worn ({age})", age = age),
        false => say!("watch worn ({age})", age = age),
    });
    let battery = newest(Vital::BatteryLevel).map(|(level, age)| {
        say!(
            "battery {percent} % ({age})",
            percent = format_args!("{level:.0}"),
            age = age,
        )
    });
    let parts: Vec<_> = worn.into_iter().chain(battery).collect();
    parts.join(", ")
}
