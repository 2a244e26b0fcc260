//! The alarm burden of a span: how many alerts there were for each patient-day,
//! and what people made of them.

use super::bounds::{Bounds, Untold};
use super::course::Course;
use super::figures::{Figures, days, per_day};
use super::tally::{Happened, Place, Raised, Tally, Watched};
use super::told::Told;
use crate::alert::MinutesByPriority;
use crate::api::moment::Moment;
use crate::api::source::ReadSource;
use crate::domain::{Priority, WardId};
use crate::registry::Patient;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// Patients that are named for their number of alerts.
const MOST_ALERTS_MAX: usize = 10;
const MINUTE_MS: i64 = 60_000;

/// Which span of which ward.
#[derive(Clone)]
pub(in crate::api) struct BurdenAsked {
    pub(in crate::api) ward: Option<WardId>,
    pub(in crate::api) from: Moment,
    pub(in crate::api) until: Moment,
    /// Minutes to an answer that count as in time.
    pub(in crate::api) targets: MinutesByPriority,
}

/// The answer.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Burden {
    /// First moment of the span.
    pub(in crate::api) from: Moment,
    /// First moment after. All is told as it was known then.
    pub(in crate::api) until: Moment,
    /// The ward; null for all.
    pub(in crate::api) ward: Option<String>,
    /// Minutes to an answer that count as in time; 0: no target.
    pub(in crate::api) acknowledge_minutes: Targets,
    /// Everything together. A patient of two wards counts once here.
    pub(in crate::api) total: Figures,
    /// By the ward the patient was on then.
    pub(in crate::api) wards: Vec<WardFigures>,
    /// By ward, kind and priority when raised, most raised first within a ward.
    pub(in crate::api) kinds: Vec<KindFigures>,
    /// By priority when raised, the most urgent first.
    pub(in crate::api) priorities: Vec<PriorityFigures>,
    /// Those with the most alerts, ten at most.
    pub(in crate::api) most_alerts: Vec<PatientFigures>,
}

/// Minutes by priority.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Targets {
    pub(in crate::api) high: u32,
    pub(in crate::api) medium: u32,
    pub(in crate::api) low: u32,
}

/// One ward.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct WardFigures {
    pub(in crate::api) ward: String,
    #[serde(flatten)]
    pub(in crate::api) figures: Figures,
}

/// One priority; the patient-days are those of everything together.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct PriorityFigures {
    /// `high`, `medium` or `low`.
    #[schema(value_type = String)]
    pub(in crate::api) priority: Priority,
    #[serde(flatten)]
    pub(in crate::api) figures: Figures,
}

/// One kind of alert at one priority on one ward; the patient-days are the ward's.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct KindFigures {
    #[serde(flatten)]
    pub(in crate::api) group: Group,
    #[serde(flatten)]
    pub(in crate::api) figures: Figures,
}

/// What alerts are counted by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Group {
    pub(in crate::api) ward: String,
    /// `fever_on_treatment`, `news2`, `silent`, …
    pub(in crate::api) kind: String,
    /// The vital it is about, where there is one.
    pub(in crate::api) vital: Option<String>,
    /// The clinical rule, for the kind `rule`.
    pub(in crate::api) rule: Option<String>,
    /// `high`, `medium` or `low`.
    #[schema(value_type = String)]
    pub(in crate::api) priority: Priority,
}

impl Group {
    fn of(told: &Told) -> Self {
        Self {
            ward: told.ward.clone(),
            kind: told.kind.clone(),
            vital: told.vital.clone(),
            rule: told.rule.clone(),
            priority: told.priority,
        }
    }
}

/// One patient.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::api) struct PatientFigures {
    /// The pseudonym.
    pub(in crate::api) patient: String,
    pub(in crate::api) raised: u64,
    pub(in crate::api) patient_days: f64,
    /// Null without a patient-day.
    pub(in crate::api) raised_per_patient_day: Option<f64>,
}

/// Counts a span.
///
/// # Errors
/// [`Untold`] when the store cannot be read, or there is too much.
pub(in crate::api) fn burden(
    source: &dyn ReadSource,
    asked: &BurdenAsked,
    mut bounds: Bounds,
) -> Result<Burden, Untold> {
    let patients = source.patients_ever_on(asked.ward.as_ref(), bounds.patients + 1)?;
    bounds.check_patients(patients.len())?;
    let mut count = Count::new(asked);
    for (place, patient) in patients.iter().enumerate() {
        bounds.check_time()?;
        count.patient(source, place, patient, &mut bounds)?;
    }
    Ok(count.shown(&patients))
}

/// What is counted so far.
struct Count<'a> {
    asked: &'a BurdenAsked,
    total: Tally,
    watched: Watched,
    wards: BTreeMap<String, (Tally, Watched)>,
    groups: BTreeMap<Group, Tally>,
    priorities: BTreeMap<Priority, Tally>,
    /// Alerts raised, and milliseconds monitored, of each patient with any.
    each: BTreeMap<Place, (u64, i64)>,
}

impl<'a> Count<'a> {
    fn new(asked: &'a BurdenAsked) -> Self {
        Self {
            asked,
            total: Tally::default(),
            watched: Watched::default(),
            wards: BTreeMap::new(),
            groups: BTreeMap::new(),
            priorities: BTreeMap::new(),
            each: BTreeMap::new(),
        }
    }

    fn is_asked(&self, ward: &str) -> bool {
        let asked = self.asked.ward.as_ref();
        asked.is_none_or(|asked| asked.as_str() == ward)
    }

    fn patient(
        &mut self,
        source: &dyn ReadSource,
        place: Place,
        patient: &Patient,
        bounds: &mut Bounds,
    ) -> Result<(), Untold> {
        let (from, until) = (self.asked.from, self.asked.until);
        let orders = source.orders_about(&patient.id, bounds.rows + 1)?;
        bounds.take_rows(orders.len())?;
        // As known when the span ended.
        let known = until.clinical().plus_ms(-1);
        if let Some(course) = Course::of(patient, &orders, known)? {
            self.monitored(place, &course);
        }
        let (from, until) = (from.clinical(), until.clinical());
        let documents =
            source.alert_events_between(patient.number, from, until, bounds.rows + 1)?;
        bounds.take_rows(documents.len())?;
        let told: Result<Vec<Told>, Untold> = documents.iter().map(|d| Told::read(d)).collect();
        self.events(place, &told?);
        Ok(())
    }

    fn monitored(&mut self, place: Place, course: &Course) {
        for (ward, ms) in course.monitored_by_ward((self.asked.from.0, self.asked.until.0)) {
            if self.is_asked(ward.as_str()) {
                self.watched.add(place, ms);
                let of_ward = self.wards.entry(ward.as_str().to_owned()).or_default();
                of_ward.1.add(place, ms);
                self.each.entry(place).or_default().1 += ms;
            }
        }
    }

    /// Counts what happened to one patient's alerts.
    fn events(&mut self, place: Place, told: &[Told]) {
        let mut raised: HashMap<&str, (Group, Raised)> = HashMap::new();
        for told in told {
            if told.event == "alert.raised" && self.is_asked(&told.ward) {
                let fresh = Raised {
                    at: told.at.0,
                    priority: told.priority,
                    answered: None,
                    usefulness: None,
                };
                raised.insert(&told.alert, (Group::of(told), fresh));
            }
            if let Some((_, raised)) = raised.get_mut(told.alert.as_str()) {
                if told.is_answer() {
                    raised.answered.get_or_insert(told.at.0);
                }
                raised.usefulness = told.usefulness.or(raised.usefulness);
            }
            let happened = Happened::of(&told.event, told.is_sent());
            if let Some(happened) = happened.filter(|_| self.is_asked(&told.ward)) {
                let group = Group::of(told);
                self.each_tally(&group, |tally| tally.note(happened));
            }
        }
        for (group, raised) in raised.into_values() {
            let minutes = i64::from(self.asked.targets.of(raised.priority));
            let target_ms = (minutes > 0).then_some(minutes * MINUTE_MS);
            let until = self.asked.until.0;
            self.each_tally(&group, |tally| tally.add(&raised, place, target_ms, until));
            self.each.entry(place).or_default().0 += 1;
        }
    }

    fn each_tally(&mut self, group: &Group, mut counting: impl FnMut(&mut Tally)) {
        counting(&mut self.total);
        counting(&mut self.wards.entry(group.ward.clone()).or_default().0);
        counting(self.groups.entry(group.clone()).or_default());
        counting(self.priorities.entry(group.priority).or_default());
    }

    fn shown(self, patients: &[Patient]) -> Burden {
        let targets = self.asked.targets;
        let watched: BTreeMap<String, Watched> = self
            .wards
            .iter()
            .map(|(ward, (_, watched))| (ward.clone(), watched.clone()))
            .collect();
        Burden {
            from: self.asked.from,
            until: self.asked.until,
            ward: self.asked.ward.clone().map(String::from),
            acknowledge_minutes: Targets {
                high: targets.high,
                medium: targets.medium,
                low: targets.low,
            },
            priorities: priorities(self.priorities, &self.watched),
            total: Figures::new(self.total, &self.watched),
            most_alerts: most_alerts(&self.each, patients),
            kinds: kinds(self.groups, &watched),
            wards: self.wards.into_iter().map(of_ward).collect(),
        }
    }
}

fn of_ward((ward, (tally, watched)): (String, (Tally, Watched))) -> WardFigures {
    WardFigures {
        ward,
        figures: Figures::new(tally, &watched),
    }
}

fn priorities(tallies: BTreeMap<Priority, Tally>, watched: &Watched) -> Vec<PriorityFigures> {
    let shown = tallies.into_iter().rev();
    let shown = shown.map(|(priority, tally)| PriorityFigures {
        priority,
        figures: Figures::new(tally, watched),
    });
    shown.collect()
}

fn kinds(groups: BTreeMap<Group, Tally>, watched: &BTreeMap<String, Watched>) -> Vec<KindFigures> {
    let nobody = Watched::default();
    let shown = groups.into_iter().map(|(group, tally)| {
        let watched = watched.get(&group.ward).unwrap_or(&nobody);
        let figures = Figures::new(tally, watched);
        KindFigures { group, figures }
    });
    let mut kinds: Vec<KindFigures> = shown.collect();
    kinds.sort_by(|one, other| {
        let wards = one.group.ward.cmp(&other.group.ward);
        wards.then(other.figures.raised.cmp(&one.figures.raised))
    });
    kinds
}

fn most_alerts(each: &BTreeMap<Place, (u64, i64)>, patients: &[Patient]) -> Vec<PatientFigures> {
    let any = each.iter().filter(|(_, (raised, _))| *raised > 0);
    let mut most: Vec<_> = any
        .map(|(place, (raised, ms))| (*raised, *ms, *place))
        .collect();
    most.sort_by_key(|(raised, _, place)| (std::cmp::Reverse(*raised), *place));
    let most = most.into_iter().take(MOST_ALERTS_MAX);
    let named = most.filter_map(|(raised, ms, place)| {
        Some(PatientFigures {
            patient: patients.get(place)?.id.as_str().to_owned(),
            raised,
            patient_days: days(ms),
            raised_per_patient_day: per_day(raised, ms),
        })
    });
    named.collect()
}
