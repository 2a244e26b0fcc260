//! Suspicions lifted by the reading after.

use crate::domain::{Quality, QualityReason};
use crate::store::views::PointView;

/// A suspicion is lifted by a reading at most so long after it.
pub(super) const LIFT_REACH_MS: i64 = 6 * 3_600_000;
/// … and at most so many points before the lifting one are looked at.
pub(super) const LIFT_POINTS: usize = 16;

/// Applies every [`Quality::GoodLiftsPrevious`] to the reading before it: the
/// nearest by measured time among those that had arrived by then. Whoever
/// arrived later was not there when the gate judged.
///
/// Points are one vital's, in the order of measured time.
pub(super) fn lift(points: &mut [PointView]) {
    let lifts = |point: &PointView| point.quality == Quality::GoodLiftsPrevious;
    if !points.iter().any(lifts) {
        return;
    }
    for index in 0..points.len() {
        let (before, rest) = points.split_at_mut(index);
        let Some(lifter) = rest.first().filter(|point| lifts(point)) else {
            continue;
        };
        let mut nearest = before.iter_mut().rev().take(LIFT_POINTS);
        let previous = nearest.find(|point| point.arrived <= lifter.arrived);
        if let Some(previous) = previous {
            let near = lifter.at.ms_since(previous.at) <= LIFT_REACH_MS;
            if near && previous.quality == Quality::Suspect(QualityReason::RateOfChange) {
                previous.quality = Quality::Good;
            }
        }
    }
}
