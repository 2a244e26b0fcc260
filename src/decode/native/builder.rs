//! What was found so far, and the judgement of times and values.

use super::scalar::Scalar;
use crate::decode::Limits;
use crate::domain::{
    ClinicalTime, DeviceMessage, MeasuredTime, Reading, RejectedValue, RejectionReason, Vital,
};
use std::ops::Range;

/// A message in the making.
///
/// A moment's `t` may stand after its values, so readings are kept with their
/// offset from `t` as their time until the moment ends.
pub(super) struct Builder<'limits> {
    pub(super) message: DeviceMessage,
    arrival: ClinicalTime,
    limits: &'limits Limits,
    moments: usize,
    pub(super) too_many_moments: bool,
}

/// A moment in the making.
pub(super) struct Moment {
    first: usize,
    /// Readings of the moments inside this one's `samples`.
    inner: Range<usize>,
    seen: u16,
    time: Option<Result<MeasuredTime, RejectionReason>>,
}

impl Moment {
    /// Whether any vital stood in it, wrong ones too.
    pub(super) const fn has_values(&self) -> bool {
        self.seen != 0
    }
}

impl<'limits> Builder<'limits> {
    pub(super) fn new(payload: &[u8], arrival: ClinicalTime, limits: &'limits Limits) -> Self {
        let message = DeviceMessage {
            readings: Vec::with_capacity((payload.len() / 16).clamp(4, 4096)),
            payload_hash: xxhash_rust::xxh3::xxh3_64(payload),
            ..DeviceMessage::default()
        };
        Self {
            message,
            arrival,
            limits,
            moments: 0,
            too_many_moments: false,
        }
    }

    pub(super) fn begin_moment(&self) -> Moment {
        let first = self.message.readings.len();
        Moment {
            first,
            inner: first..first,
            seen: 0,
            time: None,
        }
    }

    /// Marks readings from `from` on as those of moments inside this one.
    pub(super) fn end_inner(&self, moment: &mut Moment, from: usize) {
        moment.inner = from..self.message.readings.len();
    }

    pub(super) fn reject(&mut self, vital: Option<Vital>, reason: RejectionReason) {
        self.message.rejected.push(RejectedValue { vital, reason });
    }

    /// Whether `vital` is new in this moment; a repeat is refused.
    pub(super) fn is_first(&mut self, moment: &mut Moment, vital: Vital) -> bool {
        let bit = 1_u16 << vital.code();
        let first = moment.seen & bit == 0;
        moment.seen |= bit;
        if !first {
            self.reject(Some(vital), RejectionReason::WrongType);
        }
        first
    }

    pub(super) fn value(&mut self, vital: Vital, scalar: Scalar) {
        let facts = vital.facts();
        match scalar.of_vital(vital) {
            None => self.reject(Some(vital), RejectionReason::WrongType),
            Some(value) if value < facts.physics_min || value > facts.physics_max => {
                self.reject(Some(vital), RejectionReason::OutsidePhysics);
            }
            Some(value) => self.push(vital, value, 0),
        }
    }

    pub(super) fn push(&mut self, vital: Vital, value: f64, offset_ms: i64) {
        self.message.readings.push(Reading {
            at: MeasuredTime::from_epoch_ms(offset_ms),
            vital,
            value,
        });
    }

    pub(super) fn time(&self, moment: &mut Moment, scalar: Scalar) {
        moment.time = Some(match (&moment.time, scalar.time()) {
            (None, Some(time)) => self.judge_time(time).map_or(Ok(time), Err),
            _ => Err(RejectionReason::TimeUnreadable),
        });
    }

    fn judge_time(&self, time: MeasuredTime) -> Option<RejectionReason> {
        let age_ms = time.age_ms_at(self.arrival);
        if age_ms < -self.limits.future_tolerance_ms {
            return Some(RejectionReason::TimeInFuture);
        }
        if age_ms <= self.limits.retention_ms {
            return None;
        }
        let as_seconds = MeasuredTime::from_epoch_ms(time.epoch_ms().saturating_mul(1000));
        let age_ms = as_seconds.age_ms_at(self.arrival);
        let fits = (-self.limits.future_tolerance_ms..=self.limits.retention_ms).contains(&age_ms);
        Some(if fits {
            RejectionReason::TimeInSeconds
        } else {
            RejectionReason::TimeTooOld
        })
    }

    /// Counts one moment more; false when there are too many.
    pub(super) fn count_moment(&mut self) -> bool {
        self.moments += 1;
        self.too_many_moments = self.moments > self.limits.moments_max;
        !self.too_many_moments
    }

    /// Gives the moment's readings their time, or removes them.
    pub(super) fn end_moment(&mut self, moment: Moment) {
        let base = match moment.time {
            Some(Err(reason)) => {
                self.message.readings.drain(moment.inner.end..);
                self.message
                    .readings
                    .drain(moment.first..moment.inner.start);
                return self.reject(None, reason);
            }
            Some(Ok(time)) => time,
            None if moment.seen == 0 => return,
            None => {
                self.message.times_from_arrival = true;
                MeasuredTime::from_arrival(self.arrival)
            }
        };
        let readings = self.message.readings.iter_mut().enumerate();
        for (index, reading) in readings.skip(moment.first) {
            if !moment.inner.contains(&index) {
                reading.at = base.plus_ms(reading.at.epoch_ms());
            }
        }
    }
}
