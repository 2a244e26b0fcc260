//! The machine beside its model: random deeds, restarts and waiting.

use super::bed::{FEVER, NEWS2, PATIENT, SILENT, at, finding, raise};
use super::model::{Answered, Deed, Model, Sheet};
use crate::alert::{
    Answer, CommandRefused, Episode, EpisodeEvent, Episodes, MinutesByPriority, Settings,
};
use crate::domain::{AlertKind, Condition, FindingState, Handling, MeasuredTime, Priority};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const KINDS: [AlertKind; 3] = [FEVER, NEWS2, SILENT];

#[derive(Clone, Debug)]
enum Move {
    Deed(usize, Deed),
    Pass(i64),
    /// Somebody looks with a clock that is so many minutes behind.
    Behind(i64),
    /// All readings turn out to be another patient's.
    Error,
    Restart,
}

/// Short times, so that much happens in few moves.
fn settings() -> Settings {
    Settings {
        quiet_minutes: 7,
        quiet_minutes_technical: 3,
        reopen_minutes: 11,
        suppress_minutes: 20,
        update_minutes: 4,
        deescalate_minutes: 9,
        snooze_minutes_max: MinutesByPriority::new(12, 25, 0),
        remind_minutes: MinutesByPriority::new(6, 10, 0),
        acknowledgement_minutes: MinutesByPriority::new(17, 18, 0),
        ..Settings::default()
    }
}

fn deed() -> impl Strategy<Value = Deed> {
    let priority = prop::sample::select(vec![Priority::Low, Priority::Medium, Priority::High]);
    let who = prop::sample::select(vec!["nurse", "doctor"]);
    let team = prop::sample::select(vec!["east", "west"]);
    prop_oneof![
        6 => priority.clone().prop_map(Deed::Raise),
        1 => priority.clone().prop_map(Deed::RaiseUnmonitored),
        6 => priority.clone().prop_map(Deed::Ease),
        3 => Just(Deed::Clear),
        1 => Just(Deed::Doubt),
        1 => Just(Deed::Unknown),
        1 => priority.clone().prop_map(Deed::Late),
        1 => Just(Deed::Comment),
        3 => who.clone().prop_map(Deed::Acknowledge),
        2 => Just(Deed::Resolve),
        3 => (-1_i64..30, who.clone()).prop_map(|(minutes, who)| Deed::Snooze(minutes, who)),
        1 => Just(Deed::Unsnooze),
        1 => (team, who).prop_map(|(to, by)| Deed::Assign(to, by)),
        1 => Just(Deed::Reopen),
    ]
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        6 => (0_usize..3, deed()).prop_map(|(kind, deed)| Move::Deed(kind, deed)),
        4 => (1_i64..12).prop_map(Move::Pass),
        1 => (1_i64..60).prop_map(Move::Behind),
        1 => Just(Move::Restart),
    ];
    let one = prop_oneof![60 => one, 1 => Just(Move::Error)];
    prop::collection::vec(one, 1..80)
}

/// The machine, as a world without clocks sees it.
struct Machine {
    episodes: Episodes,
    settings: Settings,
    events: Vec<EpisodeEvent>,
}

impl Machine {
    fn number(&self, kind: AlertKind) -> u32 {
        let found = self.episodes.iter().find(|e| e.kind == kind);
        found.map_or(9_999, |episode| episode.number)
    }

    fn find(&mut self, finding: &crate::domain::Finding, monitored: bool) {
        let events = &mut self.events;
        self.episodes
            .on_finding(&PATIENT, monitored, finding, &self.settings, events);
    }

    /// None when it is refused, else whether it was anything new.
    fn act(&mut self, kind: AlertKind, deed: Deed, now: i64) -> Option<bool> {
        let before = self.events.len();
        let answer = |author, comment| Answer {
            number: self.number(kind),
            author,
            comment,
            at: at(now),
        };
        let (patient, settings) = (&PATIENT, &self.settings);
        let plain = answer("nurse", Some("said"));
        let given: Result<Option<EpisodeEvent>, CommandRefused> = match deed {
            Deed::Acknowledge(who) => {
                let answer = answer(who, None);
                self.episodes.acknowledge(patient, &answer, settings)
            }
            Deed::Resolve => self.episodes.resolve(patient, &plain, None, settings),
            Deed::Snooze(minutes, who) => {
                let answer = answer(who, None);
                let until = at(now + minutes);
                self.episodes.snooze(patient, &answer, until, settings)
            }
            Deed::Unsnooze => self.episodes.unsnooze(patient, &plain, settings),
            Deed::Assign(to, by) => {
                let answer = answer(by, None);
                self.episodes.assign(patient, &answer, to)
            }
            Deed::Reopen => self.episodes.reopen(patient, &plain, settings),
            Deed::Comment => self.episodes.comment(patient, &plain),
            Deed::Raise(priority) => {
                self.find(&raise(now, kind, priority), true);
                Ok(None)
            }
            Deed::RaiseUnmonitored(priority) => {
                self.find(&raise(now, kind, priority), false);
                Ok(None)
            }
            Deed::Ease(priority) => {
                let ease = FindingState::Ease { priority };
                self.find(&finding(now, kind, ease), true);
                Ok(None)
            }
            Deed::Clear => {
                self.find(&finding(now, kind, FindingState::Clear), true);
                Ok(None)
            }
            Deed::Doubt => {
                self.find(&finding(now, kind, FindingState::Hold), true);
                Ok(None)
            }
            Deed::Unknown => {
                self.find(&finding(now, kind, FindingState::Unknown), true);
                Ok(None)
            }
            Deed::Late(priority) => {
                let began = MeasuredTime::from_epoch_ms((now - 300) * 60_000);
                let late = FindingState::Late { priority, began };
                self.find(&finding(now, kind, late), true);
                Ok(None)
            }
        };
        self.events.extend(given.ok()?);
        Some(self.events.len() > before)
    }

    fn pass(&mut self, now: i64) {
        let events = &mut self.events;
        self.episodes
            .advance(&PATIENT, at(now), &self.settings, events);
    }

    fn entered_in_error(&mut self, now: i64) {
        let (episodes, events) = (&mut self.episodes, &mut self.events);
        episodes.entered_in_error(&PATIENT, &|_| true, at(now), "coordinator", events);
    }

    /// The next process knows only what was saved.
    fn restart(&mut self) {
        let saved = postcard::to_allocvec(&self.episodes).unwrap();
        self.episodes = postcard::from_bytes(&saved).unwrap();
    }
}

fn assert_same(model: &Sheet, episode: &Episode, physiological: bool) {
    assert_eq!(episode.priority, model.priority);
    assert_eq!(episode.highest, model.highest);
    assert_eq!(episode.condition == Condition::Active, model.holds);
    let attention = episode.attention.as_deref();
    let by = attention.and_then(|a| a.acknowledged_by.as_deref());
    match model.answered {
        Answered::Open => assert_eq!((episode.handling, by), (Handling::Open, None)),
        Answered::Resolved => assert_eq!((episode.handling, by), (Handling::Resolved, None)),
        Answered::Acknowledged(who) => {
            assert_eq!((episode.handling, by), (Handling::Acknowledged, Some(who)));
        }
    }
    let snoozed = attention.and_then(|a| a.snooze.as_ref());
    let snoozed = snoozed.map(|s| (s.until.epoch_ms() / 60_000, s.by.as_str()));
    assert_eq!(snoozed, model.snoozed);
    let assigned = attention.and_then(|a| a.assignment.as_ref());
    assert_eq!(
        assigned.map(|given| (given.to.as_str(), given.by.as_str())),
        model.assigned
    );
    assert_eq!(episode.kind.is_physiological(), physiological);
}

/// What must hold of the events whatever the model says.
fn assert_promises(events: &[EpisodeEvent]) {
    use std::collections::HashMap;
    let mut last: HashMap<&str, &EpisodeEvent> = HashMap::new();
    let mut seen: HashMap<&str, bool> = HashMap::new();
    for event in events {
        let (id, name) = (event.id.as_str(), event.event.name());
        let before = last.insert(id, event);
        assert_eq!(
            before.is_none(),
            matches!(name, "alert.raised" | "alert.found_late"),
            "begins once: {id}"
        );
        let snoozed = |e: &EpisodeEvent| e.attention.as_ref().is_some_and(|a| a.snooze.is_some());
        let speaks = [
            "alert.updated",
            "alert.reminded",
            "alert.acknowledgement_expired",
        ];
        assert!(
            !(snoozed(event) && speaks.contains(&name)),
            "{name} while snoozed"
        );
        let seen = seen.entry(id).or_default();
        if let Some(before) = before {
            assert!(event.at >= before.at);
            match name {
                "alert.deescalated" => assert!(event.priority < before.priority),
                "alert.escalated" => {
                    assert!(event.priority > before.priority && !snoozed(event));
                    assert_eq!(event.handling, Handling::Open);
                }
                _ => assert!(event.priority >= before.priority, "{name}"),
            }
            let by_time = name == "alert.resolved" && event.author.is_none();
            let was_high = event.kind.is_physiological() && event.highest == Priority::High;
            assert!(
                !(by_time && was_high && !*seen),
                "closed before anybody saw it"
            );
        }
        match name {
            "alert.acknowledged" => *seen = true,
            "alert.resolved" if event.author.is_some() => *seen = true,
            // High anew: it must be seen anew.
            "alert.escalated" | "alert.reopened" if event.priority == Priority::High => {
                *seen = false;
            }
            _ => {}
        }
    }
}

fn play(moves: &[Move]) {
    let mut machine = Machine {
        episodes: Episodes::default(),
        settings: settings(),
        events: Vec::new(),
    };
    let settings = settings();
    let mut models = KINDS.map(|kind| Model::new(kind.is_physiological()));
    let mut now = 0;
    for step in moves {
        match step {
            Move::Restart => machine.restart(),
            Move::Behind(minutes) => machine.pass(now - minutes),
            Move::Error => {
                let models = models.iter_mut();
                models.for_each(|model| model.entered_in_error(now));
                machine.entered_in_error(now);
            }
            Move::Pass(minutes) => {
                for _ in 0..*minutes {
                    now += 1;
                    models
                        .iter_mut()
                        .for_each(|model| model.pass(now, &settings));
                }
                // The machine sleeps through it and looks once.
                machine.pass(now);
            }
            Move::Deed(place, deed) => {
                let told = models[*place].act(*deed, now, &settings);
                let done = machine.act(KINDS[*place], *deed, now);
                assert_eq!(done, told, "{deed:?} at {now}");
            }
        }
        for (model, kind) in models.iter().zip(KINDS) {
            let episode = machine.episodes.iter().find(|e| e.kind == kind);
            assert_eq!(
                episode.is_some(),
                model.sheet.is_some(),
                "{kind:?} at {now}"
            );
            if let (Some(sheet), Some(episode)) = (&model.sheet, episode) {
                assert_same(sheet, episode, model.physiological);
            }
        }
    }
    for (model, kind) in models.iter().zip(KINDS) {
        let of_kind = machine.events.iter().filter(|event| event.kind == kind);
        let told: Vec<_> = of_kind
            .map(|event| (event.at.epoch_ms() / 60_000, event.event.name()))
            .collect();
        assert_eq!(told, model.told, "{kind:?}");
    }
    assert_promises(&machine.events);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3_000,
        rng_seed: RngSeed::Fixed(6_060_118),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_machine_does_what_the_model_does(moves in moves()) {
        play(&moves);
    }
}
