//! Hours of a clinical rule that come late, both ways.

use super::bed::{Bed, Said, measured, reading};
use super::clinical::id;
use super::clinical_files::{SITE, set_of};
use crate::detect::Source;
use crate::domain::{AlertKind, FindingState, Priority, Reading, Vital};

const MINUTE: i64 = 60_000;
const HR: Vital = Vital::HeartRate;

fn site_bed(text: &str) -> Bed {
    let mut bed = Bed::new();
    bed.rules.baseline.vitals.heart_rate.enabled = false;
    bed.rules.clinical = set_of(&[("site", text)]);
    bed
}

/// What a watch that was out of reach forwards: a value a minute.
fn burst(from: i64, until: i64, ill: impl Fn(i64) -> bool) -> Vec<Reading> {
    let value = |minute: i64| {
        // A heart that never changes is a frozen sensor.
        let wobble = (minute % 3) as f64;
        let usual = if ill(minute) { 130.0 } else { 80.0 };
        reading(minute * MINUTE, HR, usual + wobble)
    };
    (from..until).map(value).collect()
}

/// What the rule said, with the minute.
fn said(bed: &mut Bed) -> Vec<(Said, i64)> {
    let kind = AlertKind::Rule(id("site"));
    let news = bed.news().into_iter().filter(|(of, ..)| *of == kind);
    news.map(|(_, said, at)| (said, at / MINUTE)).collect()
}

#[test]
fn two_hours_of_a_rule_that_ended_before_page_nobody_and_are_listed_once() {
    let mut bed = site_bed(SITE);
    let all = burst(0, 300, |minute| (60..180).contains(&minute));
    bed.send(400 * MINUTE, &all, Source::Watch);
    bed.to(402 * MINUTE);
    let kind = AlertKind::Rule(id("site"));
    let found = bed.findings.iter().find(|found| found.kind == kind);
    let found = found.expect("listed");
    let FindingState::Late { began, priority } = found.state else {
        panic!("{:?}", found.state)
    };
    assert_eq!((began, priority), (measured(60 * MINUTE), Priority::Medium));
    let words = "it held from 5 hours to 3 hours ago and was over when it became known, so \
                 nobody was paged.";
    assert!(
        found.evidence.summary.ends_with(words),
        "{}",
        found.evidence.summary
    );
    assert_eq!(said(&mut bed).len(), 1);
    bed.send(460 * MINUTE, &burst(405, 459, |_| false), Source::Watch);
    bed.to(462 * MINUTE);
    assert_eq!(said(&mut bed), []);
}

#[test]
fn a_rule_that_still_holds_at_the_newest_fresh_values_pages_once_and_says_when_it_began() {
    let mut bed = site_bed(SITE);
    let all = burst(0, 241, |minute| minute >= 120);
    bed.send(241 * MINUTE, &all, Source::Watch);
    bed.to(244 * MINUTE);
    let kind = AlertKind::Rule(id("site"));
    let found = bed.findings.iter().filter(|found| found.kind == kind);
    let states: Vec<FindingState> = found.map(|found| found.state).collect();
    let (began, priority) = (measured(120 * MINUTE), Priority::Medium);
    assert_eq!(states, [FindingState::Raise { priority, began }]);
    bed.findings.clear();
    for minute in 242..420 {
        bed.send(
            minute * MINUTE,
            &burst(minute, minute + 1, |_| false),
            Source::Watch,
        );
    }
    let ends = said(&mut bed);
    assert_eq!(ends.len(), 1, "{ends:?}");
    assert_eq!(
        ends[0].0,
        Said::Clear,
        "it was told and is not listed beside"
    );
}

#[test]
fn an_urgent_stretch_makes_what_is_listed_urgent_and_a_brief_one_is_nothing() {
    let urgent =
        "\n[urgent]\nwhen = \"heart_rate >= 125\"\npriority = \"high\"\nwords = \"very fast\"\n";
    let mut bed = site_bed(&format!("{SITE}{urgent}"));
    let all = burst(0, 300, |minute| (60..180).contains(&minute));
    bed.send(400 * MINUTE, &all, Source::Watch);
    bed.to(402 * MINUTE);
    assert_eq!(said(&mut bed)[0].0, Said::Late(Priority::High));

    let mut bed = site_bed(SITE);
    let brief = burst(0, 300, |minute| minute == 60);
    bed.send(400 * MINUTE, &brief, Source::Watch);
    bed.to(402 * MINUTE);
    assert_eq!(said(&mut bed), []);
}
