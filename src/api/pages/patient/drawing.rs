//! The charts of a printed record.

use super::marks;
use super::news2;
use super::period::Period;
use super::values;
use crate::api::language::say;
use crate::api::pages::catalogue;
use crate::api::pages::fields::Times;
use crate::api::pdf::{Document, Plot, Point};
use crate::api::source::{Bucket, ReadError, ReadSource};
use crate::detect::Rules;
use crate::domain::{ClinicalTime, Vital};
use crate::registry::Patient;
use std::collections::BTreeMap;

/// Moments that are named under a chart.
const TIMES: i64 = 4;
/// Single values that stand alone are summed up by at least so much.
const SHORTEST_MS: i64 = 60_000;

/// Draws a chart of each vital that was measured, and of NEWS2.
pub(super) fn draw(
    document: &mut Document,
    source: &dyn ReadSource,
    patient: &Patient,
    period: &Period,
    (times, rules): (&Times, &Rules),
) -> Result<(), ReadError> {
    let width = period.drawn_ms().max(SHORTEST_MS);
    let stretches = values::read(source, patient.number, period, width)?;
    if stretches.is_empty() {
        return Ok(());
    }
    document.heading(say!("Charts"), 12.0);
    let words = say!(
        "Band: lowest to highest good value; line: the mean. Grey: the watch was not worn, or none was assigned."
    );
    document.paragraph(words, 8.0);
    let marks = marks::read(source, patient, period)?.all;
    let off = marks.iter().filter(|mark| mark.kind == "unworn");
    let shaded = off.filter_map(|mark| Some((seconds(mark.from), seconds(mark.until?))));
    let frame = Frame {
        period,
        shaded: shaded.collect(),
        times: moments(period, times),
    };
    let scored = news2::over(source, patient, period, width, rules)?;
    let scored = scored.iter().map(|one| {
        let (least, most) = (f64::from(one.least), f64::from(one.most));
        (one.at, (seconds(one.at), least, least, most))
    });
    let tiers = [rules.news2.medium, rules.news2.high].map(|tier| f64::from(tier.at_least));
    let scored = runs(scored, width);
    if !scored.is_empty() {
        document.plot(&Plot {
            caption: say!("NEWS2: the least that it is proven to be, up to the most").to_owned(),
            limits: tiers.to_vec(),
            ..frame.plot(scored)
        });
    }
    let mut by_vital: BTreeMap<Vital, Vec<&Bucket>> = BTreeMap::new();
    for one in &stretches {
        by_vital.entry(one.vital).or_default().push(one);
    }
    for (vital, stretches) in by_vital {
        let points = stretches.into_iter().filter_map(|one| {
            let start = one.start.epoch_ms();
            Some((start, (seconds(start), one.min?, one.mean?, one.max?)))
        });
        let unit = catalogue::unit(vital.name());
        document.plot(&Plot {
            caption: format!("{} {unit}", catalogue::vital(vital.name())),
            digits: catalogue::digits(vital.name()),
            ..frame.plot(runs(points, width))
        });
    }
    Ok(())
}

/// What all charts have in common.
struct Frame<'a> {
    period: &'a Period,
    shaded: Vec<(f64, f64)>,
    times: Vec<(f64, String)>,
}

impl Frame<'_> {
    fn plot(&self, runs: Vec<Vec<Point>>) -> Plot {
        Plot {
            from: seconds(self.period.from.epoch_ms()),
            until: seconds(self.period.until.epoch_ms()),
            runs,
            shaded: self.shaded.clone(),
            times: self.times.clone(),
            ..Plot::default()
        }
    }
}

fn seconds(epoch_ms: i64) -> f64 {
    epoch_ms as f64 / 1000.0
}

fn moments(period: &Period, times: &Times) -> Vec<(f64, String)> {
    let step = period.length_ms() / TIMES;
    let at = (0..=TIMES).map(|number| period.from.plus_ms(number * step));
    at.map(|at: ClinicalTime| (seconds(at.epoch_ms()), times.zone.short(at)))
        .collect()
}

/// Points with nothing missing between them stand together.
fn runs(points: impl Iterator<Item = (i64, Point)>, width: i64) -> Vec<Vec<Point>> {
    let mut runs: Vec<Vec<Point>> = Vec::new();
    let mut before = None;
    for (at, point) in points {
        match runs
            .last_mut()
            .filter(|_| before.is_some_and(|last| at - last <= width))
        {
            Some(run) => run.push(point),
            None => runs.push(vec![point]),
        }
        before = Some(at);
    }
    runs
}
