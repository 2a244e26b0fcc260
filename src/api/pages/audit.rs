//! The audit, to be searched.

use super::filters;
use super::form::Form;
use super::frame::{Frame, Html};
use super::refused::Refused;
use super::signed_in::SignedIn;
use super::words::{Zone, spaced};
use crate::api::source::{AuditView, ReadSource};
use crate::api::state::ApiState;
use crate::domain::ClinicalTime;
use crate::registry::Permission;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use serde_json::Value;

const PATH: &str = "/audit";
/// Lines of a page.
const LINES: usize = 100;
/// Lines looked through for a page of what was searched for.
const LOOKED_AT_MAX: usize = 20_000;
/// Lines read at once.
const BATCH: usize = 1000;

/// A line as shown.
struct Line {
    at: String,
    author: String,
    action: String,
    subject: String,
}

#[derive(Template)]
#[template(path = "audit.html")]
pub(super) struct AuditPage {
    frame: Frame,
    author: String,
    action: String,
    subject: String,
    lines: Vec<Line>,
    /// The id to go on from; none at the end.
    next: Option<i64>,
    /// Whether the search stopped before the end.
    is_cut: bool,
}

/// What is searched for: parts of the words, in either case.
struct Asked {
    author: String,
    action: String,
    subject: String,
    before: Option<i64>,
}

impl Asked {
    fn of(query: Option<&str>) -> Self {
        let form = Form(query.unwrap_or_default().as_bytes());
        Self {
            author: form.text("author"),
            action: form.text("action"),
            subject: form.text("subject"),
            before: form.text("before").parse().ok(),
        }
    }

    fn fits(&self, line: &AuditView) -> bool {
        let holds = |text: &str, part: &str| text.to_lowercase().contains(&part.to_lowercase());
        holds(&line.author, &self.author)
            && holds(&spaced(&line.action), &spaced(&self.action))
            && holds(&line.document, &self.subject)
    }
}

/// Numbers from here on are times, in milliseconds: 2001 and later.
const TIMES_FROM: i64 = 1_000_000_000_000;

/// What a line is about, as people write it: names with their values.
fn subject(document: &str, zone: &Zone) -> String {
    match serde_json::from_str(document) {
        Ok(Value::Object(fields)) => {
            let told = fields.iter().filter(|(name, value)| {
                let says_nothing = value.is_null() || **value == Value::Array(Vec::new());
                *name != "command" && !says_nothing
            });
            let told = told.map(|(name, value)| format!("{}: {}", spaced(name), one(value, zone)));
            told.collect::<Vec<_>>().join("; ")
        }
        _ => document.to_owned(),
    }
}

fn one(value: &Value, zone: &Zone) -> String {
    match (value, value.as_i64()) {
        (Value::String(text), _) => text.clone(),
        (_, Some(at)) if at >= TIMES_FROM => zone.moment(ClinicalTime::from_epoch_ms(at)),
        _ => value.to_string(),
    }
}

/// What was found: lines, where to go on, and whether there may be more beyond the
/// bound of one look.
type Found = (Vec<AuditView>, Option<i64>, bool);

fn search(source: &dyn ReadSource, asked: &Asked) -> Result<Found, crate::api::ReadError> {
    let (mut found, mut before, mut looked_at) = (Vec::new(), asked.before, 0);
    loop {
        let lines = source.audit(before, BATCH)?;
        let is_last = lines.len() < BATCH;
        for line in lines {
            looked_at += 1;
            before = Some(line.id);
            if asked.fits(&line) {
                found.push(line);
            }
            if found.len() == LINES {
                return Ok((found, before, false));
            }
        }
        if is_last {
            return Ok((found, None, false));
        }
        if looked_at >= LOOKED_AT_MAX {
            return Ok((found, before, true));
        }
    }
}

/// Who changed and who read what, newest first.
pub(super) async fn audit(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Html<AuditPage>, Refused> {
    let caller = signed_in.who_may(Permission::ReadAudit, &state)?;
    let asked = Asked::of(query.as_deref());
    let zone = Zone::named(&state.settings().zone);
    let kept = Asked::of(query.as_deref());
    let (lines, next, is_cut) = state
        .read(&caller, move |source| search(source, &asked))
        .await
        .map_err(|problem| Refused::because(&state, &caller, &problem))?;
    let lines = lines.into_iter().map(|line| Line {
        at: zone.moment(line.at),
        author: line.author,
        action: spaced(&line.action),
        subject: subject(&line.document, &zone),
    });
    let page = AuditPage {
        frame: Frame::new(&state, Some(&caller), PATH),
        author: kept.author,
        action: kept.action,
        subject: kept.subject,
        lines: lines.collect(),
        next,
        is_cut,
    };
    Ok(Html(StatusCode::OK, page))
}
