//! Whether the alarm budget is kept where nobody is ill, and what a slow
//! illness costs it: false alerts over budget in the simulators' healthy
//! worlds, through the whole monitor, for one configuration.
//!
//! `cargo bench --bench worlds`. The environment sizes it: `WORLDS_PATIENTS`
//! (1,050), `WORLDS_DAYS` (90), `WORLDS_EVERY_S` (3,600), `WORLDS_SEED` (1);
//! `WORLDS_CONFIG` is a configuration file whose `[detect]` tables are tried out.
//! Counted are deterioration, what of it became of high priority, single
//! vitals' departures from the own normal and sustained change, each against
//! its own budget.
//! A figure is realised over budgeted with its upper 95 % bound, clustered by
//! patient; 1,050 patients over 90 days are 3,150 patient-months.

mod detection;

use detection::{Bed, DAY_MS, Raised, START, each, say, sized, tried_rules};
use wardlight::detect::{AlarmBudget, AlarmBudgets, Rules};
use wardlight::domain::{AlertKind, MeasuredTime, Priority, Reading, Vital};
use wardlight_simulators::cohort::{Cohort, CohortKind, CohortPatient, NullWorld};

const BUDGETS: [&str; 3] = ["1/7d", "1/30d", "1/90d"];

fn rules(budget: &str) -> Rules {
    let tried = tried_rules("WORLDS_CONFIG");
    let budget = budget.parse::<AlarmBudget>().unwrap_or_default();
    // Of low priority each of the two kinds has half.
    let low = AlarmBudget {
        false_alerts: 2.0 * budget.false_alerts,
        ..budget
    };
    let alarm_budget = AlarmBudgets {
        low,
        ..tried.alarm_budget.with_medium(budget)
    };
    Rules {
        alarm_budget,
        ..tried
    }
}

/// What is counted against which budget.
const COUNTED: [(&str, Counts, Budget); 4] = [
    (
        "deterioration",
        |raised| deterioration(raised) && raised.begins,
        |rules| rules.alarm_budget.medium(),
    ),
    (
        "of it high",
        |raised| deterioration(raised) && raised.priority == Priority::High,
        |rules| rules.alarm_budget.high,
    ),
    (
        "own normal",
        |raised| matches!(raised.kind, AlertKind::BaselineDeviation(_)) && raised.begins,
        |rules| rules.alarm_budget.half_of_low(),
    ),
    (
        "sustained",
        |raised| raised.kind == AlertKind::SustainedChange && raised.begins,
        |rules| rules.alarm_budget.half_of_low(),
    ),
];
type Counts = fn(&Raised) -> bool;
type Budget = fn(&Rules) -> AlarmBudget;

fn deterioration(raised: &Raised) -> bool {
    raised.kind == AlertKind::Deterioration
}

/// What was raised for a patient.
fn raised(patient: &CohortPatient, rules: &Rules) -> Vec<Raised> {
    let mut bed = Bed::new(rules);
    for moment in patient.readings.chunk_by(|a, b| a.time_ms == b.time_ms) {
        let readings: Vec<Reading> = moment
            .iter()
            .filter_map(|reading| {
                Some(Reading {
                    at: MeasuredTime::from_epoch_ms(reading.time_ms),
                    vital: Vital::from_name(reading.vital)?,
                    value: reading.value,
                })
            })
            .collect();
        if let Some(first) = moment.first() {
            bed.observe(first.time_ms, &readings);
        }
    }
    bed.raised
}

/// Realised over budgeted, and the upper 95 % bound.
fn ratio(counts: &[f64], budgeted_each: f64) -> (f64, f64) {
    let patients = counts.len() as f64;
    let mean = counts.iter().sum::<f64>() / patients;
    let variance = counts
        .iter()
        .map(|count| (count - mean).powi(2))
        .sum::<f64>()
        / patients;
    let bound = mean + 1.645 * (variance / patients).sqrt();
    (mean / budgeted_each, bound / budgeted_each)
}

fn world(world: NullWorld, patients: u32, days: u32) {
    let cohort = Cohort {
        kind: CohortKind::Null(world),
        seed: u64::from(sized("WORLDS_SEED", 1)),
        start_ms: START,
        days,
        every_s: sized("WORLDS_EVERY_S", 3_600),
    };
    let all_rules = BUDGETS.map(rules);
    let told = each(patients, |number| {
        let patient = cohort.patient(number);
        all_rules.each_ref().map(|rules| raised(&patient, rules))
    });
    for (name, counts, budget) in COUNTED {
        let mut line = format!("{:12} {name:13}", world.name());
        for (place, rules) in all_rules.iter().enumerate() {
            let told = told.iter().filter_map(|told| told.get(place));
            let counted = told.map(|told| told.iter().filter(|one| counts(one)).count() as f64);
            let counted: Vec<f64> = counted.collect();
            let interval_ms = budget(rules).interval_ms();
            let (mean, bound) = ratio(&counted, f64::from(days) * DAY_MS as f64 / interval_ms);
            line += &format!("  {mean:5.2} (up to {bound:4.2})");
        }
        say(&line);
    }
}

/// Slow illness at one false alert in 30 days: false alerts a healthy month,
/// the share of healthy 8-day windows with one, the share of onsets with one
/// in the 7 days before or on the day.
fn slow_illness(patients: u32) {
    let cohort = Cohort {
        kind: CohortKind::SlowIllness,
        seed: u64::from(sized("WORLDS_SEED", 1)),
        start_ms: START,
        days: 120,
        every_s: 86_400,
    };
    let rules = rules("1/30d");
    let told = each(patients, |number| {
        let patient = cohort.patient(number);
        let onset = patient
            .truths
            .first()
            .map(|truth| (truth.onset_ms - START) / DAY_MS);
        let days: Vec<i64> = raised(&patient, &rules)
            .iter()
            .filter(|raised| deterioration(raised) && raised.begins)
            .map(|raised| (raised.at_ms - START) / DAY_MS)
            .collect();
        (onset, days)
    });
    let (mut ill, mut found, mut windows, mut hits, mut alerts, mut healthy) =
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.0_f64);
    for (onset, days) in told {
        match onset {
            Some(onset) => {
                ill += 1.0;
                found += f64::from(days.iter().any(|day| (onset - 7..=onset).contains(day)));
            }
            None => {
                healthy += 1.0;
                alerts += days.len() as f64;
                for first in 30..112 {
                    windows += 1.0;
                    hits += f64::from(days.iter().any(|day| (first..first + 8).contains(day)));
                }
            }
        }
    }
    say(&format!(
        "slow illness, one in 30 d: found {:.3}, chance {:.3}, {:.2} false alerts a healthy 30 d",
        found / ill,
        hits / windows,
        alerts / (healthy * 4.0)
    ));
}

fn main() {
    let (patients, days) = (sized("WORLDS_PATIENTS", 1_050), sized("WORLDS_DAYS", 90));
    say(&format!(
        "realised over budget at one in 7, 30, 90 d; {patients} patients, {days} d each"
    ));
    for null in NullWorld::ALL {
        world(null, patients, days);
    }
    slow_illness(patients.saturating_mul(2));
}
