//! Whether the alarm budget is kept where nobody is ill, and what a slow
//! illness costs it: false alerts over budget in the simulators' healthy
//! worlds, through the whole monitor, for one configuration.
//!
//! `cargo bench --bench worlds`. The environment sizes it: `WORLDS_PATIENTS`
//! (1,050), `WORLDS_DAYS` (90), `WORLDS_EVERY_S` (3,600), `WORLDS_SEED` (1);
//! `WORLDS_CONFIG` is a configuration file whose `[detect]` tables are tried out;
//! `WORLDS_KIND=sustained_change` counts that kind, with its own budget.
//! A figure is realised over budgeted with its upper 95 % bound, clustered by
//! patient; 1,050 patients over 90 days are 3,150 patient-months.

mod detection;

use detection::{Bed, DAY_MS, START, each, say, sized};
use wardlight::detect::{AlarmBudget, Rules};
use wardlight::domain::{AlertKind, MeasuredTime, Reading, Vital};
use wardlight_simulators::cohort::{Cohort, CohortKind, CohortPatient, NullWorld};

const BUDGETS: [&str; 3] = ["1/7d", "1/30d", "1/90d"];

fn rules(budget: &str) -> Rules {
    let budget = budget.parse::<AlarmBudget>().unwrap_or_default();
    let mut rules = tried_rules();
    rules.alarm_budget = budget;
    rules.sustained_change.alarm_budget = budget;
    rules
}

/// The kind that is counted.
fn kind() -> AlertKind {
    let named = std::env::var("WORLDS_KIND").ok();
    let kind = named.and_then(|name| AlertKind::from_words(&name, None, None));
    kind.unwrap_or(AlertKind::Deterioration)
}

/// The shipped rules, with what `WORLDS_CONFIG` says otherwise.
fn tried_rules() -> Rules {
    let Ok(path) = std::env::var("WORLDS_CONFIG") else {
        return Rules::default();
    };
    let text = std::fs::read_to_string(&path).expect("WORLDS_CONFIG names a readable file");
    let mut said: toml::Table = text.parse().expect("WORLDS_CONFIG names a TOML file");
    let mut all = toml::Value::try_from(Rules::default()).expect("rules are TOML");
    if let Some(detect) = said.remove("detect") {
        lay_over(&mut all, detect);
    }
    all.try_into().expect("every key of detect is known")
}

fn lay_over(below: &mut toml::Value, above: toml::Value) {
    match (below, above) {
        (toml::Value::Table(below), toml::Value::Table(above)) => {
            for (key, value) in above {
                lay_over(
                    below.entry(key).or_insert(toml::Value::Boolean(false)),
                    value,
                );
            }
        }
        (below, above) => *below = above,
    }
}

/// When the kind was raised for a patient.
fn raised(patient: &CohortPatient, rules: &Rules) -> Vec<i64> {
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
    let (counted, raised) = (kind(), bed.raised.into_iter());
    raised
        .filter(|(kind, _)| *kind == counted)
        .map(|(_, at)| at)
        .collect()
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
    let counts = each(patients, |number| {
        let patient = cohort.patient(number);
        [0, 1, 2].map(|place| {
            let rules = all_rules.get(place).unwrap_or(&all_rules[0]);
            raised(&patient, rules).len() as f64
        })
    });
    let mut line = format!("{:12}", world.name());
    for (place, rules) in all_rules.iter().enumerate() {
        let counts: Vec<f64> = counts
            .iter()
            .filter_map(|of| of.get(place).copied())
            .collect();
        let budgeted = f64::from(days) * DAY_MS as f64 / rules.alarm_budget.interval_ms();
        let (mean, bound) = ratio(&counts, budgeted);
        line += &format!("  {mean:5.2} (up to {bound:4.2})");
    }
    say(&line);
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
            .into_iter()
            .map(|at| (at - START) / DAY_MS)
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
