//! One patient's episodes under test; times are minutes.

use crate::alert::{Answer, CommandRefused, Episode, EpisodeEvent, Episodes, Patient, Settings};
use crate::domain::{
    AlertKind, ClinicalTime, Evidence, EvidenceValue, Finding, FindingState, MeasuredTime,
    PatientNumber, Priority, Quality, Vital,
};

pub(super) const FEVER: AlertKind = AlertKind::FeverOnTreatment;
pub(super) const NEWS2: AlertKind = AlertKind::News2;
pub(super) const SILENT: AlertKind = AlertKind::Silent(Vital::HeartRate);
pub(super) const PATIENT: Patient<'static> = Patient {
    number: PatientNumber(7),
    site: "home",
};

#[derive(Default)]
pub(super) struct Bed {
    pub(super) episodes: Episodes,
    pub(super) settings: Settings,
    pub(super) events: Vec<EpisodeEvent>,
}

pub(super) fn at(minute: i64) -> ClinicalTime {
    ClinicalTime::from_epoch_ms(minute * 60_000)
}

pub(super) fn finding(minute: i64, kind: AlertKind, state: FindingState) -> Finding {
    let value = EvidenceValue {
        vital: Vital::HeartRate,
        value: 1.0,
        measured: MeasuredTime::from_epoch_ms(minute * 60_000),
        arrived: at(minute),
        age_ms: 0,
        limit: None,
        quality: Quality::Good,
    };
    Finding {
        kind,
        state,
        at: at(minute),
        evidence: Evidence {
            summary: format!("at minute {minute}"),
            values: vec![value],
            ..Evidence::default()
        },
    }
}

pub(super) fn raise(minute: i64, kind: AlertKind, priority: Priority) -> Finding {
    let began = MeasuredTime::from_epoch_ms(minute * 60_000);
    finding(minute, kind, FindingState::Raise { priority, began })
}

impl Bed {
    pub(super) fn raise(&mut self, minute: i64, kind: AlertKind, priority: Priority) {
        self.find(&raise(minute, kind, priority), true);
    }

    pub(super) fn clear(&mut self, minute: i64, kind: AlertKind) {
        self.find(&finding(minute, kind, FindingState::Clear), true);
    }

    pub(super) fn find(&mut self, finding: &Finding, monitored: bool) {
        self.episodes.on_finding(
            &PATIENT,
            monitored,
            finding,
            &self.settings,
            &mut self.events,
        );
    }

    pub(super) fn to(&mut self, minute: i64) {
        self.episodes
            .advance(&PATIENT, at(minute), &self.settings, &mut self.events);
    }

    pub(super) fn acknowledge(&mut self, minute: i64, number: u32) -> Result<(), CommandRefused> {
        let answer = answer(minute, number, Some("going there"));
        let event = self
            .episodes
            .acknowledge(&PATIENT, &answer, &self.settings)?;
        self.events.extend(event);
        Ok(())
    }

    pub(super) fn resolve(&mut self, minute: i64, number: u32) -> Result<(), CommandRefused> {
        let answer = answer(minute, number, Some("antibiotics given"));
        let event = self
            .episodes
            .resolve(&PATIENT, &answer, None, &self.settings)?;
        self.events.extend(event);
        Ok(())
    }

    pub(super) fn ease(&mut self, minute: i64, kind: AlertKind, priority: Priority) {
        self.find(
            &finding(minute, kind, FindingState::Ease { priority }),
            true,
        );
    }

    /// The nurse makes it quiet; says whether that was anything new.
    pub(super) fn snooze(
        &mut self,
        minute: i64,
        number: u32,
        until: i64,
    ) -> Result<bool, CommandRefused> {
        let answer = answer(minute, number, Some("fluids running"));
        let event = self
            .episodes
            .snooze(&PATIENT, &answer, at(until), &self.settings)?;
        let new = event.is_some();
        self.events.extend(event);
        Ok(new)
    }

    pub(super) fn unsnooze(&mut self, minute: i64, number: u32) -> Result<bool, CommandRefused> {
        let answer = answer(minute, number, None);
        let event = self.episodes.unsnooze(&PATIENT, &answer, &self.settings)?;
        let new = event.is_some();
        self.events.extend(event);
        Ok(new)
    }

    pub(super) fn assign(
        &mut self,
        minute: i64,
        number: u32,
        to: &str,
    ) -> Result<bool, CommandRefused> {
        let answer = answer(minute, number, None);
        let event = self.episodes.assign(&PATIENT, &answer, to)?;
        let new = event.is_some();
        self.events.extend(event);
        Ok(new)
    }

    pub(super) fn reopen(&mut self, minute: i64, number: u32) -> Result<bool, CommandRefused> {
        let answer = answer(minute, number, Some("closed too early"));
        let event = self.episodes.reopen(&PATIENT, &answer, &self.settings)?;
        let new = event.is_some();
        self.events.extend(event);
        Ok(new)
    }

    /// The one episode that is kept.
    pub(super) fn only(&self) -> &Episode {
        let mut kept = self.episodes.iter();
        let (first, second) = (kept.next(), kept.next());
        assert!(second.is_none());
        first.expect("one")
    }

    /// Events since the last call: name, id's last part, minute.
    pub(super) fn news(&mut self) -> Vec<(&'static str, u32, i64)> {
        self.events
            .drain(..)
            .map(|event| {
                let (patient, number) = crate::alert::number_of(&event.id, "home").unwrap();
                assert_eq!(patient, PATIENT.number);
                (event.event.name(), number, event.at.epoch_ms() / 60_000)
            })
            .collect()
    }
}

pub(super) fn answer(minute: i64, number: u32, comment: Option<&str>) -> Answer<'_> {
    Answer {
        number,
        author: "nurse",
        comment,
        at: at(minute),
    }
}
