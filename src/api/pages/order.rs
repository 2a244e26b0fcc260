//! Who stands where on an open ward page, and with which alerts: what the page asks for
//! when an alert has changed. Of 500 patients it is a small part of the page itself.

use super::catalogue;
use super::filters;
use super::refused::Refused;
use super::signed_in::SignedIn;
use super::tile::{Extent, Tile};
use super::ward::{self, WardPage};
use crate::api::language::say;
use crate::api::state::ApiState;
use crate::registry::Permission;
use askama::Template;
use axum::Json;
use axum::extract::{RawQuery, State};
use serde::Serialize;

/// The ward's page without its tiles.
#[derive(Serialize)]
pub(super) struct Order {
    now_ms: i64,
    /// What stands above the tiles, as HTML.
    counts: String,
    /// In their order.
    patients: Vec<Place>,
}

#[derive(Serialize)]
struct Place {
    id: String,
    label: String,
    alerts: Vec<Told>,
}

/// An alert as it is said aloud.
#[derive(Serialize)]
struct Told {
    id: String,
    words: String,
}

#[derive(Template)]
#[template(path = "ward_counts.html")]
struct Counts<'a> {
    counts: &'a str,
    faults: &'a str,
}

/// The order of the patients that the page's query asks for.
pub(super) async fn order(
    signed_in: SignedIn,
    State(state): State<ApiState>,
    RawQuery(query): RawQuery,
) -> Result<Json<Order>, Refused> {
    let caller = signed_in.who_may(Permission::SeePatients, &state)?;
    let page = ward::look(&state, &caller, query.as_deref(), Extent::Need).await;
    let page = page.map_err(|problem| Refused::because(&state, &caller, &problem))?;
    Ok(Json(Order::from(page)))
}

impl From<WardPage> for Order {
    fn from(page: WardPage) -> Self {
        let counts = Counts {
            counts: &page.counts,
            faults: &page.faults,
        };
        Self {
            now_ms: page.now_ms,
            // Two texts always have their place in it.
            counts: counts.render().unwrap_or_default(),
            patients: page.tiles.into_iter().map(place).collect(),
        }
    }
}

fn place(tile: Tile) -> Place {
    let of_the_body = tile.alerts.into_iter().map(|line| Told {
        words: format!(
            "{} {}: {}",
            line.mark(),
            catalogue::named(&line.priority),
            line.words
        ),
        id: line.id,
    });
    let technical = tile.cannot.into_iter().map(|line| Told {
        words: format!("⊘ {}: {}", say!("cannot measure"), line.words),
        id: line.id,
    });
    Place {
        id: tile.id,
        label: tile.label,
        alerts: of_the_body.chain(technical).collect(),
    }
}
