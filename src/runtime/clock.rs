//! The only place that reads the machine's clock.

use super::pace::Pace;
use crate::domain::{ClinicalTime, WallTime};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

/// Gives clinical and wall time. Clones share one clock.
#[derive(Clone)]
pub struct Clock {
    source: Arc<Source>,
}

enum Source {
    Real,
    /// Whoever reads the time holds the pace meanwhile: a change comes before or after.
    Scaled(watch::Sender<Pace>),
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
        let pace = Pace::new(start, Instant::now(), scale);
        Self {
            source: Arc::new(Source::Scaled(watch::Sender::new(pace))),
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
            Source::Real | Source::Scaled(_) => {}
        }
    }

    /// Lets clinical time run `scale` times as fast as the wall's from now on, without
    /// a jump. Only a scaled clock does so, and only forwards.
    pub fn set_scale(&self, scale: f64) {
        if let Source::Scaled(pace) = &*self.source
            && scale.is_finite()
            && scale > 0.0
        {
            pace.send_modify(|pace| *pace = pace.rescaled(Instant::now(), scale));
        }
    }

    /// Waits until the scale is set; for ever where it cannot be.
    pub async fn rescaled(&self) {
        match &*self.source {
            Source::Scaled(pace) => {
                // It fails without a sender only, and we are holding it.
                let _ = pace.subscribe().changed().await;
            }
            Source::Real | Source::Manual { .. } => std::future::pending().await,
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
            Source::Scaled(pace) => {
                let pace = pace.borrow();
                // Looked at while the pace is held: else it might be that of before.
                pace.at(Instant::now())
            }
            Source::Manual { clinical, .. } => {
                ClinicalTime::from_epoch_ms(clinical.load(Ordering::SeqCst))
            }
        }
    }

    /// Now, for transport.
    pub fn wall(&self) -> WallTime {
        match &*self.source {
            Source::Real | Source::Scaled(_) => WallTime::from_epoch_ms(wall_ms()),
            Source::Manual { wall, .. } => WallTime::from_epoch_ms(wall.load(Ordering::SeqCst)),
        }
    }

    /// How many clinical seconds pass in a wall second; 1 unless scaled.
    pub fn scale(&self) -> f64 {
        match &*self.source {
            Source::Scaled(pace) => pace.borrow().scale(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    #[test]
    fn threads_never_see_time_go_back_while_the_scale_changes() {
        let clock = Clock::scaled(ClinicalTime::from_epoch_ms(0), 60.0);
        let (newest, over) = (AtomicI64::new(0), AtomicBool::new(false));
        let read = || {
            while !over.load(Ordering::SeqCst) {
                let before = newest.load(Ordering::SeqCst);
                let now = clock.clinical().epoch_ms();
                assert!(now >= before, "{now} ms after {before} ms");
                newest.fetch_max(now, Ordering::SeqCst);
            }
        };
        std::thread::scope(|scope| {
            let readers = [0; 3].map(|_| scope.spawn(read));
            for round in 0..20_000 {
                clock.set_scale([1.0, 600.0, 10.0, 300.0][round % 4]);
            }
            over.store(true, Ordering::SeqCst);
            for reader in readers {
                reader.join().expect("time went on");
            }
        });
        assert_eq!(clock.scale(), 300.0);
    }

    #[test]
    fn a_scale_that_is_none_and_a_clock_that_has_none_change_nothing() {
        let clock = Clock::scaled(ClinicalTime::from_epoch_ms(0), 60.0);
        for none in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            clock.set_scale(none);
            assert_eq!(clock.scale(), 60.0, "{none}");
        }
        let manual = Clock::manual(ClinicalTime::from_epoch_ms(0));
        manual.set_scale(60.0);
        assert_eq!((manual.scale(), manual.clinical().epoch_ms()), (1.0, 0));
        Clock::real().set_scale(60.0);
        assert_eq!(Clock::real().scale(), 1.0);
    }

    #[tokio::test]
    async fn who_waits_hears_of_another_scale_at_once() {
        let clock = Clock::scaled(ClinicalTime::from_epoch_ms(0), 60.0);
        let mut waiting = std::pin::pin!(clock.rescaled());
        tokio::select! {
            biased;
            () = &mut waiting => panic!("nothing was set yet"),
            () = std::future::ready(()) => {}
        }
        clock.set_scale(1.0);
        waiting.await;
    }
}
