//! Cycles, windows and what they make of a finding.

mod days;
mod urgency;

use crate::detect::Rules;
use crate::domain::{
    Administration, AdministrationKind, ClinicalTime, MeasuredTime, PatientContext,
};

/// A moment written in RFC 3339.
fn at(text: &str) -> MeasuredTime {
    let moment: jiff::Timestamp = text.parse().unwrap();
    MeasuredTime::from_epoch_ms(moment.as_millisecond())
}

fn given(text: &str, cycle: u16, kind: AdministrationKind) -> Administration {
    Administration {
        given_at: ClinicalTime::from_epoch_ms(at(text).epoch_ms()),
        cycle,
        regimen: None,
        kind,
        nadir_days: None,
        post_infusion_hours: None,
    }
}

/// Systemic anticancer treatment.
fn dose(text: &str, cycle: u16) -> Administration {
    given(text, cycle, AdministrationKind::SystemicAnticancer)
}

fn patient(zone: &str, administrations: &[Administration]) -> PatientContext {
    PatientContext {
        time_zone: zone.into(),
        administrations: administrations.to_vec(),
        ..PatientContext::default()
    }
}

fn rules() -> Rules {
    Rules::default()
}
