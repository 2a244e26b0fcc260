//! One patient of the file, while it lasts.

use super::episodes::Episodes;
use super::rows::Row;
use super::scores::{Chart, Scores};
use super::tally::Tally;
use crate::cli::target::Target;
use crate::domain::{
    AlertKind, ClinicalTime, MeasuredTime, PatientContext, Reading, ReadingSource,
};
use crate::engine::{Replay, Rulebook};
use std::io::Write;

/// Where a run writes and counts.
pub(super) struct Desk {
    pub(super) alerts: Target,
    pub(super) scores: Option<Scores<Target>>,
    pub(super) tally: Tally,
}

/// A patient under replay. What is measured arrives at once, so the clock is
/// that of the measurements.
pub(super) struct Bed<'a> {
    book: &'a Rulebook,
    replay: Replay<'a>,
    patient: String,
    monitored_from: MeasuredTime,
    at: MeasuredTime,
    /// The values of the moment that is being read, one a vital at most.
    moment: Vec<Reading>,
    episodes: Episodes,
    chart: Chart,
}

impl<'a> Bed<'a> {
    pub(super) fn new(
        book: &'a Rulebook,
        patient: &str,
        context: PatientContext,
        first: MeasuredTime,
    ) -> Self {
        let start = context.monitoring.first().map(|period| period.start);
        let from = start.map_or(first, |start| MeasuredTime::from_epoch_ms(start.epoch_ms()));
        Self {
            replay: Replay::new(book, context, arrival(from.min(first))),
            book,
            patient: patient.to_owned(),
            monitored_from: from.max(first),
            at: first,
            moment: Vec::new(),
            episodes: Episodes::default(),
            chart: Chart::default(),
        }
    }

    /// Takes a row; the moment before it is judged when it is over.
    pub(super) fn take(&mut self, row: &Row, desk: &mut Desk) -> anyhow::Result<()> {
        if row.at != self.at {
            self.judge(desk)?;
            self.at = row.at;
        }
        match row.value {
            Ok(value) => self.add(row, value, &mut desk.tally),
            Err(reason) => desk.tally.rejected(reason),
        }
        Ok(())
    }

    /// The first value of a vital counts, as it does for a watch.
    fn add(&mut self, row: &Row, value: f64, tally: &mut Tally) {
        let same = self.moment.iter().find(|known| known.vital == row.vital);
        match same {
            Some(known) if known.value == value => tally.repeated += 1,
            Some(_) => tally.conflicting(),
            None => self.moment.push(Reading {
                at: row.at,
                vital: row.vital,
                value,
            }),
        }
    }

    fn judge(&mut self, desk: &mut Desk) -> anyhow::Result<()> {
        if self.moment.is_empty() {
            return Ok(());
        }
        let now = arrival(self.at);
        let judged = self.replay.observe(now, &self.moment, ReadingSource::Watch);
        desk.tally.judged(&self.moment, judged.qualities);
        self.episodes.note(&self.patient, judged.events);
        if let Some(scores) = &mut desk.scores {
            self.chart.note(&self.moment);
            scores.write(&self.patient, self.replay.context(), &self.chart, now)?;
        }
        self.moment.clear();
        Ok(())
    }

    /// The patient's data end here: what they decide is decided, nothing later.
    /// The running hour still counts for what is judged by hours; that nothing
    /// else came in it is the end of the file and no silence.
    pub(super) fn end(mut self, desk: &mut Desk) -> anyhow::Result<()> {
        self.judge(desk)?;
        let epochs = self.book.rules.epochs;
        let minute_over = self.replay.finish(epochs.minute_closed_at(self.at));
        self.episodes.note(&self.patient, minute_over);
        let hour_over = self.replay.finish(epochs.hour_closed_at(self.at));
        let by_hours = hour_over.iter().filter(|event| {
            matches!(
                event.kind,
                AlertKind::Deterioration | AlertKind::SustainedChange
            )
        });
        self.episodes.note(&self.patient, by_hours);
        let monitored_ms = self.at.ms_since(self.monitored_from);
        desk.tally.patient(monitored_ms, &self.episodes);
        self.episodes.write(&mut desk.alerts)?;
        Ok(())
    }
}

impl Desk {
    /// All patients are done: the files take their names.
    pub(super) fn close(mut self) -> anyhow::Result<Tally> {
        if let Some(scores) = self.scores.take() {
            scores.end()?.keep()?;
        }
        self.alerts.flush()?;
        self.alerts.keep()?;
        Ok(self.tally)
    }
}

fn arrival(measured: MeasuredTime) -> ClinicalTime {
    ClinicalTime::from_epoch_ms(measured.epoch_ms())
}
