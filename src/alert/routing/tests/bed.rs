//! A router with a store of rows, endpoints that are there or not, and time.

use crate::alert::EventType;
use crate::alert::routing::{
    Act, Attempt, Directory, Facts, Happened, Message, Note, Outcome, Place, Router, Row, RowKind,
    Settings, Table, Turn,
};
use crate::domain::{
    AlertId, AlertKind, ClinicalTime, Condition, DeviceId, EndpointId, Handling, MeasuredTime,
    PatientId, PatientNumber, Priority, Silence, SilenceScope, TeamId, WardId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// 2026-11-22T12:00:00Z, a Sunday.
pub(super) const NOON: i64 = 1_795_348_800;
pub(super) const HOUR: i64 = 3_600;

pub(super) fn at(seconds: i64) -> ClinicalTime {
    ClinicalTime::from_epoch_ms((NOON + seconds) * 1000)
}

pub(super) fn moment(text: &str) -> ClinicalTime {
    let time: jiff::Timestamp = text.parse().unwrap();
    ClinicalTime::from_epoch_ms(time.as_millisecond())
}

pub(super) fn settings(text: &str) -> Settings {
    toml::from_str(text).unwrap()
}

pub(super) fn table(text: &str) -> Table {
    Table::new(&settings(text)).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

pub(super) fn alert(patient: u32, number: u32) -> AlertId {
    AlertId::new(&format!("alr_site_{patient}_{number}")).unwrap()
}

pub(super) fn endpoint(id: &str) -> EndpointId {
    EndpointId::new(id).unwrap()
}

pub(super) fn place(patient: u32) -> Place {
    Place {
        patient: PatientId::new(&format!("p{patient}")).unwrap(),
        ward: WardId::new(if patient < 10 { "a1" } else { "b2" }).unwrap(),
        team: patient
            .is_multiple_of(2)
            .then(|| TeamId::new("lymphoma").unwrap()),
    }
}

pub(super) fn facts(patient: u32, kind: AlertKind, priority: Priority) -> Facts {
    Facts {
        number: PatientNumber(patient),
        place: place(patient),
        kind,
        one_vital: kind.vital().is_some(),
        priority,
        condition: Condition::Active,
        handling: Handling::Open,
        snoozed: false,
        latched: false,
        raised_at: at(0),
        began_at: MeasuredTime::from_epoch_ms(NOON * 1000),
    }
}

/// Endpoints `e1`, `e2`, … of which some are off; every patient wears `watch-N`.
#[derive(Default)]
pub(super) struct Hospital {
    pub(super) endpoints: Vec<&'static str>,
    pub(super) off: BTreeSet<&'static str>,
    /// Patients who were moved to ward `c3` and wear nothing.
    pub(super) moved: BTreeSet<u32>,
}

impl Hospital {
    fn place_of(&self, patient: u32) -> Place {
        let mut place = place(patient);
        if self.moved.contains(&patient) {
            place.ward = WardId::new("c3").unwrap();
        }
        place
    }
}

impl Directory for Hospital {
    fn place(&self, patient: PatientNumber) -> Option<Place> {
        Some(self.place_of(patient.0))
    }

    fn wears(&self, patient: PatientNumber, device: &DeviceId) -> bool {
        let worn = device.as_str() == format!("watch-{}", patient.0);
        worn && !self.moved.contains(&patient.0)
    }

    fn unable(&self, endpoint: &EndpointId, _: &Place, _: EventType) -> Option<String> {
        let known = self.endpoints.iter().any(|id| *id == endpoint.as_str());
        let off = self.off.contains(endpoint.as_str());
        (!known || off).then(|| "it is switched off".to_owned())
    }

    fn able(&self, place: &Place, event: EventType) -> Vec<EndpointId> {
        let all = self.endpoints.iter().map(|id| endpoint(id));
        all.filter(|id| self.unable(id, place, event).is_none())
            .collect()
    }
}

/// What was delivered: seconds after noon, to whom, what.
pub(super) type Line = (i64, String, String);

pub(super) struct Bed {
    pub(super) router: Router,
    pub(super) hospital: Hospital,
    pub(super) table: Arc<Table>,
    pub(super) store: BTreeMap<(RowKind, String), String>,
    pub(super) now: ClinicalTime,
    pub(super) next_delivery: u64,
    pub(super) seq: u64,
    pub(super) sent: Vec<(ClinicalTime, Message)>,
    pub(super) superseded: BTreeSet<u64>,
    pub(super) taken: BTreeSet<u64>,
    pub(super) told_all: Vec<(AlertId, EventType)>,
    pub(super) notes: Vec<(ClinicalTime, Note)>,
    pub(super) open: BTreeMap<AlertId, Facts>,
}

impl Bed {
    pub(super) fn new(text: &str) -> Self {
        let table = Arc::new(table(text));
        let hospital = Hospital {
            endpoints: vec!["e1", "e2", "e3", "e4"],
            off: BTreeSet::new(),
            moved: BTreeSet::new(),
        };
        Self {
            router: Router::load(Arc::clone(&table), []).0,
            hospital,
            table,
            store: BTreeMap::new(),
            now: at(0),
            next_delivery: 1,
            seq: 0,
            sent: Vec::new(),
            superseded: BTreeSet::new(),
            taken: BTreeSet::new(),
            told_all: Vec::new(),
            notes: Vec::new(),
            open: BTreeMap::new(),
        }
    }

    /// One input, and what it decided carried out as the engine would.
    pub(super) fn turn<T>(&mut self, input: impl FnOnce(&mut Router, &mut Turn<'_>) -> T) -> T {
        let mut turn = Turn::new(&self.hospital, self.next_delivery);
        let answer = input(&mut self.router, &mut turn);
        let Turn {
            acts,
            next_delivery,
            ..
        } = turn;
        for act in acts {
            match act {
                Act::Send(message) => {
                    assert_eq!(
                        message.number, self.next_delivery,
                        "numbers follow each other"
                    );
                    self.next_delivery += 1;
                    self.sent.push((self.now, message));
                }
                Act::Supersede(numbers) => self.superseded.extend(numbers),
                Act::TellAll { alert, event, .. } => self.told_all.push((alert, event)),
                Act::Note(note) => self.notes.push((self.now, *note)),
            }
        }
        assert_eq!(self.next_delivery, next_delivery);
        for Row {
            kind,
            key,
            document,
        } in self.router.take_rows()
        {
            match document {
                Some(document) => self.store.insert((kind, key), document),
                None => self.store.remove(&(kind, key)),
            };
        }
        answer
    }

    /// The process ends and starts again.
    pub(super) fn restart(&mut self) {
        let rows = self.store.iter().map(|((kind, key), document)| Row {
            kind: *kind,
            key: key.clone(),
            document: Some(document.clone()),
        });
        let (router, unreadable) = Router::load(Arc::clone(&self.table), rows);
        assert_eq!(unreadable, 0);
        self.router = router;
    }

    /// Time passes; what is due happens at its own time.
    pub(super) fn pass(&mut self, until: ClinicalTime) {
        while let Some(due) = self.router.next_due().filter(|due| *due <= until) {
            self.now = due.max(self.now);
            let now = self.now;
            self.turn(|router, turn| router.advance(now, turn));
        }
        self.now = until;
    }

    pub(super) fn pass_to(&mut self, seconds: i64) {
        self.pass(at(seconds));
    }

    /// Several events of one step.
    pub(super) fn together(&mut self, events: &[(AlertId, Facts, EventType, bool)]) {
        let now = self.now;
        let happened: Vec<Happened> = events
            .iter()
            .map(|(alert, facts, event, by_person)| {
                self.seq += 1;
                self.open.insert(alert.clone(), facts.clone());
                Happened {
                    alert: alert.clone(),
                    event: *event,
                    seq: self.seq,
                    at: now,
                    by_person: *by_person,
                    facts: facts.clone(),
                }
            })
            .collect();
        self.turn(|router, turn| router.on_events(&happened, turn));
    }

    pub(super) fn raise(&mut self, id: &AlertId, facts: Facts) {
        self.together(&[(id.clone(), facts, EventType::Raised, false)]);
    }

    /// Something else happens to an alert.
    pub(super) fn then(&mut self, id: &AlertId, event: EventType) {
        let mut facts = self.open[id].clone();
        let mut by_person = false;
        match event {
            EventType::Acknowledged => (facts.handling, by_person) = (Handling::Acknowledged, true),
            EventType::Resolved => facts.handling = Handling::Resolved,
            EventType::ConditionEnded => facts.condition = Condition::Ended,
            EventType::Snoozed => (facts.snoozed, by_person) = (true, true),
            EventType::SnoozeEnded => facts.snoozed = false,
            EventType::Escalated => {
                (facts.priority, facts.handling) = (Priority::High, Handling::Open);
                facts.condition = Condition::Active;
            }
            EventType::Reopened | EventType::AcknowledgementExpired => {
                (facts.condition, facts.handling) = (Condition::Active, Handling::Open);
            }
            _ => {}
        }
        let waits = facts.priority == Priority::High && facts.kind.is_physiological();
        let over = facts.handling == Handling::Open && facts.condition == Condition::Ended;
        facts.latched = waits && over;
        facts.snoozed &= facts.condition == Condition::Active;
        self.together(&[(id.clone(), facts, event, by_person)]);
    }

    pub(super) fn report(&mut self, delivery: u64, attempt: Attempt) {
        let now = self.now;
        self.turn(|router, turn| router.on_report(delivery, attempt, now, turn));
    }

    pub(super) fn fails(&mut self, delivery: u64) {
        let attempt = Attempt::Failed {
            perhaps_received: false,
            given_up: false,
        };
        self.report(delivery, attempt);
    }

    pub(super) fn takes(&mut self, delivery: u64) {
        self.taken.insert(delivery);
        self.report(delivery, Attempt::Delivered);
    }

    /// The patient goes to another ward and leaves the watch behind.
    pub(super) fn moves(&mut self, patient: u32) {
        self.hospital.moved.insert(patient);
        let now = self.now;
        self.turn(|router, turn| router.on_move(PatientNumber(patient), now, turn));
    }

    pub(super) fn silence(&mut self, scope: SilenceScope, from: i64, until: i64) -> String {
        let silence = Silence {
            id: String::new(),
            scope,
            from: at(from),
            until: at(until),
            author: "sister".to_owned(),
            reason: "new watches".to_owned(),
            created: at(0),
            ended: None,
        };
        let now = self.now;
        self.turn(|router, turn| router.silence(silence, now, turn))
            .unwrap()
    }

    /// Everything that was sent, by seconds after noon.
    pub(super) fn lines(&self) -> Vec<Line> {
        let line = |(when, message): &(ClinicalTime, Message)| {
            let about: Vec<&str> = message.about.iter().map(AlertId::as_str).collect();
            let about = about.join("+").replace("alr_site_", "");
            let what = if message.digest {
                "digest"
            } else {
                message.event.name()
            };
            (
                when.epoch_ms() / 1000 - NOON,
                message.endpoint.as_str().to_owned(),
                format!("{what} {about}"),
            )
        };
        self.sent.iter().map(line).collect()
    }

    /// The same without times.
    pub(super) fn told(&self) -> Vec<String> {
        self.lines()
            .into_iter()
            .map(|(_, to, what)| format!("{to} {what}"))
            .collect()
    }

    pub(super) fn outcomes(&self, id: &AlertId) -> Vec<Outcome> {
        let of = self.notes.iter().filter(|(_, note)| note.alert == *id);
        of.map(|(_, note)| note.outcome).collect()
    }
}

/// Lines of expectation.
pub(super) fn line(seconds: i64, to: &str, what: &str) -> Line {
    (seconds, to.to_owned(), what.to_owned())
}
