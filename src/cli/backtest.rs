//! `wardlight backtest`: recorded readings through the service's own engine.
//!
//! Each patient of the file has its own clock and timers; readings arrive when
//! they were measured. After a patient's last reading time goes on only until
//! the epochs of that reading have closed: what is silent after the data end is
//! the file, not the patient.

mod bed;
mod cell;
mod episodes;
mod gaps;
mod patients;
mod progress;
mod rows;
mod scores;
mod source;
mod summary;
mod tally;

use super::arguments::BacktestArguments;
use super::output::say;
use super::rulebook;
use super::target::Target;
use crate::domain::ClinicalTime;
use crate::engine::Rulebook;
use bed::{Bed, Desk};
use patients::Patients;
use progress::Progress;
use rows::Rows;
use scores::Scores;
use std::path::Path;
use std::time::Instant;
use summary::Summary;
use tally::Tally;

pub(super) use scores::ScoreInputAge;

/// Judges a file of readings, and writes what would have been raised.
pub(super) fn run(config: Option<&Path>, arguments: &BacktestArguments) -> anyhow::Result<()> {
    let mut config = super::serve::load(config)?;
    if let Some(budget) = arguments.alarm_budget {
        config.detect.alarm_budget = config.detect.alarm_budget.with_medium(budget);
    }
    let book = rulebook::read(&mut config, arguments.rules.as_deref())?.for_replay();
    let begin = Instant::now();
    let patients = Patients::open(arguments.patients.as_deref())?;
    let rows = Rows::open(&arguments.readings)?;
    let tally = judge(rows, &book, &patients, desk(arguments, &book)?)?;
    let summary = Summary::of(tally, &book.rules, begin.elapsed());
    if arguments.json {
        say(serde_json::to_string_pretty(&summary)?);
    } else {
        say(summary);
    }
    Ok(())
}

fn desk(arguments: &BacktestArguments, book: &Rulebook) -> anyhow::Result<Desk> {
    let inputs = [Some(&arguments.readings), arguments.patients.as_ref()];
    let outputs = [Some(&arguments.alerts), arguments.scores.as_ref()];
    let mut paths: Vec<_> = inputs.into_iter().chain(outputs).flatten().collect();
    let given = paths.len();
    paths.sort();
    paths.dedup();
    anyhow::ensure!(
        paths.len() == given,
        "one file is named twice: what is read must not be written over"
    );
    let scores = arguments.scores.as_deref().map(|path| {
        let rules = arguments.score_input_age.applied(&book.rules);
        anyhow::Ok(Scores::begin(Target::create(path)?, rules)?)
    });
    Ok(Desk {
        alerts: Target::create(&arguments.alerts)?,
        scores: scores.transpose()?,
        tally: Tally::default(),
    })
}

fn judge(
    mut rows: Rows,
    book: &Rulebook,
    patients: &Patients,
    mut desk: Desk,
) -> anyhow::Result<Tally> {
    let mut progress = Progress::new(rows.length, std::rc::Rc::clone(&rows.read));
    let mut bed: Option<Bed<'_>> = None;
    while let Some(row) = rows.next()? {
        if row.begins {
            if let Some(bed) = bed.take() {
                bed.end(&mut desk)?;
            }
            let first = ClinicalTime::from_epoch_ms(row.at.epoch_ms());
            let context = patients.context(rows.patient(), first).ok_or_else(|| {
                let why = "this patient does not stand in the file given with --patients: add it";
                rows.refused(row.line, why)
            })?;
            bed = Some(Bed::new(book, rows.patient(), context, row.at));
        }
        if let Some(bed) = &mut bed {
            bed.take(&row, &mut desk)?;
        }
        progress.row(desk.tally.readings, desk.tally.patients);
    }
    if let Some(bed) = bed {
        bed.end(&mut desk)?;
    }
    desk.close()
}
