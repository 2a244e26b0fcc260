//! Carries out what routing decides, in the commit of the input that caused it.

use super::CommandReply;
use super::core::{Core, done};
use super::directory::Known;
use super::notices;
use super::telling::Told;
use crate::alert::routing::{
    Act, Attempt, Facts, Happened, Message, Note, Router, RoutingRefused, Turn,
};
use crate::alert::{self, EpisodeEvent, number_of};
use crate::domain::{
    ClinicalTime, DeliveryReport, DeliveryVerdict, PatientNumber, Silence, WallTime,
};
use crate::registry::{Command, CommandError};
use crate::store::{AlertEventRow, JournalKind, Write};

/// An event with its sequence.
pub(super) type Numbered<'a> = (u64, &'a EpisodeEvent);

impl Core {
    /// Takes the events of one step of one patient to the people.
    pub(super) fn route(
        &mut self,
        at: (ClinicalTime, WallTime),
        patient: PatientNumber,
        events: &[Numbered<'_>],
    ) {
        use crate::alert::routing::Directory as _;
        if self.is_canary(patient) {
            self.tell_canary(at, patient, events);
            return;
        }
        let Some(place) = Known(&self.registry).place(patient) else {
            return;
        };
        let happened: Vec<Happened> = events
            .iter()
            .map(|(seq, event)| Happened {
                alert: event.id.clone(),
                event: event.event,
                seq: *seq,
                at: event.at,
                by_person: event.author.is_some(),
                facts: Facts::new(event, place.clone()),
            })
            .collect();
        self.routed(at, events, |router, turn| router.on_events(&happened, turn));
    }

    /// Lets routing take an input, and carries out what it decides.
    fn routed<T>(
        &mut self,
        at: (ClinicalTime, WallTime),
        events: &[Numbered<'_>],
        input: impl FnOnce(&mut Router, &mut Turn<'_>) -> T,
    ) -> T {
        let known = Known(&self.registry);
        let mut turn = Turn::new(&known, self.next_delivery);
        let answer = input(&mut self.router, &mut turn);
        for act in turn.acts {
            self.carry_out(at, act, events);
        }
        for row in self.router.take_rows() {
            self.batch.write(Write::Routing(Box::new(row)));
        }
        answer
    }

    fn carry_out(&mut self, at: (ClinicalTime, WallTime), act: Act, events: &[Numbered<'_>]) {
        match act {
            Act::Send(message) => self.send(at, &message, events),
            Act::Supersede(numbers) => self.batch.write(Write::Supersede { numbers }),
            Act::TellAll { seq, .. } => {
                if let Some((seq, event)) = events.iter().find(|(known, _)| *known == seq) {
                    self.tell_all(at, event, *seq);
                }
            }
            Act::Note(note) => self.note(at.0, &note),
        }
    }

    fn send(&mut self, at: (ClinicalTime, WallTime), message: &Message, events: &[Numbered<'_>]) {
        let told = match message.digest {
            true => self.digest(message, at.0),
            false => self.single(message, at.0, events),
        };
        self.deliver(at, message.endpoint.clone(), told);
    }

    /// One message that stands for several. It keeps its place in a patient's
    /// order when it is about one patient only.
    fn digest(&self, message: &Message, at: ClinicalTime) -> Told {
        let mut numbers = message.facts.iter().map(|facts| facts.number);
        let first = numbers.next();
        Told {
            event: message.seq,
            event_type: notices::DIGEST,
            patient: first.filter(|first| numbers.all(|number| number == *first)),
            urgency: notices::urgency(message),
            body: notices::digest_body(message, at, self.book.simulated),
        }
    }

    fn single(&self, message: &Message, at: ClinicalTime, events: &[Numbered<'_>]) -> Told {
        let now = events.iter().find(|(seq, _)| *seq == message.seq);
        let event = match now.filter(|(_, event)| event.event == message.event) {
            Some((_, event)) => Some((*event).clone()),
            None => self.recount(message, at),
        };
        let number = message.facts.first().map(|facts| facts.number);
        let patient = number.and_then(|number| self.registry.patient(number));
        let endpoint = self.registry.endpoint(&message.endpoint);
        match (endpoint, patient, event) {
            (Some(endpoint), Some(patient), Some(event)) => {
                self.told(endpoint, patient, &event, message.seq)
            }
            // A delivery is written in any case, for its number is given: it
            // says what routing knows.
            _ => Told {
                event: message.seq,
                event_type: message.event.name(),
                patient: number,
                urgency: notices::urgency(message),
                body: notices::bare_body(message, at, self.book.simulated),
            },
        }
    }

    /// The event as the episode stands by now.
    fn recount(&self, message: &Message, at: ClinicalTime) -> Option<EpisodeEvent> {
        let (alert, facts) = (message.about.first()?, message.facts.first()?);
        let (patient, number) = number_of(alert, &self.book.site)?;
        let state = self.patients.get(patient.0 as usize)?;
        let whose = alert::Patient {
            number: patient,
            site: &self.book.site,
        };
        let episodes = &state.episodes;
        Some(episodes.recount(&whose, number, facts, message.event, at))
    }

    /// Notes in the alert's history and in the audit what became of its notification.
    fn note(&mut self, at: ClinicalTime, note: &Note) {
        let seq = self.next_event;
        self.next_event += 1;
        self.batch.write(Write::AlertEvent(Box::new(AlertEventRow {
            seq,
            alert: note.alert.clone(),
            patient: note.facts.number,
            event_type: notices::event_of(note).name(),
            at,
            document: notices::event_document(note, seq, at, self.book.simulated),
        })));
        self.batch.write(Write::AlertNote {
            alert: note.alert.clone(),
            newest_event: seq,
            document: notices::alert_patch(note, seq, at),
        });
        self.batch.write(Write::Audit {
            at,
            author: "wardlight".to_owned(),
            action: match note.outcome.is_about_telling() {
                true => "notify",
                false => "keep_back",
            },
            document: notices::audit_document(note, at),
        });
        self.batch.newest_event = Some(seq);
    }

    /// Does what is due in routing at the clock's time. What has an outcome is
    /// journaled; without one it follows from the clock alone.
    pub(super) fn advance_routing(&mut self, received: WallTime) {
        let (now, before) = (self.clock, self.batch.writes.others.len());
        self.routed((now, received), &[], |router, turn| {
            router.advance(now, turn)
        });
        if self.batch.writes.others.len() > before {
            let body = serde_json::json!({ "routing": true });
            self.journal_plain(now, JournalKind::Tick, None, &body);
        }
    }

    /// Routing hears what became of an attempt.
    pub(super) fn route_report(&mut self, at: (ClinicalTime, WallTime), report: &DeliveryReport) {
        let head = format!("msg_{}_", self.book.site);
        let number = report.delivery.as_str().strip_prefix(&head);
        let Some(number) = number.and_then(|number| number.parse().ok()) else {
            return;
        };
        let attempt = match report.verdict {
            DeliveryVerdict::Delivered => Attempt::Delivered,
            DeliveryVerdict::RetryAt(_)
            | DeliveryVerdict::GivenUp
            | DeliveryVerdict::EndpointGone => Attempt::Failed {
                perhaps_received: report.status.is_none()
                    && matches!(report.error, Some("timeout" | "request_failed")),
                given_up: !matches!(report.verdict, DeliveryVerdict::RetryAt(_)),
            },
        };
        self.routed(at, &[], |router, turn| {
            router.on_report(number, attempt, at.0, turn)
        });
    }

    /// Where a patient belongs, or what it wears, may be otherwise than before.
    pub(super) fn route_move(&mut self, at: (ClinicalTime, WallTime), patient: PatientNumber) {
        self.routed(at, &[], |router, turn| router.on_move(patient, at.0, turn));
    }

    /// Silences and rotas, as people change them.
    pub(super) fn on_routing(
        &mut self,
        at: (ClinicalTime, WallTime),
        command: &Command,
        author: &str,
    ) -> Result<CommandReply, CommandError> {
        let (now, author_name) = (at.0, author.to_owned());
        match command {
            Command::CreateSilence {
                scope,
                from,
                until,
                reason,
            } => {
                let silence = Silence {
                    id: String::new(),
                    scope: scope.clone(),
                    from: *from,
                    until: *until,
                    author: author_name,
                    reason: reason.clone(),
                    created: now,
                    ended: None,
                };
                let id = self.routed(at, &[], |router, turn| router.silence(silence, now, turn));
                let id = id.map_err(|refused| refusal("until", &refused))?;
                Ok(CommandReply {
                    id: Some(id),
                    affected: 0,
                })
            }
            Command::EndSilence { id } => {
                let ended = self.routed(at, &[], |router, turn| {
                    router.end_silence(id, author, now, turn)
                });
                ended.map_err(|_| CommandError::NotFound {
                    what: "silence in force",
                })?;
                Ok(done(1))
            }
            Command::SetRotaOverrides { rota, overrides } => {
                let set = self.routed(at, &[], |router, _| {
                    router.set_overrides(rota, overrides, now)
                });
                match set {
                    Ok(()) => Ok(done(overrides.len() as u64)),
                    Err(RoutingRefused::Unknown) => Err(CommandError::NotFound { what: "rota" }),
                    Err(refused) => Err(refusal("overrides", &refused)),
                }
            }
            _ => Ok(done(0)),
        }
    }
}

fn refusal(field: &'static str, refused: &RoutingRefused) -> CommandError {
    let field = match refused {
        RoutingRefused::Unbounded => "scope",
        _ => field,
    };
    CommandError::Invalid {
        field,
        problem: refused.to_string(),
    }
}
