//! An alert judged again: what it was decided from, and whether it comes out the same.

use super::page::alert_id;
use super::why::Why;
use crate::api::language::say;
use crate::api::pages::catalogue;
use crate::api::pages::fields::{Fields, Times};
use crate::api::pages::filters;
use crate::api::pages::frame::{Frame, Html};
use crate::api::pages::refused::Refused;
use crate::api::pages::signed_in::SignedIn;
use crate::api::pages::zones;
use crate::api::routes::alerts::explained;
use crate::api::state::ApiState;
use crate::registry::Permission;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::Value;

#[derive(Template)]
#[template(path = "explanation.html")]
pub(in crate::api::pages) struct ExplanationPage {
    frame: Frame,
    id: String,
    title: String,
    priority: String,
    verdict: Verdict,
    decided: String,
    code: String,
    /// Journal row of what decided; empty where it is not kept.
    row: String,
    why: Why,
    problems: Vec<String>,
    notes: Vec<String>,
}

/// What came of judging again, by shape and words.
struct Verdict {
    mark: &'static str,
    words: &'static str,
    is_fault: bool,
}

/// The page of one alert judged again.
pub(in crate::api::pages) async fn explanation(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    Path(id): Path<String>,
) -> Result<Html<ExplanationPage>, Refused> {
    let caller = signed_in.who_may(Permission::SeePatients, &state)?;
    let explained = async {
        let id = alert_id(&id)?;
        let zone = zones::of_alert(&state, &caller, &id).await?;
        Ok((explained(&state, &caller, id).await?, zone))
    };
    let explained = explained.await;
    let explained = explained.map_err(|problem| Refused::because(&state, &caller, &problem));
    let (explained, zone) = explained?;
    let times = Times {
        zone,
        now: state.clock().clinical(),
    };
    let frame = Frame::new(&state, Some(&caller), "");
    Ok(Html(StatusCode::OK, page(frame, &explained, &times)))
}

fn page(frame: Frame, explained: &Value, times: &Times) -> ExplanationPage {
    let all = Fields(explained);
    let decision = explained.get("decision").unwrap_or(&Value::Null);
    let decision = Fields(decision);
    let lines = |list: &str| {
        let lines = all.items(list).filter_map(|line| line.0.as_str());
        lines.map(catalogue::sentence).collect()
    };
    ExplanationPage {
        frame,
        id: all.text("/alert").to_owned(),
        title: catalogue::kind(
            decision.text("/kind"),
            decision.some("/vital"),
            decision.some("/rule"),
        ),
        priority: decision.text("/priority").to_owned(),
        verdict: verdict(all.text("/verdict")),
        decided: match all.some("/decided_from") {
            Some(from) => say!(
                "{at}, from {what}",
                at = times.of(all, "/decided_at"),
                what = from
            ),
            None => String::new(),
        },
        code: all.text("/version").to_owned(),
        row: all
            .number("/journal_row")
            .map_or_else(String::new, |row| format!("{row:.0}")),
        why: Why::of(decision, times),
        problems: lines("/problems"),
        notes: lines("/notes"),
    }
}

fn verdict(verdict: &str) -> Verdict {
    let (mark, words, is_fault) = match verdict {
        "confirmed" => (
            "✓",
            say!("Judged again, it comes out the same, and what is stored is what was judged."),
            false,
        ),
        "mismatch" => ("▲", say!("What is stored is not what was judged."), true),
        "other_version" => (
            "○",
            say!("Another version of Wardlight decided it, so it was not judged again."),
            false,
        ),
        "not_recomputed" => (
            "○",
            say!(
                "It was decided while the patient's state was rebuilt from stored values: there is no single message to judge again."
            ),
            false,
        ),
        _ => ("▲", say!("It cannot be judged again."), true),
    };
    Verdict {
        mark,
        words,
        is_fault,
    }
}
