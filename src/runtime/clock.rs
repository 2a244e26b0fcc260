//! The only place that reads the machine's clock.

use crate::domain::{ClinicalTime, WallTime};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Gives clinical and wall time. Clones share one clock.
#[derive(Clone)]
pub struct Clock {
    source: Arc<Source>,
}

enum Source {
    Real,
    Scaled {
        start: ClinicalTime,
        since: Instant,
        scale: f64,
    },
    Manual {
        clinical: AtomicI64,
        wall: AtomicI64,
    },
}

impl Clock {
    /// Clinical time is wall time.
    pub fn real() -> Self {
        Self {
            source: Arc::new(Source::Real),
        }
    }

    /// Clinical time begins at `start` now and runs `scale` times as fast as the wall's.
    pub fn scaled(start: ClinicalTime, scale: f64) -> Self {
        Self {
            source: Arc::new(Source::Scaled {
                start,
                since: Instant::now(),
                scale,
            }),
        }
    }

    /// Stands still until a test moves it.
    pub fn manual(at: ClinicalTime) -> Self {
        let ms = at.epoch_ms();
        let source = Source::Manual {
            clinical: AtomicI64::new(ms),
            wall: AtomicI64::new(ms),
        };
        Self {
            source: Arc::new(source),
        }
    }

    /// Moves a manual clock on, both its times; others are not moved.
    pub fn advance(&self, by: Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        match &*self.source {
            Source::Manual { clinical, wall } => {
                clinical.fetch_add(ms, Ordering::SeqCst);
                wall.fetch_add(ms, Ordering::SeqCst);
            }
            Source::Real | Source::Scaled { .. } => {}
        }
    }

    /// Sets the wall time of a manual clock back, as whoever corrects a machine's
    /// clock does; others are not moved.
    pub fn set_wall_back(&self, by: Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        if let Source::Manual { wall, .. } = &*self.source {
            wall.fetch_sub(ms, Ordering::SeqCst);
        }
    }

    /// Now, for arrivals and alarms.
    pub fn clinical(&self) -> ClinicalTime {
        match &*self.source {
            Source::Real => ClinicalTime::from_epoch_ms(wall_ms()),
            Source::Scaled {
                start,
                since,
                scale,
            } => start.plus_ms((since.elapsed().as_secs_f64() * 1000.0 * scale) as i64),
            Source::Manual { clinical, .. } => {
                ClinicalTime::from_epoch_ms(clinical.load(Ordering::SeqCst))
            }
        }
    }

    /// Now, for transport.
    pub fn wall(&self) -> WallTime {
        match &*self.source {
            Source::Real | Source::Scaled { .. } => WallTime::from_epoch_ms(wall_ms()),
            Source::Manual { wall, .. } => WallTime::from_epoch_ms(wall.load(Ordering::SeqCst)),
        }
    }

    /// How many clinical seconds pass in a wall second; 1 unless scaled.
    pub fn scale(&self) -> f64 {
        match &*self.source {
            Source::Scaled { scale, .. } => *scale,
            Source::Real | Source::Manual { .. } => 1.0,
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the clock"
)]
fn wall_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
