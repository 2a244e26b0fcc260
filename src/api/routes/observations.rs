//! `POST /v1/patients/{id}/observations`: what staff or an app measured.

use super::changed::{Changed, created};
use super::text::{Faults, LABEL_MAX};
use crate::api::access::AnswersAlerts;
use crate::api::extract::{At, Body};
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::state::ApiState;
use crate::domain::{ClinicalTime, MeasuredTime, PatientId, Vital};
use crate::registry::{Command, ObservedValue};
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

/// How far a measured time may lie ahead of ours; the same as for devices.
const AHEAD_MS_MAX: i64 = 5 * 60_000;

/// What was measured, all at one time. The token's name is the author.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Observation {
    /// When; now when left out. Sending the same again with the same time is harmless.
    measured_at: Option<Moment>,
    /// The app or form; `staff` when left out.
    source: Option<String>,
    /// At least one value.
    values: ObservedValues,
}

/// The values, each in its UCUM unit.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ObservedValues {
    /// /min
    heart_rate: Option<f64>,
    /// /min
    respiratory_rate: Option<f64>,
    /// %
    oxygen_saturation: Option<f64>,
    /// Cel: axillary, oral or ear; never wrist skin
    body_temperature: Option<f64>,
    /// mm\[Hg\]
    systolic_pressure: Option<f64>,
    /// mm\[Hg\]
    diastolic_pressure: Option<f64>,
    /// Whether oxygen is being given.
    supplemental_oxygen: Option<bool>,
    /// Alert, new Confusion, Voice, Pain, Unresponsive.
    consciousness: Option<Acvpu>,
}

/// ACVPU of NEWS2.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
enum Acvpu {
    A = 0,
    C = 1,
    V = 2,
    P = 3,
    U = 4,
}

impl ObservedValues {
    fn given(&self) -> Vec<(Vital, f64)> {
        let number = f64::from;
        let all = [
            (Vital::HeartRate, self.heart_rate),
            (Vital::RespiratoryRate, self.respiratory_rate),
            (Vital::OxygenSaturation, self.oxygen_saturation),
            (Vital::BodyTemperature, self.body_temperature),
            (Vital::SystolicPressure, self.systolic_pressure),
            (Vital::DiastolicPressure, self.diastolic_pressure),
            (
                Vital::SupplementalOxygen,
                self.supplemental_oxygen.map(|on| number(u8::from(on))),
            ),
            (
                Vital::Consciousness,
                self.consciousness.map(|level| number(level as u8)),
            ),
        ];
        all.into_iter()
            .filter_map(|(vital, value)| Some((vital, value?)))
            .collect()
    }
}

/// Enters what staff or an app measured. It is judged like a device's readings.
#[utoipa::path(post, path = "/v1/patients/{id}/observations", tag = "readings",
    security(("token" = ["answer_alerts"])), params(("id" = String, Path)),
    request_body = Observation, responses((status = 201, body = Changed)))]
pub(in crate::api) async fn enter(
    AnswersAlerts(caller): AnswersAlerts,
    State(state): State<ApiState>,
    At(patient): At<PatientId>,
    Body(body): Body<Observation>,
) -> Result<Response, Problem> {
    let now = state.clock().clinical();
    let at = body
        .measured_at
        .map_or(MeasuredTime::from_arrival(now), Moment::measured);
    check(&body, at, now)?;
    let observed = |(vital, value)| ObservedValue { at, vital, value };
    let command = Command::Observe {
        patient,
        readings: body.values.given().into_iter().map(observed).collect(),
        source: body.source.unwrap_or_else(|| String::from("staff")),
    };
    let reply = state.command(&caller, command).await?;
    Ok(created(None, Changed::from(reply)))
}

fn check(body: &Observation, at: MeasuredTime, now: ClinicalTime) -> Result<(), Problem> {
    let mut faults = Faults::default();
    let values = body.values.given();
    faults.optional_text(body.source.as_deref(), LABEL_MAX, "#/source");
    faults.unless(!values.is_empty(), "#/values", "holds no value");
    let in_time = at.age_ms_at(now) >= -AHEAD_MS_MAX;
    faults.unless(
        in_time,
        "#/measured_at",
        "lies more than 5 minutes in the future",
    );
    for (vital, value) in values {
        let facts = vital.facts();
        let (least, most) = (facts.physics_min, facts.physics_max);
        let pointer = format!("#/values/{}", facts.name);
        let detail = format!("must be {least} to {most} {}", facts.unit);
        faults.unless((least..=most).contains(&value), &pointer, detail.trim_end());
    }
    if let (Some(systolic), Some(diastolic)) = (
        body.values.systolic_pressure,
        body.values.diastolic_pressure,
    ) {
        let pointer = "#/values/diastolic_pressure";
        faults.unless(
            diastolic < systolic,
            pointer,
            "must be below the systolic pressure",
        );
    }
    faults.check()
}
