//! The name under which Wardlight tests itself.

use super::{DeviceId, EndpointId, PatientId, WardId};

/// Ward, patient, device and endpoint of the canary all have this identifier.
/// Nobody else may use it, and no list of patients, alerts or webhooks shows it.
pub const CANARY: &str = "wardlight-canary";

macro_rules! canary {
    ($($id:ident)+) => {$(
        impl $id {
            /// The canary's own.
            ///
            /// # Panics
            /// Never: the name is an identifier.
            pub fn canary() -> Self {
                Self::new(CANARY).expect("the canary's name is an identifier")
            }

            /// Whether it is the canary's.
            pub fn is_canary(&self) -> bool {
                self.as_str() == CANARY
            }
        }
    )+};
}

canary! { DeviceId EndpointId PatientId WardId }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canary_is_known_by_its_name_alone() {
        assert!(PatientId::canary().is_canary() && EndpointId::canary().is_canary());
        assert!(!PatientId::new("wardlight-canary2").unwrap().is_canary());
    }
}
