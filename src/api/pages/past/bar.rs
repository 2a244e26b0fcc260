//! The moment that a page is asked about, and the bar that says so.

use crate::api::access::Caller;
use crate::api::known::Kept;
use crate::api::language::{Text, say, text};
use crate::api::moment::Moment;
use crate::api::pages::form::{self, Form};
use crate::api::pages::tile::age;
use crate::api::pages::words::Zone;
use crate::api::problem::Problem;
use crate::api::state::ApiState;
use crate::domain::ClinicalTime;

const MINUTE_MS: i64 = 60_000;

/// Steps through time: minutes, and what they are called.
const STEPS: [(i64, Text); 4] = [
    (-60, text!("1 hour earlier")),
    (-15, text!("15 minutes earlier")),
    (15, text!("15 minutes later")),
    (60, text!("1 hour later")),
];

/// Fields of the query that choosing another moment keeps.
const KEPT: [&str; 4] = ["ward", "team", "state", "view"];

/// A moment of the past that a page shows.
pub(in crate::api::pages) struct Then {
    pub(in crate::api::pages) at: ClinicalTime,
    pub(in crate::api::pages) bar: Bar,
}

/// What stands across a page of the past.
pub(in crate::api::pages) struct Bar {
    /// The moment in words, and how long ago it is.
    pub(in crate::api::pages) at: String,
    pub(in crate::api::pages) ago: String,
    /// The field's value, and what the zone is called then.
    pub(in crate::api::pages) typed: String,
    pub(in crate::api::pages) zone: String,
    /// Fields that go with the form.
    pub(in crate::api::pages) kept: Vec<(&'static str, String)>,
    /// Queries of other moments, with their words.
    pub(in crate::api::pages) steps: Vec<(String, &'static str)>,
    /// The query of now.
    pub(in crate::api::pages) now: String,
    /// The query of the moment at which the clock showed the same, with its words.
    pub(in crate::api::pages) twin: Option<(String, String)>,
    /// Whether the clock skipped what was typed.
    pub(in crate::api::pages) is_skipped: bool,
    pub(in crate::api::pages) since: String,
    /// Whether older data have reached the end of their retention.
    pub(in crate::api::pages) is_cut: bool,
    /// What a link within the page ends with, so that it stays in the past.
    pub(in crate::api::pages) link: String,
}

impl Then {
    /// The moment in a query; none where a page is not asked about the past.
    ///
    /// # Errors
    /// A moment that is none, or that lies outside what is kept.
    pub(in crate::api::pages) async fn asked(
        state: &ApiState,
        caller: &Caller,
        query: &str,
        zone: &Zone,
    ) -> Result<Option<Self>, Problem> {
        let text = Form(query.as_bytes()).text("at");
        if text.is_empty() {
            return Ok(None);
        }
        let refused = |why: String| Problem::parameter("at", why);
        let at = Moment::parse(&text).map(Moment::clinical);
        let at = at.or_else(|| zone.local(&text));
        let at =
            at.ok_or_else(|| refused(say!("The moment is not a day with a time.").to_owned()))?;
        let now = state.clock().clinical();
        let kept = Kept::of(state, caller).await?;
        let words = |why: &str| {
            let since = zone.moment(kept.since);
            say!(
                "{at} {why}. Data are kept since {since}.",
                at = zone.moment(at),
                why = why,
                since = since,
            )
        };
        kept.check(at, now).map_err(|why| refused(words(why)))?;
        let bar = Bar::new(query, (at, now), kept, zone);
        let is_skipped = zone.is_skipped(&text);
        Ok(Some(Self {
            at,
            bar: Bar { is_skipped, ..bar },
        }))
    }
}

impl Bar {
    fn new(query: &str, (at, now): (ClinicalTime, ClinicalTime), kept: Kept, zone: &Zone) -> Self {
        let of = |at: ClinicalTime| form::with(query, "at", &Moment::from(at).text());
        let steps = STEPS.into_iter().filter_map(|(minutes, words)| {
            let other = at.plus_ms(minutes * MINUTE_MS);
            kept.check(other, now)
                .ok()
                .map(|()| (of(other), words.said()))
        });
        let fields = KEPT.into_iter().filter_map(|field| {
            let text = Form(query.as_bytes()).text(field);
            (!text.is_empty()).then_some((field, text))
        });
        let twin = zone.twin(at).filter(|twin| kept.check(*twin, now).is_ok());
        Self {
            at: zone.moment(at),
            ago: age(at.epoch_ms(), now).words,
            typed: zone.field(at),
            zone: zone.abbreviation(at),
            kept: fields.collect(),
            steps: steps.collect(),
            now: form::with(query, "at", ""),
            twin: twin.map(|twin| (of(twin), zone.moment(twin))),
            is_skipped: false,
            since: zone.moment(kept.since),
            is_cut: kept.is_cut,
            link: format!("?{}", form::with("", "at", &Moment::from(at).text())),
        }
    }
}
