//! What could not be read, or belongs to nobody.

use super::assign::{AssignForm, offered};
use super::catalogue;
use super::filters;
use super::form::Form;
use super::frame::{Frame, Html};
use super::refused::Refused;
use super::signed_in::SignedIn;
use super::tile::age;
use super::words::Zone;
use crate::api::access::Caller;
use crate::api::problem::Problem;
use crate::api::source::ReadSource;
use crate::api::state::ApiState;
use crate::domain::{ClinicalTime, DeviceId};
use crate::registry::Permission;
use crate::store::QuarantineView;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;

const PATH: &str = "/quarantine";
/// Things of a page.
const THINGS: usize = 100;
/// What becomes a patient's when its device is assigned.
const OF_NOBODY: [&str; 2] = ["unknown_device", "unassigned"];

#[derive(Template)]
#[template(path = "quarantine.html")]
pub(super) struct QuarantinePage {
    frame: Frame,
    asked: String,
    things: Vec<Thing>,
    /// The id to go on from; none at the end.
    next: Option<i64>,
    /// Whether the bytes may be looked at.
    can_open: bool,
    assign: Option<AssignForm>,
}

struct Thing {
    id: i64,
    arrived: String,
    age: String,
    device: String,
    topic: String,
    reason: String,
    /// Whether assigning its device helps.
    is_of_nobody: bool,
    length: u64,
}

/// The quarantine's page.
pub(super) async fn quarantine(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Html<QuarantinePage>, Refused> {
    let caller = signed_in.who_may(Permission::SeeDevices, &state)?;
    let form = Form(query.as_deref().unwrap_or_default().as_bytes());
    let page = look(&state, &caller, &form).await;
    let page = page.map_err(|problem| Refused::because(&state, &caller, &problem))?;
    Ok(Html(StatusCode::OK, page))
}

async fn look(
    state: &ApiState,
    caller: &Caller,
    form: &Form<'_>,
) -> Result<QuarantinePage, Problem> {
    let zone = Zone::named(&state.settings().zone);
    let asked = form.text("device");
    let device = match asked.as_str() {
        "" => None,
        text => Some(DeviceId::new(text).map_err(|_| Problem::not_found("device"))?),
    };
    let before: Option<i64> = form.text("before").parse().ok();
    let may = caller.role.may(Permission::ManagePatients);
    let reading = move |source: &dyn ReadSource| {
        Ok((
            source.quarantine(before, THINGS + 1, device.as_ref())?,
            offered(source, may)?,
        ))
    };
    let (mut things, patients) = state.read(caller, reading).await?;
    if may {
        state.audit_read(caller, "list patients", "*").await?;
    }
    let is_more = things.len() > THINGS;
    things.truncate(THINGS);
    Ok(QuarantinePage {
        frame: Frame::new(state, Some(caller), PATH),
        next: things.last().map(|last| last.id).filter(|_| is_more),
        can_open: caller.role.may(Permission::ManageDevices),
        assign: assign(form, &zone, &asked, &things)
            .and_then(|form| form.offered(caller, patients)),
        things: shown(things, &zone, state.clock().clinical()),
        asked,
    })
}

/// The form for the device that is looked at, from the oldest that lies here of it:
/// what it measured since then becomes the patient's.
fn assign(
    form: &Form<'_>,
    zone: &Zone,
    asked: &str,
    things: &[QuarantineView],
) -> Option<AssignForm> {
    let of_nobody = things
        .iter()
        .filter(|one| OF_NOBODY.contains(&one.reason.as_str()));
    let oldest = of_nobody.map(|one| one.stamp).min()?;
    (!asked.is_empty()).then(|| AssignForm {
        start: zone.field(oldest),
        ..AssignForm::typed(form, zone)
    })
}

fn shown(things: Vec<QuarantineView>, zone: &Zone, now: ClinicalTime) -> Vec<Thing> {
    let thing = |one: QuarantineView| Thing {
        id: one.id,
        arrived: zone.moment(one.stamp),
        age: age(one.stamp.epoch_ms(), now).words,
        is_of_nobody: OF_NOBODY.contains(&one.reason.as_str()),
        reason: catalogue::quarantined(&one.reason),
        device: one.device.map(String::from).unwrap_or_default(),
        topic: one.topic,
        length: one.length,
    };
    things.into_iter().map(thing).collect()
}
