//! What a wearable reads of a body: the truth plus the errors of `reference/physiology.md`.

use super::activity::Activity;
use super::beats::beat_intervals;
use super::patient::BodyState;
use crate::chance::Chance;

/// The sensors on one patient. Every value is a function of state and time.
#[derive(Debug, Clone, Copy)]
pub struct Sensor {
    chance: Chance,
    temperature_bias: f64,
}

impl Sensor {
    /// The sensors of a patient; the patch under the arm has a constant error of its own.
    #[must_use]
    pub fn new(patient: Chance) -> Self {
        let chance = patient.child("sensor");
        let temperature_bias = (0.08 * chance.child("bias").normal(0)).clamp(-0.15, 0.15);
        Self {
            chance,
            temperature_bias,
        }
    }

    /// Heart rate, /min, whole. N(0, 2) at rest; walking N(0, 8) with 5 % locked to the cadence.
    #[must_use]
    pub fn heart_rate(&self, state: &BodyState, time_ms: i64) -> f64 {
        let chance = self.chance.child("hr");
        let value = match state.activity {
            Activity::Asleep | Activity::Resting => state.heart_rate + 2.0 * chance.normal(time_ms),
            Activity::Walking(cadence) if chance.child("locked").uniform(time_ms) < 0.05 => {
                cadence.max(100.0) + 3.0 * chance.normal(time_ms)
            }
            Activity::Walking(_) => state.heart_rate + 8.0 * chance.normal(time_ms),
        };
        value.clamp(28.0, 230.0).round()
    }

    /// Respiratory rate, /min, one decimal. N(0, 1.5) asleep, a little worse awake.
    #[must_use]
    pub fn respiratory_rate(&self, state: &BodyState, time_ms: i64) -> f64 {
        let spread = match state.activity {
            Activity::Asleep | Activity::Resting => 1.2,
            Activity::Walking(_) => 2.5,
        };
        let value = state.respiratory_rate + spread * self.chance.child("rr").normal(time_ms);
        decimals(value.clamp(4.0, 60.0), 10.0)
    }

    /// Oxygen saturation, %, whole. N(0, 1.5), and 2 % of readings 5 to 15 low from poor contact.
    #[must_use]
    pub fn oxygen_saturation(&self, state: &BodyState, time_ms: i64) -> f64 {
        let chance = self.chance.child("spo2");
        let contact = chance.child("contact");
        let loss = if contact.uniform(time_ms) < 0.02 {
            contact.child("loss").between(time_ms, 5.0, 15.0)
        } else {
            0.0
        };
        let value = state.oxygen_saturation - loss + 1.5 * chance.normal(time_ms).clamp(-2.5, 2.5);
        value.clamp(50.0, 100.0).round()
    }

    /// Axillary patch, Cel, one decimal: a constant bias and N(0, 0.06).
    #[must_use]
    pub fn core_temperature(&self, state: &BodyState, time_ms: i64) -> f64 {
        let error = self.temperature_bias + 0.06 * self.chance.child("temp").normal(time_ms);
        decimals(state.core_temperature + error, 10.0)
    }

    /// Wrist skin, Cel, two decimals.
    #[must_use]
    pub fn skin_temperature(&self, state: &BodyState, time_ms: i64) -> f64 {
        let error = 0.05 * self.chance.child("skin").normal(time_ms);
        decimals(state.skin_temperature + error, 100.0)
    }

    /// RMSSD, ms, one decimal.
    #[must_use]
    pub fn rmssd(&self, state: &BodyState, time_ms: i64) -> f64 {
        let error = 1.0 + 0.08 * self.chance.child("rmssd").normal(time_ms);
        decimals((state.rmssd * error).clamp(1.0, 300.0), 10.0)
    }

    /// Systolic and diastolic pressure of a cuff, mm\[Hg\], whole.
    #[must_use]
    pub fn blood_pressure(&self, state: &BodyState, time_ms: i64) -> (f64, f64) {
        let chance = self.chance.child("pressure");
        let systolic = (state.systolic_pressure + 4.0 * chance.normal(time_ms)).round();
        let diastolic =
            (state.diastolic_pressure + 3.0 * chance.child("low").normal(time_ms)).round();
        (systolic, diastolic.min(systolic - 10.0))
    }

    /// Beat intervals ending at a time, ms, oldest first.
    #[must_use]
    pub fn beat_intervals(&self, state: &BodyState, time_ms: i64, count: usize) -> Vec<u16> {
        beat_intervals(self.chance.child("ibi"), state, time_ms, count)
    }
}

fn decimals(value: f64, factor: f64) -> f64 {
    (value * factor).round() / factor
}
