//! Watches, and who wears them.

use super::assign::{AssignForm, carry_out, offered};
use super::done::{back, notice};
use super::filters;
use super::form::Form;
use super::frame::{Frame, Html};
use super::refused::Refused;
use super::signed_in::SignedIn;
use super::words::Zone;
use crate::api::access::Caller;
use crate::api::language::{Text, say, text};
use crate::api::problem::Problem;
use crate::api::source::{AssignmentsOf, ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::{ClinicalTime, DeviceId};
use crate::registry::{Assignment, Device, Permission, WardScope};
use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;

pub(super) const PATH: &str = "/devices";
/// Devices of a page.
const DEVICES: usize = 100;

/// What the forms did.
const DONE: [(&str, Text); 2] = [
    (
        "assigned",
        text!("Assigned. {count} readings that had come before now belong to the patient."),
    ),
    (
        "ended",
        text!(
            "Ended. What the watch measures from then on belongs to nobody until it is assigned."
        ),
    ),
];

#[derive(Template)]
#[template(path = "devices.html")]
pub(super) struct DevicesPage {
    frame: Frame,
    notice: String,
    fault: String,
    /// The one that was asked for; empty: all.
    asked: String,
    devices: Vec<DeviceRow>,
    /// What is said of one that nobody wears, as far as the caller may know.
    nobody: &'static str,
    /// The id to go on from; empty at the end.
    next: String,
    zone: String,
    assign: Option<AssignForm>,
}

struct DeviceRow {
    id: String,
    model: String,
    firmware: String,
    worn: Vec<Worn>,
}

/// Who wears it, or wore it.
struct Worn {
    assignment: u64,
    patient: String,
    /// Empty for who does not see patients.
    label: String,
    /// Since when, and until when where it is over.
    during: String,
    is_worn: bool,
    by: String,
}

/// A refusal with its status, to be shown above the forms.
#[derive(Default)]
struct Fault {
    status: StatusCode,
    words: String,
}

/// The devices' page.
pub(super) async fn devices(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Html<DevicesPage>, Refused> {
    let caller = signed_in.who_may(Permission::SeeDevices, &state)?;
    let query = query.unwrap_or_default();
    let page = look(&state, &caller, query.as_bytes(), Fault::default()).await;
    page.map_err(|problem| Refused::because(&state, &caller, &problem))
}

/// What a form of the page asks for.
pub(super) async fn change(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    body: Bytes,
) -> Result<axum::response::Response, Refused> {
    use axum::response::IntoResponse;
    let caller = signed_in.who_may(Permission::ManagePatients, &state)?;
    let form = Form(&body);
    let problem = match carry_out(&state, &caller, &form).await {
        Ok((done, count)) => {
            let device = DeviceId::new(&form.text("device"));
            let to = device.map_or_else(
                |_| PATH.to_owned(),
                |id| format!("{PATH}?device={}", id.as_str()),
            );
            return Ok(back(&to, done, count));
        }
        Err(problem) => problem,
    };
    let (status, title, words) = problem.words();
    let words = if words.is_empty() {
        title.to_owned()
    } else {
        words
    };
    let page = look(&state, &caller, &body, Fault { status, words }).await;
    page.map(IntoResponse::into_response)
        .map_err(|problem| Refused::because(&state, &caller, &problem))
}

async fn look(
    state: &ApiState,
    caller: &Caller,
    asked: &[u8],
    fault: Fault,
) -> Result<Html<DevicesPage>, Problem> {
    let form = Form(asked);
    let zone = Zone::named(&state.settings().zone);
    let now = state.clock().clinical();
    let (one, after) = (form.text("device"), form.text("after"));
    // A refused form shows all devices: which one was typed may be what is wrong.
    let one = if fault.words.is_empty() {
        one
    } else {
        String::new()
    };
    let chosen = one.clone();
    let (is_named, may) = (
        caller.role.may(Permission::SeePatients),
        caller.role.may(Permission::ManagePatients),
    );
    let shown = zone.clone();
    let reading = move |source: &dyn ReadSource| {
        let devices = listed(source, &chosen, &after)?;
        let rows = devices.into_iter().map(|device| {
            let worn = source.assignments(AssignmentsOf::Device(device.number))?;
            let worn = worn
                .into_iter()
                .filter(|one| !chosen.is_empty() || is_worn(one, now));
            let worn = worn.map(|one| self::worn(source, one, &shown, is_named));
            Ok(row(device, worn.collect::<Result<Vec<_>, ReadError>>()?))
        });
        Ok((
            rows.collect::<Result<Vec<_>, ReadError>>()?,
            offered(source, may)?,
        ))
    };
    let (mut devices, patients) = state.read(caller, reading).await?;
    let subject = if one.is_empty() { "*" } else { &one };
    state
        .audit_read(caller, "list assignments", subject)
        .await?;
    if may {
        state.audit_read(caller, "list patients", "*").await?;
    }
    let is_more = devices.len() > DEVICES;
    devices.truncate(DEVICES);
    let next = devices.last().map(|last| last.id.clone());
    let page = DevicesPage {
        frame: Frame::new(state, Some(caller), PATH),
        notice: notice(std::str::from_utf8(asked).ok(), &DONE),
        fault: fault.words,
        next: next.filter(|_| is_more).unwrap_or_default(),
        assign: AssignForm::typed(&form, &zone).offered(caller, patients),
        zone: zone.name().to_owned(),
        asked: one,
        nobody: match caller.wards {
            WardScope::All => say!("nobody"),
            WardScope::Only(_) => say!("nobody of your wards"),
        },
        devices,
    };
    Ok(Html(fault.status, page))
}

/// The device that was asked for, or a page of all.
fn listed(source: &dyn ReadSource, one: &str, after: &str) -> Result<Vec<Device>, ReadError> {
    if one.is_empty() {
        let after = DeviceId::new(after).ok();
        return source.devices(after.as_ref(), DEVICES + 1);
    }
    let Ok(id) = DeviceId::new(one) else {
        return Ok(Vec::new());
    };
    Ok(source.device(&id)?.into_iter().collect())
}

fn is_worn(one: &Assignment, now: ClinicalTime) -> bool {
    one.end.is_none_or(|end| end.epoch_ms() > now.epoch_ms())
}

fn row(device: Device, worn: Vec<Worn>) -> DeviceRow {
    let or = |text: String| {
        if text.is_empty() {
            say!("not known").to_owned()
        } else {
            text
        }
    };
    DeviceRow {
        id: device.id.into(),
        model: or(device.model),
        firmware: or(device.firmware),
        worn,
    }
}

fn worn(
    source: &dyn ReadSource,
    one: Assignment,
    zone: &Zone,
    is_named: bool,
) -> Result<Worn, ReadError> {
    let patient = source.patient_by_number(one.patient)?;
    let label = patient.as_ref().filter(|_| is_named);
    let at = |at: i64| zone.short(ClinicalTime::from_epoch_ms(at));
    let since = at(one.start.epoch_ms());
    Ok(Worn {
        assignment: one.id.0,
        label: label.map_or_else(String::new, |patient| patient.label.clone()),
        patient: patient.map(|patient| patient.id.into()).unwrap_or_default(),
        is_worn: one.end.is_none(),
        during: match one.end {
            None => say!("since {since}", since = since),
            Some(end) => {
                let until = at(end.epoch_ms());
                say!("since {since} until {until}", since = since, until = until)
            }
        },
        by: one.author,
    })
}
