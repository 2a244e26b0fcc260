//! Hours of a NEWS2 that come late, both ways.

use super::bed::{Bed, Said, measured, reading};
use crate::detect::Source;
use crate::domain::{AlertKind, FindingState, Priority, Reading, Vital};

const MINUTE: i64 = 60_000;
const NEWS2: AlertKind = AlertKind::News2;
const LATE: Said = Said::Late(Priority::High);

/// What a watch that was out of reach forwards: a moment every five minutes.
fn burst(from: i64, until: i64, ill: impl Fn(i64) -> bool) -> Vec<Reading> {
    let moments = (from..until).step_by(5);
    let moment = |minute: i64| {
        // A heart that never changes is a frozen sensor.
        let wobble = (minute / 5 % 3) as f64;
        let values = match ill(minute) {
            true => [
                (Vital::RespiratoryRate, 26.0),
                (Vital::OxygenSaturation, 90.0),
                (Vital::HeartRate, 100.0 + wobble),
            ],
            false => [
                (Vital::RespiratoryRate, 16.0),
                (Vital::OxygenSaturation, 98.0),
                (Vital::HeartRate, 72.0 + wobble),
            ],
        };
        values.map(|(vital, value)| reading(minute * MINUTE, vital, value))
    };
    moments.flat_map(moment).collect()
}

/// What was found of NEWS2 since the last call.
fn news(bed: &mut Bed) -> Vec<(Said, i64)> {
    let all = bed.news().into_iter().filter(|news| news.0 == NEWS2);
    all.map(|(_, said, at)| (said, at / MINUTE)).collect()
}

#[test]
fn two_hours_of_a_high_news2_that_ended_before_page_nobody_and_are_listed_once() {
    let mut bed = Bed::new();
    let all = burst(0, 300, |minute| (60..180).contains(&minute));
    bed.send(400 * MINUTE, &all, Source::Watch);
    bed.to(402 * MINUTE);
    let found = bed.findings.iter().find(|found| found.kind == NEWS2);
    let found = found.expect("listed");
    let FindingState::Late { began, .. } = found.state else {
        panic!("{:?}", found.state)
    };
    assert_eq!(began, measured(60 * MINUTE));
    let said = "NEWS2 was at least 7, from 5 hours to 3 hours ago; it was over when it became \
                known, so nobody was paged.";
    assert_eq!(found.evidence.summary, said);
    assert_eq!(news(&mut bed), [(LATE, 400)]);
    let after = burst(405, 500, |_| false);
    for moment in after.chunks(3) {
        let at = moment[0].at.epoch_ms() - super::bed::START;
        bed.send(at, moment, Source::Watch);
    }
    assert_eq!(news(&mut bed), []);
}

#[test]
fn a_news2_that_still_holds_at_the_newest_fresh_values_pages_once_and_says_when_it_began() {
    let mut bed = Bed::new();
    let all = burst(0, 241, |minute| minute >= 120);
    bed.send(241 * MINUTE, &all, Source::Watch);
    bed.to(243 * MINUTE);
    let raised = bed.findings.iter().filter(|found| found.kind == NEWS2);
    let states: Vec<FindingState> = raised.map(|found| found.state).collect();
    let began = measured(120 * MINUTE);
    let priority = Priority::High;
    assert_eq!(states, [FindingState::Raise { priority, began }]);
}

#[test]
fn a_news2_that_lasted_too_short_a_time_is_not_listed_and_one_that_may_go_on_not_yet() {
    let mut bed = Bed::new();
    let brief = burst(0, 300, |minute| minute == 60);
    bed.send(400 * MINUTE, &brief, Source::Watch);
    bed.to(402 * MINUTE);
    assert_eq!(news(&mut bed), []);

    let mut bed = Bed::new();
    let open = burst(0, 180, |minute| minute >= 60);
    bed.send(400 * MINUTE, &open, Source::Watch);
    bed.to(402 * MINUTE);
    assert_eq!(news(&mut bed), [], "nobody knows whether it is over");
    for minute in (405..470).step_by(5) {
        let moment = burst(minute, minute + 1, |_| false);
        bed.send(minute * MINUTE, &moment, Source::Watch);
    }
    bed.to(470 * MINUTE);
    let listed = news(&mut bed);
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0].0, LATE);
}

#[test]
fn where_nobody_is_monitored_nothing_is_listed() {
    let mut bed = Bed::new();
    bed.context.monitoring.clear();
    bed.changed(0);
    let all = burst(0, 300, |minute| (60..180).contains(&minute));
    bed.send(400 * MINUTE, &all, Source::Watch);
    bed.to(402 * MINUTE);
    assert_eq!(news(&mut bed), []);
}
