//! Who would be told of a stored alert, when, by which channel and why; and who
//! was. Reads only: the decision runs ahead on a copy.

use super::directory::refusal;
use super::documents::rfc3339;
use crate::alert::routing::{
    Directory, Facts, Foreseen, Outlook, Place, Router, Table, What, foresee, one_vital,
};
use crate::alert::{AlarmState, EventType, Inactivation};
use crate::domain::{
    AlertId, AlertKind, ClinicalTime, Condition, DeviceId, EndpointId, Evidence, Handling,
    MeasuredTime, PatientNumber, Priority, RuleId, Vital,
};
use crate::registry::{Endpoint, Patient};
use crate::store::{AlertFilter, AlertView, QueryError, Reader};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// Alerts of one patient that are looked through for what inhibits another.
const OTHERS_MAX: usize = 200;

/// Who would be told of an alert, and who was.
#[derive(Clone, Debug, Serialize)]
pub struct RoutePlan {
    /// Which.
    pub alert: AlertId,
    /// The moment it is decided for (RFC 3339).
    pub at: String,
    /// The event that is told.
    pub event: &'static str,
    /// The alert as it stood then.
    pub priority: Priority,
    /// Whether anybody still had to answer it then; if not, nobody is told.
    pub asks: bool,
    /// Until when a person had made it quiet (RFC 3339): what would happen, happens then.
    pub snoozed_until: Option<String>,
    /// The configuration in force.
    pub routing: String,
    /// Every route, and why it takes the alert or not.
    pub routes: Vec<RouteTried>,
    /// What would happen while nobody answers and every message arrives.
    pub would: Vec<PlanLine>,
    /// What would happen while nobody answers and every attempt fails.
    pub would_if_all_fail: Vec<PlanLine>,
    /// What did happen, as it stands in the alert's history.
    pub happened: Vec<Value>,
}

/// What a route says to the alert.
#[derive(Clone, Debug, Serialize)]
pub struct RouteTried {
    /// Its name.
    pub name: String,
    /// Whether it decides.
    pub takes: bool,
    /// Why not; empty when it takes the alert.
    pub against: Vec<String>,
    /// After so many seconds its chain begins anew while nobody answers.
    pub repeats_after_seconds: Option<u32>,
}

/// One line of what would happen.
#[derive(Clone, Debug, Serialize)]
pub struct PlanLine {
    /// When (RFC 3339).
    pub at: String,
    /// `sent`, `unable`, `inhibited`, `silenced`, `held`, `grouped`, …
    pub outcome: &'static str,
    /// Why, in words.
    pub why: String,
    /// The route.
    pub route: Option<String>,
    /// The step, from 1.
    pub step: Option<usize>,
    /// The channel as the chain names it.
    pub channel: Option<String>,
    /// Who that is.
    pub endpoint: Option<EndpointId>,
    /// Who is tried when that fails or takes too long.
    pub otherwise: Vec<String>,
}

/// What of an alert's document is needed.
#[derive(Deserialize)]
struct Told {
    kind: String,
    vital: Option<Vital>,
    rule: Option<RuleId>,
    raised_at: String,
    began_at: String,
    #[serde(default)]
    evidence: Evidence,
}

/// What of an event's document is needed.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    name: String,
    at: String,
    priority: Priority,
    condition: Condition,
    handling: Handling,
    /// Of the episode's own events.
    acm: Option<Acm>,
    snoozed: Option<Snoozed>,
    notification: Option<Value>,
}

/// What of a snooze is needed.
#[derive(Deserialize)]
struct Snoozed {
    until: String,
}

/// What of an event's words of IHE ACM is needed.
#[derive(Deserialize)]
struct Acm {
    state: AlarmState,
    inactivation: Vec<Inactivation>,
}

/// Endpoints as stored, and what the patient wears.
struct Stored {
    place: Place,
    endpoints: Vec<Endpoint>,
    worn: Vec<DeviceId>,
}

impl Directory for Stored {
    fn place(&self, _: PatientNumber) -> Option<Place> {
        Some(self.place.clone())
    }

    fn wears(&self, _: PatientNumber, device: &DeviceId) -> bool {
        self.worn.contains(device)
    }

    fn unable(&self, endpoint: &EndpointId, place: &Place, event: EventType) -> Option<String> {
        match self.endpoints.iter().find(|known| known.id == *endpoint) {
            Some(known) => refusal(known, place, event),
            None => Some("there is no such endpoint".to_owned()),
        }
    }

    fn able(&self, place: &Place, event: EventType) -> Vec<EndpointId> {
        let endpoints = self.endpoints.iter();
        let able = endpoints.filter(|endpoint| refusal(endpoint, place, event).is_none());
        able.map(|endpoint| endpoint.id.clone()).collect()
    }
}

/// Who would be told of `alert` at `at` (none: when it last asked for an
/// answer); none when there is no such alert.
///
/// # Errors
/// [`QueryError`] when the store cannot be read.
pub fn route_plan(
    reader: &Reader,
    table: &Arc<Table>,
    alert: &AlertId,
    at: Option<ClinicalTime>,
) -> Result<Option<RoutePlan>, QueryError> {
    let Some(view) = reader.alert(alert)? else {
        return Ok(None);
    };
    let Some(patient) = reader.patient(&view.patient)? else {
        return Ok(None);
    };
    let directory = stored(reader, &patient)?;
    let events = events(reader, alert)?;
    let at = at.or_else(|| last_asked(&events)).unwrap_or_default();
    let Some(standing) = standing(&view, &events, &patient, &directory.place, at) else {
        return Ok(None);
    };
    let asks = standing.facts.asks();
    let snoozed_until = standing.snoozed_until;
    let (facts, cause, from) = standing.asking(at);
    let tried = table.tried(&facts, cause, from);
    let outlook = Outlook {
        table: Arc::clone(table),
        rows: reader.routing()?,
        others: others(reader, &patient, &directory.place, (alert, at))?,
        directory: &directory,
        arrives: true,
    };
    let priority = facts.priority;
    let lines = |arrives: bool| {
        let outlook = Outlook {
            arrives,
            ..outlook.clone()
        };
        let would = match facts.asks() {
            true => foresee(outlook, (alert.clone(), facts.clone()), cause, from),
            false => Vec::new(),
        };
        let lines = would.into_iter().map(|line| plan_line(table, line));
        lines.collect()
    };
    let notified = |event: Event| event.notification;
    Ok(Some(RoutePlan {
        alert: alert.clone(),
        at: rfc3339(at.epoch_ms()),
        event: cause.name(),
        priority,
        asks,
        snoozed_until: snoozed_until.map(|until| rfc3339(until.epoch_ms())),
        routing: table.version().to_owned(),
        routes: tried
            .into_iter()
            .map(|one| RouteTried {
                takes: one.against.is_empty() && !one.skipped,
                against: match one.skipped {
                    true => vec!["a route before it decided".to_owned()],
                    false => one.against,
                },
                repeats_after_seconds: table.repeats_after(&one.route),
                name: one.route,
            })
            .collect(),
        would: lines(true),
        would_if_all_fail: lines(false),
        happened: events.into_iter().filter_map(notified).collect(),
    }))
}

/// The configuration in force, the overrides of its rotas, and what it names
/// that does not exist.
///
/// # Errors
/// [`QueryError`] when the store cannot be read.
pub fn routing_in_force(reader: &Reader, table: &Arc<Table>) -> Result<Value, QueryError> {
    let known = reader.endpoints()?;
    let missing = table.endpoints().into_iter();
    let missing = missing.filter(|id| !known.iter().any(|endpoint| endpoint.id == *id));
    let missing: Vec<EndpointId> = missing.collect();
    let (router, _) = Router::load(Arc::clone(table), reader.routing()?);
    let overrides = router.overrides().iter().map(|(rota, overrides)| {
        let shown = overrides.iter().map(|one| {
            json!({
                "from": rfc3339(one.from.epoch_ms()),
                "until": rfc3339(one.until.epoch_ms()),
                "who": one.who,
            })
        });
        (rota.clone(), Value::Array(shown.collect()))
    });
    Ok(json!({
        "version": table.version(),
        "routed": table.has_routes(),
        "configuration": table.written(),
        "overrides": overrides.collect::<serde_json::Map<_, _>>(),
        "endpoints_missing": missing,
    }))
}

fn plan_line(table: &Table, line: Foreseen) -> PlanLine {
    let at = rfc3339(line.at.epoch_ms());
    match line.what {
        What::Told(endpoint) => PlanLine {
            at,
            outcome: "sent",
            why: "Nothing is routed: everybody who asked for such events is told.".to_owned(),
            route: None,
            step: None,
            channel: None,
            endpoint: Some(endpoint),
            otherwise: Vec::new(),
        },
        What::Noted(note) => {
            let told = note.told;
            let otherwise = told
                .as_ref()
                .map(|told| table.channels_after(&told.route, told.step, &told.target));
            PlanLine {
                at,
                outcome: note.outcome.name(),
                why: note.why,
                route: told.as_ref().map(|told| told.route.clone()),
                step: told.as_ref().map(|told| told.step),
                channel: told.as_ref().map(|told| told.target.to_string()),
                endpoint: told.and_then(|told| told.endpoint),
                otherwise: otherwise.unwrap_or_default(),
            }
        }
    }
}

fn stored(reader: &Reader, patient: &Patient) -> Result<Stored, QueryError> {
    let mut worn = Vec::new();
    for assignment in reader.assignments_of_patient(patient.number)? {
        if assignment.end.is_none() {
            worn.extend(reader.device_numbered(assignment.device)?.map(|d| d.id));
        }
    }
    Ok(Stored {
        place: Place {
            patient: patient.id.clone(),
            ward: patient.ward.clone(),
            team: patient.team.clone(),
        },
        endpoints: reader.endpoints()?,
        worn,
    })
}

fn events(reader: &Reader, alert: &AlertId) -> Result<Vec<Event>, QueryError> {
    let events = reader.alert_events_of(alert)?;
    let read = |event: &crate::store::AlertEventView| serde_json::from_str(&event.document).ok();
    Ok(events.iter().filter_map(read).collect())
}

/// When an alert last asked for an answer.
fn last_asked(events: &[Event]) -> Option<ClinicalTime> {
    let mut asking = events.iter().rev().filter(|event| starts(event));
    moment(&asking.next()?.at)
}

fn starts(event: &Event) -> bool {
    EventType::from_name(&event.name).is_some_and(EventType::starts_a_chain)
}

/// An alert as it stood at a moment.
struct Standing {
    facts: Facts,
    /// What was last told of it then.
    cause: EventType,
    snoozed_until: Option<ClinicalTime>,
}

impl Standing {
    /// The same when it next asks for an answer: at `at`, or when its snooze ends.
    fn asking(self, at: ClinicalTime) -> (Facts, EventType, ClinicalTime) {
        let Some(until) = self.snoozed_until else {
            return (self.facts, self.cause, at);
        };
        let facts = Facts {
            snoozed: false,
            ..self.facts
        };
        (facts, EventType::SnoozeEnded, until.max(at))
    }
}

/// An alert as it stood at `at`.
fn standing(
    view: &AlertView,
    events: &[Event],
    patient: &Patient,
    place: &Place,
    at: ClinicalTime,
) -> Option<Standing> {
    let told: Told = serde_json::from_str(&view.document).ok()?;
    let before = |event: &&Event| moment(&event.at).is_some_and(|when| when <= at);
    let then: Vec<&Event> = events.iter().filter(before).collect();
    let last = then.last()?;
    let of = |event: &&&Event| starts(event);
    let cause = then
        .iter()
        .rev()
        .find(of)
        .map_or("alert.raised", |event| &event.name);
    let own = then.iter().rev().find(|event| event.acm.is_some());
    let acm = own.and_then(|event| event.acm.as_ref());
    let snoozed = own.and_then(|event| event.snoozed.as_ref());
    let facts = Facts {
        number: patient.number,
        place: place.clone(),
        kind: AlertKind::from_words(&told.kind, told.vital, told.rule)?,
        one_vital: one_vital(&told.evidence),
        priority: last.priority,
        condition: last.condition,
        handling: last.handling,
        snoozed: acm.is_some_and(|acm| acm.inactivation.contains(&Inactivation::AudioPaused)),
        latched: acm.is_some_and(|acm| acm.state == AlarmState::Latched),
        raised_at: moment(&told.raised_at)?,
        began_at: MeasuredTime::from_epoch_ms(moment(&told.began_at)?.epoch_ms()),
    };
    Some(Standing {
        snoozed_until: snoozed.and_then(|snoozed| moment(&snoozed.until)),
        cause: EventType::from_name(cause)?,
        facts,
    })
}

/// The other alerts of the patient as they stood at `at`.
fn others(
    reader: &Reader,
    patient: &Patient,
    place: &Place,
    (alert, at): (&AlertId, ClinicalTime),
) -> Result<Vec<(AlertId, Facts)>, QueryError> {
    let filter = AlertFilter {
        patient: Some(patient.id.clone()),
        limit: OTHERS_MAX,
        ..AlertFilter::default()
    };
    let mut others = Vec::new();
    for view in reader.alerts(&filter)? {
        if view.id == *alert {
            continue;
        }
        let events = events(reader, &view.id)?;
        if let Some(standing) = standing(&view, &events, patient, place, at) {
            others.push((view.id, standing.facts));
        }
    }
    Ok(others)
}

fn moment(text: &str) -> Option<ClinicalTime> {
    let time: jiff::Timestamp = text.parse().ok()?;
    Some(ClinicalTime::from_epoch_ms(time.as_millisecond()))
}
