//! Sustained change: the classic statistics of process control on what each
//! hour did not expect, with their evidence as e-values.
//!
//! In: each closed hour's whitened [`Departures`](super::departures), which
//! deterioration computes anyway; no second set of baselines is kept. Out: one
//! kind of finding, [`AlertKind::SustainedChange`](crate::domain::AlertKind).
//! Way of an hour: [`robust_z`], [`ewma`], [`cusum`], [`multivariate`] and
//! [`trend`] say how far off it is, each in its own way; [`tails`] puts that on
//! one scale, the tail it would have if nothing but independent noise were
//! there; [`past`] ranks it among this patient's own past, which gives a
//! p-value; [`betting`] turns p-values into e-values and lets them run;
//! [`judge`] decides by the alarm budget; [`words`] tells.
//!
//! # What holds, and what does not
//! If an hour's scores were exchangeable, the mean time to a false alert at the
//! threshold `ln B` would be at least `B` hours whatever their distribution
//! (Shin, Ramdas, Rinaldo 2022). Running statistics remember, so their scores
//! are not exchangeable: each bets with the share of an epoch that an hour is
//! for it (`span_hours`: the geometric mean of interleaved bets, which is below
//! their arithmetic mean, which is an e-process if epochs that far apart are
//! independent). What remains of correlation the replayed virtual thresholds
//! find ([`Calibration`](super::deterioration)), which are this patient's own
//! after five days. A lasting change is told once, and is then learnt.
//!
//! What whole days have in common adds up in every running statistic, so
//! departures are divided by the spread that half days really have.
//!
//! # Limits
//! - Spans and priors were chosen on the simulators' healthy worlds (90 days,
//!   hourly values), so their figures are no proof: `cargo bench --bench worlds`
//!   measures them again.
//! - Runs of several days are learnt like everything else, on purpose. For some
//!   weeks after a long one a second, smaller one is harder to see.
//! - A lasting change of level is told once and counts as false where nobody is
//!   ill.
//! - A fixed, small number of bins bounds what one hour can say: no p-value is
//!   below one over the hours learnt, and none is finer than a factor of two.
//!
//! Beside deterioration this says *how* a course departs and when it reaches a
//! limit. It is of low priority: deterioration is the tuned one.
//!
//! # Sources
//! EWMA: Roberts 1959, Lucas and Saccucci 1990. CUSUM: Page 1954, its tail:
//! Siegmund 1985. MEWMA: Lowry et al. 1992. Discounted trend: Brown 1963, its
//! standard error: West and Harrison 1997. Calibrating p-values by a mixture of
//! powers: Shafer, Shen, Vereshchagin, Vovk 2011. E-detectors: Shin, Ramdas,
//! Rinaldo 2022.

mod betting;
mod cusum;
mod detectors;
mod ewma;
mod judge;
mod multivariate;
mod past;
mod robust_z;
mod settings;
mod tails;
mod trend;
mod words;

#[cfg(test)]
mod tests;

pub(super) use judge::Drift;
pub use settings::{
    Bet, BettingRules, CusumRules, DriftVital, DriftVitals, EwmaRules, MultivariateRules,
    PastRules, SustainedChangeRules, TrendRules,
};
