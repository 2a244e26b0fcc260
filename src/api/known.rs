//! What was known at a moment that has passed: by when it arrived or was entered, not
//! by when it was measured.

use super::access::Caller;
use super::moment::Moment;
use super::problem::{Kind, Problem};
use super::routes::alert_document;
use super::source::{ReadError, ReadSource};
use super::state::ApiState;
use crate::detect::{News2Input, Rules};
use crate::domain::{ClinicalTime, ExpectedVital, PatientContext, PatientNumber};
use crate::engine;
use crate::registry::{Command, Patient, patient_after};
use crate::store::LatestValue;
use serde_json::Value;

/// Commands about one patient that are read: hourly ones of more than a year.
const ORDERS_MAX: usize = 10_000;
/// Alerts of one patient that are looked at.
const ALERTS_MAX: usize = 200;
const DAY_MS: i64 = 86_400_000;

/// How far back one can ask.
#[derive(Clone, Copy)]
pub(super) struct Kept {
    /// The first moment of which anything is known.
    pub(super) since: ClinicalTime,
    /// Whether older things were known once, and have reached the end of their
    /// retention.
    pub(super) is_cut: bool,
}

impl Kept {
    /// As the store and the retention have it.
    pub(super) async fn of(state: &ApiState, caller: &Caller) -> Result<Self, Problem> {
        let now = state.clock().clinical();
        let first = state.read(caller, |source| source.known_since()).await?;
        let first = first.unwrap_or(now);
        let days = i64::from(state.inner.parts.retention_days);
        let limit = now.plus_ms(-days * DAY_MS);
        Ok(Self {
            since: first.max(limit),
            is_cut: first < limit,
        })
    }

    /// Whether one can ask for this moment.
    ///
    /// # Errors
    /// Why not, in words for who asks.
    pub(super) fn check(self, at: ClinicalTime, now: ClinicalTime) -> Result<(), &'static str> {
        match (at <= now, at >= self.since) {
            (false, _) => Err("lies in the future: nothing is known of it yet"),
            (true, false) => Err("lies before the oldest data that are kept"),
            (true, true) => Ok(()),
        }
    }
}

/// The moment a route of the API is asked about, when it is asked about one.
///
/// # Errors
/// The problem to answer with when it lies outside what is kept.
pub(super) async fn asked(
    state: &ApiState,
    caller: &Caller,
    known_at: Option<Moment>,
) -> Result<Option<ClinicalTime>, Problem> {
    let Some(at) = known_at.map(Moment::clinical) else {
        return Ok(None);
    };
    let checked = Kept::of(state, caller).await?;
    let checked = checked.check(at, state.clock().clinical());
    let checked = checked.map_err(|fault| Problem::parameter("known_at", fault));
    checked.map(|()| Some(at))
}

/// The patient as the commands up to a moment made it: ward, team, label,
/// monitoring, pauses, treatment; none when it was not entered by then. Limits of the
/// patient's own are not told. Of whom nothing was ever ordered, today's document
/// speaks.
pub(super) fn patient_then(
    source: &dyn ReadSource,
    today: &Patient,
    at: ClinicalTime,
) -> Result<Option<Patient>, ReadError> {
    let orders = source.orders_about(&today.id, ORDERS_MAX)?;
    if orders.is_empty() {
        return Ok(Some(today.clone()));
    }
    let mut patient = Patient {
        label: today.id.as_str().to_owned(),
        team: None,
        context: PatientContext::default(),
        ..today.clone()
    };
    let mut was_there = false;
    for order in orders.iter().take_while(|order| order.at <= at) {
        let command: Command =
            serde_json::from_str(&order.document).map_err(|source| ReadError {
                what: "a command in the audit",
                source: Box::new(source),
            })?;
        was_there |= matches!(command, Command::PutPatient { .. });
        patient_after(&mut patient, &command);
    }
    Ok(was_there.then_some(patient))
}

/// The newest good values that had arrived.
///
/// How often a watch says that a vital comes is no command: for a vital of which a
/// value was known then, what is known of it today counts.
pub(super) fn values_then(
    source: &dyn ReadSource,
    (then, today): (&mut Patient, &Patient),
    at: ClinicalTime,
) -> Result<Vec<LatestValue>, ReadError> {
    let latest = source.latest_known(then.number, at)?;
    let expected = &mut then.context.expected;
    let announced = today.context.expected.iter().filter(|one| {
        let was_known = latest.iter().any(|value| value.point.vital == one.vital);
        was_known && !is_in(expected, one)
    });
    let announced: Vec<_> = announced.copied().collect();
    expected.extend(announced);
    Ok(latest)
}

fn is_in(expected: &[ExpectedVital], one: &ExpectedVital) -> bool {
    expected.iter().any(|known| known.vital == one.vital)
}

/// The alerts that nobody had closed, as they stood, the one with the newest event
/// first.
pub(super) fn alerts_then(
    source: &dyn ReadSource,
    patient: PatientNumber,
    at: ClinicalTime,
) -> Result<Vec<Value>, ReadError> {
    let standing = source.standing_alerts(patient, at, ALERTS_MAX)?;
    let mut alerts = standing
        .iter()
        .map(|view| alert_document::of_event(&view.newest))
        .filter(|alert| alert.get("handling").and_then(Value::as_str) != Some("resolved"))
        .collect::<Vec<_>>();
    let newest = |alert: &Value| alert.get("seq").and_then(Value::as_u64);
    alerts.sort_by_key(|alert| std::cmp::Reverse(newest(alert)));
    Ok(alerts)
}

/// NEWS2 and the place in the treatment, as the engine tells them of these values.
pub(super) fn scores_then(
    latest: &[LatestValue],
    context: &PatientContext,
    rules: &Rules,
    at: ClinicalTime,
) -> Value {
    let newest = |vital| {
        let mut points = latest.iter().map(|value| value.point);
        let point = points.find(|point| point.vital == vital)?;
        Some(News2Input {
            value: point.value,
            measured: Some(point.at),
        })
    };
    engine::scores_of(newest, context, rules, at)
}

/// What the audit says was read, with the moment that it was asked about.
pub(super) fn subject(of: &str, at: ClinicalTime) -> String {
    format!("{of} as known at {}", Moment::from(at).text())
}

/// What takes too long for one request.
pub(super) fn too_long() -> Problem {
    Problem::new(Kind::Timeout).with_detail("it takes too long: choose one ward")
}
