//! What a nurse reads of it.

use super::detectors::{Detector, Standing};
use super::judge::Judged;
use super::trend::Forecast;
use crate::detect::departures::COURSE_VITALS;
use crate::detect::deterioration::last_minute_of;
use crate::detect::step::Step;
use crate::detect::wording::{HOURS_OF_A_DAY, chance, change, name, size, whose_course};
use crate::domain::{Evidence, EvidenceValue, MeasuredTime, Vital};

pub(super) const RULE: &str = "sustained_change";
pub(super) const VERSION: u32 = 1;
/// Why it ended.
pub(super) const USUAL_AGAIN: &str = "The last hours are no longer unusual for this patient.";
/// Why it ended after its time.
pub(super) const OVER: &str = "It was told some days ago. A change that stays is not told again.";
/// Parts below this share of the evidence are not named in the sentence.
const NAMED_SHARE: f64 = 0.1;

pub(super) fn evidence(
    step: &Step<'_>,
    judged: &Judged,
    hour: u32,
    standings: &[Standing],
) -> Evidence {
    let chance = chance(judged.hours_between, judged.is_own);
    let known = standings
        .iter()
        .map(|standing| standing.departure.hours_known);
    let whose = whose_course(step, known.fold(f64::INFINITY, f64::min));
    let mut evidence = Evidence {
        rule: RULE.to_owned(),
        rule_version: VERSION,
        summary: format!(
            "A change that lasts: {}. Seen by {}.{} {chance}{whose}",
            drifts(step, standings),
            seen_by(judged),
            soonest(step, standings),
        ),
        values: standings.iter().map(|of| value(step, hour, of)).collect(),
        missing: missing(standings),
        chance: Some(chance),
        ..Evidence::default()
    }
    .with_figure("log_evidence", judged.evidence)
    .with_figure("threshold", judged.threshold)
    .with_figure("hours_learnt", judged.hours_learnt)
    .with_figure("days_between", judged.hours_between / HOURS_OF_A_DAY);
    for (detector, share) in Detector::ALL.into_iter().zip(judged.shares) {
        evidence = evidence.with_figure(&format!("share.{}", detector.name()), share);
    }
    for standing in standings {
        evidence = with_figures(evidence, standing);
    }
    evidence
}

fn with_figures(evidence: Evidence, standing: &Standing) -> Evidence {
    let name = standing.vital.name();
    let mut evidence = evidence
        .with_figure(&format!("departure.{name}"), away(standing))
        .with_figure(&format!("average.{name}"), standing.average);
    if let Some(line) = standing.line {
        evidence = evidence.with_figure(&format!("slope_per_hour.{name}"), line.slope);
    }
    if let Some(ahead) = standing.forecast {
        evidence = evidence.with_figure(&format!("hours_to_limit.{name}"), ahead.hours);
    }
    evidence
}

/// How far the vital's last hours are off its usual course, in its unit.
fn away(standing: &Standing) -> f64 {
    let departure = &standing.departure;
    let now = departure.value - departure.wave;
    standing.line.map_or(now, |line| line.level) - departure.level
}

/// The vitals that make the most of it, the farthest first.
fn drifts(step: &Step<'_>, standings: &[Standing]) -> String {
    let weight = |of: &Standing| if of.counts { of.average.powi(2) } else { 0.0 };
    let all: f64 = standings.iter().map(weight).sum();
    let mut named: Vec<&Standing> = standings
        .iter()
        .filter(|of| weight(of) > 0.0 && weight(of) >= NAMED_SHARE * all)
        .collect();
    named.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    let named: Vec<String> = named.into_iter().map(|of| drift(step, of)).collect();
    if named.is_empty() {
        return "several signs together are not as usual".to_owned();
    }
    named.join(", ")
}

/// `heart rate +9/min and rising by 0.5/min an hour`.
fn drift(step: &Step<'_>, standing: &Standing) -> String {
    let vital = standing.vital;
    let words = format!("{} {}", name(vital), change(vital, away(standing)));
    let told_from = step.rules.sustained_change.trend.told_from;
    let sure = |line: &&super::trend::Line| line.slope.abs() >= told_from * line.error;
    let Some(line) = standing.line.as_ref().filter(sure) else {
        return words;
    };
    let way = if line.slope > 0.0 {
        "rising"
    } else {
        "falling"
    };
    let (pace, per) = if line.slope.abs() >= 0.1 {
        (line.slope.abs(), "an hour")
    } else {
        (line.slope.abs() * HOURS_OF_A_DAY, "a day")
    };
    format!("{words} and {way} by {} {per}", size(vital, pace, 1))
}

/// Which detectors say so, the loudest first.
fn seen_by(judged: &Judged) -> String {
    let mut parts: Vec<(Detector, f64)> = Detector::ALL.into_iter().zip(judged.shares).collect();
    parts.retain(|(_, share)| *share >= NAMED_SHARE);
    parts.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let words = parts.into_iter().map(|(detector, share)| {
        let words = match detector {
            Detector::RobustZ => "single hours",
            Detector::Ewma => "the running average",
            Detector::Cusum => "the running sum",
            Detector::Multivariate => "all vitals together",
            Detector::Trend => "the trend",
        };
        format!("{words} ({:.0} %)", 100.0 * share)
    });
    let words: Vec<String> = words.collect();
    words.join(", ")
}

/// The first limit that a vital is on its way to.
fn soonest(step: &Step<'_>, standings: &[Standing]) -> String {
    let told_from = step.rules.sustained_change.trend.told_from;
    let ahead = standings.iter().filter_map(|standing| {
        let forecast = standing.forecast?;
        (forecast.significance >= told_from).then_some((standing.vital, forecast))
    });
    let first = ahead.min_by(|(_, a), (_, b)| a.hours.total_cmp(&b.hours));
    first.map_or_else(String::new, |(vital, ahead)| arrival(vital, ahead))
}

fn arrival(vital: Vital, ahead: Forecast) -> String {
    let limit = limit_words(vital, ahead.limit);
    match ahead.hours {
        0.0 => format!(" The line through {} is past {limit}.", name(vital)),
        hours if hours < 1.5 => {
            format!(
                " At this pace {} reaches {limit} in about an hour.",
                name(vital)
            )
        }
        hours => format!(
            " At this pace {} reaches {limit} in about {hours:.0} h.",
            name(vital)
        ),
    }
}

fn limit_words(vital: Vital, limit: f64) -> String {
    let digits = usize::from(vital == Vital::BodyTemperature || limit.fract() != 0.0);
    size(vital, limit, digits)
}

fn value(step: &Step<'_>, hour: u32, standing: &Standing) -> EvidenceValue {
    let measured = i64::from(last_minute_of(hour)) * 60_000;
    let measured = MeasuredTime::from_epoch_ms(measured.min(step.at.epoch_ms()));
    let departure = &standing.departure;
    let mut value = step.value(standing.vital, departure.value, measured);
    value.limit = Some(departure.level + departure.wave);
    value
}

/// Vitals that have a course and no value in this hour.
fn missing(standings: &[Standing]) -> Vec<String> {
    let present = |vital: Vital| standings.iter().any(|of| of.vital == vital);
    let missing = COURSE_VITALS.into_iter().filter(|vital| !present(*vital));
    missing.map(|vital| vital.name().to_owned()).collect()
}
