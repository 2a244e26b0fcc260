//! What is marked in the charts and told beside them: alerts while they held, treatment,
//! times in which nobody could measure or nobody was to watch, and notes.

use super::period::Period;
use super::record::given_words;
use crate::api::language::say;
use crate::api::moment::Moment;
use crate::api::pages::catalogue;
use crate::api::pages::fields::Fields;
use crate::api::pages::words::Zone;
use crate::api::routes::alert_document;
use crate::api::source::{AssignmentsOf, Bucket, ReadError, ReadSource};
use crate::domain::{ClinicalTime, Period as Lasting, Vital};
use crate::registry::Patient;
use crate::store::{NotesQuery, ReadingsQuery};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Marks of one kind at most.
const MARKS_MAX: usize = 200;
/// Events that are read for them.
pub(super) const EVENTS_MAX: usize = 5_000;
/// Who said nothing for so long after "not worn" may wear it again.
const UNHEARD_MS: i64 = 30 * 60_000;

/// From a moment until before another, epoch milliseconds.
type Span = (i64, i64);

/// Something that lasts, or that happened at a moment.
#[derive(Clone, Serialize)]
pub(super) struct Mark {
    /// `alert`, `treatment`, `given`, `unworn`, `paused` or `note`.
    pub(super) kind: &'static str,
    /// Epoch milliseconds.
    pub(super) from: i64,
    /// None: a moment.
    pub(super) until: Option<i64>,
    pub(super) words: String,
    /// Of an alert: its vital, where it has one, and how urgent it was.
    pub(super) vital: Option<String>,
    pub(super) priority: String,
    /// Of an alert.
    pub(super) id: String,
}

/// A mark in words, for the list.
pub(super) struct Row {
    pub(super) kind: &'static str,
    pub(super) words: String,
    pub(super) when: String,
    /// The alert's id; empty where it is none.
    pub(super) id: String,
}

/// All marks of a period.
#[derive(Default)]
pub(super) struct Marks {
    pub(super) all: Vec<Mark>,
    /// Whether there were more than are marked.
    pub(super) is_cut: bool,
}

impl Marks {
    fn add(&mut self, marks: impl IntoIterator<Item = Mark>) {
        let mut marks: Vec<_> = marks.into_iter().collect();
        self.is_cut |= marks.len() > MARKS_MAX;
        // The newest stay.
        marks.sort_by_key(|mark| std::cmp::Reverse(mark.from));
        marks.truncate(MARKS_MAX);
        self.all.extend(marks);
    }

    /// The list, the newest first.
    pub(super) fn rows(&self, zone: &Zone) -> Vec<Row> {
        let mut sorted: Vec<_> = self.all.iter().collect();
        sorted.sort_by_key(|mark| std::cmp::Reverse(mark.from));
        let short = |at| zone.short(ClinicalTime::from_epoch_ms(at));
        let row = |mark: &Mark| Row {
            kind: named(mark.kind),
            words: mark.words.clone(),
            when: match mark.until {
                Some(until) => say!(
                    "{from} to {until}",
                    from = short(mark.from),
                    until = short(until)
                ),
                None => short(mark.from),
            },
            id: mark.id.clone(),
        };
        sorted.into_iter().map(row).collect()
    }
}

fn named(kind: &str) -> &'static str {
    match kind {
        "alert" => say!("▲ Alert"),
        "treatment" => say!("▨ Treatment"),
        "given" => say!("▼ Given"),
        "unworn" => say!("▒ Not worn"),
        "paused" => say!("▥ Not watched"),
        _ => say!("✎ Note"),
    }
}

/// Everything that is marked in a period.
pub(super) fn read(
    source: &dyn ReadSource,
    patient: &Patient,
    period: &Period,
) -> Result<Marks, ReadError> {
    let within = (period.from.epoch_ms(), period.until.epoch_ms());
    let mut marks = Marks::default();
    let (alerts, is_cut) = alerts(source, patient, period)?;
    marks.is_cut = is_cut;
    marks.add(alerts);
    marks.add(treatment(patient, within));
    marks.add(given(patient, within));
    marks.add(unwatched(patient, within));
    marks.add(unworn(source, patient, period)?);
    marks.add(notes(source, patient, period)?);
    Ok(marks)
}

fn lasting(kind: &'static str, span: Span, words: impl Into<String>) -> Mark {
    Mark {
        kind,
        from: span.0,
        until: Some(span.1),
        words: words.into(),
        vital: None,
        priority: String::new(),
        id: String::new(),
    }
}

fn moment(kind: &'static str, at: i64, words: impl Into<String>) -> Mark {
    Mark {
        until: None,
        ..lasting(kind, (at, at), words)
    }
}

fn clip(span: Span, within: Span) -> Option<Span> {
    let clipped = (span.0.max(within.0), span.1.min(within.1));
    (clipped.0 < clipped.1).then_some(clipped)
}

fn of(period: &Lasting) -> Span {
    let end = period.end.map_or(i64::MAX, ClinicalTime::epoch_ms);
    (period.start.epoch_ms(), end)
}

/// What of `within` lies in none of `spans`.
fn outside(mut spans: Vec<Span>, within: Span) -> Vec<Span> {
    spans.sort_unstable();
    let (mut free, mut since) = (Vec::new(), within.0);
    for (from, until) in spans {
        free.extend(clip((since, from), within));
        since = since.max(until);
    }
    free.extend(clip((since, within.1), within));
    free
}

fn treatment(patient: &Patient, within: Span) -> impl Iterator<Item = Mark> {
    let context = &patient.context;
    let lists = [
        (&context.treatment, say!("On treatment")),
        (&context.neutropenia, say!("Neutropenia recorded")),
        (
            &context.post_infusion,
            say!("After an infusion: a reaction is looked for"),
        ),
    ];
    lists.into_iter().flat_map(move |(periods, words)| {
        let spans = periods.iter().filter_map(move |one| clip(of(one), within));
        spans.map(move |span| lasting("treatment", span, words))
    })
}

fn given(patient: &Patient, within: Span) -> impl Iterator<Item = Mark> {
    let given = patient.context.administrations.iter();
    let inside = move |at: i64| within.0 <= at && at < within.1;
    given.filter_map(move |one| {
        let at = one.given_at.epoch_ms();
        let words = given_words(one);
        inside(at).then(|| moment("given", at, words))
    })
}

/// Planned pauses, and what lies outside all monitoring.
fn unwatched(patient: &Patient, within: Span) -> Vec<Mark> {
    let context = &patient.context;
    let pauses = context.pauses.iter().filter_map(|pause| {
        let span = clip((pause.start.epoch_ms(), pause.end.epoch_ms()), within)?;
        let words = say!("Monitoring paused: {why}", why = pause.reason);
        Some(lasting("paused", span, words))
    });
    let monitored = context.monitoring.iter().map(of).collect();
    let outside = outside(monitored, within).into_iter();
    let outside = outside.map(|span| lasting("paused", span, say!("Not monitored")));
    pauses.chain(outside).collect()
}

/// By the watch's own word, and while no watch was assigned.
fn unworn(
    source: &dyn ReadSource,
    patient: &Patient,
    period: &Period,
) -> Result<Vec<Mark>, ReadError> {
    let (from, until) = period.measured();
    let width = period.drawn_ms();
    let query = ReadingsQuery {
        patient: patient.number,
        vitals: vec![Vital::Worn],
        from,
        until,
        known_at: None,
        limit: usize::try_from(period.length_ms() / width + 2).unwrap_or(0),
    };
    let width_ms = u32::try_from(width).unwrap_or(u32::MAX);
    let (stretches, _) = source.bucketed(&query, width_ms)?;
    let within = (from.epoch_ms(), until.epoch_ms());
    let off = off(&stretches, width, within.1).into_iter();
    let off = off.filter_map(|span| clip(span, within));
    let off = off.map(|span| lasting("unworn", span, say!("The watch says that it is not worn")));
    let assigned = source.assignments(AssignmentsOf::Patient(patient.number))?;
    let assigned = assigned.iter().map(|one| {
        let end = one.end.map_or(i64::MAX, |end| end.epoch_ms());
        (one.start.epoch_ms(), end)
    });
    let none = outside(assigned.collect(), within).into_iter();
    let none = none.map(|span| lasting("unworn", span, say!("No watch was assigned")));
    Ok(off.chain(none).collect())
}

/// From the first stretch that is mostly off the wrist to the next that is not. Who is
/// not heard for long after that may wear it again: it ends where it was last said.
fn off(stretches: &[Bucket], width: i64, until: i64) -> Vec<Span> {
    let (mut spans, mut since, mut said) = (Vec::new(), None, i64::MIN);
    let reach = |said: i64, next: i64| match next - said <= UNHEARD_MS.max(width) {
        true => next,
        false => said,
    };
    for one in stretches {
        let Some(mean) = one.mean else { continue };
        let start = one.start.epoch_ms();
        if let Some(from) = since
            && (mean >= 0.5 || reach(said, start) == said)
        {
            spans.push((from, reach(said, start)));
            since = None;
        }
        if mean < 0.5 {
            since = since.or(Some(start));
            said = start + width;
        }
    }
    if let Some(from) = since {
        spans.push((from, reach(said, until)));
    }
    spans
}

fn notes(
    source: &dyn ReadSource,
    patient: &Patient,
    period: &Period,
) -> Result<Vec<Mark>, ReadError> {
    let notes = source.notes(&NotesQuery {
        patient: patient.number,
        from: period.from,
        until: period.until,
        before: None,
        limit: MARKS_MAX + 1,
    })?;
    let held = notes.iter().filter(|note| note.withdrawn.is_none());
    let mark = held.map(|note| {
        let words = say!("Note by {author}", author = note.author);
        moment("note", note.at.epoch_ms(), words)
    });
    Ok(mark.collect())
}

/// An alert while its condition holds.
struct Holding {
    from: i64,
    mark: Mark,
}

fn alerts(
    source: &dyn ReadSource,
    patient: &Patient,
    period: &Period,
) -> Result<(Vec<Mark>, bool), ReadError> {
    let standing = source.standing_alerts(patient.number, period.from, MARKS_MAX + 1)?;
    let (from, until) = (period.from, period.until);
    let events = source.alert_events_between(patient.number, from, until, EVENTS_MAX + 1)?;
    let is_cut = standing.len() > MARKS_MAX || events.len() > EVENTS_MAX;
    let within = (from.epoch_ms(), until.epoch_ms());
    let mut holding = BTreeMap::new();
    let mut marks = Vec::new();
    let standing = standing.iter().map(|view| view.newest.as_str());
    for document in standing.chain(events.iter().map(String::as_str)) {
        let Ok(value) = serde_json::from_str::<Value>(document) else {
            continue;
        };
        let value = alert_document::state(value);
        marks.extend(follow(&mut holding, Fields(&value)));
    }
    let still = holding.into_values().map(|one: Holding| Mark {
        from: one.from,
        until: Some(within.1),
        ..one.mark
    });
    let marks = marks.into_iter().chain(still).filter_map(|mark| {
        let Some(end) = mark.until else {
            return (within.0..within.1).contains(&mark.from).then_some(mark);
        };
        let (from, end) = clip((mark.from, end), within)?;
        let until = Some(end);
        Some(Mark {
            from,
            until,
            ..mark
        })
    });
    Ok((marks.collect(), is_cut))
}

/// What an event makes of the alerts that hold; the mark of one that is over.
fn follow(holding: &mut BTreeMap<String, Holding>, event: Fields<'_>) -> Option<Mark> {
    let time = |pointer| event.moment(pointer).map(|at| Moment::from(at).0);
    let (id, at) = (event.text("/alert").to_owned(), time("/at")?);
    let began = time("/began_at").unwrap_or(at);
    let kind = event.text("/kind");
    let words = catalogue::kind(kind, event.some("/vital"), event.some("/rule"));
    let mark = Mark {
        vital: event.some("/vital").map(str::to_owned),
        priority: event.text("/priority").to_owned(),
        id: id.clone(),
        ..moment("alert", began, words)
    };
    match event.text("/type") {
        "alert.found_late" => {
            let words = say!("{alert}: found late, when it was over", alert = mark.words);
            return Some(Mark { words, ..mark });
        }
        // What routing does changes nothing of it.
        "alert.notified" | "alert.suppressed" => return None,
        _ => {}
    }
    let holds = event.text("/condition") == "active" && event.text("/handling") != "resolved";
    match (holds, holding.remove(&id)) {
        (true, known) => {
            let came_back = event.text("/type") == "alert.reopened";
            let from = known.map_or(if came_back { at } else { began }, |known| known.from);
            holding.insert(id, Holding { from, mark });
            None
        }
        (false, Some(known)) => Some(Mark {
            from: known.from,
            until: Some(at),
            ..mark
        }),
        (false, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::MeasuredTime;

    fn said(minute: i64, worn: f64) -> Bucket {
        Bucket {
            vital: Vital::Worn,
            start: MeasuredTime::from_epoch_ms(minute * 60_000),
            count: 1,
            min: Some(worn),
            max: Some(worn),
            mean: Some(worn),
            last: Some(worn),
            last_at: None,
            last_arrived: None,
            delay_ms_max: 0,
            suspect: 0,
            artefact: 0,
        }
    }

    fn minutes(said: &[Bucket], until: i64) -> Vec<Span> {
        let spans = off(said, 60_000, until * 60_000).into_iter();
        spans
            .map(|(from, until)| (from / 60_000, until / 60_000))
            .collect()
    }

    #[test]
    fn a_watch_is_off_from_its_word_to_its_next_and_not_for_ever() {
        let (on, away) = (1.0, 0.0);
        let short = [said(0, on), said(5, away), said(9, away), said(20, on)];
        assert_eq!(minutes(&short, 60), [(5, 20)]);
        assert_eq!(minutes(&[said(5, away)], 30), [(5, 30)]);
        assert_eq!(minutes(&[said(5, away)], 60), [(5, 6)], "not heard since");
        let twice = [said(5, away), said(50, away), said(51, on)];
        assert_eq!(minutes(&twice, 60), [(5, 6), (50, 51)]);
        assert_eq!(minutes(&[said(5, 0.5)], 60), []);
    }

    #[test]
    fn what_lies_outside_is_what_no_span_covers() {
        let none = outside(vec![(5, 8), (2, 4), (3, 6)], (0, 10));
        assert_eq!(none, [(0, 2), (8, 10)]);
        assert_eq!(outside(Vec::new(), (0, 10)), [(0, 10)]);
        assert_eq!(outside(vec![(-5, i64::MAX)], (0, 10)), []);
    }
}
