//! Settings of sustained change, each with what it rests on.

use super::past::LAG_MAX;
use crate::detect::deterioration::within;
use crate::detect::{CalibrationRules, Side};
use crate::domain::{Priority, Vital};
use serde::{Deserialize, Serialize};

/// Settings of sustained change. How often it may be wrong is half of
/// `alarm_budget.low`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SustainedChangeRules {
    /// Whether it is alerted. It is learnt in any case.
    pub enabled: bool,
    /// How urgent.
    pub priority: Priority,
    /// The threshold in force lies at most so far above the population's: after
    /// one illness the next is still told.
    pub higher_at_most: f64,
    /// It ends when the evidence is so far below the most it was.
    pub clear_margin: f64,
    /// It may be told again once the evidence was so far below the most it was.
    pub rearm_margin: f64,
    /// It ends after so many hours in any case.
    pub episode_hours: u32,
    /// After a gap of more hours a vital's running statistics begin anew.
    pub restart_hours: u8,
    /// The running average.
    pub ewma: EwmaRules,
    /// The running sum.
    pub cusum: CusumRules,
    /// All vitals together.
    pub multivariate: MultivariateRules,
    /// The straight line.
    pub trend: TrendRules,
    /// The patient's past scores.
    pub past: PastRules,
    /// How p-values become evidence.
    pub betting: BettingRules,
    /// How often this patient reaches an evidence.
    pub calibration: CalibrationRules,
    /// Each vital.
    pub vitals: DriftVitals,
}

/// Settings of the running average.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EwmaRules {
    /// Weight of the newest hour.
    pub lambda: f64,
}

/// Settings of the running sum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CusumRules {
    /// What an hour must exceed to add to the sum, in standard deviations:
    /// half the shift that is looked for.
    pub allowance: f64,
    /// No sum is larger.
    pub cap: f64,
}

/// Settings of all vitals together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MultivariateRules {
    /// Hours over which correlations are learnt.
    pub memory_hours: f64,
    /// What is believed of a learnt correlation; the rest is shrunk to none.
    pub kept: f64,
}

/// Settings of the straight line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrendRules {
    /// An hour so many hours ago counts half.
    pub half_life_hours: f64,
    /// Hours that must carry the line, by their weights.
    pub hours_min: f64,
    /// A limit counts when the line reaches it within so many hours.
    pub horizon_hours: f64,
    /// A slope is told from so many of its standard errors on.
    pub told_from: f64,
}

/// Settings of the past scores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastRules {
    /// When so many days of hours were learnt, every count is halved.
    pub half_life_days: u16,
    /// The population weighs as much as so many hours of the patient.
    pub prior_hours: f64,
    /// A score is learnt so many hours later (1 to 24), so that a run is not
    /// ranked against its own beginning.
    pub lag_hours: u8,
}

/// How the p-values of the detectors become one evidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BettingRules {
    /// No run is larger, as a logarithm of hours.
    pub cap: f64,
    /// The hour alone.
    pub robust_z: Bet,
    /// The running average.
    pub ewma: Bet,
    /// The running sum.
    pub cusum: Bet,
    /// All vitals together.
    pub multivariate: Bet,
    /// The straight line.
    pub trend: Bet,
}

/// How one detector bets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bet {
    /// Its share in the whole, against the others' weights.
    pub weight: f64,
    /// Hours it takes to forget: an hour's bet is so small a share of one.
    pub span_hours: f64,
}

/// Which sides of a vital matter, and its limits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriftVital {
    /// Which side matters; the limit of the other says nothing.
    pub side: Side,
    /// The limit that a rising line is forecast to reach, in the vital's unit.
    pub limit_above: f64,
    /// The limit of a falling one.
    pub limit_below: f64,
}

/// The vitals of sustained change.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is named for its vital")]
pub struct DriftVitals {
    pub heart_rate: DriftVital,
    pub respiratory_rate: DriftVital,
    pub oxygen_saturation: DriftVital,
    pub body_temperature: DriftVital,
}

impl Default for SustainedChangeRules {
    fn default() -> Self {
        Self {
            enabled: true,
            priority: Priority::Low,
            higher_at_most: 3.0,
            clear_margin: 1.0,
            rearm_margin: 4.0,
            episode_hours: 72,
            restart_hours: 72,
            // The usual choices of process control (Montgomery).
            ewma: EwmaRules { lambda: 0.2 },
            cusum: CusumRules {
                allowance: 0.5,
                cap: 10.0,
            },
            multivariate: MultivariateRules {
                memory_hours: 500.0,
                kept: 0.9,
            },
            trend: TrendRules {
                half_life_hours: 8.0,
                hours_min: 5.0,
                horizon_hours: 24.0,
                told_from: 2.0,
            },
            past: PastRules {
                half_life_days: 30,
                prior_hours: 96.0,
                lag_hours: 24,
            },
            betting: BettingRules::default(),
            calibration: CalibrationRules {
                budget_share: 1.0,
                prior_hours: 120.0,
                ..CalibrationRules::default()
            },
            vitals: DriftVitals::default(),
        }
    }
}

impl Default for BettingRules {
    /// Spans were chosen on the simulators' healthy worlds: longer ones leave
    /// more of the budget unused, shorter ones overspend it where whole days
    /// differ.
    fn default() -> Self {
        let of = |weight, span_hours| Bet { weight, span_hours };
        Self {
            cap: 14.0,
            robust_z: of(1.0, 1.0),
            ewma: of(1.0, 4.0),
            cusum: of(1.0, 4.0),
            multivariate: of(1.0, 4.0),
            trend: of(1.0, 10.0),
        }
    }
}

impl Default for DriftVitals {
    /// The three-point bands of NEWS2 (RCP 2017), and for temperature the fever
    /// limit of 38.0 °C. A low temperature is the fever rule's.
    fn default() -> Self {
        let of = |side, limit_above, limit_below| DriftVital {
            side,
            limit_above,
            limit_below,
        };
        Self {
            heart_rate: of(Side::Both, 131.0, 40.0),
            respiratory_rate: of(Side::Both, 25.0, 8.0),
            oxygen_saturation: of(Side::Below, 100.0, 91.0),
            body_temperature: of(Side::Above, 38.0, 35.0),
        }
    }
}

impl BettingRules {
    /// The bets in the order of the detectors.
    pub(super) const fn each(&self) -> [Bet; super::detectors::DETECTORS] {
        [
            self.robust_z,
            self.ewma,
            self.cusum,
            self.multivariate,
            self.trend,
        ]
    }
}

impl DriftVital {
    /// Whether a side matters.
    pub(super) const fn counts(&self, above: bool) -> bool {
        match self.side {
            Side::Both => true,
            Side::Above => above,
            Side::Below => !above,
        }
    }
}

impl DriftVitals {
    /// The vital's setting; none for vitals without a course.
    pub const fn get(&self, vital: Vital) -> Option<&DriftVital> {
        match vital {
            Vital::HeartRate => Some(&self.heart_rate),
            Vital::RespiratoryRate => Some(&self.respiratory_rate),
            Vital::OxygenSaturation => Some(&self.oxygen_saturation),
            Vital::BodyTemperature => Some(&self.body_temperature),
            Vital::RestingHeartRate
            | Vital::SkinTemperature
            | Vital::SystolicPressure
            | Vital::DiastolicPressure
            | Vital::HeartRateVariabilityRmssd
            | Vital::HeartRateVariabilitySdnn
            | Vital::BeatIntervals
            | Vital::StepCount
            | Vital::Worn
            | Vital::BatteryLevel
            | Vital::SupplementalOxygen
            | Vital::Consciousness => None,
        }
    }
}

impl SustainedChangeRules {
    pub(in crate::detect) fn problems(&self, problems: &mut Vec<String>) {
        let mut check = |holds: bool, what: String| {
            if !holds {
                problems.push(format!("sustained_change.{what}"));
            }
        };
        within(
            &mut check,
            &[
                ("higher_at_most", self.higher_at_most, 0.0, 20.0),
                ("clear_margin", self.clear_margin, 0.0, 10.0),
                ("rearm_margin", self.rearm_margin, 0.0, 20.0),
                ("episode_hours", f64::from(self.episode_hours), 1.0, 720.0),
                ("restart_hours", f64::from(self.restart_hours), 1.0, 200.0),
                ("ewma.lambda", self.ewma.lambda, 0.02, 1.0),
                ("cusum.allowance", self.cusum.allowance, 0.05, 3.0),
                ("cusum.cap", self.cusum.cap, 3.0, 30.0),
                (
                    "multivariate.memory_hours",
                    self.multivariate.memory_hours,
                    100.0,
                    2_000.0,
                ),
                ("multivariate.kept", self.multivariate.kept, 0.0, 0.95),
                (
                    "past.half_life_days",
                    f64::from(self.past.half_life_days),
                    5.0,
                    60.0,
                ),
                ("past.prior_hours", self.past.prior_hours, 24.0, 10_000.0),
                (
                    "past.lag_hours",
                    f64::from(self.past.lag_hours),
                    1.0,
                    LAG_MAX as f64,
                ),
            ],
        );
        self.trend.problems(&mut check);
        self.betting.problems(&mut check);
        self.calibration.problems(&mut check);
        self.vitals.problems(&mut check);
    }
}

impl TrendRules {
    fn problems(&self, check: &mut impl FnMut(bool, String)) {
        within(
            check,
            &[
                ("trend.half_life_hours", self.half_life_hours, 3.0, 168.0),
                ("trend.hours_min", self.hours_min, 3.0, self.half_life_hours),
                ("trend.horizon_hours", self.horizon_hours, 1.0, 168.0),
                ("trend.told_from", self.told_from, 0.0, 20.0),
            ],
        );
    }
}

impl BettingRules {
    fn problems(&self, check: &mut impl FnMut(bool, String)) {
        within(check, &[("betting.cap", self.cap, 5.0, 50.0)]);
        for (detector, bet) in super::detectors::Detector::ALL.into_iter().zip(self.each()) {
            let name = detector.name();
            within(
                check,
                &[
                    (&format!("betting.{name}.weight"), bet.weight, 0.0, 100.0),
                    (
                        &format!("betting.{name}.span_hours"),
                        bet.span_hours,
                        1.0,
                        168.0,
                    ),
                ],
            );
        }
        let all: f64 = self.each().into_iter().map(|bet| bet.weight).sum();
        check(
            all >= 0.01,
            "betting needs a detector with a weight".to_owned(),
        );
    }
}

impl DriftVitals {
    fn problems(&self, check: &mut impl FnMut(bool, String)) {
        for vital in crate::detect::departures::COURSE_VITALS {
            let Some(own) = self.get(vital) else {
                continue;
            };
            let ordered = 0.0 <= own.limit_below
                && own.limit_below < own.limit_above
                && own.limit_above <= 300.0;
            check(
                ordered,
                format!(
                    "vitals.{}: 0 <= limit_below < limit_above <= 300 must hold",
                    vital.name()
                ),
            );
        }
    }
}
