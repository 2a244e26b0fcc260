//! Three features of 128 intervals that fibrillation has all at once.

/// Intervals in a window, as in the publication.
pub(in crate::detect) const BEATS: usize = 128;
/// Longest and shortest intervals that the entropy leaves out: extra beats
/// stand there.
const OUTLIERS: usize = 8;
/// Bins of the entropy.
const BINS: usize = 16;

/// What a window of intervals looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::detect) struct Features {
    /// Mean interval, ms.
    pub(in crate::detect) mean_ms: f64,
    /// Root mean square of successive differences over the mean.
    pub(in crate::detect) rmssd_over_mean: f64,
    /// Share of intervals that are longer or shorter than both neighbours; a
    /// random series tends to two thirds.
    pub(in crate::detect) turning_points: f64,
    /// Shannon entropy of the intervals' distribution, 0 to 1.
    pub(in crate::detect) entropy: f64,
}

impl Features {
    /// Of intervals in ms, in their order.
    pub(in crate::detect) fn of(intervals: &[u16; BEATS]) -> Self {
        let sum: u32 = intervals.iter().map(|interval| u32::from(*interval)).sum();
        let mean_ms = f64::from(sum) / BEATS as f64;
        Self {
            mean_ms,
            rmssd_over_mean: rmssd(intervals) / mean_ms.max(1.0),
            turning_points: turning_points(intervals),
            entropy: entropy(intervals),
        }
    }
}

fn rmssd(intervals: &[u16; BEATS]) -> f64 {
    let pairs = intervals.iter().zip(intervals.iter().skip(1));
    let squares: u64 = pairs
        .map(|(one, next)| u64::from(one.abs_diff(*next)).pow(2))
        .sum();
    (squares as f64 / (BEATS - 1) as f64).sqrt()
}

fn turning_points(intervals: &[u16; BEATS]) -> f64 {
    let inner = intervals.windows(3).filter(|three| {
        matches!(three, [before, here, after]
            if (here > before && here > after) || (here < before && here < after))
    });
    inner.count() as f64 / (BEATS - 2) as f64
}

fn entropy(intervals: &[u16; BEATS]) -> f64 {
    let mut sorted = *intervals;
    sorted.sort_unstable();
    let inner = sorted.get(OUTLIERS..BEATS - OUTLIERS).unwrap_or_default();
    let (Some(low), Some(high)) = (inner.first(), inner.last()) else {
        return 0.0;
    };
    let width = usize::from(high - low).max(1);
    let mut bins = [0_u32; BINS];
    for interval in inner {
        let bin = usize::from(interval - low) * BINS / width;
        if let Some(count) = bins.get_mut(bin.min(BINS - 1)) {
            *count += 1;
        }
    }
    let shares = bins.iter().filter(|count| **count > 0);
    let shares = shares.map(|count| f64::from(*count) / inner.len() as f64);
    -shares
        .map(|share| share * share.ln() / (BINS as f64).ln())
        .sum::<f64>()
}
