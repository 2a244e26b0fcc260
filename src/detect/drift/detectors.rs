//! All statistics of one patient: an hour in, how rare it is by each of them
//! out.

use super::cusum::Cusum;
use super::ewma::Ewma;
use super::multivariate::Together;
use super::settings::{DriftVital, SustainedChangeRules};
use super::trend::{Forecast, Line, Trend};
use super::{robust_z, tails};
use crate::detect::departures::{COURSE_VITALS, COURSES, Departure, Departures};
use crate::domain::Vital;
use serde::{Deserialize, Serialize};

/// How many detectors there are.
pub(super) const DETECTORS: usize = 5;

/// The detectors in the order of their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detector {
    /// The hour alone.
    RobustZ,
    /// The running average.
    Ewma,
    /// The running sum.
    Cusum,
    /// All vitals together.
    Multivariate,
    /// The straight line.
    Trend,
}

impl Detector {
    pub(super) const ALL: [Self; DETECTORS] = [
        Self::RobustZ,
        Self::Ewma,
        Self::Cusum,
        Self::Multivariate,
        Self::Trend,
    ];

    /// The stable name, as in the settings.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::RobustZ => "robust_z",
            Self::Ewma => "ewma",
            Self::Cusum => "cusum",
            Self::Multivariate => "multivariate",
            Self::Trend => "trend",
        }
    }
}

/// What is remembered of one vital.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[repr(Rust, packed(2))]
struct Running {
    ewma: Ewma,
    cusum: Cusum,
    trend: Trend,
    /// Hours since its last value; it stops where every run is over.
    age: u8,
}

/// What is remembered of all vitals.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Detectors {
    vitals: [Running; COURSES],
    together: Together,
    /// The last hour taken; 0 for none.
    hour: u32,
}

/// An hour as all detectors see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Seen {
    /// The tail of each detector.
    pub(super) tails: [f64; DETECTORS],
    /// Hours since the one before.
    pub(super) elapsed: u32,
}

/// A vital of the hour, for words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Standing {
    pub(super) vital: Vital,
    pub(super) departure: Departure,
    /// The running average in its standard deviations, positive above.
    pub(super) average: f64,
    pub(super) line: Option<Line>,
    /// To the side of the average, where that side matters.
    pub(super) forecast: Option<Forecast>,
    /// Whether the side of the average matters.
    pub(super) counts: bool,
}

/// The smallest tail over all vitals and sides that matter.
#[derive(Clone, Copy)]
struct Rarest {
    tails: [f64; DETECTORS],
    sides: u32,
}

impl Detectors {
    /// Takes an hour; none for one without a vital that counts.
    pub(super) fn observe(
        &mut self,
        departures: &Departures,
        rules: &SustainedChangeRules,
    ) -> Option<Seen> {
        let elapsed = match self.hour {
            // The first stands for itself.
            0 => 1,
            before => departures.hour.saturating_sub(before),
        };
        self.hour = departures.hour;
        let mut rarest = Rarest {
            tails: [1.0; DETECTORS],
            sides: 0,
        };
        let (mut alone, mut averages) = ([None; COURSES], [None; COURSES]);
        let slots = alone.iter_mut().zip(&mut averages);
        let hour = self.vitals.iter_mut().zip(departures.vitals);
        for (((running, departure), vital), (alone, average)) in hour.zip(COURSE_VITALS).zip(slots)
        {
            running.age = running.age.saturating_add(elapsed.min(255) as u8);
            let (Some(departure), Some(own)) = (departure, rules.vitals.get(vital)) else {
                continue;
            };
            running.observe(&departure, rules);
            *alone = Some(departure.z);
            let score = running.ewma.score(&rules.ewma);
            *average = Some(if own.counts(score > 0.0) { score } else { 0.0 });
            for above in [true, false].into_iter().filter(|above| own.counts(*above)) {
                rarest.take(running.tails(&departure, own, above, rules));
            }
        }
        self.together.learn(&alone, &rules.multivariate);
        let (sum, count) = self.together.score(&averages, &rules.multivariate);
        (count > 0).then(|| Seen {
            tails: rarest.result(tails::chi_square(sum, count)),
            elapsed,
        })
    }

    /// How each vital of the hour stands.
    pub(super) fn standings(
        &self,
        departures: &Departures,
        rules: &SustainedChangeRules,
    ) -> Vec<Standing> {
        let hour = self.vitals.iter().zip(departures.vitals);
        hour.zip(COURSE_VITALS)
            .filter_map(|((running, departure), vital)| {
                let (departure, own) = (departure?, rules.vitals.get(vital)?);
                let (ewma, trend) = (running.ewma, running.trend);
                let average = ewma.score(&rules.ewma);
                let counts = own.counts(average > 0.0);
                let line = trend.line(&departure, &rules.trend);
                Some(Standing {
                    vital,
                    departure,
                    average,
                    line,
                    forecast: line
                        .filter(|_| counts)
                        .and_then(|line| line.forecast(own, average > 0.0, &rules.trend)),
                    counts,
                })
            })
            .collect()
    }

    /// Forgets a vital: its normal is learnt anew.
    pub(super) fn forget(&mut self, vital: Vital) {
        let place = COURSE_VITALS.iter().position(|of| *of == vital);
        if let Some(running) = place.and_then(|place| self.vitals.get_mut(place)) {
            *running = Running {
                age: running.age,
                ..Running::default()
            };
        }
    }
}

impl Running {
    fn observe(&mut self, departure: &Departure, rules: &SustainedChangeRules) {
        if self.age > rules.restart_hours {
            *self = Self::default();
        }
        let (mut ewma, mut cusum, mut trend) = (self.ewma, self.cusum, self.trend);
        // What whole days have in common adds up in every running statistic.
        let lasting = departure.z / departure.long_run;
        ewma.observe(lasting, &rules.ewma);
        cusum.observe(lasting, &rules.cusum);
        trend.observe(departure, u32::from(self.age), &rules.trend);
        *self = Self {
            ewma,
            cusum,
            trend,
            age: 0,
        };
    }

    /// Tails to one side; that of all vitals together is not a vital's.
    fn tails(
        &self,
        departure: &Departure,
        own: &DriftVital,
        above: bool,
        rules: &SustainedChangeRules,
    ) -> [f64; DETECTORS] {
        let direction = if above { 1.0 } else { -1.0 };
        let (ewma, cusum, trend) = (self.ewma, self.cusum, self.trend);
        let line = trend.line(departure, &rules.trend);
        let forecast = line.and_then(|line| line.forecast(own, above, &rules.trend));
        Detector::ALL.map(|detector| match detector {
            Detector::RobustZ => tails::normal(direction * robust_z::score(departure.z)),
            Detector::Ewma => tails::normal(direction * ewma.score(&rules.ewma)),
            Detector::Cusum => tails::cumulative_sum(cusum.score(above), rules.cusum.allowance),
            Detector::Multivariate => 1.0,
            Detector::Trend => forecast.map_or(1.0, |ahead| tails::normal(ahead.significance)),
        })
    }
}

impl Rarest {
    fn take(&mut self, tails: [f64; DETECTORS]) {
        self.sides += 1;
        for (rarest, tail) in self.tails.iter_mut().zip(tails) {
            *rarest = rarest.min(tail);
        }
    }

    /// Looking to many sides makes a rare one likelier (Bonferroni).
    fn result(self, together: f64) -> [f64; DETECTORS] {
        let sides = f64::from(self.sides);
        let mut tails = self.tails.map(|tail| (sides * tail).min(1.0));
        for (tail, detector) in tails.iter_mut().zip(Detector::ALL) {
            if detector == Detector::Multivariate {
                *tail = together;
            }
        }
        tails
    }
}
