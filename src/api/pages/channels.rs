//! Where alerts are delivered, and whether it works, measured.

use super::catalogue;
use super::filters;
use super::frame::{Frame, Html};
use super::refused::Refused;
use super::signed_in::SignedIn;
use super::tile::age;
use super::words::Zone;
use crate::api::access::Caller;
use crate::api::language::{Text, say, text};
use crate::api::moment::Moment;
use crate::api::problem::Problem;
use crate::api::routes::webhook_health::WebhookHealth;
use crate::api::routes::webhooks::WebhookView;
use crate::api::source::{ChannelMeasured, ReadError, ReadSource};
use crate::api::state::ApiState;
use crate::domain::ClinicalTime;
use crate::registry::{Endpoint, Permission};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;

pub(super) const PATH: &str = "/channels";
/// Channels of the page; an installation has a handful.
const CHANNELS_MAX: usize = 200;

#[derive(Template)]
#[template(path = "channels.html")]
pub(super) struct ChannelsPage {
    frame: Frame,
    channels: Vec<Channel>,
    is_cut: bool,
}

/// A channel and how it does.
pub(super) struct Channel {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) format: String,
    /// Where to; of an address that is itself a secret only the host.
    pub(super) to: String,
    pub(super) wards: String,
    pub(super) events: String,
    pub(super) state: Health,
    pub(super) is_off: bool,
    pub(super) succeeded: String,
    pub(super) took: String,
    pub(super) last_success: String,
    pub(super) trouble: String,
    pub(super) waiting: u64,
    pub(super) dead_letters: u64,
}

/// How a channel is, in a word, a shape and a colour.
#[derive(Clone, Copy)]
pub(super) struct Health {
    pub(super) mark: &'static str,
    pub(super) words: Text,
    pub(super) tag: &'static str,
}

impl Health {
    fn of(state: &str) -> Self {
        let (mark, words, tag) = match state {
            "working" => ("✓", text!("Working"), "nhsuk-tag--green"),
            "failing" => ("▲", text!("Failing"), "nhsuk-tag--red"),
            "off" => ("○", text!("Switched off"), "nhsuk-tag--grey"),
            _ => ("◇", text!("Not tried yet"), "nhsuk-tag--white"),
        };
        Self { mark, words, tag }
    }
}

/// Moments and their ages by the wall clock.
pub(super) struct Told {
    zone: Zone,
    now: ClinicalTime,
}

impl Told {
    pub(super) fn new(state: &ApiState) -> Self {
        let now = state.clock().wall().epoch_ms();
        Self {
            zone: Zone::named(&state.settings().zone),
            now: ClinicalTime::from_epoch_ms(now),
        }
    }

    /// When, and how long ago.
    pub(super) fn when(&self, at: Moment) -> String {
        let ago = age(at.0, self.now).words;
        format!("{}, {ago}", self.zone.short(at.clinical()))
    }

    /// A moment of another clock, or of the future: without how long ago.
    pub(super) fn at(&self, at: Moment) -> String {
        self.zone.short(at.clinical())
    }

    pub(super) fn channel(&self, endpoint: Endpoint, measured: ChannelMeasured) -> Channel {
        let health = WebhookHealth::new(endpoint.clone(), measured);
        let view = WebhookView::from(endpoint);
        let some = |list: Vec<String>, all: &str| match &list[..] {
            [] => all.to_owned(),
            some => some.join(", "),
        };
        let events = view.event_types.iter().map(|one| catalogue::named(one));
        Channel {
            state: Health::of(health.state),
            is_off: view.disabled.is_some(),
            succeeded: succeeded(&health),
            took: match (health.p50_ms, health.p95_ms) {
                (Some(p50), Some(p95)) => say!("{half} ms; {most} ms", half = p50, most = p95),
                _ => say!("not measured yet").to_owned(),
            },
            last_success: health
                .last_success_at
                .map_or_else(|| say!("never").to_owned(), |at| self.when(at)),
            trouble: self.trouble(&health),
            waiting: health.waiting,
            dead_letters: health.dead_letters,
            to: match view.url.is_empty() {
                true => view.recipients.join(", "),
                false => view.url,
            },
            wards: some(view.wards, say!("all wards")),
            events: some(events.collect(), say!("all events")),
            format: view.format.replace('_', " "),
            id: view.id,
            label: view.label,
        }
    }

    /// Why it does not work; empty where it does.
    fn trouble(&self, health: &WebhookHealth) -> String {
        let since = health
            .failing_since
            .map(|at| say!("failing since {at}", at = self.when(at)));
        let error = health.last_error.as_deref().map(catalogue::delivery);
        let off = health.disabled.as_ref();
        let off = off.map(|reason| say!("switched off: {why}", why = reason));
        let parts: Vec<String> = off.into_iter().chain(since).chain(error).collect();
        parts.join("; ")
    }
}

fn succeeded(health: &WebhookHealth) -> String {
    match health.success_share {
        None => say!("none tried yet").to_owned(),
        Some(share) => {
            let percent = format!("{:.0}", share * 100.0);
            let last = health.attempts;
            say!(
                "{percent} % of the last {count}",
                percent = percent,
                count = last
            )
        }
    }
}

/// All channels.
pub(super) async fn channels(
    signed_in: SignedIn,
    State(state): State<ApiState>,
) -> Result<Html<ChannelsPage>, Refused> {
    let caller = signed_in.who_may(Permission::ManageChannels, &state)?;
    let page = look(&state, &caller).await;
    let page = page.map_err(|problem| Refused::because(&state, &caller, &problem))?;
    Ok(Html(StatusCode::OK, page))
}

async fn look(state: &ApiState, caller: &Caller) -> Result<ChannelsPage, Problem> {
    let reading = |source: &dyn ReadSource| {
        let all = source.endpoints()?;
        let is_cut = all.len() > CHANNELS_MAX;
        let measured = all.into_iter().take(CHANNELS_MAX).map(|endpoint| {
            let measured = source.channel_measured(&endpoint.id)?;
            Ok((endpoint, measured))
        });
        Ok((measured.collect::<Result<Vec<_>, ReadError>>()?, is_cut))
    };
    let (channels, is_cut) = state.read(caller, reading).await?;
    let told = Told::new(state);
    let channels = channels.into_iter();
    Ok(ChannelsPage {
        frame: Frame::new(state, Some(caller), PATH),
        channels: channels
            .map(|(endpoint, measured)| told.channel(endpoint, measured))
            .collect(),
        is_cut,
    })
}
