//! One channel: how it does, what it was sent, and what can be done about it.

use super::catalogue;
use super::channels::{Channel, PATH, Told};
use super::done::{back, notice};
use super::filters;
use super::form::Form;
use super::frame::{Frame, Html};
use super::refused::Refused;
use super::signed_in::SignedIn;
use crate::api::access::Caller;
use crate::api::language::{Text, say, text};
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::routes::webhook_changes::reason_fault;
use crate::api::routes::webhooks::find;
use crate::api::source::ReadSource;
use crate::api::state::ApiState;
use crate::domain::EndpointId;
use crate::registry::{Command, Permission, ReplaySpan};
use crate::store::DeliveryView;
use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// Deliveries of a page.
const DELIVERIES: usize = 50;

/// What the buttons did.
const DONE: [(&str, Text); 4] = [
    (
        "test",
        text!("A test is on its way. It stands in the list below: look again in a moment."),
    ),
    (
        "off",
        text!("The channel is switched off. Nothing is sent to it."),
    ),
    ("on", text!("The channel is switched on.")),
    ("replay", text!("{count} deliveries are sent again.")),
];

#[derive(Template)]
#[template(path = "channel.html")]
struct ChannelPage {
    frame: Frame,
    notice: String,
    fault: String,
    reason: String,
    channel: Channel,
    deliveries: Vec<Delivery>,
    /// The number to go on from; none at the end.
    next: Option<u64>,
}

/// A delivery, without what it says.
struct Delivery {
    created: String,
    event: String,
    mark: &'static str,
    state: String,
    attempts: u32,
    why: String,
    next_attempt: String,
}

/// A refusal to be shown above the form, with what was typed.
#[derive(Default)]
struct Fault {
    status: StatusCode,
    words: String,
    reason: String,
}

/// A channel's page.
pub(super) async fn channel(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let caller = signed_in.who_may(Permission::ManageChannels, &state)?;
    let page = look(&state, &caller, &id, query.as_deref(), Fault::default()).await;
    page.map_err(|problem| Refused::because(&state, &caller, &problem))
}

async fn look(
    state: &ApiState,
    caller: &Caller,
    id: &str,
    query: Option<&str>,
    fault: Fault,
) -> Result<Response, Problem> {
    let id = known(id)?;
    let endpoint = find(state, caller, id.clone()).await?;
    let form = Form(query.unwrap_or_default().as_bytes());
    let before: Option<u64> = form.text("before").parse().ok();
    let reading = move |source: &dyn ReadSource| {
        let measured = source.channel_measured(&id)?;
        let deliveries = source.deliveries(&id, None, before, DELIVERIES + 1)?;
        Ok((measured, deliveries))
    };
    let (measured, mut deliveries) = state.read(caller, reading).await?;
    let is_more = deliveries.len() > DELIVERIES;
    deliveries.truncate(DELIVERIES);
    let told = Told::new(state);
    let page = ChannelPage {
        frame: Frame::new(state, Some(caller), PATH),
        notice: notice(query, &DONE),
        fault: fault.words,
        reason: fault.reason,
        channel: told.channel(endpoint, measured),
        next: deliveries
            .last()
            .map(|last| last.number)
            .filter(|_| is_more),
        deliveries: deliveries.iter().map(|one| delivery(one, &told)).collect(),
    };
    Ok(Html(fault.status, page).into_response())
}

fn known(id: &str) -> Result<EndpointId, Problem> {
    EndpointId::new(id).map_err(|_| Problem::not_found("webhook"))
}

fn delivery(view: &DeliveryView, told: &Told) -> Delivery {
    let mark = match view.state.as_str() {
        "delivered" => "✓",
        "failed" => "▲",
        "waiting" => "◷",
        _ => "○",
    };
    let waits = view.state == "waiting";
    let status = view.last_status.filter(|_| view.last_error.is_some());
    let status = status.map(|status| say!("HTTP status {status}", status = status));
    let codes = [&view.failed_because, &view.last_error];
    let why = codes
        .into_iter()
        .flatten()
        .map(|code| catalogue::delivery(code));
    let why: Vec<String> = why.chain(status).collect();
    let next = waits.then(|| told.at(Moment::from(view.next_attempt)));
    Delivery {
        created: told.at(Moment::from(view.created)),
        event: catalogue::named(&view.event_type),
        mark,
        state: catalogue::named(&view.state),
        attempts: view.attempts,
        why: why.join("; "),
        next_attempt: next.unwrap_or_default(),
    }
}

/// What a button of the page asks for.
pub(super) async fn change(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Refused> {
    let caller = signed_in.who_may(Permission::ManageChannels, &state)?;
    let form = Form(&body);
    let problem = match carry_out(&state, &caller, &id, &form).await {
        Ok((done, count)) => return Ok(back(&format!("{PATH}/{id}"), done, count)),
        Err(problem) => problem,
    };
    let (status, title, words) = problem.words();
    let fault = Fault {
        status,
        words: if words.is_empty() {
            title.to_owned()
        } else {
            words
        },
        reason: form.text("reason"),
    };
    let page = look(&state, &caller, &id, None, fault).await;
    page.map_err(|problem| Refused::because(&state, &caller, &problem))
}

async fn carry_out(
    state: &ApiState,
    caller: &Caller,
    id: &str,
    form: &Form<'_>,
) -> Result<(&'static str, u64), Problem> {
    let id = known(id)?;
    let reason = form.text("reason");
    let (done, command) = match form.text("action").as_str() {
        "test" => ("test", Command::TestEndpoint { id }),
        "on" => ("on", Command::DisableEndpoint { id, reason: None }),
        "off" => {
            reason_fault(&reason)?;
            let reason = Some(reason);
            ("off", Command::DisableEndpoint { id, reason })
        }
        "replay" => ("replay", replay(state, caller, id).await?),
        _ => {
            return Err(Problem::field(
                "#/action",
                say!("choose one of the buttons"),
            ));
        }
    };
    let reply = state.command(caller, command).await?;
    Ok((done, reply.affected))
}

/// All that failed since there is this channel.
async fn replay(state: &ApiState, caller: &Caller, id: EndpointId) -> Result<Command, Problem> {
    let endpoint = find(state, caller, id).await?;
    Ok(Command::ReplayDeliveries {
        endpoint: endpoint.id,
        deliveries: Vec::new(),
        span: Some(ReplaySpan {
            from: endpoint.created,
            until: state.clock().clinical().plus_ms(1),
            delivered_too: false,
        }),
    })
}
