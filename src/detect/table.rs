//! One setting for each vital, by name.

use crate::domain::Vital;
use serde::{Deserialize, Serialize};

macro_rules! vital_table {
    ($($field:ident = $vital:ident),* $(,)?) => {
        /// One `T` for each vital; the keys are the vitals' full names.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(missing_docs, reason = "each field is named for its vital")]
        pub struct VitalTable<T> {
            $(pub $field: T,)*
        }

        impl<T> VitalTable<T> {
            /// A table with `make`'s answer for each vital.
            pub fn from_fn(make: impl Fn(Vital) -> T) -> Self {
                Self { $($field: make(Vital::$vital),)* }
            }

            /// The vital's setting.
            pub const fn get(&self, vital: Vital) -> &T {
                match vital {
                    $(Vital::$vital => &self.$field,)*
                }
            }

            /// The vital's setting, to change it.
            pub const fn get_mut(&mut self, vital: Vital) -> &mut T {
                match vital {
                    $(Vital::$vital => &mut self.$field,)*
                }
            }
        }
    };
}

vital_table! {
    heart_rate = HeartRate,
    respiratory_rate = RespiratoryRate,
    oxygen_saturation = OxygenSaturation,
    body_temperature = BodyTemperature,
    skin_temperature = SkinTemperature,
    systolic_pressure = SystolicPressure,
    diastolic_pressure = DiastolicPressure,
    heart_rate_variability_rmssd = HeartRateVariabilityRmssd,
    heart_rate_variability_sdnn = HeartRateVariabilitySdnn,
    beat_intervals = BeatIntervals,
    step_count = StepCount,
    resting_heart_rate = RestingHeartRate,
    worn = Worn,
    battery_level = BatteryLevel,
    supplemental_oxygen = SupplementalOxygen,
    consciousness = Consciousness,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_a_table_is_the_full_name_of_its_vital() {
        let table = VitalTable::from_fn(Vital::name);
        let json = serde_json::to_value(&table).unwrap();
        for vital in Vital::ALL {
            assert_eq!(json[vital.name()], vital.name());
            assert_eq!(*table.get(vital), vital.name());
        }
    }
}
