//! More patients than one page holds: those in most need, and counts over all.
//!
//! Who has an alert is found by the alerts that nobody has closed; after them come the
//! others by their id. All of it is bounded, and what the bounds cut is said.

use super::tile::{self, AlertLine, NOBODY};
use super::ward::{PATIENTS_MAX, counts_in_words};
use crate::api::language::say;
use crate::api::routes::alert_document;
use crate::api::source::{ReadError, ReadSource};
use crate::domain::{ClinicalTime, PatientId, WardId};
use crate::registry::Patient;
use crate::store::AlertFilter;
use std::collections::{BTreeMap, BTreeSet};

/// Patients who are looked at.
const CROWD_MAX: usize = 20_000;
/// Alerts of one priority that nobody has closed, the newest.
const ALERTS_MAX: usize = 5_000;
/// Rows that are read at once.
const PAGE: usize = 1_000;

/// What is told of more patients than a page holds.
pub(super) struct Crowd {
    /// Those in most need.
    pub(super) patients: Vec<Patient>,
    pub(super) teams: Vec<String>,
    pub(super) counts: String,
    /// Who is left out, in words.
    pub(super) left_out: String,
}

/// What is counted; of one patient or of many.
#[derive(Clone, Copy, Default)]
pub(super) struct Counted {
    pub(super) patients: usize,
    pub(super) high: usize,
    pub(super) body: usize,
    pub(super) cannot: usize,
    pub(super) unwatched: usize,
    pub(super) open: usize,
}

/// The unresolved alerts of one patient, as far as need asks.
#[derive(Clone, Copy)]
struct Need {
    body: u8,
    cannot: u8,
    open: usize,
}

impl Default for Need {
    fn default() -> Self {
        Self {
            body: NOBODY,
            cannot: NOBODY,
            open: 0,
        }
    }
}

impl Need {
    fn add(&mut self, of_the_body: bool, line: &AlertLine) {
        let rank = if of_the_body {
            &mut self.body
        } else {
            &mut self.cannot
        };
        *rank = line.rank().min(*rank);
        self.open += usize::from(line.is_open);
    }
}

/// Chooses among all patients of a ward, or of all wards, and of a team.
pub(super) fn crowd(
    source: &dyn ReadSource,
    (ward, team): (Option<&WardId>, &str),
    now: ClinicalTime,
) -> Result<Crowd, ReadError> {
    let (all, is_cut) = everybody(source, ward)?;
    let teams = all.iter().filter_map(|patient| patient.team.clone());
    let teams: BTreeSet<String> = teams.map(String::from).collect();
    let (needs, are_alerts_cut) = needs(source, ward, now)?;
    let need = |patient: &Patient| needs.get(&patient.id).copied().unwrap_or_default();
    let of_team = |patient: &Patient| {
        let own = patient.team.clone().map(String::from);
        team.is_empty() || own.as_deref() == Some(team)
    };
    let mut asked: Vec<_> = all.into_iter().filter(of_team).collect();
    let counted = asked
        .iter()
        .map(|patient| count(patient, need(patient), now))
        .fold(Counted::default(), Counted::and);
    // By id before, and so among equals.
    asked.sort_by_key(|patient| {
        let need = need(patient);
        (need.body, need.cannot, !patient.context.is_monitored(now))
    });
    let with_any = asked
        .iter()
        .filter(|patient| needs.contains_key(&patient.id));
    let with_any = with_any.count();
    let total = asked.len();
    asked.truncate(PATIENTS_MAX);

    Ok(Crowd {
        left_out: left_out(total, with_any, is_cut || are_alerts_cut),
        patients: asked,
        teams: teams.into_iter().collect(),
        counts: match is_cut || are_alerts_cut {
            true => say!("At least: {counts}", counts = counts_in_words(counted)),
            false => counts_in_words(counted),
        },
    })
}

impl Counted {
    const fn and(self, other: Self) -> Self {
        Self {
            patients: self.patients + other.patients,
            high: self.high + other.high,
            body: self.body + other.body,
            cannot: self.cannot + other.cannot,
            unwatched: self.unwatched + other.unwatched,
            open: self.open + other.open,
        }
    }
}

fn count(patient: &Patient, need: Need, now: ClinicalTime) -> Counted {
    Counted {
        patients: 1,
        high: usize::from(need.body < 2),
        body: usize::from(need.body < NOBODY),
        cannot: usize::from(need.cannot < NOBODY),
        unwatched: usize::from(!patient.context.is_monitored(now)),
        open: need.open,
    }
}

fn left_out(total: usize, with_any: usize, is_cut: bool) -> String {
    if total <= PATIENTS_MAX && !is_cut {
        return String::new();
    }
    let who = match with_any > PATIENTS_MAX {
        true => say!(
            "The others are less urgent, and some of them have an alert, too: choose a ward to see them."
        ),
        false => say!(
            "The others have no alert that somebody still has to close: choose a ward to see them."
        ),
    };
    let beyond = match is_cut {
        true => say!("There are more patients or alerts than are counted here."),
        false => "",
    };
    let told = say!(
        "Of {total} patients these are the {shown} in most need, by their alerts.",
        total = total,
        shown = PATIENTS_MAX,
    );
    format!("{told} {who} {beyond}").trim_end().to_owned()
}

/// All patients by id, and whether there are more than are looked at.
fn everybody(
    source: &dyn ReadSource,
    ward: Option<&WardId>,
) -> Result<(Vec<Patient>, bool), ReadError> {
    let mut all: Vec<Patient> = Vec::new();
    while all.len() <= CROWD_MAX {
        let after = all.last().map(|last| last.id.clone());
        let page = source.patients(ward, after.as_ref(), PAGE)?;
        let is_last = page.len() < PAGE;
        all.extend(page);
        if is_last {
            break;
        }
    }
    let is_cut = all.len() > CROWD_MAX;
    all.truncate(CROWD_MAX);
    Ok((all, is_cut))
}

/// Who has alerts that nobody has closed, and whether there are more of them.
fn needs(
    source: &dyn ReadSource,
    ward: Option<&WardId>,
    now: ClinicalTime,
) -> Result<(BTreeMap<PatientId, Need>, bool), ReadError> {
    let mut needs: BTreeMap<PatientId, Need> = BTreeMap::new();
    let mut is_cut = false;
    // The urgent first: what a bound cuts is not urgent.
    for priority in ["high", "medium", "low"] {
        let mut filter = AlertFilter {
            wards: ward.cloned().into_iter().collect(),
            handling: vec!["open".to_owned(), "acknowledged".to_owned()],
            priority: vec![priority.to_owned()],
            limit: PAGE,
            ..AlertFilter::default()
        };
        let (mut found, mut is_last) = (0, false);
        while !is_last && found < ALERTS_MAX {
            let page = source.alerts(&filter)?;
            is_last = page.len() < PAGE;
            found += page.len();
            filter.after = page.last().map(|last| (last.newest_event, last.id.clone()));
            for view in page {
                let patient = view.patient.clone();
                let (of_the_body, line) = tile::alert_line(&alert_document::alert(view), now);
                needs.entry(patient).or_default().add(of_the_body, &line);
            }
        }
        is_cut |= !is_last;
    }
    Ok((needs, is_cut))
}
