//! Who would be told of an alert, when and why: the same machine, run ahead on
//! a copy. Each message is taken as received at once, or as failing at once, and
//! nobody answers; a chain that begins anew is run once.

use super::act::{Act, Note, Outcome};
use super::calling::Attempt;
use super::facts::{Directory, Facts, Happened, Place};
use super::notice::Notice;
use super::router::{Router, Turn};
use super::row::{Row, RowKind};
use super::table::Table;
use crate::alert::EventType;
use crate::domain::{AlertId, ClinicalTime, EndpointId};
use std::sync::Arc;

/// So far it looks ahead: the longest chain takes a day, the longest silence a
/// month.
const AHEAD_MS: i64 = 32 * 86_400_000;
/// Lines at the most.
const LINES_MAX: usize = 200;

/// What is known of the moment from which it looks ahead.
#[derive(Clone)]
pub struct Outlook<'a> {
    /// The configuration.
    pub table: Arc<Table>,
    /// Routing as stored; what other alerts are doing in it is left out.
    pub rows: Vec<Row>,
    /// The other alerts of the patient as they stood then.
    pub others: Vec<(AlertId, Facts)>,
    /// Patients and endpoints.
    pub directory: &'a dyn Directory,
    /// Whether each message arrives; else each attempt fails.
    pub arrives: bool,
}

/// One line of what would happen.
#[derive(Clone, Debug, PartialEq)]
pub struct Foreseen {
    /// When.
    pub at: ClinicalTime,
    /// What.
    pub what: What,
}

/// What would happen.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// As it would be noted.
    Noted(Box<Note>),
    /// Told to this endpoint because nothing is routed.
    Told(EndpointId),
}

/// What would be decided about `alert`, of which `cause` is told at `at`.
pub fn foresee(
    outlook: Outlook<'_>,
    (alert, facts): (AlertId, Facts),
    cause: EventType,
    at: ClinicalTime,
) -> Vec<Foreseen> {
    let standing = |row: &Row| {
        matches!(
            row.kind,
            RowKind::Silence | RowKind::Override | RowKind::Flood
        )
    };
    let rows = outlook.rows.into_iter().filter(standing);
    let table = Arc::new(outlook.table.without_repeats());
    let (mut router, _) = Router::load(table, rows);
    for (other, facts) in outlook.others {
        router.insert_notice(&other, Notice::new(facts));
    }
    let place = facts.place.clone();
    let happened = Happened {
        alert: alert.clone(),
        event: cause,
        seq: 1,
        at,
        by_person: false,
        facts,
    };
    let mut ahead = Ahead {
        router,
        directory: outlook.directory,
        alert,
        place,
        attempt: attempt(outlook.arrives),
        next_delivery: 1,
        lines: Vec::new(),
    };
    ahead.turn(at, &mut |router, turn| {
        router.on_events(std::slice::from_ref(&happened), turn);
    });
    let end = at.plus_ms(AHEAD_MS);
    while let Some(due) = ahead.router.next_due().filter(|due| *due <= end) {
        if ahead.lines.len() >= LINES_MAX {
            break;
        }
        let now = due.max(at);
        ahead.turn(now, &mut |router, turn| router.advance(now, turn));
    }
    ahead.lines
}

/// A router on its way ahead.
struct Ahead<'a> {
    router: Router,
    directory: &'a dyn Directory,
    alert: AlertId,
    place: Place,
    attempt: Attempt,
    next_delivery: u64,
    lines: Vec<Foreseen>,
}

impl Ahead<'_> {
    fn turn(&mut self, at: ClinicalTime, input: &mut dyn FnMut(&mut Router, &mut Turn<'_>)) {
        let mut turn = Turn::new(self.directory, self.next_delivery);
        input(&mut self.router, &mut turn);
        self.next_delivery = turn.next_delivery;
        let mut sent = Vec::new();
        for act in turn.acts {
            match act {
                Act::Send(message) => sent.push(message.number),
                Act::Supersede(_) => {}
                Act::TellAll { alert, event, .. } => self.tell_all(&alert, event, at),
                Act::Note(note) => self.note(note, at),
            }
        }
        for number in sent {
            let attempt = self.attempt;
            self.turn(at, &mut |router, turn| {
                router.on_report(number, attempt, at, turn)
            });
        }
    }

    fn note(&mut self, note: Box<Note>, at: ClinicalTime) {
        if note.alert == self.alert {
            let what = What::Noted(note);
            self.lines.push(Foreseen { at, what });
        }
    }

    fn tell_all(&mut self, alert: &AlertId, event: EventType, at: ClinicalTime) {
        if *alert != self.alert {
            return;
        }
        let able = self.directory.able(&self.place, event).into_iter();
        let told = |endpoint| Foreseen {
            at,
            what: What::Told(endpoint),
        };
        self.lines.extend(able.map(told));
    }
}

const fn attempt(arrives: bool) -> Attempt {
    match arrives {
        true => Attempt::Delivered,
        false => Attempt::Failed {
            perhaps_received: false,
            given_up: false,
        },
    }
}

impl Foreseen {
    /// Whether somebody would be told with it.
    pub fn tells(&self) -> bool {
        match &self.what {
            What::Noted(note) => note.outcome == Outcome::Sent,
            What::Told(_) => true,
        }
    }
}
