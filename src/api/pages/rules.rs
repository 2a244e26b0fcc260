//! The rules in force, to be read: whose they are, since when, and every threshold.

use super::catalogue;
use super::filters;
use super::frame::{Frame, Html};
use super::handover_lines::priority;
use super::refused::Refused;
use super::rule_settings::{Setting, settings};
use super::signed_in::SignedIn;
use crate::api::language::say;
use crate::api::state::ApiState;
use crate::detect::{BrokenRule, ClinicalRule, Provenance, Rules};
use crate::domain::ClinicalTime;
use crate::registry::Permission;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;

const PATH: &str = "/rules";

#[derive(Template)]
#[template(path = "rules.html")]
pub(super) struct RulesPage {
    frame: Frame,
    clinical: Vec<Clinical>,
    left_out: Vec<String>,
    built_in: Vec<BuiltIn>,
}

/// A clinical rule of a file.
struct Clinical {
    id: String,
    title: String,
    priority: String,
    whose: &'static str,
    origin: Origin,
    words: Vec<String>,
    text: String,
}

/// A part of the configuration.
struct BuiltIn {
    title: String,
    /// None is recorded for most.
    origin: Option<Origin>,
    settings: Vec<Setting>,
}

/// Who answers for a rule, and since when.
struct Origin {
    version: u32,
    author: String,
    valid_from: String,
    review_by: String,
    is_overdue: bool,
    source: String,
}

impl Origin {
    fn of_clinical(rule: &ClinicalRule, now: ClinicalTime) -> Self {
        Self {
            version: rule.version,
            author: rule.author.clone(),
            valid_from: rule.valid_from.to_string(),
            review_by: rule.review_by.to_string(),
            is_overdue: rule.is_overdue(now),
            source: rule.source.clone(),
        }
    }

    fn of_built_in(own: &Provenance, now: ClinicalTime) -> Self {
        Self {
            version: own.version,
            author: own.author.clone(),
            valid_from: own.valid_from.to_string(),
            review_by: own.review_by.to_string(),
            is_overdue: own.is_overdue(now),
            source: own.source.clone(),
        }
    }
}

/// The rules' page.
pub(super) async fn rules(
    signed_in: SignedIn,
    State(state): State<ApiState>,
) -> Result<Html<RulesPage>, Refused> {
    let caller = signed_in.who_may(Permission::SeeSystem, &state)?;
    let rules = &state.inner.parts.rules;
    let now = state.clock().clinical();
    let page = RulesPage {
        frame: Frame::new(&state, Some(&caller), PATH),
        clinical: rules
            .clinical
            .rules()
            .map(|rule| clinical(rule, now))
            .collect(),
        left_out: rules.clinical.broken().iter().map(left_out).collect(),
        built_in: built_in(rules, now),
    };
    Ok(Html(StatusCode::OK, page))
}

fn clinical(rule: &ClinicalRule, now: ClinicalTime) -> Clinical {
    Clinical {
        id: rule.id.to_string(),
        title: rule.title.clone(),
        priority: catalogue::named(priority(rule.priority)),
        whose: match rule.shipped {
            true => say!("came with Wardlight"),
            false => say!("a file of this organisation"),
        },
        origin: Origin::of_clinical(rule, now),
        words: words(&rule.text),
        text: rule.text.to_string(),
    }
}

/// The sentences that its alerts say; the file was read and checked before.
fn words(text: &str) -> Vec<String> {
    let file: toml::Table = toml::from_str(text).unwrap_or_default();
    let of = |table: Option<&toml::Table>| Some(table?.get("words")?.as_str()?.to_owned());
    let urgent = file.get("urgent").and_then(toml::Value::as_table);
    [of(Some(&file)), of(urgent)]
        .into_iter()
        .flatten()
        .collect()
}

/// By its name only: paths of the server are for its log.
fn left_out(broken: &BrokenRule) -> String {
    match (broken.id, broken.instead) {
        (Some(id), Some((version, whose))) => {
            say!(
                "{id}: its {whose} version {version} is in force instead",
                id = id,
                whose = catalogue::named(whose),
                version = version,
            )
        }
        (Some(id), None) => say!("{id}: not in force", id = id),
        (None, _) => say!("a whole folder of rules").to_owned(),
    }
}

fn built_in(rules: &Rules, now: ClinicalTime) -> Vec<BuiltIn> {
    let sections = settings(rules).into_iter().map(|(name, settings)| {
        let own = rules.provenance.each().into_iter();
        let mut own = own.filter(|(section, _)| *section == name);
        BuiltIn {
            title: catalogue::section(&name),
            origin: own.next().map(|(_, own)| Origin::of_built_in(own, now)),
            settings,
        }
    });
    sections.collect()
}
