//! What is known of a patient beside the stream of vitals, as detectors need it.

use super::{Administration, ClinicalTime, MeasuredTime, Vital};
use serde::{Deserialize, Serialize};

/// The clinical context of one patient. It is part of the patient's state, so
/// that judging a journal entry needs nothing but the entry and the state.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PatientContext {
    /// IANA time zone, `Europe/London` when empty.
    pub time_zone: Box<str>,
    /// Which SpO2 scale of NEWS2 a clinician set; none: not recorded, so SpO2 is not scored.
    pub spo2_scale: Option<Spo2Scale>,
    /// Whether oxygen is given at home, when recorded.
    pub oxygen: Option<bool>,
    /// Periods on systemic anticancer treatment. Empty means not recorded,
    /// which counts as at risk, not as safe.
    pub treatment: Vec<Period>,
    /// What was given when, oldest first. Windows that follow from it are
    /// expected, those entered below are known; both hold beside each other.
    pub administrations: Vec<Administration>,
    /// When neutropenia is expected or known, as the team entered it. Empty
    /// means none is recorded; the fever rule holds without.
    pub neutropenia: Vec<Period>,
    /// When a reaction to an infusion is looked for (CAR-T, bispecifics).
    pub post_infusion: Vec<Period>,
    /// Monitoring periods: nobody is judged silent outside them.
    pub monitoring: Vec<Period>,
    /// Planned pauses inside the monitoring periods, with a reason.
    pub pauses: Vec<Pause>,
    /// Limits that differ from the organisation's, with author and expiry.
    pub limits: Vec<PatientLimit>,
    /// Vitals that are expected, with the seconds between two readings, from
    /// the registry or the watch's own status message.
    pub expected: Vec<ExpectedVital>,
}

/// Scale 1 for everybody, scale 2 only where a clinician set a target of
/// 88 to 92 % (RCP 2017); never inferred.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spo2Scale {
    /// Target 94 to 98 %.
    One,
    /// Target 88 to 92 %, hypercapnic respiratory failure.
    Two,
}

/// From `start` until before `end`, or open.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// First moment inside.
    pub start: ClinicalTime,
    /// First moment after, none while it lasts.
    pub end: Option<ClinicalTime>,
}

impl Period {
    /// Whether `at` lies inside.
    pub fn contains(&self, at: ClinicalTime) -> bool {
        self.start <= at && self.end.is_none_or(|end| at < end)
    }
}

/// A planned pause of monitoring (an admission, a scan).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// When it begins.
    pub start: ClinicalTime,
    /// When it ends; a pause always has an end.
    pub end: ClinicalTime,
    /// Why.
    pub reason: String,
}

/// A limit for one patient that replaces the organisation's until it expires.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatientLimit {
    /// Which rule's limit: a name the rule documents (`fever_on_treatment.raise_at`).
    pub rule: String,
    /// The vital, where the rule has one limit a vital.
    pub vital: Option<Vital>,
    /// The value in the rule's unit.
    pub value: f64,
    /// Who set it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// From then on the organisation's limit holds again.
    pub expires: ClinicalTime,
}

/// A vital that should keep coming.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedVital {
    /// Which.
    pub vital: Vital,
    /// Seconds expected between two readings.
    pub every_seconds: u32,
}

impl PatientContext {
    /// Whether the patient is monitored at `at`: inside a monitoring period
    /// and outside every planned pause.
    pub fn is_monitored(&self, at: ClinicalTime) -> bool {
        self.monitoring.iter().any(|period| period.contains(at))
            && !self
                .pauses
                .iter()
                .any(|pause| pause.start <= at && at < pause.end)
    }

    /// On treatment at `measured`: `Some` when periods are recorded.
    pub fn on_treatment(&self, measured: MeasuredTime) -> Option<bool> {
        let at = ClinicalTime::from_epoch_ms(measured.epoch_ms());
        (!self.treatment.is_empty()).then(|| self.treatment.iter().any(|p| p.contains(at)))
    }

    /// Whether neutropenia is recorded for that moment.
    pub fn in_neutropenia_window(&self, measured: MeasuredTime) -> bool {
        let at = ClinicalTime::from_epoch_ms(measured.epoch_ms());
        self.neutropenia.iter().any(|period| period.contains(at))
    }

    /// Whether a reaction to an infusion is looked for at that moment.
    pub fn in_post_infusion_window(&self, measured: MeasuredTime) -> bool {
        let at = ClinicalTime::from_epoch_ms(measured.epoch_ms());
        self.post_infusion.iter().any(|period| period.contains(at))
    }

    /// The patient's own limit for `rule` and `vital` at `at`, if one is in force.
    pub fn limit(
        &self,
        rule: &str,
        vital: Option<Vital>,
        at: ClinicalTime,
    ) -> Option<&PatientLimit> {
        self.limits
            .iter()
            .rev()
            .find(|limit| limit.rule == rule && limit.vital == vital && at < limit.expires)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_from_before_administrations_still_opens() {
        let old = r#"{"time_zone":"Europe/London","spo2_scale":"one","oxygen":false,
            "treatment":[{"start":0,"end":null}],"neutropenia":[],"post_infusion":[],
            "monitoring":[{"start":0,"end":null}],"pauses":[],"limits":[],"expected":[]}"#;
        let context: PatientContext = serde_json::from_str(old).unwrap();
        assert_eq!(context.administrations, []);
        assert_eq!(context.treatment.len(), 1);
        // And one from now comes back as it was.
        let given = r#"[{"given_at":5,"cycle":2,"kind":"car_t","regimen":"A"}]"#;
        let context = PatientContext {
            administrations: serde_json::from_str(given).unwrap(),
            ..context
        };
        let json = serde_json::to_string(&context).unwrap();
        assert_eq!(
            serde_json::from_str::<PatientContext>(&json).unwrap(),
            context
        );
        let bytes = postcard::to_allocvec(&context).unwrap();
        assert_eq!(
            postcard::from_bytes::<PatientContext>(&bytes).unwrap(),
            context
        );
    }
}
