//! Overnight heart rate: any run of nights, held against the rules in plain words.

use super::bed::{Bed, START, Said};
use crate::detect::{NightSource, OvernightMode, OvernightRules};
use crate::domain::{AlertKind, FindingState, Priority, Vital};
use proptest::prelude::*;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// 2025-11-23T00:00:00Z, London's midnight, after the start.
const MIDNIGHT: i64 = 18 * HOUR + 2_400_000;
const RAISED: Said = Said::Raise(Priority::Low);

/// A night: hours with minutes at rest, and tenths of /min in each.
type Night = Option<(i64, u16)>;

/// Twice an hour, a bit over and as much under; and once by day, so that no
/// night begins with the value that the one before ended with: that would be a
/// signal that stands still.
fn live(bed: &mut Bed, number: i64, night: (i64, u16)) {
    by_night(bed, number, night);
    let noon = MIDNIGHT + number * DAY + 14 * HOUR;
    bed.watch(noon, Vital::HeartRate, 90.0 + (number % 9) as f64);
}

fn by_night(bed: &mut Bed, number: i64, (hours, tenths): (i64, u16)) {
    for half in 0..hours * 2 {
        let at = MIDNIGHT + number * DAY + half * HOUR / 2 + 7 * MINUTE;
        let side = if half % 2 == 0 { 1.5 } else { -1.5 };
        bed.watch(at, Vital::HeartRate, f64::from(tenths) / 10.0 + side);
    }
}

/// What is told: what, when, since when, and the figures: mean, median, spread,
/// limit, nights before, high ones, those missing, those as high.
type Told = (Said, i64, Option<i64>, Vec<f64>);

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = |place: usize| sorted.get(place).copied().unwrap_or(0.0);
    (middle(sorted.len() / 2) + middle(sorted.len().saturating_sub(1) / 2)) / 2.0
}

/// The rules in plain words; nights are counted in tenths.
#[derive(Default)]
struct Plain {
    told: Vec<Told>,
    usual: Vec<f64>,
    /// All nights of NightSignal so far: number and whole mean.
    whole: Vec<(i64, i64)>,
    /// Judged nights: number, and whether high.
    judged: Vec<(i64, bool)>,
    valued: Vec<i64>,
    well_nights: u8,
    unlearnt: u8,
    /// When the first of the high nights began, none of which is alone.
    since: i64,
    raised: bool,
    unknown: bool,
}

impl Plain {
    fn night(&mut self, number: i64, (hours, tenths): (i64, u16), rules: &OvernightRules) {
        let start = MIDNIGHT + number * DAY;
        let at = start + 7 * HOUR + i64::from(rules.grace_minutes) * MINUTE;
        if hours < i64::from(rules.hours_min) {
            if self.raised && !self.unknown {
                self.unknown = true;
                self.told.push((Said::Unknown, at, None, Vec::new()));
            }
            return;
        }
        self.unknown = false;
        self.valued.push(number);
        self.whole.push((number, i64::from(tenths / 10)));
        if self.usual.len() >= usize::from(rules.nights_min) {
            self.judge(number, (start, at), f64::from(tenths), rules);
        }
        self.unlearnt += 1;
        if !self.raised || self.unlearnt >= rules.learn_one_night_of {
            self.usual.push(f64::from(tenths));
            self.unlearnt = 0;
        }
        let gone = self.usual.len().saturating_sub(28);
        self.usual.drain(..gone);
    }

    /// NightSignal's median of the nights up to this one, and how far each of
    /// the newest two may go.
    fn signal(&self) -> (i64, i64, i64) {
        let may = |nights: &[(i64, i64)]| {
            let values: Vec<f64> = nights.iter().map(|(_, whole)| *whole as f64).collect();
            let median = median(&values).floor() as i64;
            (median, nights.last().map_or(0, |(_, whole)| whole - median))
        };
        let (median, above) = may(&self.whole);
        let (last, before) = (self.whole.len() - 1, self.whole.len().saturating_sub(2));
        let follows = last > 0 && self.whole[last].0 == self.whole[before].0 + 1;
        let above_before = if follows {
            may(&self.whole[..last]).1
        } else {
            0
        };
        (median, above, above_before)
    }

    fn judge(&mut self, number: i64, (start, at): (i64, i64), tenths: f64, rules: &OvernightRules) {
        let usual = median(&self.usual);
        let apart: Vec<f64> = self
            .usual
            .iter()
            .map(|night| (night - usual).abs())
            .collect();
        let spread = (1.482_602 * median(&apart) / 10.0).max(rules.spread_floor);
        let (signal, above, above_before) = self.signal();
        let own = rules.mode == OvernightMode::RunningMedian;
        let limit = match own {
            true => usual / 10.0 + rules.rise.max(rules.spreads * spread),
            false => (signal + 4) as f64,
        };
        let high = match own {
            true => tenths / 10.0 >= limit,
            false => above >= 4,
        };
        self.judged.push((number, high));
        let window = number - i64::from(rules.of);
        let among = self.judged.iter().filter(|(night, _)| *night > window);
        let count = among.filter(|(_, high)| *high).count();
        if count == usize::from(high) {
            self.since = start;
        }
        let red = above.min(above_before) >= 4;
        let green = above.min(above_before) < 3;
        let holds = if own {
            high && count >= usize::from(rules.nights)
        } else {
            red
        };
        let well = match own {
            true => tenths / 10.0 < usual / 10.0 + rules.clear_rise,
            false => green && !high,
        };
        let fresh = rules.grace_minutes <= rules.fresh_hours * 60;
        if self.raised {
            self.well_nights = if well { self.well_nights + 1 } else { 0 };
            if self.well_nights == rules.clear_nights {
                (self.raised, self.well_nights) = (false, 0);
                self.judged.clear();
                self.told.push((Said::Clear, at, None, Vec::new()));
            }
        } else if holds && fresh {
            self.raised = true;
            let few = (1..i64::from(rules.of)).map(|back| number - back);
            let missing = few.filter(|night| !self.valued.contains(night)).count();
            let as_high = self
                .usual
                .iter()
                .filter(|night| **night >= limit * 10.0)
                .count();
            let figures = vec![
                tenths / 10.0,
                usual / 10.0,
                spread,
                limit,
                self.usual.len() as f64,
                count as f64,
                missing as f64,
                as_high as f64,
            ];
            let since = Some(self.since);
            self.told
                .push((Said::Raise(rules.priority), at, since, figures));
        }
    }
}

fn expected(nights: &[Night], rules: &OvernightRules) -> Vec<Told> {
    let mut plain = Plain::default();
    for (number, night) in (0..).zip(nights) {
        if let Some(night) = night {
            plain.night(number, *night, rules);
        }
    }
    plain.told
}

fn told(bed: &Bed) -> Vec<Told> {
    let found = bed.findings.iter();
    let found = found.filter(|finding| finding.kind == AlertKind::OvernightHeartRate);
    let told = found.map(|finding| {
        let at = finding.at.epoch_ms() - START;
        let FindingState::Raise { priority, began } = finding.state else {
            let unknown = finding.state == FindingState::Unknown;
            let said = if unknown { Said::Unknown } else { Said::Clear };
            return (said, at, None, Vec::new());
        };
        let evidence = &finding.evidence;
        let value = &evidence.values[0];
        let figure = |name| evidence.figure(name).unwrap_or(f64::NAN);
        let chance = evidence.chance.as_deref().unwrap_or_default();
        let as_high = chance
            .split(' ')
            .next()
            .and_then(|count| count.parse().ok());
        let figures = vec![
            value.value,
            figure("median"),
            figure("spread"),
            value.limit.unwrap_or(f64::NAN),
            figure("nights_before"),
            figure("nights_high"),
            evidence.missing.len() as f64,
            as_high.unwrap_or(f64::NAN),
        ];
        let began = Some(began.epoch_ms() - START);
        (Said::Raise(priority), at, began, figures)
    });
    told.collect()
}

fn found(nights: &[Night], rules: OvernightRules) -> Vec<Told> {
    let mut bed = Bed::new();
    bed.rules.overnight_heart_rate = rules;
    for (number, night) in (0..).zip(nights) {
        if let Some(night) = night {
            live(&mut bed, number, *night);
        }
    }
    bed.to(MIDNIGHT + (nights.len() as i64 + 1) * DAY);
    told(&bed)
}

fn any_night() -> impl Strategy<Value = Night> {
    // Half beats, so that limits are met to the beat; and any tenth.
    let halves = |range: std::ops::Range<u16>| range.prop_map(|halves| 600 + halves * 5);
    let hours = || prop_oneof![6 => 3_i64..=7, 1 => 1_i64..=3];
    prop_oneof![
        4 => (hours(), halves(0..4)).prop_map(Some),
        2 => (hours(), halves(6..14)).prop_map(Some),
        2 => (hours(), 590_u16..660).prop_map(Some),
        1 => Just(None),
    ]
}

fn any_rules() -> impl Strategy<Value = OvernightRules> {
    let counts = (1_u8..=8, 1_u8..=8, 1_u8..=3, 1_u8..=4, 3_u8..=8, 1_u8..=5);
    let limits = (
        2_u8..9,
        0_u8..9,
        0_usize..3,
        0_usize..3,
        0_usize..3,
        any::<bool>(),
    );
    (counts, limits).prop_map(|(counts, limits)| {
        let (one, other, clear_nights, learn_one_night_of, nights_min, hours_min) = counts;
        let (rise, clear, spreads, grace, fresh, night_signal) = limits;
        let rise = f64::from(rise) / 2.0;
        OvernightRules {
            mode: match night_signal {
                true => OvernightMode::NightSignal,
                false => OvernightMode::RunningMedian,
            },
            grace_minutes: [119, 120, 121][grace],
            hours_min,
            nights_min,
            rise,
            spreads: [0.0, 1.0, 3.0][spreads],
            spread_floor: 0.5,
            nights: one.min(other),
            of: one.max(other),
            clear_rise: (f64::from(clear) / 2.0).min(rise),
            clear_nights,
            learn_one_night_of,
            fresh_hours: [2, 12, 12][fresh],
            ..OvernightRules::default()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_run_of_nights_is_told_as_the_rules_say(
        nights in prop::collection::vec(any_night(), 1..60),
        rules in any_rules(),
    ) {
        prop_assert_eq!(found(&nights, rules), expected(&nights, &rules));
    }
}

#[test]
fn the_property_is_about_runs_that_are_told() {
    let usual = [Some((7, 600)); 10];
    let later = [
        Some((7, 650)),
        None,
        None,
        Some((7, 600)),
        Some((4, 651)),
        Some((3, 649)),
    ];
    let end = [Some((2, 700)), Some((7, 600)), Some((7, 600))];
    let nights = [&usual[..], &later, &end].concat();
    let rules = OvernightRules::default();
    let told = expected(&nights, &rules);
    assert_eq!(found(&nights, rules), told);
    let said: Vec<Said> = told.iter().map(|(said, ..)| *said).collect();
    assert_eq!(said, [RAISED, Said::Unknown, Said::Clear]);
    // The high night of days before is no part of this run.
    assert_eq!(told[0].2, Some(MIDNIGHT + 14 * DAY));
    assert_eq!(told[0].3, [64.9, 60.0, 1.0, 64.0, 13.0, 2.0, 0.0, 2.0]);
}

#[test]
fn nightsignal_cuts_a_nights_mean_and_does_not_round_it() {
    for (mean, told) in [(639.8, 0), (640.0, 1)] {
        let mut bed = Bed::new();
        bed.rules.overnight_heart_rate.mode = OvernightMode::NightSignal;
        for number in 0..10 {
            live(&mut bed, number, (7, 600));
        }
        for number in 10..13 {
            for half in 0..10 {
                let at = MIDNIGHT + number * DAY + half * HOUR / 2 + 7 * MINUTE;
                let value = mean / 10.0 + [1.0, -1.0, 1.02, -0.98, -0.04][half as usize % 5];
                bed.watch(at, Vital::HeartRate, value);
            }
        }
        bed.to(MIDNIGHT + 14 * DAY);
        assert_eq!(self::told(&bed).len(), told, "{mean}");
    }
}

#[test]
fn minutes_with_steps_are_no_rest() {
    for (steps, told) in [(1.0, 0), (0.0, 1)] {
        let mut bed = Bed::new();
        for number in 0..13 {
            by_night(&mut bed, number, (7, 600));
            let minutes = if number < 10 { 0..0 } else { 0..20 };
            for minute in minutes {
                let at = MIDNIGHT + number * DAY + 6 * HOUR + (minute + 38) * MINUTE + 1_000;
                let rate = 95.0 + (minute % 3) as f64;
                bed.moment(at, &[(Vital::StepCount, steps), (Vital::HeartRate, rate)]);
            }
        }
        bed.to(MIDNIGHT + 14 * DAY);
        assert_eq!(self::told(&bed).len(), told, "{steps}");
    }
}

/// What was said of the nights since the last call.
fn news(bed: &mut Bed) -> Vec<Said> {
    let news = bed.news().into_iter();
    let own = news.filter(|(kind, ..)| *kind == AlertKind::OvernightHeartRate);
    own.map(|(_, said, _)| said).collect()
}

fn nights(bed: &mut Bed, numbers: std::ops::Range<i64>, tenths: u16) {
    for number in numbers {
        live(bed, number, (7, tenths));
    }
    bed.to(bed_end(bed));
}

/// As far as time has come.
fn bed_end(bed: &Bed) -> i64 {
    let newest = bed.monitor.newest(Vital::HeartRate).expect("measured");
    newest.measured.epoch_ms() - START + HOUR
}

#[test]
fn while_it_is_switched_off_nights_are_learnt_and_nothing_is_told() {
    let mut bed = Bed::new();
    nights(&mut bed, 0..10, 600);
    nights(&mut bed, 10..13, 660);
    assert_eq!(news(&mut bed), [RAISED]);
    bed.rules.overnight_heart_rate.enabled = false;
    nights(&mut bed, 13..43, 660);
    assert_eq!(news(&mut bed), [Said::Clear]);
    bed.rules.overnight_heart_rate.enabled = true;
    nights(&mut bed, 43..46, 660);
    assert_eq!(news(&mut bed), [], "that is usual by now");
    nights(&mut bed, 46..49, 720);
    assert_eq!(news(&mut bed), [RAISED]);
}

#[test]
fn nights_outside_monitoring_are_not_learnt() {
    let mut bed = Bed::new();
    nights(&mut bed, 0..10, 600);
    bed.context.monitoring[0].end = Some(super::bed::clinical(MIDNIGHT + 10 * DAY - HOUR));
    bed.changed(MIDNIGHT + 9 * DAY + 16 * HOUR);
    nights(&mut bed, 10..40, 660);
    bed.context.monitoring[0].end = None;
    bed.changed(MIDNIGHT + 40 * DAY - HOUR);
    nights(&mut bed, 40..42, 660);
    assert_eq!(news(&mut bed), [RAISED]);
}

#[test]
fn each_source_is_judged_by_its_own_nights() {
    let own = |bed: &mut Bed, number: i64, hour: i64, rate: f64| {
        let at = MIDNIGHT + number * DAY + hour * HOUR;
        bed.watch(at, Vital::RestingHeartRate, rate);
    };
    let with = |source: NightSource| {
        let mut bed = Bed::new();
        bed.rules.overnight_heart_rate.source = source;
        bed
    };
    // Only the heart rate counts, whatever the watch says itself.
    let mut bed = with(NightSource::HeartRate);
    for number in 0..13 {
        nights(&mut bed, number..number + 1, 600);
        own(&mut bed, number, 16, if number < 10 { 55.0 } else { 75.0 });
    }
    bed.to(MIDNIGHT + 14 * DAY);
    assert_eq!(news(&mut bed), []);
    // Only the watch's word counts, and of each day its first.
    let mut bed = with(NightSource::RestingHeartRate);
    for number in 0..13 {
        nights(
            &mut bed,
            number..number + 1,
            if number < 10 { 600 } else { 750 },
        );
        own(&mut bed, number, 16, 55.0 + (number % 2) as f64);
        own(&mut bed, number, 20, 75.0);
    }
    bed.to(MIDNIGHT + 14 * DAY);
    assert_eq!(news(&mut bed), []);
    // The watch begins to send its own: nights of the other are no measure for it.
    let mut bed = with(NightSource::Auto);
    bed.rules.overnight_heart_rate.mode = OvernightMode::NightSignal;
    nights(&mut bed, 0..10, 600);
    nights(&mut bed, 10..11, 660);
    for number in 11..22 {
        own(&mut bed, number, 16, 66.0);
    }
    bed.to(MIDNIGHT + 22 * DAY);
    assert_eq!(news(&mut bed), []);
    own(&mut bed, 22, 10, 71.0);
    own(&mut bed, 23, 10, 71.0);
    bed.to(MIDNIGHT + 24 * DAY);
    assert_eq!(news(&mut bed), [RAISED]);
}

#[test]
fn the_watchs_word_is_awaited_for_a_week() {
    let mut bed = Bed::new();
    for number in 0..10 {
        let at = MIDNIGHT + number * DAY + 10 * HOUR;
        bed.watch(at, Vital::RestingHeartRate, 55.0);
    }
    // Its last word was of night 9; those of 10 to 16 are not taken instead.
    nights(&mut bed, 10..27, 600);
    nights(&mut bed, 27..29, 660);
    let told = told(&bed);
    assert_eq!(told.len(), 1);
    let known_before = told[0].3[4];
    assert_eq!(known_before, 11.0, "17 to 26, and the first high one");
}
