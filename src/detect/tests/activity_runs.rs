//! Activity decline: any run of days, held against the rule in plain words.

use super::bed::{Bed, START, Said, reading};
use super::rhythm_features::{Change, assert_refused, assert_taken};
use crate::detect::{ActivityDeclineRules, Source};
use crate::domain::{AlertKind, FindingState, Priority, Reading, Vital};
use proptest::prelude::*;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// 2025-11-23T00:00:00Z, London's midnight, after the start.
const MIDNIGHT: i64 = 18 * HOUR + 2_400_000;

/// Hours of a day: walked in, worn without a step, and told without either.
#[derive(Clone, Copy, Debug)]
struct Lived {
    walked: i64,
    still: i64,
    idle: i64,
    steps: i64,
}

impl Lived {
    const fn worn(self) -> i64 {
        if self.steps > 0 {
            self.walked + self.still
        } else {
            self.still
        }
    }

    const fn steps(self) -> i64 {
        if self.walked > 0 { self.steps } else { 0 }
    }
}

/// A message at five minutes past and one at ten to of each hour from midnight on.
fn messages(number: i64, day: Lived) -> Vec<Vec<Reading>> {
    let halves = day.walked * 2;
    let mut left = day.steps;
    let hours = (0..day.walked + day.still + day.idle).flat_map(|hour| {
        let start = MIDNIGHT + number * DAY + hour * HOUR;
        [(hour, start + HOUR / 12), (hour, start + HOUR * 5 / 6)]
    });
    let mut said = Vec::new();
    for (place, (hour, at)) in (0..).zip(hours) {
        let walks = hour < day.walked;
        let share = match (walks, place + 1 == halves) {
            (true, false) => day.steps / halves.max(1),
            (true, true) => left,
            (false, _) => 0,
        };
        left -= share;
        let mut message = vec![reading(at, Vital::StepCount, share as f64)];
        if !walks && hour < day.walked + day.still {
            message.push(reading(at, Vital::Worn, 1.0));
        }
        said.push(message);
    }
    said
}

/// What is told: what, when, since when, mean, usual, worn days before, limit,
/// days missing, and how many means before were as low.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    said: Said,
    at: i64,
    since: Option<i64>,
    figures: Vec<f64>,
    missing: usize,
    as_low: Option<usize>,
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = |place: usize| sorted.get(place).copied().unwrap_or(0.0);
    let upper = sorted.len() / 2;
    (middle(upper) + middle(sorted.len().saturating_sub(1) / 2)) / 2.0
}

/// The rule in plain words.
#[derive(Default)]
struct Plain {
    told: Vec<Told>,
    newest: Vec<(i64, f64)>,
    usual: Vec<f64>,
    low_days: u8,
    well_days: u8,
    unlearnt: u8,
    since: i64,
    raised: bool,
    unknown: bool,
}

impl Plain {
    fn say(&mut self, said: Said, at: i64) {
        self.told.push(Told {
            said,
            at,
            since: None,
            figures: Vec::new(),
            missing: 0,
            as_low: None,
        });
    }

    fn day(&mut self, number: i64, day: Lived, rules: &ActivityDeclineRules) {
        let at = MIDNIGHT + (number + 1) * DAY + i64::from(rules.grace_minutes) * 60_000;
        if day.worn() < i64::from(rules.worn_hours) {
            let last = self.newest.last();
            let long = last.is_none_or(|(last, _)| number - last >= i64::from(rules.within_days));
            if self.raised && long && !self.unknown {
                self.unknown = true;
                self.say(Said::Unknown, at);
            }
            return;
        }
        let mean_days = usize::from(rules.mean_days);
        if self.newest.len() == mean_days {
            let (_, steps) = self.newest.remove(0);
            self.unlearnt += 1;
            if !self.raised || self.unlearnt >= rules.learn_one_day_of {
                self.usual.push(steps);
                self.unlearnt = 0;
            }
        }
        let kept = self.usual.len().saturating_sub(28);
        self.usual.drain(..kept);
        self.newest.push((number, day.steps() as f64));
        let within = number - self.newest[0].0 < i64::from(rules.within_days);
        let known = self.usual.len() >= usize::from(rules.baseline_days);
        if self.newest.len() == mean_days && within && known {
            self.judge(at, rules);
        }
    }

    fn judge(&mut self, at: i64, rules: &ActivityDeclineRules) {
        let length = self.newest.len();
        let mean = self.newest.iter().map(|(_, steps)| steps).sum::<f64>() / length as f64;
        let usual = median(&self.usual);
        let (drop, clear) = (rules.drop_share, rules.clear_share);
        let limit = (usual - f64::from(rules.drop_steps)).min(usual * (1.0 - drop));
        self.unknown = false;
        if self.raised {
            let well = mean > usual * (1.0 - clear);
            self.well_days = if well { self.well_days + 1 } else { 0 };
            if self.well_days == rules.clear_days {
                (self.raised, self.low_days, self.well_days) = (false, 0, 0);
                self.say(Said::Clear, at);
            }
            return;
        }
        if mean > limit {
            self.low_days = 0;
            return;
        }
        let first = self.newest[0].0;
        if self.low_days == 0 {
            self.since = MIDNIGHT + first * DAY;
        }
        self.low_days += 1;
        let fresh = rules.grace_minutes <= rules.fresh_hours * 60;
        if self.low_days >= rules.days && fresh {
            self.raised = true;
            let means = self.usual.windows(length);
            let means = means.map(|days| days.iter().sum::<f64>() / length as f64);
            let (last, _) = self.newest[length - 1];
            self.told.push(Told {
                said: Said::Raise(rules.priority),
                at,
                since: Some(self.since),
                figures: vec![mean, usual, self.usual.len() as f64, limit],
                missing: (last - first + 1) as usize - length,
                as_low: Some(means.filter(|before| *before <= mean).count()),
            });
        }
    }
}

fn expected(days: &[Option<Lived>], rules: &ActivityDeclineRules) -> Vec<Told> {
    let mut plain = Plain::default();
    for (number, day) in (0..).zip(days) {
        let told = day.filter(|day| day.walked + day.still + day.idle > 0);
        if let Some(day) = told {
            plain.day(number, day, rules);
        }
    }
    plain.told
}

fn found(days: &[Option<Lived>], rules: ActivityDeclineRules) -> Vec<Told> {
    let mut bed = Bed::new();
    bed.rules.activity_decline = rules;
    for (number, day) in (0..).zip(days) {
        for message in day.map(|day| messages(number, day)).unwrap_or_default() {
            let at = message[0].at.epoch_ms() - START;
            bed.send(at, &message, Source::Watch);
        }
    }
    bed.to(MIDNIGHT + (days.len() as i64 + 2) * DAY);
    let found = bed.findings.iter();
    let found = found.filter(|finding| finding.kind == AlertKind::ActivityDecline);
    let told = found.map(|finding| {
        let evidence = &finding.evidence;
        let mut told = Told {
            said: Said::Clear,
            at: finding.at.epoch_ms() - START,
            since: None,
            figures: Vec::new(),
            missing: 0,
            as_low: None,
        };
        match finding.state {
            FindingState::Raise { priority, began } => {
                told.said = Said::Raise(priority);
                told.since = Some(began.epoch_ms() - START);
                told.figures = evidence.figures.iter().map(|figure| figure.value).collect();
                told.figures.extend(evidence.values[0].limit);
                told.missing = evidence.missing.len();
                let chance = evidence.chance.as_deref().unwrap_or_default();
                let words: Vec<&str> = chance.split(' ').collect();
                let were = words.windows(2).find(|two| two[1] == "were");
                told.as_low = were.and_then(|two| two[0].parse().ok());
            }
            FindingState::Unknown => told.said = Said::Unknown,
            _ => {}
        }
        told
    });
    told.collect()
}

fn any_day() -> impl Strategy<Value = Option<Lived>> {
    let lived = |usual: std::ops::Range<i64>| {
        let hours = (1_i64..9, 0_i64..8, 0_i64..4, usual);
        hours.prop_map(|(walked, still, idle, thousands)| {
            Some(Lived {
                walked,
                still,
                idle,
                steps: thousands * 500,
            })
        })
    };
    prop_oneof![
        4 => lived(8..13),
        3 => lived(0..7),
        1 => Just(None),
        1 => Just(Some(Lived { walked: 1, still: 1, idle: 12, steps: 9_000 })),
    ]
}

fn any_rules() -> impl Strategy<Value = ActivityDeclineRules> {
    let counts = (2_u8..=7, 0_u8..5, 3_u8..=8, 1_u8..=3, 1_u8..=3, 1_u8..=4);
    let limits = (0_u32..5, 0_usize..3, 0_usize..4, 0_usize..3, 4_u8..9);
    (counts, limits).prop_map(|(counts, limits)| {
        let (mean_days, more, baseline_days, days, clear_days, learn_one_day_of) = counts;
        let (drop, shares, grace, fresh, worn_hours) = limits;
        let (clear_share, drop_share) = [(0.25, 0.5), (0.25, 0.25), (0.125, 0.375)][shares];
        ActivityDeclineRules {
            grace_minutes: [119, 120, 121, 180][grace],
            worn_hours,
            mean_days,
            within_days: mean_days + more,
            baseline_days,
            drop_steps: drop * 500,
            drop_share,
            days,
            clear_share,
            clear_days,
            learn_one_day_of,
            fresh_hours: [2, 36, 36][fresh],
            ..ActivityDeclineRules::default()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn any_run_of_days_is_told_as_the_rule_says(
        days in prop::collection::vec(any_day(), 1..60),
        rules in any_rules(),
    ) {
        prop_assert_eq!(found(&days, rules), expected(&days, &rules));
    }
}

fn walked(steps: i64) -> Option<Lived> {
    Some(Lived {
        walked: 10,
        still: 0,
        idle: 0,
        steps,
    })
}

#[test]
fn the_property_is_about_runs_that_are_told() {
    let mut days = vec![walked(5_000); 10];
    days.extend([
        walked(2_000),
        None,
        walked(2_000),
        walked(2_000),
        walked(2_000),
    ]);
    let little = Some(Lived {
        walked: 3,
        still: 0,
        idle: 9,
        steps: 9_000,
    });
    days.extend([little; 6]);
    days.extend([walked(5_000); 5]);
    let rules = ActivityDeclineRules::default();
    let told = expected(&days, &rules);
    assert_eq!(found(&days, rules), told);
    let said: Vec<Said> = told.iter().map(|told| told.said).collect();
    let low = Said::Raise(Priority::Low);
    assert_eq!(said, [low, Said::Unknown, Said::Clear]);
    assert_eq!(
        (told[0].missing, told[0].since),
        (1, Some(MIDNIGHT + 9 * DAY))
    );
    assert_eq!(told[0].figures, [2_000.0, 5_000.0, 10.0, 3_000.0]);
}

#[test]
fn while_it_is_switched_off_days_are_learnt_and_nothing_is_told() {
    let mut bed = Bed::new();
    let live = |bed: &mut Bed, numbers: std::ops::Range<i64>, steps: i64| {
        for number in numbers {
            for message in messages(number, walked(steps).expect("a day")) {
                bed.send(message[0].at.epoch_ms() - START, &message, Source::Watch);
            }
        }
    };
    let news = |bed: &mut Bed| -> Vec<Said> {
        let news = bed.news().into_iter();
        let own = news.filter(|(kind, ..)| *kind == AlertKind::ActivityDecline);
        own.map(|(_, said, _)| said).collect()
    };
    live(&mut bed, 0..12, 8_000);
    live(&mut bed, 12..16, 3_000);
    assert_eq!(news(&mut bed), [Said::Raise(Priority::Low)]);
    bed.rules.activity_decline.enabled = false;
    live(&mut bed, 16..46, 3_000);
    assert_eq!(
        news(&mut bed),
        [Said::Clear],
        "ended when it was switched off"
    );
    bed.rules.activity_decline.enabled = true;
    live(&mut bed, 46..50, 3_000);
    assert_eq!(news(&mut bed), [], "that is usual by now");
    live(&mut bed, 50..54, 1_000);
    assert_eq!(news(&mut bed), [Said::Raise(Priority::Low)]);
}

#[test]
fn more_steps_than_fit_are_kept_as_the_most() {
    let mut days = vec![walked(70_000); 10];
    days.extend([walked(20_000); 5]);
    let told = found(&days, ActivityDeclineRules::default());
    assert_eq!(told[0].figures[..2], [20_000.0, 65_535.0]);
}

#[test]
fn settings_that_make_no_sense_are_named_and_the_outermost_are_taken() {
    let refused: &[Change] = &[
        ("grace_minutes", |r| r.activity_decline.grace_minutes = 4),
        ("grace_minutes", |r| r.activity_decline.grace_minutes = 721),
        ("worn_hours", |r| r.activity_decline.worn_hours = 0),
        ("worn_hours", |r| r.activity_decline.worn_hours = 24),
        ("mean_days", |r| r.activity_decline.mean_days = 1),
        ("mean_days", |r| r.activity_decline.mean_days = 6),
        ("mean_days", |r| {
            (r.activity_decline.mean_days, r.activity_decline.within_days) = (8, 9);
        }),
        ("within_days", |r| r.activity_decline.within_days = 15),
        ("baseline_days", |r| r.activity_decline.baseline_days = 2),
        ("baseline_days", |r| r.activity_decline.baseline_days = 29),
        ("clear_share", |r| r.activity_decline.clear_share = 0.0),
        ("clear_share", |r| r.activity_decline.clear_share = 0.41),
        ("drop_share", |r| r.activity_decline.drop_share = 1.0),
        ("days", |r| r.activity_decline.days = 0),
        ("clear_days", |r| r.activity_decline.clear_days = 0),
        ("learn_one_day_of", |r| {
            r.activity_decline.learn_one_day_of = 0
        }),
        ("fresh_hours", |r| r.activity_decline.fresh_hours = 0),
        ("fresh_hours", |r| r.activity_decline.fresh_hours = 169),
    ];
    assert_refused("activity_decline: ", refused);
    assert_taken(&[
        |r| r.activity_decline.grace_minutes = 5,
        |r| r.activity_decline.grace_minutes = 720,
        |r| r.activity_decline.worn_hours = 1,
        |r| r.activity_decline.worn_hours = 23,
        |r| r.activity_decline.mean_days = 2,
        |r| r.activity_decline.mean_days = 5,
        |r| (r.activity_decline.mean_days, r.activity_decline.within_days) = (7, 14),
        |r| r.activity_decline.baseline_days = 3,
        |r| r.activity_decline.baseline_days = 28,
        |r| r.activity_decline.clear_share = 0.4,
        |r| r.activity_decline.fresh_hours = 1,
        |r| r.activity_decline.fresh_hours = 168,
    ]);
}
